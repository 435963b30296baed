// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/duration_text.hpp"
#include "drydock/rehearsal/learn.hpp"

#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include <doctest/doctest.h>

using namespace drydock::rehearsal;
using namespace std::chrono_literals;
using drydock::engine::duration;

namespace {

observed_share share(std::uint32_t count, std::uint32_t of) {
  return {wilson(count, of), of};
}

/// Attempts at nothing but reimage, of these lengths.
lessons reimages(std::vector<duration> took) {
  lessons x;
  x.files = x.runs = x.instances = 1;
  x.attempts = static_cast<std::uint32_t>(took.size());
  x.durations["reimage"] = std::move(took);
  return x;
}

toml::table table_of(const lessons& x) {
  return toml::parse(to_toml(x));
}

duration length_at(const toml::node_view<toml::node>& at) {
  return drydock::config::parse_duration(at.value_or("")).value_or(-1s);
}

std::vector<duration> quantiles_of(const lessons& x, std::string_view key) {
  auto table = table_of(x);
  const auto path = "rehearsal." + std::string(key) + ".quantiles";
  auto list = table.at_path(path);
  REQUIRE_MESSAGE(list.is_array(), path);
  std::vector<duration> result;
  for (std::size_t i = 0; i < list.as_array()->size(); ++i)
    result.push_back(length_at(list[i]));
  return result;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("lengths are written as people write them, and read back") {
  struct row {
    duration length;
    const char* text;
    duration back;
  };
  for (const auto& r : {row{0s, "0s", 0s},
                        {400ns, "0s", 0s},
                        {600ns, "PT0.000001S", 1us},
                        {250us, "PT0.00025S", 250us},
                        {12345us, "PT0.012345S", 12345us},
                        {100100us, "PT0.1001S", 100100us},
                        {7ms, "7ms", 7ms},
                        {999999us, "PT0.999999S", 999999us},
                        {999999600ns, "1s", 1s},
                        {40s, "40s", 40s},
                        {40250499us, "40s250ms", 40250ms},
                        {65s, "1m5s", 65s},
                        {3600s, "1h", 1h},
                        {720h, "720h", 720h},
                        {duration{26h + 1ms}, "26h1ms", 26h + 1ms}}) {
    CAPTURE(r.text);
    CHECK(length_text(r.length) == r.text);
    CHECK(drydock::config::parse_duration(length_text(r.length)) == r.back);
  }
}

TEST_CASE("a few samples are their own quantiles") {
  CHECK(quantiles_of(reimages({40s, 1min}), "durations.reimage")
        == std::vector<duration>{40s, 60s});
  CHECK(quantiles_of(reimages({40s, 40s, 55s, 2min}), "durations.reimage")
        == std::vector<duration>{40s, 40s, 55s, 120s});
}

TEST_CASE("many samples become 41 quantiles") {
  std::vector<duration> took;
  for (int i = 0; i <= 1000; ++i)
    took.push_back(10s + i * 100ms);
  const auto points = quantiles_of(reimages(took), "durations.reimage");
  REQUIRE(points.size() == 41);
  for (int i = 0; i <= 40; ++i)
    CHECK(points[static_cast<std::size_t>(i)] == 10s + i * 2500ms);
}

TEST_CASE("a rare outlier stretches no more than its share") {
  // Straight between neighbours, the one hour adds 3540 s / 2 / 1000 to the mean.
  std::vector<duration> took(1000, 60s);
  took.emplace_back(1h);
  const auto slow = quantiles_of(reimages(took), "durations.reimage");
  duration sum = (slow.front() + slow.back()) / 2;
  for (std::size_t i = 1; i + 1 < slow.size(); ++i)
    sum += slow[i];
  // A line from the last fortieth to the hour itself would give 104 s.
  CHECK(drydock::engine::to_seconds(sum / 40)
        == doctest::Approx(60 + 3540.0 / 2 / 1000).epsilon(0.001));
  CHECK(slow[39] == 60s);

  std::vector<duration> quick(1000, 60s);
  quick.insert(quick.begin(), 1s);
  const auto points = quantiles_of(reimages(quick), "durations.reimage");
  CHECK(points.front() > 50s);
  CHECK(points.back() == 60s);
}

TEST_CASE("one sample, or equal ones, are one length") {
  for (const auto& took :
       {std::vector<duration>{90s}, std::vector<duration>(50, 90s)}) {
    auto table = table_of(reimages(took));
    CHECK(length_at(table["rehearsal"]["durations"]["reimage"]) == 90s);
  }
  // Equal as they are written.
  CHECK(says(to_toml(reimages({60s, 60s + 3us})), "reimage = \"1m\"\n"));
}

TEST_CASE("a table says how much it stands on") {
  auto x = reimages({40s});
  x.files = 2;
  x.runs = 3;
  x.instances = 12;
  x.boot = {5s};
  const auto text = to_toml(x);
  CHECK(says(text, "2 files: 3 runs, 12 instances,"));
  CHECK(says(text, "12 instances, 1 attempt at\n# actions."));
  CHECK(says(text, "# 1 attempt\nreimage = \"40s\"\n"));
  CHECK(says(text, "first healthy answer: 1 instance.\nboot = \"5s\"\n"));
  CHECK_FALSE(says(text, "does not tell"));
  x.boot_as_seen = 1;
  CHECK(says(to_toml(x), "# For 1 the run does not tell how it probed"));
}

TEST_CASE("actions come in the order of an upgrade") {
  auto x = reimages({40s});
  x.durations["before_instance"] = {1s};
  x.durations["after_instance"] = {2s};
  const auto text = to_toml(x);
  CHECK(text.find("before_instance =") < text.find("reimage ="));
  CHECK(text.find("reimage =") < text.find("after_instance ="));
}

TEST_CASE("how long it takes to make and to delete one is in the table") {
  auto x = reimages({40s});
  x.durations["create"] = {50s};
  x.durations["delete"] = {5s};
  auto table = table_of(x);
  auto durations = table["rehearsal"]["durations"];
  CHECK(length_at(durations["create"]) == 50s);
  CHECK(length_at(durations["delete"]) == 5s);
}

TEST_CASE("rates are written when something was seen, 0 too") {
  auto x = reimages({40s});
  CHECK_FALSE(says(to_toml(x), "[rehearsal.rates]"));
  x.action_failure = share(0, 20);
  x.transient_failure = share(3, 120);
  x.unhealthy_after_upgrade = share(5, 5);
  auto table = table_of(x);
  auto rates = table["rehearsal"]["rates"];
  // Floats, all of them: 1 would be another type.
  CHECK(rates["action_failure"].as_floating_point()->get() == 0.0);
  CHECK(rates["transient_failure"].as_floating_point()->get() == 0.025);
  CHECK(rates["unhealthy_after_upgrade"].as_floating_point()->get() == 1.0);
  const auto text = to_toml(x);
  CHECK(says(text, "# 0 of 20 instances; 95 % interval 0 % to 16.1 %\naction_failure"));
  CHECK(says(text, "# 3 of 120 attempts; 95 % interval 0.854 % to 7.09 %\ntransient"));
  x.unhealthy_after_upgrade = {};
  CHECK_FALSE(says(to_toml(x), "unhealthy_after_upgrade"));
}

TEST_CASE("small rates keep four digits") {
  auto x = reimages({40s});
  x.action_failure = share(1, 3'000'000);
  auto table = table_of(x);
  CHECK(table["rehearsal"]["rates"]["action_failure"].value_or(0.0)
        == doctest::Approx(3.333e-7).epsilon(1e-6));
}

TEST_CASE("bad images are a table, or a comment when there was none") {
  auto x = reimages({40s});
  CHECK(says(to_toml(x), "# Bad images: no run could tell."));
  x.bad_image = share(0, 3);
  const auto none = to_toml(x);
  CHECK(
    says(none, "# Bad images: none in 3 runs; at most 56.1 % of all runs have one"));
  CHECK_FALSE(says(none, "[rehearsal.bad_image]"));
  x.bad_image = share(1, 4);
  x.bad_image_unhealthy = share(3, 4);
  auto table = table_of(x);
  CHECK(table["rehearsal"]["bad_image"]["probability"].value_or(0.0) == 0.25);
  CHECK(table["rehearsal"]["bad_image"]["unhealthy"].value_or(0.0) == 0.75);
}

TEST_CASE("the mean time to failure is the time watched over the failures") {
  auto x = reimages({40s});
  CHECK(says(to_toml(x), "fall ill by themselves: no run could tell."));
  x.background.exposure_seconds = 36'680.0;
  const auto none = to_toml(x);
  CHECK_FALSE(says(none, "[rehearsal.background]"));
  CHECK(says(none, "none in 10h11m20s of healthy instances"));
  CHECK(says(none, "at least 2h46m"));
  x.background.failures = 4;
  auto table = table_of(x);
  auto background = table["rehearsal"]["background"];
  CHECK(length_at(background["mean_time_to_failure"]) == 9170s);
  CHECK_FALSE(background["recovery"]);
  CHECK(says(to_toml(x), "4 failures in 10h11m20s"));
  x.background.recovery = {30s, 50s, 70s};
  CHECK(quantiles_of(x, "background.recovery") == std::vector<duration>{30s, 50s, 70s});
  CHECK(says(to_toml(x), "# 3 of 4 failures\nrecovery"));
}

TEST_CASE("a mean time beyond all bounds is cut") {
  auto x = reimages({40s});
  x.background.exposure_seconds = 1e12;
  x.background.failures = 1;
  auto table = table_of(x);
  CHECK(length_at(table["rehearsal"]["background"]["mean_time_to_failure"])
        == 9e9 * 1s);
}

TEST_CASE("a table can be appended to a file that lacks its last line end") {
  auto x = reimages({40s, 50s});
  x.action_failure = share(1, 2);
  auto table = toml::parse("[scale_set]\nname = \"web\"" + to_toml(x));
  CHECK(table["scale_set"]["name"].value_or(std::string()) == "web");
  CHECK(table["rehearsal"]["rates"]["action_failure"].value_or(0.0) == 0.5);
}
