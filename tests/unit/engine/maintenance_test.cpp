// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/maintenance.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

constexpr duration day = 24h;
// 2026-01-05 was a Monday: day 20 458 since 1970-01-01.
constexpr duration monday = 20'458 * day;
constexpr std::uint8_t on_monday = 1, on_sunday = 1 << 6, every_day = 0x7f;

/// Berlin around the two changes of 2026: 29 March and 25 October, at 01:00 UTC.
maintenance_window berlin(std::uint8_t days, duration start, duration length) {
  const auto spring = 20'541 * day + 1h, autumn = 20'751 * day + 1h;
  return {days, start, length, "Europe/Berlin", {{0s, 1h}, {spring, 2h}, {autumn, 1h}}};
}

bool open(const maintenance_window& w, duration at) {
  return is_open(std::span(&w, 1), at);
}
std::optional<duration> next(const maintenance_window& w, duration at) {
  return next_opening(std::span(&w, 1), at);
}

} // namespace

TEST_CASE("without a window nothing is ever closed") {
  CHECK(is_open({}, monday));
  CHECK_FALSE(next_opening({}, monday));
}

TEST_CASE("a window opens at its start and is closed at its end") {
  const maintenance_window w{on_monday, 22h, 4h};
  CHECK_FALSE(open(w, monday + 22h - 1ns));
  CHECK(open(w, monday + 22h));
  CHECK(open(w, monday + 26h - 1ns)); // Tuesday, 02:00
  CHECK_FALSE(open(w, monday + 26h));
  CHECK_FALSE(open(w, monday + day + 22h));
  CHECK(open(w, monday + 7 * day + 23h));
}

TEST_CASE("the next opening is found up to a week ahead") {
  const maintenance_window w{on_monday, 22h, 4h};
  CHECK(next(w, monday) == monday + 22h);
  CHECK(next(w, monday + 22h) == monday + 7 * day + 22h);
  CHECK(next(w, monday + 30h) == monday + 7 * day + 22h);
  CHECK_FALSE(next({0, 22h, 4h}, monday));
}

TEST_CASE("a window may be as long as a week") {
  const maintenance_window w{on_sunday, 0s, 7 * day};
  for (int d = 0; d < 14; ++d)
    CHECK(open(w, monday + d * day + 13h));
}

TEST_CASE("of several windows one that is open will do") {
  const std::vector<maintenance_window> list{{on_monday, 1h, 1h}, {every_day, 3h, 1h}};
  CHECK(is_open(list, monday + 90min));
  CHECK(is_open(list, monday + 3h));
  CHECK_FALSE(is_open(list, monday + 2h));
  CHECK(next_opening(list, monday) == monday + 1h);
  CHECK(next_opening(list, monday + 2h) == monday + 3h);
}

TEST_CASE("a window keeps to the clock of its zone") {
  const auto w = berlin(every_day, 3h, 1h);
  const auto winter = 20'458 * day, summer = 20'600 * day;
  CHECK(open(w, winter + 2h));
  CHECK_FALSE(open(w, winter + 3h));
  CHECK(open(w, summer + 1h));
  CHECK_FALSE(open(w, summer + 2h));
}

TEST_CASE("days are those of the zone, not of UTC") {
  // Monday 00:30 in Berlin is Sunday 23:30 in UTC.
  const auto w = berlin(on_monday, 30min, 1h);
  CHECK(open(w, monday - 30min));
  CHECK_FALSE(open(w, monday + 7 * day - 31min));
  CHECK(next(w, monday - 2h) == monday - 30min);
}

TEST_CASE("an hour that the clock leaves out moves the window by it") {
  // 29 March 2026: 02:00 becomes 03:00 at 01:00 UTC.
  const auto w = berlin(every_day, 2h + 30min, 30min);
  const auto change = 20'541 * day;
  CHECK(next(w, change) == change + 1h + 30min); // 03:30 in Berlin
  CHECK(next(w, change + day - 12h) == change + day + 30min);
}

TEST_CASE("an hour that the clock shows twice counts the first time") {
  // 25 October 2026: 03:00 becomes 02:00 at 01:00 UTC.
  const auto w = berlin(every_day, 2h + 30min, 30min);
  const auto change = 20'751 * day;
  CHECK(next(w, change) == change + 30min);
  CHECK_FALSE(open(w, change + 1h + 30min));
  CHECK(next(w, change + 2h) == change + day + 1h + 30min);
}

TEST_CASE("the next closing is when the last of the windows closes") {
  const std::vector<maintenance_window> list{{on_monday, 1h, 1h},
                                             {on_monday, 90min, 1h}};
  CHECK(next_closing(list, monday + 1h) == monday + 2h + 30min);
  CHECK(next_closing(list, monday + 2h) == monday + 2h + 30min);
  CHECK_FALSE(next_closing(list, monday + 3h));
  CHECK_FALSE(next_closing({}, monday));
  const std::vector<maintenance_window> always{{every_day, 0s, day}};
  CHECK(next_closing(always, monday) > monday + 7 * day);
}
