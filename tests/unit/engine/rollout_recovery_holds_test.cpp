// SPDX-License-Identifier: Apache-2.0
// Going on at a checkpoint, in a hook and in a rollback: docs/semantics.md, 4.9.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

fleet_shape ten() {
  fleet_shape shape;
  shape.count = 10;
  return shape;
}

/// The health of all ten as another process sees it, all at once.
std::vector<rollout_input> seen_again(const health_map& health = {}) {
  std::vector<rollout_input> inputs;
  for (instance_index i = 0; i < 10; ++i) {
    const auto state = health.find(i);
    inputs.emplace_back(input::health_changed{
      i, state == health.end() ? health_state::healthy : state->second, {}});
  }
  return inputs;
}

rollout_options at_half(checkpoint_approval approval = checkpoint_approval::none) {
  auto options = rolling_options(50, 50);
  options.policy.rolling.checkpoints = {{50, 1h, approval}};
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 50;
  return options;
}

} // namespace

TEST_CASE("a bake that ended while nobody watched is judged by health seen again") {
  driven_rollout d(at_half(), ten());
  d.start();
  d.succeed_all();
  d.sleep_through(2h);
  d.feed(input::resumed{});
  d.advance(0s);
  CHECK(d.batches() == "[0 1 2 3 4]");
  const auto ill = health_state::unhealthy;
  d.feed(seen_again({{0, ill}, {1, ill}, {2, ill}}));
  CHECK(d.outcome()
        == "Faulted 5/0/0/5/0 "
           "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade");

  driven_rollout well(at_half(), ten());
  well.start();
  well.succeed_all();
  well.sleep_through(2h);
  well.feed(input::resumed{});
  well.advance(0s);
  well.feed(seen_again());
  CHECK(well.batches() == "[0 1 2 3 4][5 6 7 8 9]");
}

TEST_CASE("an approval before health was seen again waits for it") {
  driven_rollout d(at_half(checkpoint_approval::manual), ten());
  d.start();
  d.succeed_all();
  d.advance(1h);
  d.sleep_through(1h);
  d.feed(input::resumed{});
  d.feed(input::approval{"ops", true, {}, 1});
  CHECK(d.batches() == "[0 1 2 3 4]");
  d.feed(seen_again());
  CHECK(d.batches() == "[0 1 2 3 4][5 6 7 8 9]");
  CHECK(d.last<told::checkpoint_left>()->by == "ops");
}

TEST_CASE("a rejection before health was seen again lets nobody go") {
  auto options = at_half(checkpoint_approval::manual);
  options.policy.rolling.on_rejection = rejection::roll_back;
  driven_rollout d(options, ten());
  d.start();
  d.succeed_all();
  d.advance(1h);
  d.sleep_through(1min);
  d.feed(input::resumed{});
  d.feed(input::approval{"ops", false, {}, 1});
  d.feed(seen_again());
  CHECK(d.batches() == "[0 1 2 3 4]undo[0 1 2 3 4]");
}

TEST_CASE("the time in which nobody ran it does not count against an approval") {
  auto options = at_half(checkpoint_approval::manual);
  options.policy.rolling.approval_timeout = 5min;
  driven_rollout d(options, ten());
  d.start();
  d.succeed_all();
  d.advance(1h);
  d.sleep_through(10min);
  d.feed(input::resumed{});
  d.advance(5min - 1s);
  CHECK(d.machine().running());
  d.advance(1s);
  CHECK(d.outcome() == "Cancelled 5/0/0/5/0 RollingUpgradeCanceled");
}

TEST_CASE("a batch whose last hook ran twice is judged by health seen again") {
  auto options = rolling_options(100, 100);
  options.hooks.after_batch = true;
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 20;
  driven_rollout d(options, ten());
  d.start();
  d.succeed_all();
  d.sleep_through(1min);
  d.feed(input::resumed{});
  d.feed(input::hook_finished{2, step_outcome::succeeded, {}});
  CHECK(d.machine().running());
  const auto ill = health_state::unhealthy;
  d.feed(seen_again({{0, ill}, {1, ill}, {2, ill}}));
  CHECK(d.outcome()
        == "Faulted 10/0/0/0/0 "
           "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade");
}

TEST_CASE("a rollback that waited for room waits for the whole deadline again") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.rollback = rollback_scope::all;
  driven_rollout d(options, ten());
  d.start();
  d.succeed({0, 1});
  const auto ill = health_state::unhealthy;
  const health_map three{{7, ill}, {8, ill}, {9, ill}};
  for (const auto& [i, state] : three)
    d.health(i, state);
  d.succeed_all();
  CHECK(d.batches() == "[0 1][2 3]");
  d.sleep_through(2h);
  d.feed(input::resumed{});
  d.feed(seen_again(three));
  d.advance(29min);
  CHECK(d.machine().running());
  d.feed(seen_again({{9, ill}}));
  CHECK(d.batches() == "[0 1][2 3]undo[0]");
}

TEST_CASE("a hook of an upgrade that was cancelled is not run again") {
  auto options = rolling_options(50, 50);
  options.hooks.before_batch = true;
  driven_rollout d(options, ten());
  d.start();
  d.cancel();
  d.sleep_through(1min);
  d.feed(input::resumed{});
  CHECK(d.outcome() == "Cancelled 0/0/0/10/0 RollingUpgradeCanceled");
  CHECK(d.count<told::hook_started>() == 1);
}

TEST_CASE("a guard that fails while a bake is judged again ends it") {
  auto options = at_half(checkpoint_approval::manual);
  options.guards = {{"errors", guard_consequence::fault}};
  driven_rollout d(options, ten());
  d.start();
  d.feed(input::guard_reported{0, guard_state::holds, {}});
  d.succeed_all();
  d.sleep_through(2h);
  d.feed(input::resumed{});
  d.advance(0s);
  d.feed(input::guard_reported{0, guard_state::fails, {}});
  d.feed(seen_again());
  CHECK(d.outcome() == "Faulted 5/0/0/5/0 GuardFailed");
}

TEST_CASE("an answer after a cancel changes nothing") {
  auto options = at_half(checkpoint_approval::manual);
  options.policy.rolling.on_rejection = rejection::roll_back;
  options.repairs = repair_options{repair_action::restart, 0s};
  auto shape = ten();
  shape.up_to_date = {9};
  driven_rollout d(options, shape);
  d.start({{9, health_state::unhealthy}});
  d.feed(input::step_started{{9, step_kind::action, apply_class::restart, 1}});
  d.succeed({0, 1, 2, 3});
  REQUIRE(d.last<told::checkpoint_reached>() != nullptr);
  d.sleep_through(2h);
  d.feed(input::resumed{});
  d.advance(0s);
  d.cancel();
  d.feed(input::approval{"ops", false, {}, 0});
  d.feed(seen_again());
  CHECK(d.batches().find("undo") == std::string::npos);
  d.succeed({9});
  CHECK(d.outcome().starts_with("Cancelled"));
}
