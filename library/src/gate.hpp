// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log.hpp"

#include <mutex>
#include <shared_mutex>
#include <utility>

namespace drydock::inline v1::detail {

/// Where answers from outside pass into an engine, until it is closed: behind it are
/// actors that must not be spoken to once their system is gone.
class gate {
public:
  explicit gate(log_sink log) : log_(std::move(log)) {}

  /// Of those whose answers pass here.
  [[nodiscard]] const log_sink& log() const { return log_; }

  /// Calls `enter` while the gate is open, and keeps it open meanwhile.
  template <class Enter>
  void pass(Enter&& enter) {
    const std::shared_lock guard(mutex_);
    if (open_)
      enter();
  }

  /// Waits for those who are passing.
  void close() {
    const std::unique_lock guard(mutex_);
    open_ = false;
  }

private:
  std::shared_mutex mutex_;
  bool open_ = true;
  const log_sink log_;
};

} // namespace drydock::inline v1::detail
