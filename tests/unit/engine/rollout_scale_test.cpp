// SPDX-License-Identifier: Apache-2.0
// Changes of capacity: docs/semantics.md, 5b.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

using list = std::vector<instance_index>;

fleet_shape growing(std::uint32_t count, std::uint32_t arrivals) {
  fleet_shape shape;
  shape.count = count;
  shape.arrivals = arrivals;
  return shape;
}

/// Capacity alone: no instance is touched for its model.
rollout_options scale_options(list leaving = {},
                              upgrade_mode mode = upgrade_mode::manual) {
  auto options = rolling_options(50, 50);
  options.policy.mode = mode;
  options.action = apply_class::none;
  options.scale_in = std::move(leaving);
  return options;
}

} // namespace

TEST_CASE("a set shrinks: all who go at once, and they are in no count") {
  for (const auto mode :
       {upgrade_mode::manual, upgrade_mode::automatic, upgrade_mode::rolling}) {
    driven_rollout d(scale_options({4, 3}, mode), growing(5, 0));
    d.start();
    CHECK(d.said() == "scale 5 to 3 -[4 3] +[]\ndo remove [4 3]\n");
    CHECK(d.machine().progress() == upgrade_progress{3, 0, 0, 0, 0});
    d.succeed({4});
    CHECK(d.said() == "deleted 4 scale_in\n");
    d.succeed({3});
    CHECK(d.outcome() == "Completed 3/0/0/0/0");
    const auto& s = d.machine().report().scaling;
    CHECK(s.begun);
    CHECK(s.capacity_before == 5);
    CHECK(s.capacity == 3);
    CHECK(s.deleted == list{4, 3});
    CHECK(d.machine().departed() == list{4, 3});
  }
}

TEST_CASE("a set grows: a new one counts, as successful, once it is healthy") {
  driven_rollout d(scale_options({}, upgrade_mode::rolling), growing(3, 2));
  d.start();
  CHECK(d.said() == "scale 3 to 5 -[] +[3 4]\ndo create [3 4]\n");
  CHECK(d.machine().progress() == upgrade_progress{3, 0, 0, 0, 0});
  d.feed(input::step_started{{3, step_kind::action, apply_class::none, 1}});
  d.feed(input::step_finished{
    {3, step_kind::action, apply_class::none, 1, step_outcome::succeeded, {}}});
  CHECK(d.said()
        == "step 3 action create #1\nstep 3 action create #1 succeeded \n"
           "created 3\n");
  CHECK(d.machine().progress() == upgrade_progress{3, 0, 0, 0, 0});
  d.succeed({3});
  CHECK(d.said() == "settled 3\n");
  CHECK(d.machine().progress() == upgrade_progress{4, 0, 0, 0, 0});
  d.succeed({4});
  CHECK(d.outcome() == "Completed 5/0/0/0/0");
  CHECK(d.machine().report().scaling.created == list{3, 4});
  CHECK(d.machine().replacements() == list{3, 4}); // whose health is watched
}

TEST_CASE("the set scales first, and who goes is not upgraded") {
  auto options = rolling_options(50, 50);
  options.scale_in = {3};
  driven_rollout d(options, growing(4, 0));
  d.start();
  CHECK(d.said() == "scale 4 to 3 -[3] +[]\ndo remove [3]\n");
  d.succeed({3});
  CHECK(d.said()
        == "deleted 3 scale_in\nscaled +0 -1 !0\nbefore batch 0/3 50% ok\n"
           "batch 1 [0] B=1 U=1 unavailable=0 batch_instances\ndo start [0]\n");
}

TEST_CASE("new ones have the latest model, and count in the limits of what follows") {
  driven_rollout d(rolling_options(50, 50), growing(2, 2));
  d.start();
  d.succeed({2, 3});
  CHECK(d.last<told::batch_started>()->limits.batch_instances_max == 2);
  d.succeed_all();
  d.succeed_all();
  CHECK(d.outcome() == "Completed 4/0/0/0/0");
  CHECK(d.batches() == "make[2 3][0 1]");
}

TEST_CASE("a new one that fails is deleted, and the rest goes on") {
  auto options = rolling_options(50, 50);
  driven_rollout d(options, growing(2, 2));
  d.start();
  d.said();
  d.fail(2);
  CHECK(d.said() == "do discard [2]\n");
  d.succeed({2});
  CHECK(d.said() == "settled 2 ActionFailed\n");
  d.succeed({3});
  d.succeed_all();
  d.succeed_all();
  CHECK(d.outcome() == "Completed 3/0/0/0/0 CapacityNotReached");
  const auto report = d.machine().report();
  CHECK(report.scaling.failed == list{2});
  REQUIRE(report.error.details.size() == 1);
  CHECK(report.error.details[0].instance == 2);
  CHECK(report.error.details[0].code == "ActionFailed");
  CHECK(report.error.message
        == "1 of the 2 new instances could not be made; see the details, then run "
           "again to make the rest");
}

