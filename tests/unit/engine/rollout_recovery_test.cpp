// SPDX-License-Identifier: Apache-2.0
// Upgrades that another process goes on with, in each stage.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto well = health_state::healthy;
constexpr auto ill = health_state::unhealthy;

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

void all_well(driven_rollout& d, instance_index count) {
  for (instance_index i = 0; i < count; ++i)
    d.health(i, well);
}

void told_step(driven_rollout& d, instance_index i, step_kind step) {
  d.feed(input::step_started{{i, step, apply_class::reimage, 1}});
}

void told_end(driven_rollout& d, instance_index i, step_kind step,
              step_outcome outcome = step_outcome::succeeded) {
  d.feed(input::step_finished{{i, step, apply_class::reimage, 1, outcome, {}}});
}

} // namespace

TEST_CASE("members are taken up again with what is known of them") {
  driven_rollout d(rolling_options(50, 50), of(10));
  d.start();
  told_step(d, 1, step_kind::before_instance);
  told_step(d, 2, step_kind::action);
  told_step(d, 3, step_kind::action);
  told_end(d, 3, step_kind::action);
  told_step(d, 4, step_kind::action);
  told_end(d, 4, step_kind::action, step_outcome::transient);
  d.said();
  d.feed(input::resumed{});
  CHECK(d.said() == "resumed [0 1 2 3 4]\ndo recover 0:0#1 1:1#1 2:3#1 3:4#1 4:2#2\n");
}

TEST_CASE("a hook that failed for now has begun all the same") {
  driven_rollout d(rolling_options(10, 10), of(10));
  d.start();
  told_step(d, 0, step_kind::before_instance);
  told_end(d, 0, step_kind::before_instance, step_outcome::transient);
  d.said();
  d.feed(input::resumed{});
  CHECK(d.said() == "resumed [0]\ndo recover 0:1#2\n");
}

TEST_CASE("the next batch waits until the health of everybody was seen again") {
  driven_rollout d(rolling_options(20, 20), of(5));
  d.start();
  d.feed(input::resumed{});
  d.succeed({0});
  CHECK(d.batches() == "[0]");
  for (const instance_index i : {1, 2, 3})
    d.health(i, well);
  CHECK(d.batches() == "[0]"); // 4 has not been seen
  CHECK(d.last<told::waiting>()->reason == wait_reason::settling_health);
  CHECK(d.last<told::waiting>()->holders == std::vector<instance_index>{1, 2, 3, 4});
  d.health(4, well);
  CHECK(d.batches() == "[0][1]");
}

TEST_CASE("who fell ill while nobody watched holds the next batch") {
  driven_rollout d(rolling_options(20, 20), of(5));
  d.start();
  d.feed(input::resumed{});
  d.succeed({0});
  for (const instance_index i : {1, 2, 3})
    d.health(i, well);
  d.health(4, ill);
  CHECK(d.batches() == "[0][4]"); // it is down already, and the only one that may go
  d.succeed({4});
  CHECK(d.batches() == "[0][4][1]");
}

TEST_CASE("a batch that ended before health was seen again is judged later") {
  driven_rollout d(rolling_options(20, 100), of(5));
  d.start();
  d.feed(input::resumed{});
  d.said();
  d.fail(0);
  CHECK(d.count<told::batch_finished>() == 0);
  all_well(d, 5);
  CHECK(d.count<told::batch_finished>() == 1);
  CHECK(d.outcome().substr(0, 7) == "Faulted"); // 1 of 1 failed
}

TEST_CASE("a member on which nothing was begun is a candidate again") {
  auto options = rolling_options(40, 40);
  options.policy.rolling.pause_time_between_batches = 1min;
  driven_rollout d(options, of(5));
  d.start();
  CHECK(d.batches() == "[0 1]");
  d.feed(input::resumed{});
  d.feed(input::member_released{0});
  d.succeed({1});
  for (const instance_index i : {0, 2, 3})
    d.health(i, well);
  d.health(4, ill);
  d.advance(1min); // 4 fell ill meanwhile, so that one healthy instance may go with it
  CHECK(d.batches() == "[0 1][0 4]");
}

TEST_CASE("a batch that was given back as a whole is neither judged nor followed by a "
          "pause") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.pause_time_between_batches = 1min;
  driven_rollout d(options, of(5));
  d.start();
  d.feed(input::resumed{});
  d.feed(input::member_released{0});
  all_well(d, 5);
  CHECK(d.batches() == "[0][0]");
  CHECK(d.count<told::check_judged>() == 2); // before each of the two
}

TEST_CASE("a member that is given back goes again in every mode") {
  driven_rollout all(plain_options(upgrade_mode::automatic), of(3));
  all.start();
  all.feed(input::resumed{});
  all.feed(input::member_released{1});
  CHECK(all.batches() == "[0 1 2][1]");
  all.succeed_all();
  CHECK(all.outcome() == "Completed 3/0/0/0/0");
  CHECK(all.count<told::batch_started>() == 1);
  auto options = plain_options(upgrade_mode::manual);
  options.selected = {0, 2};
  driven_rollout named(options, of(3));
  named.start();
  named.feed(input::resumed{});
  named.feed({input::member_released{0}, input::member_released{2}});
  CHECK(named.batches() == "[0 2][0 2]");
  named.succeed_all();
  CHECK(named.outcome() == "Completed 2/0/0/1/0");
}

