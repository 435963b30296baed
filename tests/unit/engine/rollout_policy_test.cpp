// SPDX-License-Identifier: Apache-2.0
// Ceilings, phases, priorities, and the switch that lets a broken fleet be mended.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr custom_metrics skip{custom_metrics::no_phase, true};

fleet_shape of(std::uint32_t count, std::uint32_t zones = 0) {
  fleet_shape shape;
  shape.count = count;
  shape.zones = zones;
  return shape;
}

void run_through(driven_rollout& d) {
  while (d.succeed_all() > 0)
    continue;
}

} // namespace

TEST_CASE("absolute ceilings lower batch and allowance, never below one") {
  struct row {
    std::uint32_t batch, unhealthy;
    std::string first;
  };
  for (const auto& r :
       {row{0, 0, "B=10 U=10"}, row{3, 0, "B=3 U=10"}, row{0, 4, "B=10 U=4"},
        row{1, 1, "B=1 U=1"}, row{99, 99, "B=10 U=10"}}) {
    auto options = rolling_options(50, 50);
    options.policy.rolling.max_batch_instances = r.batch;
    options.policy.rolling.max_unhealthy_instances = r.unhealthy;
    driven_rollout d(options, of(20));
    d.start();
    CHECK(d.said().find(r.first) != std::string::npos);
    run_through(d);
    CHECK(d.outcome() == "Completed 20/0/0/0/0");
  }
}

TEST_CASE("the limits follow N as it shrinks") {
  driven_rollout d(rolling_options(), of(10));
  d.start();
  d.erase(9);
  d.said();
  d.succeed({0, 1});
  CHECK(d.said().find("batch 2 [2] B=1 U=1") != std::string::npos);
}

TEST_CASE("a broken fleet can receive its fix, in batches of B at most") {
  auto options = rolling_options();
  options.policy.rolling.ignore_unhealthy_before_start = true;
  options.policy.rolling.max_unhealthy_instances = 2;
  driven_rollout d(options, of(10));
  health_map health;
  for (instance_index i = 0; i < 9; ++i)
    health[i] = ill;
  d.start(health);
  CHECK(d.said()
        == "batch 1 [0 1] B=2 U=2 unavailable=9 batch_instances\n"
           "do start [0 1]\n"); // and no check was made
  for (int n = 0; n < 4; ++n) {
    CHECK(d.machine().report().progress.failed == 0);
    d.succeed_all();
  }
  // The last ill one and the healthy one.
  CHECK(print(d.in_hand()) == "[8 9]");
  run_through(d);
  CHECK(d.outcome() == "Completed 10/0/0/0/0");
  CHECK(d.count<told::check_judged>() == 5); // after each batch
}

TEST_CASE("with nobody pending and unhealthy the check applies, at the start too") {
  auto options = rolling_options();
  options.policy.rolling.ignore_unhealthy_before_start = true;
  driven_rollout d(options, of(10));
  d.start({{7, ill}, {8, ill}, {9, ill}}, {{7, skip}, {8, skip}, {9, skip}});
  CHECK(d.outcome()
        == "Faulted 0/0/0/7/3 "
           "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade");
}

TEST_CASE("an unhealthy one of a later phase suspends the check as well") {
  auto options = rolling_options();
  options.policy.rolling.ignore_unhealthy_before_start = true;
  driven_rollout d(options, of(10));
  metrics_map metrics;
  for (instance_index i = 0; i < 10; ++i)
    metrics[i] = {i < 5 ? 1 : 2, i == 8 || i == 9};
  // Two skipped ones are ill, and one that waits for its phase.
  d.start({{7, ill}, {8, ill}, {9, ill}}, metrics);
  CHECK(d.said().find("waiting unavailable_instances") != std::string::npos);
  CHECK_FALSE(d.machine().finished());
  CHECK(d.batches() == "");
  d.health(8, health_state::healthy);
  d.health(9, health_state::healthy);
  CHECK(d.batches() == "[0]"); // the ill one of phase 2 still holds a place
  CHECK(d.count<told::check_judged>() == 0);
}

