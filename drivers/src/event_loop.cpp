// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/event_loop.hpp"

#include <uv.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace drydock::drivers {

namespace {

using task = std::function<void()>;

/// Every signal but SIGCHLD, by which libuv learns that a child ended, and those
/// that report a fault of the thread itself.
sigset_t blocked_signals() {
  sigset_t result;
  sigfillset(&result);
  for (int signal :
       {SIGCHLD, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
    sigdelset(&result, signal);
  return result;
}

} // namespace

class event_loop::impl {
public:
  impl() {
    async_.data = this;
    if (uv_loop_init(&loop_) != 0 || uv_async_init(&loop_, &async_, [](uv_async_t* x) {
                                       static_cast<impl*>(x->data)->drain();
                                     }) != 0)
      std::abort(); // no descriptors or memory left: nothing can run at all
    auto blocked = blocked_signals();
    sigset_t unblocked;
    sigemptyset(&unblocked);
    sigaddset(&unblocked, SIGCHLD);
    sigset_t before;
    // A thread starts with its creator's mask; set here, there is no moment in
    // which the new thread could take a signal that is not its own.
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    pthread_sigmask(SIG_UNBLOCK, &unblocked, nullptr);
    thread_ = std::thread([this] { work(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~impl() {
    post([this] { uv_close(reinterpret_cast<uv_handle_t*>(&async_), nullptr); });
    thread_.join();
    uv_loop_close(&loop_);
  }

  void post(task what) {
    // Sent under the lock: a task that closes the loop cannot run in between.
    std::lock_guard guard(mutex_);
    tasks_.push_back(std::move(what));
    uv_async_send(&async_);
  }

  void run(const task& what) {
    if (std::this_thread::get_id() == thread_.get_id()) {
      what();
      return;
    }
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    post([&] {
      what();
      std::lock_guard guard(mutex);
      done = true;
      changed.notify_one();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return done; });
  }

  uv_loop_t* get() { return &loop_; }

private:
  void work() {
    // Closing handles may post once more; such tasks still get their turn.
    do
      uv_run(&loop_, UV_RUN_DEFAULT);
    while (drain());
  }

  bool drain() {
    std::vector<task> tasks;
    {
      std::lock_guard guard(mutex_);
      tasks.swap(tasks_);
    }
    for (auto& x : tasks) {
      x();
      x = nullptr;
    }
    return !tasks.empty();
  }

  uv_loop_t loop_{};
  uv_async_t async_{};
  std::mutex mutex_;
  std::vector<task> tasks_;
  std::thread thread_;
};

event_loop::event_loop() : impl_(std::make_unique<impl>()) {}

event_loop::~event_loop() = default;

void event_loop::post(std::function<void()> task) {
  impl_->post(std::move(task));
}

void event_loop::run(const std::function<void()>& task) {
  impl_->run(task);
}

uv_loop_s* event_loop::get() const {
  return impl_->get();
}

} // namespace drydock::drivers
