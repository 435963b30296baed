// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

namespace drydock::cli {

/// What ends a watch whose scale set is somebody else's now.
inline constexpr auto lease_lost = "the loss of the lease";

/// What happens around a watch, from any thread, until the watch looks.
class watch_inbox {
public:
  /// What happened since the last look.
  struct news {
    /// Something in the fleet file's folder changed.
    bool folder = false;
    /// The file is to be read anew (SIGHUP).
    bool hangup = false;
    /// The keeping run has ended by itself.
    bool kept = false;
    /// How often the watch was told to stop, and by what.
    int stops = 0;
    std::string stopped_by = {};
  };

  void folder_changed();
  void hang_up();
  void keeping_ended();
  void stop(const std::string& by, int count);

  using deadline = std::optional<std::chrono::steady_clock::time_point>;

  /// Waits until something has happened, or until then, and takes it. That it was told
  /// to stop stays.
  [[nodiscard]] news wait(deadline until);

private:
  template <class Change>
  void note(const Change& change);

  std::mutex mutex_;
  std::condition_variable changed_;
  news news_;
  int stops_seen_ = 0;
};

} // namespace drydock::cli
