// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drydock::inline v1::engine {

/// A time of the week at which batches may begin. The engine knows no time zones:
/// whoever reads one hands it over as the offsets that hold in it.
struct maintenance_window {
  /// From when on a time zone is ahead of UTC by how much.
  struct zone_offset {
    /// Since 1970-01-01T00:00:00Z.
    duration since_epoch{0};
    /// Of local time from UTC; east is positive.
    duration ahead_of_utc{0};

    friend bool operator==(const zone_offset&, const zone_offset&) = default;
  };

  /// On which days it opens: bit 0 is Monday, bit 6 Sunday.
  std::uint8_t days = 0x7f;
  /// When it opens, as the local clock shows it: since midnight; 0 to below 24 h.
  duration start{0};
  /// How long it is open; above 0, at most 7 days.
  duration length{0};
  /// For people: `Europe/Berlin`.
  std::string time_zone = "UTC";
  /// In order of time; the first holds before its own time too. Empty: UTC.
  std::vector<zone_offset> offsets = {};

  friend bool operator==(const maintenance_window&,
                         const maintenance_window&) = default;
};

/// Whether one of `windows` is open at `at`, a time since 1970-01-01T00:00:00Z. What
/// opens at that very instant is open, what closes is closed. Without windows nothing
/// is ever closed.
[[nodiscard]] bool is_open(std::span<const maintenance_window> windows, duration at);

/// The first time after `at` at which a window opens. Nothing: none does within eight
/// days.
[[nodiscard]] std::optional<duration>
next_opening(std::span<const maintenance_window> windows, duration at);

/// The first time after `at` at which no window is open any more; of windows that
/// leave no gap, a time within two weeks. Nothing: none is open at `at`, or there is
/// none.
[[nodiscard]] std::optional<duration>
next_closing(std::span<const maintenance_window> windows, duration at);

} // namespace drydock::inline v1::engine
