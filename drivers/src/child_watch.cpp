// SPDX-License-Identifier: Apache-2.0
#include "child_watch.hpp"

#include <sys/wait.h>

#include <csignal>
#include <utility>
#include <vector>

namespace drydock::drivers {

std::shared_ptr<child_watch> child_watch::of(uv_loop_t* loop) {
  // A loop stays on its thread.
  static thread_local std::weak_ptr<child_watch> current;
  auto result = current.lock();
  if (result == nullptr || result->signal_->loop != loop) {
    result = std::make_shared<child_watch>(loop);
    current = result;
  }
  return result;
}

child_watch::child_watch(uv_loop_t* loop) : signal_(new uv_signal_t{}) {
  uv_signal_init(loop, signal_.get());
  signal_->data = this;
  uv_signal_start(
    signal_.get(),
    [](uv_signal_t* x, int) { static_cast<child_watch*>(x->data)->look(); }, SIGCHLD);
}

void child_watch::add(pid_t child, on_end ended) {
  children_[child] = std::move(ended);
}

void child_watch::forget(pid_t child) {
  children_.erase(child);
}

void child_watch::look() {
  auto keep = shared_from_this();
  // Signals of several ends may be one; and others' children are not ours to
  // bury.
  std::vector<std::pair<pid_t, int>> ended;
  for (const auto& [child, call] : children_)
    if (int status = 0; ::waitpid(child, &status, WNOHANG) == child)
      ended.emplace_back(child, status);
  for (auto [child, status] : ended)
    if (auto node = children_.extract(child); !node.empty())
      node.mapped()(status);
}

} // namespace drydock::drivers
