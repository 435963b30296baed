// SPDX-License-Identifier: Apache-2.0
// The one place that knows time zones. The compiler's library has none yet (C++20's
// arrive with GCC 14), and the system's files are a format with versions and a language
// of its own for the years to come: a package reads them.
#include "time_zone.hpp"

#include <date/tz.h>

#include <exception>

namespace drydock::config {

std::optional<std::vector<engine::maintenance_window::zone_offset>>
find_zone_offsets(const std::string& name) {
  using date::sys_days;
  using std::chrono::seconds;
  constexpr date::sys_seconds first = sys_days{date::year{2025} / 12 / 31};
  constexpr date::sys_seconds end = sys_days{date::year{2100} / 1 / 1};
  std::vector<engine::maintenance_window::zone_offset> result;
  try {
    const auto* zone = date::locate_zone(name);
    for (auto at = first; at < end;) {
      const auto info = zone->get_info(at);
      const engine::duration ahead = info.offset;
      // Other things than the offset change too, such as its name.
      if (result.empty() || result.back().ahead_of_utc != ahead)
        result.push_back({engine::duration{at.time_since_epoch()}, ahead});
      if (info.end <= at)
        break;
      at = info.end;
    }
  } catch (const std::exception&) { // it is not in the database, or there is none
    return std::nullopt;
  }
  return result;
}

} // namespace drydock::config
