// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/duration_text.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace std::chrono_literals;
using drydock::config::parse_duration;
using drydock::config::to_iso8601;
using drydock::engine::duration;

TEST_CASE("lengths of time are read in both notations") {
  struct row {
    const char* text;
    duration length;
  };
  const row rows[] = {
    {"0s", 0s},
    {"30s", 30s},
    {"90s", 90s},
    {"5m", 5min},
    {"1h30m", 90min},
    {"250ms", 250ms},
    {"1m0s250ms", 60'250ms},
    {"1d2h", 26h},
    {"PT0S", 0s},
    {"PT30S", 30s},
    {"PT1M30S", 90s},
    {"PT1H30M", 90min},
    {"P1D", 24h},
    {"P1DT2H", 26h},
    {"PT0.5S", 500ms},
    {"PT0.25S", 250ms},
    {"PT1.000000001S", 1'000'000'001ns},
    {"PT0.0000000009S", 0s},
    {"PT1.5M", 90s},
    {"PT0.5H", 30min},
    {"P0.5D", 12h},
    {"9223372036s", 9'223'372'036s},
  };
  for (const auto& x : rows) {
    CAPTURE(x.text);
    const auto read = parse_duration(x.text);
    REQUIRE(read.has_value());
    CHECK(*read == x.length);
  }
}

TEST_CASE("anything else is no length of time") {
  const char* texts[] = {"",
                         " 5s",
                         "5s ",
                         "5",
                         "s",
                         "-5s",
                         "5 s",
                         "1.5s",
                         "5m1h",
                         "5s5s",
                         "250ms1s",
                         "1x",
                         "P",
                         "PT",
                         "P1DT",
                         "PT5",
                         "PTS",
                         "-PT5S",
                         "PT-5S",
                         "pt5s",
                         "PT5S1M",
                         "PT1.S",
                         "PT.5S",
                         "PT0.5M1S",
                         "P1Y",
                         "P1M",
                         "PT1D",
                         "1T",
                         "PT5ST",
                         "P1DT2HT",
                         "5sT",
                         "T5S",
                         "PT5s",
                         "5S",
                         "five",
                         "+5s",
                         "9223372037s",
                         "99999999999999999999s",
                         "PT2562048H"};
  for (const auto* x : texts) {
    CAPTURE(x);
    CHECK_FALSE(parse_duration(x).has_value());
  }
}

TEST_CASE("lengths of time are printed as Azure prints them") {
  struct row {
    duration length;
    std::string text;
  };
  const row rows[] = {
    {0s, "PT0S"},           {30s, "PT30S"},
    {90s, "PT1M30S"},       {250ms, "PT0.25S"},
    {60'500ms, "PT1M0.5S"}, {1h, "PT1H"},
    {3601s, "PT1H1S"},      {24h, "P1D"},
    {26h, "P1DT2H"},        {1ns, "PT0.000000001S"},
    {-30s, "-PT30S"},       {1500ms, "PT1.5S"},
  };
  for (const auto& x : rows)
    CHECK(to_iso8601(x.length) == x.text);
}

TEST_CASE("what is printed is read back as it was") {
  for (std::int64_t n = 1; n < 4'000'000'000'000'000'000; n = n * 7 + 3) {
    CAPTURE(n);
    CHECK(parse_duration(to_iso8601(duration(n))) == duration(n));
  }
}
