// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono;
using namespace std::chrono_literals;
using engine::maintenance_window;

namespace {

const std::string rolling =
  minimal
  + "[health.command]\nargv = [\"true\"]\n[upgrade_policy]\nmode = \"rolling\"\n";

maintenance_window window_of(const std::string& keys) {
  auto windows = loaded(rolling + "[[maintenance_window]]\n" + keys).windows;
  REQUIRE(windows.size() == 1);
  return windows.front();
}

engine::duration since_epoch(year_month_day date, engine::duration clock) {
  return sys_days{date}.time_since_epoch() + clock;
}

} // namespace

TEST_CASE("a window is every day and in UTC unless it says otherwise") {
  const auto x = window_of("start = \"22:05\"\nduration = \"4h\"\n");
  CHECK(x.days == 0x7f);
  CHECK(x.start == 22h + 5min);
  CHECK(x.length == 4h);
  CHECK(x.time_zone == "UTC");
  CHECK(x.offsets.empty());
  CHECK(loaded(rolling).windows.empty());
}

TEST_CASE("days are bits from Monday on") {
  CHECK(window_of("days = [\"mon\"]\nstart = \"00:00\"\nduration = \"1m\"\n").days
        == 1);
  CHECK(
    window_of("days = [\"sun\", \"tue\"]\nstart = \"00:00\"\nduration = \"7d\"\n").days
    == 0x42);
}

TEST_CASE("a time zone becomes the offsets that hold in it") {
  const auto berlin =
    window_of("start = \"22:00\"\nduration = \"4h\"\ntime_zone = \"Europe/Berlin\"\n");
  CHECK(berlin.time_zone == "Europe/Berlin");
  REQUIRE(berlin.offsets.size() > 20);
  CHECK(berlin.offsets[0].ahead_of_utc == 1h);
  CHECK(berlin.offsets[0].since_epoch <= since_epoch(2025y / 12 / 31, 0h));
  // Clocks go forward at 01:00 UTC on 2026-03-29, and back on 2026-10-25.
  CHECK(berlin.offsets[1]
        == maintenance_window::zone_offset{since_epoch(2026y / 3 / 29, 1h), 2h});
  CHECK(berlin.offsets[2]
        == maintenance_window::zone_offset{since_epoch(2026y / 10 / 25, 1h), 1h});
  // No change of the clocks: one offset, and one that is no whole hour.
  const auto kolkata =
    window_of("start = \"22:00\"\nduration = \"4h\"\ntime_zone = \"Asia/Kolkata\"\n");
  REQUIRE(kolkata.offsets.size() == 1);
  CHECK(kolkata.offsets[0].ahead_of_utc == 5h + 30min);
  // West of Greenwich.
  const auto phoenix = window_of(
    "start = \"22:00\"\nduration = \"4h\"\ntime_zone = \"America/Phoenix\"\n");
  CHECK(phoenix.offsets[0].ahead_of_utc == -7h);
}

TEST_CASE("a window of a zone opens by the zone's clock, in summer and in winter") {
  const std::vector<maintenance_window> windows = {
    window_of("start = \"22:00\"\nduration = \"4h\"\ntime_zone = \"Europe/Berlin\"\n")};
  CHECK_FALSE(is_open(windows, since_epoch(2026y / 1 / 10, 20h + 59min)));
  CHECK(is_open(windows, since_epoch(2026y / 1 / 10, 21h)));
  CHECK_FALSE(is_open(windows, since_epoch(2026y / 7 / 10, 19h + 59min)));
  CHECK(is_open(windows, since_epoch(2026y / 7 / 10, 20h)));
  CHECK(is_open(windows, since_epoch(2026y / 7 / 10, 23h + 59min)));
  CHECK_FALSE(is_open(windows, since_epoch(2026y / 7 / 11, 0h)));
}

TEST_CASE("what is wrong with a window is said where it stands") {
  struct row {
    const char* keys;
    const char* error;
  };
  const row rows[] = {
    {"duration = \"4h\"", "11:1: error: missing key \"start\"; it is when the window "
                          "opens: start = \"22:00\""},
    {"start = \"22:00\"",
     "missing key \"duration\"; it is how long the window is open"},
    {"start = \"22\"\nduration = \"4h\"",
     "12:9: error: start is \"22\", which is no time of the day; write \"22:00\""},
    {"start = \"24:00\"\nduration = \"4h\"", "start is \"24:00\", which is no time"},
    {"start = \"9:00\"\nduration = \"4h\"", "start is \"9:00\", which is no time"},
    {"start = \"09:60\"\nduration = \"4h\"", "start is \"09:60\", which is no time"},
    {"start = \"\"\nduration = \"4h\"", "start is \"\", which is no time"},
    {"start = \"22:00\"\nduration = \"0s\"",
     "duration is 0s; it must be from 1ns to 168h"},
    {"start = \"22:00\"\nduration = \"8d\"", "duration is 192h; it must be from"},
    {"days = [\"monday\"]\nstart = \"22:00\"\nduration = \"4h\"",
     "12:9: error: there is no day \"monday\"; days are mon, tue, wed"},
    {"days = []\nstart = \"22:00\"\nduration = \"4h\"", "days is empty; name some"},
    {"start = \"22:00\"\nduration = \"4h\"\ntime_zone = \"Europe/Berlim\"",
     "14:13: error: there is no time zone \"Europe/Berlim\""},
    {"start = \"22:00\"\nduration = \"4h\"\nlength = \"4h\"", "unknown key \"length\""},
  };
  for (const auto& [keys, error] : rows) {
    const auto text = rolling + "[[maintenance_window]]\n" + keys;
    CAPTURE(keys);
    CAPTURE(all_errors(text));
    CHECK(has_error(text, error));
  }
  CHECK(has_error(minimal
                    + "[[maintenance_window]]\nstart = \"22:00\"\nduration = \"4h\"\n",
                  "7:1: error: maintenance windows are for rolling upgrades only"));
}
