// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/instance.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace drydock::inline v1::detail {

/// Many inspections at once, and their answers. Members may be called from any thread.
class inspection_round {
public:
  explicit inspection_round(std::size_t instances)
    : latest_(instances, 0), answered_(instances, 0), open_(instances) {}

  void answer(instance_index instance, bool runs_latest, std::string problem) {
    const std::lock_guard guard(mutex_);
    if (closed_ || answered_[instance] != 0)
      return;
    answered_[instance] = 1;
    latest_[instance] = runs_latest ? 1 : 0;
    if (!problem.empty())
      problems_.emplace_back(instance, std::move(problem));
    if (--open_ == 0)
      changed_.notify_all();
  }

  /// One more thing to tell of an instance, answered or not.
  void complain(instance_index instance, std::string problem) {
    {
      const std::lock_guard guard(mutex_);
      if (!closed_ && answered_[instance] != 0)
        problems_.emplace_back(instance, problem);
    }
    answer(instance, false, std::move(problem));
  }

  /// Ends the wait.
  void stop() {
    const std::lock_guard guard(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  /// Whether nobody waits any more.
  [[nodiscard]] bool is_stopped() {
    const std::lock_guard guard(mutex_);
    return closed_;
  }

  /// Waits for all answers until `end`; later ones are ignored. The number of those
  /// that are missing.
  std::size_t wait_until(std::chrono::steady_clock::time_point end) {
    std::unique_lock guard(mutex_);
    changed_.wait_until(guard, end, [this] { return open_ == 0 || closed_; });
    closed_ = true;
    return open_;
  }

  // Once nothing is answered any more.
  [[nodiscard]] bool runs_latest(instance_index i) const { return latest_[i] != 0; }
  [[nodiscard]] const std::vector<std::pair<instance_index, std::string>>&
  problems() const {
    return problems_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::uint8_t> latest_;
  std::vector<std::uint8_t> answered_;
  std::vector<std::pair<instance_index, std::string>> problems_;
  std::size_t open_;
  bool closed_ = false;
};

} // namespace drydock::inline v1::detail
