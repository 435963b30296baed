// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/coroutine.hpp"
#include "drydock/drydock.hpp"

#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace drydock::testing {

using namespace std::chrono_literals;

/// Resumes whoever awaits it on a thread of its own.
struct another_thread {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> who) const {
    std::thread([who] { who.resume(); }).detach();
  }
  void await_resume() const noexcept {}
};

/// Answers when the test says so.
class held_driver : public driver {
public:
  void upgrade(const instance&, const action&, completion done) override {
    const std::lock_guard guard(mutex_);
    if (open_)
      return done.succeed();
    held_.push_back(std::move(done));
    changed_.notify_all();
  }

  /// Waits until `count` actions are held.
  void await(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_.size() >= count; });
  }

  /// Answers all, and those that follow at once.
  void release() {
    std::vector<completion> all;
    {
      const std::lock_guard guard(mutex_);
      open_ = true;
      all.swap(held_);
    }
    for (auto& one : all)
      one.succeed();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<completion> held_;
  bool open_ = false;
};

/// A coroutine of another library: whoever has it may destroy it while it waits.
class foreign_coroutine {
public:
  struct promise_type {
    foreign_coroutine get_return_object() {
      return foreign_coroutine(
        std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const {}
    void unhandled_exception() const { std::terminate(); }
  };

  foreign_coroutine(foreign_coroutine&& other) noexcept
    : frame_(std::exchange(other.frame_, nullptr)) {}
  ~foreign_coroutine() {
    if (frame_)
      frame_.destroy();
  }

private:
  explicit foreign_coroutine(std::coroutine_handle<promise_type> frame)
    : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

/// Automatic mode without health: all instances at once, and the driver's word counts.
inline scale_set_options make_set(std::shared_ptr<driver> driver, int instances = 4) {
  scale_set_options set;
  set.name = "web";
  for (int i = 0; i < instances; ++i) {
    instance_spec one;
    one.id = "vm-" + std::to_string(i);
    set.instances.add(one);
  }
  set.model.set("settings.version", 1);
  set.policy.mode = upgrade_mode::automatic;
  set.driver = std::move(driver);
  set.retry.backoff_initial = 1ms;
  return set;
}

inline change to_version_2() {
  change what;
  what.patch.set("settings.version", 2);
  return what;
}

} // namespace drydock::testing