TEST_CASE("what is left of a pause is waited for") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.pause_time_between_batches = 10min;
  driven_rollout d(options, of(5));
  d.start();
  d.succeed({0});
  d.advance(4min);
  d.feed(input::resumed{});
  all_well(d, 5);
  d.advance(5min);
  CHECK(d.batches() == "[0]");
  d.advance(1min);
  CHECK(d.batches() == "[0][1]");
}

TEST_CASE("a pause that ended while nobody ran the upgrade is over") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.pause_time_between_batches = 10min;
  driven_rollout d(options, of(5));
  d.start();
  d.succeed({0});
  d.sleep_through(1h);
  d.feed(input::resumed{});
  all_well(d, 5);
  d.advance(0s);
  CHECK(d.batches() == "[0][1]");
}

TEST_CASE("a first check that waited for health goes on waiting") {
  driven_rollout d(rolling_options(20, 20), of(5));
  d.begin();
  for (const instance_index i : {0, 1, 2})
    d.health(i, well);
  d.feed(input::resumed{});
  CHECK(d.count<told::upgrade_resumed>() == 0); // nothing has been told yet
  d.health(3, well);
  d.health(4, well);
  CHECK(d.batches() == ""); // 0, 1 and 2 were seen by somebody who is gone
  all_well(d, 5);
  CHECK(d.batches() == "[0]");
  CHECK(d.count<told::upgrade_started>() == 1);
}

TEST_CASE("a wait for a recovery goes on, and its deadline starts over") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.progress_deadline = 30min;
  driven_rollout d(options, of(5));
  d.start({{4, ill}}, {{4, {custom_metrics::no_phase, true}}});
  CHECK(d.batches() == "");
  d.advance(20min);
  d.feed(input::resumed{});
  for (const instance_index i : {0, 1, 2, 3})
    d.health(i, well);
  d.health(4, ill);
  d.advance(29min);
  CHECK_FALSE(d.machine().finished());
  d.advance(2min);
  CHECK(d.outcome() == "Faulted 0/0/0/4/1 RollingUpgradeTimeoutError");
}

TEST_CASE("health that never settles again ends the upgrade at its deadline") {
  driven_rollout d(rolling_options(20, 20), of(5));
  d.start();
  d.feed(input::resumed{});
  d.succeed({0});
  d.advance(31min);
  CHECK(d.outcome() == "Faulted 1/0/0/4/0 RollingUpgradeTimeoutError");
  CHECK(d.count<told::batch_finished>() == 1);
}

TEST_CASE("a cancel goes on as what it was") {
  for (const bool now : {false, true}) {
    driven_rollout d(rolling_options(50, 50), of(4));
    d.start();
    d.cancel(now);
    d.said();
    d.feed(input::resumed{});
    CHECK(d.said()
          == "resumed [0 1]\ndo recover 0:0#1 1:0#1\n"
               + std::string(now ? "do cancel now\n" : "do cancel\n"));
    d.feed(input::member_released{0});
    d.fail(1, failure_reason::cancelled);
    CHECK(d.outcome() == "Cancelled 0/1/0/3/0 RollingUpgradeCanceled");
  }
}

TEST_CASE("a cancel while health is seen again ends the upgrade") {
  driven_rollout d(rolling_options(20, 20), of(5));
  d.start();
  d.feed(input::resumed{});
  d.succeed({0});
  d.cancel();
  CHECK(d.outcome() == "Cancelled 1/0/0/4/0 RollingUpgradeCanceled");
  CHECK(d.count<told::batch_finished>() == 1);
}

TEST_CASE("rollbacks are taken up as rollbacks") {
  auto options = rolling_options(50, 50);
  options.policy.rolling.rollback_failed_instances_on_policy_breach = true;
  driven_rollout d(options, of(4));
  d.start();
  d.fail(0);
  d.fail(1);
  d.said();
  d.feed(input::resumed{});
  CHECK(d.said() == "resumed [0 1]\ndo recover 0:0#1r 1:0#1r\n");
  d.succeed({0, 1});
  CHECK(d.machine().report().rollbacks_succeeded == 2);
  CHECK(d.machine().finished());
}

TEST_CASE("without a health source an upgrade goes on at once") {
  driven_rollout d(plain_options(upgrade_mode::automatic), of(3));
  d.start();
  d.said();
  d.feed(input::resumed{});
  CHECK(d.said() == "resumed [0 1 2]\ndo recover 0:0#1 1:0#1 2:0#1\n");
  d.succeed_all();
  CHECK(d.outcome() == "Completed 3/0/0/0/0");
}

TEST_CASE("an upgrade that is over, or never began, is not resumed") {
  driven_rollout d(plain_options(upgrade_mode::automatic), of(1));
  d.feed(input::resumed{});
  CHECK(d.said() == "");
  d.start();
  d.succeed_all();
  d.said();
  d.feed(input::resumed{});
  CHECK(d.said() == "");
}

TEST_CASE("an upgrade may be resumed more than once") {
  driven_rollout d(rolling_options(20, 20), of(5));
  d.start();
  d.feed(input::resumed{});
  d.health(1, well);
  d.feed(input::resumed{});
  d.succeed({0});
  for (const instance_index i : {2, 3, 4})
    d.health(i, well);
  CHECK(d.batches() == "[0]"); // the second process has not seen 1
  d.health(1, well);
  CHECK(d.batches() == "[0][1]");
}
