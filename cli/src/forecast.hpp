// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/rehearsal/rehearse.hpp"

#include <atomic>
#include <optional>
#include <thread>

namespace drydock::cli {

/// Rehearses an upgrade while it runs, on a thread of its own, to say how long it
/// will still take. Leaves the thread when it is destroyed.
class forecast {
public:
  explicit forecast(rehearsal::scenario what);
  ~forecast();

  forecast(const forecast&) = delete;
  forecast& operator=(const forecast&) = delete;

  /// Nothing until the rehearsal is done. From any thread.
  [[nodiscard]] std::optional<engine::duration>
  remaining(const rehearsal::progress_so_far& so_far) const;

private:
  std::atomic<bool> stop_{false};
  std::atomic<bool> ready_{false};
  rehearsal::progress_curve curve_;
  std::thread thread_;
};

} // namespace drydock::cli
