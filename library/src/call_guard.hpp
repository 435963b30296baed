// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace drydock::inline v1::detail {

/// Stands before the calls of a user's driver and prober: once it is closed none is
/// begun, and `close` returns when none is under way. It is the guard that keeps them:
/// the actors of an upgrade, which call, may be there for a moment after its end.
class call_guard {
public:
  /// A call; to be asked whether it may be made.
  class pass {
  public:
    explicit pass(call_guard& guard) : guard_(guard) { ++guard_.calls_; }
    ~pass() {
      if (--guard_.calls_ == 0 && guard_.closed_)
        guard_.calls_.notify_all();
    }
    pass(const pass&) = delete;
    pass& operator=(const pass&) = delete;

    [[nodiscard]] bool is_open() const { return !guard_.closed_; }

  private:
    call_guard& guard_;
  };

  /// Keeps `called` until no call can come; whoever passes may use it. Before the first
  /// call.
  void keep(std::shared_ptr<void> called) {
    const std::lock_guard guard(mutex_);
    called_.push_back(std::move(called));
  }

  /// No further call, without a wait.
  void shut() { closed_ = true; }

  /// No further call; waits for those under way, and lets go of what they called. Not
  /// from one of them.
  void close() {
    closed_ = true;
    for (auto n = calls_.load(); n != 0; n = calls_.load())
      calls_.wait(n);
    // Destroyed after the lock: they are the user's.
    std::vector<std::shared_ptr<void>> gone;
    const std::lock_guard guard(mutex_);
    gone.swap(called_);
  }

private:
  std::atomic<std::uint32_t> calls_{0};
  std::atomic<bool> closed_{false};
  std::mutex mutex_;
  std::vector<std::shared_ptr<void>> called_;
};

} // namespace drydock::inline v1::detail
