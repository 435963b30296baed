// SPDX-License-Identifier: Apache-2.0
// Waiting: for health to settle, for room, and the deadline that bounds it.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr auto well = health_state::healthy;
constexpr auto unsettled = health_state::initializing;
constexpr custom_metrics skip{custom_metrics::no_phase, true};
constexpr auto deadline_code = "RollingUpgradeTimeoutError";

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

/// 8 of 10 take part, and the two others, ill, use up the allowance.
void start_stuck(driven_rollout& d) {
  d.start({{8, ill}, {9, ill}}, {{8, skip}, {9, skip}});
}

bool faulted(const driven_rollout& d) {
  return d.machine().report().error.code == deadline_code;
}

} // namespace

TEST_CASE("waiting names the limit and who holds it, once") {
  driven_rollout d(rolling_options(), of(10));
  start_stuck(d);
  CHECK(d.said()
        == "skipped 8 skip_upgrade\nskipped 9 skip_upgrade\n"
           "before batch 2/10 20% ok\n"
           "waiting unavailable_instances until 1800s "
           "{max_unhealthy_instance_percent = 20: 2 of 10} [8 9] of 2\n");
  d.health(9, health_state::unknown); // as ill as before
  CHECK(d.said() == "");
}

TEST_CASE("waiting names an absolute ceiling where that is the limit") {
  auto options = rolling_options(20, 50);
  options.policy.rolling.max_unhealthy_instances = 2;
  driven_rollout d(options, of(10));
  start_stuck(d);
  CHECK(d.last<told::waiting>()->limit == "max_unhealthy_instances = 2: 2 of 10");
}

TEST_CASE("of many holders a hundred are named") {
  auto options = rolling_options(20, 20);
  driven_rollout d(options, of(1000));
  health_map health;
  metrics_map metrics;
  for (instance_index i = 800; i < 1000; ++i) {
    health[i] = ill;
    metrics[i] = skip;
  }
  d.start(health, metrics);
  const auto* waiting = d.last<told::waiting>();
  REQUIRE(waiting != nullptr);
  CHECK(waiting->holders.size() == 100);
  CHECK(waiting->holders.front() == 800);
  CHECK(waiting->holder_count == 200);
}

TEST_CASE("a recovery ends the wait") {
  driven_rollout d(rolling_options(), of(10));
  start_stuck(d);
  d.advance(20min);
  d.said();
  d.health(9, well);
  CHECK(d.said()
        == "before batch 1/10 20% ok\n"
           "batch 1 [0] B=2 U=2 unavailable=1 unavailable_instances\n"
           "do start [0]\n");
  d.health(9, ill);
  d.succeed({0});
  CHECK(d.last<told::waiting>()->until == instant{} + 20min + 30min);
}

TEST_CASE("a deletion may end the wait, or the upgrade") {
  driven_rollout ends(rolling_options(), of(10));
  start_stuck(ends);
  ends.erase(9); // now one of nine is ill, and the allowance is one
  CHECK(ends.batches() == "");
  ends.erase(8);
  CHECK(ends.batches() == "[0]");

  driven_rollout faults(rolling_options(), of(10));
  start_stuck(faults);
  faults.erase(0); // 2 of 9
  CHECK(faults.outcome()
        == "Faulted 0/0/0/7/2 "
           "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade");
}

TEST_CASE("the last pending instance's deletion completes a waiting upgrade") {
  driven_rollout d(rolling_options(), of(5));
  d.start({{4, ill}}, {{1, skip}, {2, skip}, {3, skip}, {4, skip}});
  CHECK(d.batches() == "");
  d.erase(0);
  CHECK(d.outcome() == "Completed 0/0/0/0/4");
}

TEST_CASE("the check is made again at every change of health") {
  driven_rollout d(rolling_options(), of(10));
  start_stuck(d);
  d.health(0, ill);
  CHECK(d.outcome()
        == "Faulted 0/0/0/8/2 "
           "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade");
}

