// SPDX-License-Identifier: Apache-2.0
#include "process_pool.hpp"

#include <algorithm>
#include <utility>

namespace drydock::drivers {

namespace {

/// Above all identities of those that come first.
constexpr process_pool::job_id in_turn_base = process_pool::job_id{1} << 63;

} // namespace

process_pool::process_pool(uv_loop_t* loop, std::size_t processes_max)
  : loop_(loop), processes_max_(std::max<std::size_t>(processes_max, 1)) {}

process_pool::job_id process_pool::add(process_job job, order when) {
  auto id = ++last_ + (when == order::first ? 0 : in_turn_base);
  waiting_.emplace(id, std::move(job));
  start_waiting();
  return id;
}

void process_pool::withdraw(job_id id) {
  auto i = waiting_.find(id);
  if (i == waiting_.end())
    return;
  auto job = std::move(i->second);
  waiting_.erase(i);
  process_result result;
  result.how = process_result::ending::withdrawn;
  job.ended(std::move(result));
}

void process_pool::kill(job_id id) {
  withdraw(id);
  if (auto i = running_.find(id); i != running_.end())
    i->second.child->kill();
}

void process_pool::kill_all() {
  // Waiting ones first, lest they take the places of the killed.
  while (!waiting_.empty())
    withdraw(waiting_.begin()->first);
  for (auto& [id, job] : running_)
    job.child->kill();
}

void process_pool::close(std::function<void()> closed) {
  waiting_.clear();
  for (auto& [id, job] : running_) {
    job.ended = nullptr;
    job.child->kill();
  }
  closed_ = std::move(closed);
  if (running_.empty())
    std::exchange(closed_, nullptr)();
}

void process_pool::start_waiting() {
  while (running_.size() < processes_max_ && !waiting_.empty()) {
    auto node = waiting_.extract(waiting_.begin());
    auto id = node.key();
    auto child =
      process::start(loop_, node.mapped().prepare(), [this, id](process_result result) {
        on_end(id, std::move(result));
      });
    running_.emplace(id, running_job{std::move(child), std::move(node.mapped().ended)});
  }
}

void process_pool::on_end(job_id id, process_result result) {
  auto node = running_.extract(id);
  if (node.mapped().ended)
    node.mapped().ended(std::move(result));
  start_waiting();
  if (running_.empty() && closed_)
    std::exchange(closed_, nullptr)();
}

} // namespace drydock::drivers