TEST_CASE("a phase ends before the next begins") {
  driven_rollout d(rolling_options(40, 40), of(10));
  metrics_map metrics;
  for (instance_index i = 0; i < 10; ++i)
    if (i % 3 != 2)
      metrics[i] = {i % 3 == 0 ? 2 : 1, false};
  d.start({}, metrics);
  run_through(d);
  CHECK(d.batches() == "[1 4 7][0 3 6 9][2 5 8]");
  const auto report = d.machine().report();
  CHECK(report.batches[0].place.phase == 1);
  CHECK(report.batches[1].place.phase == 2);
  CHECK(report.batches[2].place.phase == custom_metrics::no_phase);
}

TEST_CASE(
  "an initializing candidate holds its phase, and is passed over until it settles") {
  driven_rollout d(rolling_options(30, 50), of(10));
  metrics_map metrics{{0, {1, false}}, {1, {1, false}}};
  d.start({}, metrics);
  CHECK(d.batches() == "[0 1]");
  driven_rollout other(rolling_options(10, 50), of(10));
  other.start({}, metrics);
  CHECK(other.batches() == "[0]");
  other.health(1, health_state::initializing, {1, false});
  other.said();
  other.succeed({0});
  CHECK(other.said().find("waiting initializing_candidates until 1800s "
                          "{initializing health} [1] of 1")
        != std::string::npos);
  other.health(5, ill); // of the next phase, which still does not begin
  CHECK(other.batches() == "[0]");
  other.health(1, health_state::healthy, {1, false});
  CHECK(other.batches() == "[0][1]");
}

TEST_CASE("phases and skips are read once, at the start") {
  driven_rollout d(rolling_options(10, 50), of(4));
  d.begin();
  d.health(0, health_state::healthy, {7, false});
  d.health(0, health_state::healthy, {2, false}); // the newest word before the start
  d.health(1, health_state::healthy, {1, false});
  d.health(2, health_state::healthy, {1, true});
  d.health(2, health_state::healthy, {1, false});
  d.health(3, health_state::healthy, {1, true});
  CHECK(d.batches() == "[1]");
  d.health(2, health_state::healthy, {9, true});
  d.health(3, health_state::healthy, {0, false});
  run_through(d);
  CHECK(d.batches() == "[1][2][0]");
  CHECK(d.outcome() == "Completed 3/0/0/0/1");
}

TEST_CASE("metrics are honoured whatever the health") {
  driven_rollout d(rolling_options(10, 100), of(4));
  d.start({{3, health_state::unknown}, {2, ill}}, {{3, {1, false}}, {2, {0, true}}});
  CHECK(d.batches() == "[3]");
  run_through(d);
  CHECK(d.outcome() == "Completed 3/0/0/0/1");
}

TEST_CASE("unhealthy instances may be prioritized, also against the order of zones") {
  auto options = rolling_options(40, 40);
  options.policy.rolling.prioritize_unhealthy_instances = true;
  driven_rollout d(options, of(10, 2));
  d.start({{2, ill}, {3, ill}, {7, ill}});
  run_through(d);
  CHECK(d.batches() == "[2][3 7][0 4 6 8][1 5 9]");
  CHECK(d.outcome() == "Completed 10/0/0/0/0");
}

TEST_CASE("health is read again whenever a batch is formed") {
  driven_rollout d(rolling_options(20, 30), of(10));
  d.start();
  CHECK(d.batches() == "[0 1]");
  d.health(2, ill);
  d.health(3, ill);
  d.health(4, ill);
  d.succeed({0, 1});
  CHECK(d.batches() == "[0 1][2 3]"); // they cost nothing
  d.health(8, health_state::unknown);
  d.health(4, health_state::healthy);
  d.succeed({2, 3});
  CHECK(d.batches() == "[0 1][2 3][4 5]");
}