TEST_CASE("an instance of the batch that stays ill is waited for after it") {
  auto options = rolling_options();
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  driven_rollout d(options, of(10));
  d.start();
  d.health(0, ill);
  d.health(1, ill);
  d.fail(0, failure_reason::health_timeout);
  d.advance(1min);
  d.fail(1, failure_reason::health_timeout);
  const auto* waiting = d.last<told::waiting>();
  REQUIRE(waiting != nullptr);
  CHECK(print(waiting->holders) == "[0 1]");
  CHECK(waiting->until == instant{} + 31min); // from the last settling
  d.health(1, well);
  CHECK(d.batches() == "[0 1][2]");
}

TEST_CASE("the deadline counts to its very end, and not a nanosecond longer") {
  driven_rollout in_time(rolling_options(), of(10));
  start_stuck(in_time);
  in_time.advance(30min);
  CHECK_FALSE(in_time.machine().finished());
  in_time.health(8, well);
  CHECK(in_time.batches() == "[0]");
  in_time.advance(1h); // at work: the deadline's timer is stale
  CHECK_FALSE(in_time.machine().finished());

  driven_rollout late(rolling_options(), of(10));
  start_stuck(late);
  late.advance(30min + 1ns);
  CHECK(late.outcome() == std::string("Faulted 0/0/0/8/2 ") + deadline_code);
  CHECK(
    late.machine().report().error.message
    == "nothing moved for the length of progress_deadline; no instance may go while "
       "these are unavailable: web-8, web-9");
}

TEST_CASE("a new wait has the whole deadline after a settling") {
  driven_rollout d(rolling_options(), of(10));
  start_stuck(d);
  d.advance(29min);
  d.health(9, well);
  d.advance(5min);
  d.health(9, ill);
  d.succeed({0}); // minute 34: waits again
  d.advance(30min);
  CHECK_FALSE(d.machine().finished());
  d.advance(1ns);
  CHECK(faulted(d));
}

TEST_CASE("time at work is not spent standing still") {
  driven_rollout d(rolling_options(), of(10));
  start_stuck(d);
  d.advance(10min);
  d.health(9, well);
  CHECK(d.batches() == "[0]");
  d.advance(50min);
  d.health(9, ill);
  d.health(8, well);
  d.erase(0); // nothing has settled in this batch
  CHECK(d.batches() == "[0]");
  // The 10 minutes before the batch count, the 50 of the batch do not.
  CHECK(d.last<told::waiting>()->until == instant{} + 80min);
  d.advance(20min);
  CHECK_FALSE(d.machine().finished());
  d.advance(1ns);
  CHECK(faulted(d));
}

TEST_CASE("a pause stops the clock") {
  auto options = rolling_options();
  options.policy.rolling.pause_time_between_batches = 45min;
  driven_rollout d(options, of(10));
  d.start({}, {{8, skip}, {9, skip}});
  d.succeed({0, 1});
  d.health(8, ill);
  d.health(9, ill);
  d.advance(45min);
  CHECK(d.last<told::waiting>()->reason == wait_reason::unavailable_instances);
  CHECK(d.last<told::waiting>()->until == instant{} + 75min);
  d.advance(30min);
  CHECK_FALSE(d.machine().finished());
  d.advance(1ns);
  CHECK(faulted(d));
}

TEST_CASE("the first check waits until every health is settled") {
  driven_rollout d(rolling_options(), of(3));
  d.begin();
  d.health(0, well);
  d.health(2, ill);
  d.advance(999ms);
  CHECK(d.said() == "");
  CHECK(d.count<told::upgrade_started>() == 0);
  d.advance(1ms); // after a second it is told what the waiting is for
  CHECK(d.said()
        == "waiting settling_health until 1800s {initializing health} [1] of 1\n");
  CHECK(d.count<told::upgrade_started>() == 1);
  CHECK(d.count<told::health_changed>() == 2);
  d.advance(20min);
  d.health(1, well);
  CHECK(d.said().find("before batch 1/3 20%") != std::string::npos);
  CHECK(d.count<told::upgrade_started>() == 1);
}