TEST_CASE("short quota makes nothing, and is said") {
  driven_rollout d(scale_options(), growing(2, 1));
  d.start();
  d.said();
  d.feed(input::member_settled{2, failure_reason::quota_short, true, true, "no quota"});
  CHECK(d.said().starts_with("settled 2 QuotaShort\nscaled +0 -0 !1\n"));
  CHECK(d.outcome() == "Completed 2/0/0/0/0 CapacityNotReached");
}

TEST_CASE("who was made, failed and cannot be deleted is named") {
  driven_rollout d(scale_options(), growing(2, 1));
  d.start();
  d.fail(2);
  d.fail(2);
  CHECK(d.machine().report().error.details[0].message
        == "it broke; web-2 could not be deleted and may be left over: it broke");
}

TEST_CASE("one that cannot be deleted counts again, as failed") {
  auto options = rolling_options(100, 20);
  options.scale_in = {3};
  driven_rollout d(options, growing(4, 0));
  d.start();
  d.said();
  d.fail(3);
  CHECK(d.said().starts_with("settled 3 ActionFailed broken\nscaled +0 -0 !1\n"));
  // It is unhealthy, and 1 of 4 is more than 20 %.
  CHECK(d.outcome()
        == "Faulted 0/1/0/3/0 MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade");
  CHECK(d.machine().report().error.details[0].message
        == "it was to be deleted and may be there yet: it broke");
}

TEST_CASE("one whose drain fails stays, and counts by its own health") {
  driven_rollout d(scale_options({1}), growing(2, 0));
  d.start();
  d.fail(1, failure_reason::hook_failed);
  CHECK(d.outcome()
        == "Completed 1/1/0/0/0 RollingUpgradeInProgressWithFailedUpgradedVMs");
}

TEST_CASE("health is settled before anybody comes or goes") {
  driven_rollout d(scale_options({1}), growing(3, 1));
  d.start({{2, health_state::initializing}});
  CHECK(d.said().empty());
  d.health(2, health_state::unhealthy); // it may be ill
  CHECK(d.said() == "scale 3 to 3 -[1] +[3]\ndo remove [1]\ndo create [3]\n");
}

TEST_CASE("a cancel lets deletions and what has begun go to their end") {
  driven_rollout d(scale_options({1}), growing(2, 2));
  d.start();
  d.said();
  d.cancel();
  CHECK(d.said() == "cancel by test\ndo cancel\n");
  d.feed(input::member_released{2}); // not begun
  d.succeed({3});
  d.succeed({1});
  CHECK(d.outcome() == "Cancelled 2/0/0/0/0 RollingUpgradeCanceled");
  driven_rollout all(scale_options({1}), growing(2, 1));
  all.start();
  all.cancel();
  all.succeed({1, 2});
  CHECK(all.outcome() == "Completed 2/0/0/0/0"); // nothing is left
}

TEST_CASE("a cancel before it begins leaves the capacity as it is") {
  driven_rollout d(scale_options({1}), growing(2, 0));
  d.start({{0, health_state::initializing}});
  d.cancel();
  CHECK(d.outcome() == "Cancelled 2/0/0/0/0 RollingUpgradeCanceled");
}

TEST_CASE("one that is ended by a cancel at once is deleted") {
  driven_rollout d(scale_options(), growing(1, 1));
  d.start();
  d.cancel(true);
  d.said();
  d.fail(1, failure_reason::cancelled);
  CHECK(d.said() == "do discard [1]\n");
  d.succeed({1});
  CHECK(d.outcome() == "Cancelled 1/0/0/0/0 RollingUpgradeCanceled");
}

TEST_CASE("others may delete who comes and who goes") {
  driven_rollout d(scale_options({1, 0}), growing(3, 2));
  d.start();
  d.said();
  d.erase(1);
  CHECK(d.said() == "do drop 1\ndeleted 1 scale_in\n");
  d.erase(3);
  CHECK(d.said() == "do drop 3\nsettled 3 ActionFailed\n");
  d.succeed({0, 4});
  d.said();
  CHECK(d.outcome() == "Completed 2/0/0/0/0 CapacityNotReached");
}

TEST_CASE("who was to go and was deleted by others is not deleted once more") {
  driven_rollout d(scale_options({1}), growing(3, 0));
  d.begin();
  d.erase(1);
  d.start();
  CHECK(d.outcome() == "Completed 2/0/0/0/0");
  CHECK(d.batches().empty());
}

TEST_CASE("another process takes up who comes and who goes") {
  driven_rollout d(scale_options({1}), growing(2, 1));
  d.start();
  d.said();
  d.feed(input::resumed{});
  CHECK(d.said() == "resumed [1 2]\ndo recover 1:0#1d 2:0#1c\n");
  d.succeed({1, 2});
  // Those who stay are seen again first.
  d.health(0, health_state::healthy);
  CHECK(d.outcome() == "Completed 2/0/0/0/0");
}

