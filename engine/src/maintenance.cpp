// SPDX-License-Identifier: Apache-2.0
// Maintenance windows: docs/semantics.md, 4.10.
#include "drydock/engine/maintenance.hpp"

#include <algorithm>
#include <iterator>

namespace drydock::inline v1::engine {

namespace {

constexpr duration day = std::chrono::hours(24);
// A window is seven days long at most, and one that opened then may be open still.
constexpr int days_back = 8;
constexpr int days_ahead = 8;

/// How many whole `part`s fit; towards the past also before 1970.
constexpr std::int64_t floor_div(duration x, duration part) {
  const auto quotient = x / part;
  return quotient - (x % part < duration{0} ? 1 : 0);
}

/// 0 is Monday; 1970-01-01 was a Thursday.
constexpr unsigned weekday(std::int64_t days_since_epoch) {
  return static_cast<unsigned>(((days_since_epoch + 3) % 7 + 7) % 7);
}

duration offset_at(const maintenance_window& w, duration since_epoch) {
  if (w.offsets.empty())
    return duration{0};
  const auto after =
    std::upper_bound(w.offsets.begin(), w.offsets.end(), since_epoch,
                     [](duration at, const maintenance_window::zone_offset& x) {
                       return at < x.since_epoch;
                     });
  return after == w.offsets.begin() ? after->ahead_of_utc
                                    : std::prev(after)->ahead_of_utc;
}

/// When the clock of the zone shows `local`. A time that is shown twice is the first
/// one; one that is left out is as far after the change as it lies in the gap.
duration to_utc(const maintenance_window& w, duration local) {
  const auto before = offset_at(w, local - offset_at(w, local) - day);
  const auto unchanged = local - before;
  const auto after = offset_at(w, unchanged);
  if (after == before)
    return unchanged;
  const auto changed = local - after;
  return offset_at(w, changed) == after ? changed : unchanged;
}

struct opening {
  duration from{0};
  duration to{0};
};

/// Calls `f` with each time that `w` is open, of those that opened up to eight days
/// before `at` and will open up to eight days after it.
template <class F>
void each_opening(const maintenance_window& w, duration at, F&& f) {
  const auto today = floor_div(at + offset_at(w, at), day);
  for (auto d = today - days_back; d <= today + days_ahead; ++d) {
    if ((w.days >> weekday(d) & 1U) == 0)
      continue;
    const auto from = to_utc(w, d * day + w.start);
    f(opening{from, from + w.length});
  }
}

} // namespace

bool is_open(std::span<const maintenance_window> windows, duration at) {
  bool open = windows.empty();
  for (const auto& w : windows)
    each_opening(w, at,
                 [&](const opening& x) { open = open || (x.from <= at && at < x.to); });
  return open;
}

std::optional<duration> next_opening(std::span<const maintenance_window> windows,
                                     duration at) {
  std::optional<duration> next;
  for (const auto& w : windows)
    each_opening(w, at, [&](const opening& x) {
      if (x.from > at && (!next || x.from < *next))
        next = x.from;
    });
  return next;
}

std::optional<duration> next_closing(std::span<const maintenance_window> windows,
                                     duration at) {
  auto end = at;
  for (auto before = end - duration{1}; before != end;) {
    before = end;
    for (const auto& w : windows)
      each_opening(w, at, [&](const opening& x) {
        if (x.from <= end && x.to > end)
          end = x.to;
      });
  }
  return end == at ? std::nullopt : std::optional(end);
}

} // namespace drydock::inline v1::engine