TEST_CASE("skipped and up to date instances are waited for as well") {
  fleet_shape shape = of(4);
  shape.up_to_date = {1};
  shape.is_protected = {2};
  driven_rollout d(rolling_options(), shape);
  d.begin();
  d.health(0, well);
  d.health(3, well);
  d.health(1, well);
  CHECK(d.batches() == "");
  d.health(2, well);
  CHECK(d.batches() == "[0]");
}

TEST_CASE("a deletion may settle the last open health, and is told") {
  driven_rollout d(rolling_options(), of(3));
  d.begin();
  d.health(0, well);
  d.health(1, well);
  d.erase(2);
  CHECK(d.said()
        == "deleted 2\nbefore batch 0/2 20% ok\n"
           "batch 1 [0] B=1 U=1 unavailable=0 batch_instances\ndo start [0]\n");
  CHECK(d.last<told::upgrade_started>()->total == 2);
}

TEST_CASE("the deadline bounds the wait for the first check") {
  driven_rollout in_time(rolling_options(), of(3));
  in_time.begin();
  in_time.advance(30min);
  for (instance_index i = 0; i < 3; ++i)
    in_time.health(i, well);
  CHECK(in_time.batches() == "[0]");

  driven_rollout late(rolling_options(), of(3));
  late.start({{1, unsettled}});
  late.advance(30min + 1ns);
  CHECK(late.outcome() == std::string("Faulted 0/0/0/3/0 ") + deadline_code);
  CHECK(late.machine().report().error.message
        == "nothing moved for the length of progress_deadline; the health of these did "
           "not settle: web-1");
}

TEST_CASE("a deadline before the announcement brings it along") {
  auto options = rolling_options();
  options.policy.rolling.progress_deadline = 100ms;
  driven_rollout d(options, of(2));
  d.begin();
  d.erase(0);
  d.advance(1s);
  CHECK(d.count<told::upgrade_started>() == 1);
  CHECK(d.said()
        == std::string("deleted 0\nFaulted 0/0/0/1/0 ") + deadline_code
             + "\ndo finish\n");
}

TEST_CASE("settling does not start the deadline anew") {
  driven_rollout d(rolling_options(), of(10));
  d.start({{0, unsettled}, {8, ill}, {9, ill}}, {{8, skip}, {9, skip}});
  d.advance(29min);
  d.said();
  d.health(0, well);
  // The first check is told, although a wait was told before it.
  CHECK(
    d.said().find("before batch 2/10 20% ok\nwaiting unavailable_instances until 1800s")
    != std::string::npos);
  d.advance(1min);
  CHECK_FALSE(d.machine().finished());
  d.advance(1ns);
  CHECK(faulted(d));
}

TEST_CASE("no deadline bounds the other modes") {
  for (const auto mode : {upgrade_mode::manual, upgrade_mode::automatic}) {
    auto options = rolling_options();
    options.policy.mode = mode;
    options.selected_all = true;
    driven_rollout d(options, of(3));
    d.start({{1, unsettled}});
    d.advance(100h);
    CHECK(d.batches() == "");
    CHECK(d.last<told::waiting>()->until == std::nullopt);
    d.health(1, ill); // settled, and nobody checks how
    CHECK(d.batches() == "[0 1 2]");
  }
}

TEST_CASE("initializing counts as unavailable, never as unhealthy") {
  driven_rollout d(rolling_options(20, 20), of(10));
  d.start();
  for (const instance_index i : {7U, 8U, 9U})
    d.health(i, unsettled);
  d.said();
  d.succeed({0, 1});
  CHECK(d.said().find("before batch 0/10 20% ok\n"
                      "waiting unavailable_instances until 1800s "
                      "{max_unhealthy_instance_percent = 20: 2 of 10} [7 8 9] of 3\n")
        != std::string::npos);
  d.health(7, well);
  CHECK(d.batches() == "[0 1]");
  d.health(8, well);
  CHECK(d.batches() == "[0 1][2]");
}