TEST_CASE("the hook before the upgrade comes before the change of capacity") {
  auto options = scale_options({1});
  options.hooks.before_upgrade = options.hooks.after_upgrade = true;
  driven_rollout d(options, growing(2, 0));
  d.start();
  CHECK(d.batches().empty());
  d.feed(input::hook_finished{1, step_outcome::succeeded, {}});
  CHECK(d.batches() == "remove[1]");
  d.succeed({1});
  d.feed(input::hook_finished{2, step_outcome::succeeded, {}});
  CHECK(d.outcome() == "Completed 1/0/0/0/0");
}

TEST_CASE("when a part of the engine ends nobody is forgotten") {
  driven_rollout d(scale_options({1}), growing(2, 1));
  d.start();
  d.feed(input::internal_error{"it died"});
  const auto report = d.machine().report();
  CHECK(d.outcome() == "Faulted 1/1/0/0/0 InternalExecutionError");
  REQUIRE(report.error.details.size() == 2);
  CHECK(report.error.details[1].message
        == "web-2 could not be deleted and may be left over: it died");
}

TEST_CASE("members are replaced after the set has grown") {
  auto shape = growing(2, 1);
  shape.replacements = true;
  auto options = rolling_options(100, 50);
  options.policy.rolling.max_surge = true;
  driven_rollout d(options, shape);
  d.start();
  CHECK(d.batches() == "make[4]");
  d.succeed({4});
  CHECK(d.batches() == "make[4]make[2 3]");
  d.succeed_all();
  d.succeed_all();
  CHECK(d.outcome() == "Completed 3/0/0/0/0");
}

TEST_CASE(
  "new ones reach checkpoints, and those who go take what was reached with them") {
  auto options = rolling_options(50, 50);
  options.policy.rolling.checkpoints = {{25, 0s, checkpoint_approval::manual}};
  driven_rollout grows(options, growing(3, 1));
  grows.start();
  CHECK(grows.last<told::checkpoint_reached>() == nullptr);
  grows.succeed({3}); // 1 of 4
  REQUIRE(grows.last<told::checkpoint_reached>() != nullptr);
  CHECK(grows.last<told::batch_started>() == nullptr);
  grows.feed(input::approval{"ann", true, {}});
  CHECK(grows.batches() == "make[3][0 1]");

  auto shape = growing(5, 0);
  shape.up_to_date = {4}; // by a run before: behind this one when it begins
  options.scale_in = {4};
  options.policy.rolling.checkpoints[0].percent = 20;
  driven_rollout shrinks(options, shape);
  shrinks.start();
  shrinks.succeed({4});
  shrinks.succeed({0});
  REQUIRE(shrinks.last<told::checkpoint_reached>() != nullptr);
  CHECK(shrinks.last<told::checkpoint_reached>()->done == 1);
}

TEST_CASE("a rollback of all takes the latest model from new ones too") {
  auto options = rolling_options(50, 50);
  options.policy.rolling.rollback = rollback_scope::all;
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
  driven_rollout d(options, growing(3, 1));
  d.start();
  d.succeed({3});
  d.succeed({0});
  d.fail(1);
  CHECK(d.batches() == "make[3][0 1]undo[1 0]");
  d.succeed({0, 1});
  CHECK(d.batches() == "make[3][0 1]undo[1 0]undo[3]");
}

TEST_CASE("a new one that is healthy only for a moment is deleted") {
  driven_rollout d(rolling_options(50, 50), growing(2, 1));
  d.start();
  d.said();
  d.feed({input::health_changed{2, health_state::healthy, {}},
          input::member_settled{2, failure_reason::none, false, true, {}},
          input::health_changed{2, health_state::unhealthy, {}}});
  CHECK(d.machine().progress() == upgrade_progress{0, 0, 0, 2, 0});
  CHECK(d.said().find("do discard [2]") != std::string::npos);
  d.succeed({2});
  CHECK(d.said().find("settled 2 HealthTimeout") != std::string::npos);
}

TEST_CASE("one that stays after a crash is judged by health that was seen since") {
  auto options = rolling_options(50, 50);
  options.scale_in = {3};
  driven_rollout d(options, growing(4, 0));
  d.start();
  d.feed(input::resumed{});
  d.said();
  for (const instance_index i : {0U, 1U, 2U})
    d.health(i, health_state::healthy);
  d.fail(3, failure_reason::hook_failed);
  CHECK(d.batches() == "remove[3]");
  d.health(3, health_state::unhealthy);
  CHECK(d.batches() == "remove[3][0]");
}

TEST_CASE("an error inside closes the change of capacity") {
  auto options = scale_options({1});
  driven_rollout d(options, growing(2, 1));
  d.start();
  d.said();
  d.feed(input::internal_error{"the driver died"});
  CHECK(d.said().find("scaled +0 -0 !2") != std::string::npos);
}
