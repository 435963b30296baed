// SPDX-License-Identifier: Apache-2.0
// Members that are replaced: docs/semantics.md, 5.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

fleet_shape surging(std::uint32_t count, std::vector<instance_index> up_to_date = {}) {
  fleet_shape shape;
  shape.count = count;
  shape.up_to_date = std::move(up_to_date);
  shape.replacements = true;
  return shape;
}

rollout_options surge_options(int batch_percent = 50, int unhealthy_percent = 50) {
  auto options = rolling_options(batch_percent, unhealthy_percent);
  options.policy.rolling.max_surge = true;
  return options;
}

} // namespace

TEST_CASE("each member is replaced, and its replacement has its place") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  CHECK(d.said()
        == "before batch 0/4 50% ok\n"
           "batch 1 [0 1] B=2 U=2 unavailable=0 batch_instances surge\n"
           "do create [4 5]\n");
  CHECK(d.machine().progress() == upgrade_progress{0, 0, 2, 2, 0});
  d.succeed({5});
  CHECK(d.said() == "created 5 for 1\nreplaced 1 by 5\ndo remove [1]\n");
  CHECK(d.machine().progress() == upgrade_progress{0, 0, 2, 2, 0});
  d.succeed({1});
  CHECK(d.said() == "deleted 1 surge\nsettled 5\n");
  CHECK(d.machine().progress() == upgrade_progress{1, 0, 1, 2, 0});
  d.succeed({4});
  d.succeed({0});
  CHECK(d.said()
        == "created 4 for 0\nreplaced 0 by 4\ndo remove [0]\n"
           "deleted 0 surge\nsettled 4\nbatch 1 done 2+0\nafter batch 0/2 20% ok\n"
           "before batch 0/4 50% ok\n"
           "batch 2 [2 3] B=2 U=2 unavailable=0 batch_instances surge\n"
           "do create [6 7]\n");
  d.succeed_all();
  d.succeed_all();
  CHECK(d.outcome() == "Completed 4/0/0/0/0");
  for (const auto& batch : d.machine().report().batches)
    CHECK(batch.surge);
}

TEST_CASE("a batch of replacements needs no allowance") {
  // U = 1 is used up by 0, which is ill and up to date.
  driven_rollout d(surge_options(50, 20), surging(5, {0}));
  d.start({{0, health_state::unhealthy}});
  CHECK(d.batches() == "make[6 7]");
}

TEST_CASE("a replacement that fails is discarded, and its member stays as it was") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.said();
  d.fail(4);
  CHECK(d.said() == "do discard [4]\n");
  CHECK(d.machine().progress() == upgrade_progress{0, 0, 2, 2, 0});
  d.succeed({4});
  CHECK(d.said() == "settled 0 ActionFailed\n");
  d.succeed({5});
  d.succeed({1});
  // One of two failed, more than 20 %.
  const auto report = d.machine().report();
  CHECK(d.outcome()
        == "Faulted 1/1/0/2/0 "
           "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade");
  REQUIRE(report.error.details.size() == 1);
  CHECK(report.error.details[0].instance == 0);
  CHECK(report.error.details[0].message
        == "its replacement web-4 failed, and it stays as it was: it broke");
  CHECK(report.batches[0].failed == std::vector<instance_index>{0});
}

TEST_CASE("one that was made and is not healthy in time is told of, made and deleted") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.said();
  d.health(4, health_state::unhealthy);
  d.fail(4, failure_reason::health_timeout);
  d.succeed({4});
  CHECK(d.said()
        == "created 4 for 0\ndo discard [4]\ndeleted 4 surge\n"
           "settled 0 HealthTimeout\n");
}

TEST_CASE("one that fails stays in the counts by the health of its member") {
  auto options = surge_options();
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  driven_rollout d(options, surging(4));
  d.start();
  for (const instance_index i : {4U, 5U}) {
    d.fail(i);
    d.succeed({i});
  }
  // Nobody is unhealthy, so that the next batch begins.
  CHECK(d.batches() == "make[4 5]discard[4]discard[5]make[6 7]");
}

TEST_CASE("one that falls ill in the moment it is done takes nobody's place") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.said();
  d.feed({input::health_changed{4, health_state::healthy, {}},
          input::member_settled{4, failure_reason::none, false, true, {}},
          input::health_changed{4, health_state::unhealthy, {}}});
  CHECK(d.said() == "created 4 for 0\ndo discard [4]\n");
  d.succeed({4});
  CHECK(d.said() == "deleted 4 surge\nsettled 0 HealthTimeout\n");
}

TEST_CASE("without quota the batch is done in place, and the next is tried again") {
  driven_rollout d(surge_options(50, 25), surging(4));
  d.start();
  d.said();
  d.fail(4, failure_reason::quota_short);
  CHECK(d.said() == "batch 1 in place [0]\ndo start [0]\n");
  d.fail(5, failure_reason::quota_short);
  CHECK(d.said() == ""); // U = 1
  CHECK(d.machine().progress() == upgrade_progress{0, 0, 2, 2, 0});
  d.succeed({0});
  CHECK(d.said() == "settled 0\nbatch 1 in place [1]\ndo start [1]\n");
  d.succeed({1});
  CHECK(d.said()
        == "settled 1\nbatch 1 done 2+0\nafter batch 0/2 20% ok\n"
           "before batch 0/4 25% ok\n"
           "batch 2 [2 3] B=2 U=1 unavailable=0 batch_instances surge\n"
           "do create [6 7]\n");
  CHECK_FALSE(d.machine().report().batches[0].surge);
  CHECK(d.machine().report().batches[1].surge);
  d.succeed_all();
  d.succeed_all();
  CHECK(d.outcome() == "Completed 4/0/0/0/0");
}

TEST_CASE("those without quota go on beside replacements of the same batch") {
  driven_rollout d(surge_options(50, 25), surging(4));
  d.start();
  d.fail(4, failure_reason::quota_short);
  d.said();
  d.succeed({5});
  CHECK(d.said() == "created 5 for 1\nreplaced 1 by 5\ndo remove [1]\n");
  d.succeed({1});
  d.succeed({0});
  CHECK(d.said().find("batch 1 done 2+0\n") != std::string::npos);
}

TEST_CASE("without quota nobody goes in place while a guard does not hold") {
  auto options = surge_options(50, 50);
  options.guards = {{"errors"}};
  driven_rollout d(options, surging(4));
  d.start();
  d.feed(input::guard_reported{0, guard_state::holds, {}});
  d.feed(input::guard_reported{0, guard_state::fails, {}});
  d.fail(4, failure_reason::quota_short);
  d.fail(5, failure_reason::quota_short);
  CHECK(d.batches() == "make[4 5]");
  CHECK(d.last<told::waiting>()->reason == wait_reason::guard);
  d.feed(input::guard_reported{0, guard_state::holds, {}});
  CHECK(d.batches() == "make[4 5][0 1]"); // in place, since it was tried
}

TEST_CASE("without quota and allowance the members wait their turn in place") {
  // U = 1 is used up by 3, which is ill and up to date.
  driven_rollout d(surge_options(25, 25), surging(4, {3}));
  d.start({{3, health_state::unhealthy}});
  d.said();
  d.fail(4, failure_reason::quota_short);
  CHECK(d.said()
        == "released 0 without quota\nbatch 1 done 0+0\n"
           "before batch 1/4 25% ok\n"
           "waiting unavailable_instances until 1800s {max_unhealthy_instance_percent "
           "= 25: 1 of 4} [3] of 1\n");
  d.health(3, health_state::healthy);
  // In place, once; then surge is tried again.
  CHECK(d.said()
        == "before batch 0/4 25% ok\n"
           "batch 2 [0] B=1 U=1 unavailable=0 batch_instances\ndo start [0]\n");
  d.succeed({0});
  CHECK(d.batches() == "make[4][0]make[5]");
}

TEST_CASE("a cancel lets replacements go to their end, and starts none") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.succeed({4});
  d.said();
  d.cancel();
  CHECK(d.said() == "cancel by test\ndo cancel\n");
  d.succeed({5});
  CHECK(d.said() == "created 5 for 1\nreplaced 1 by 5\ndo remove [1]\n");
  d.succeed({0, 1});
  CHECK(d.outcome() == "Cancelled 2/0/0/2/0 RollingUpgradeCanceled");
}

TEST_CASE("a cancel takes back members whose replacements are not begun") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.cancel();
  d.said();
  d.feed(input::member_released{4});
  d.feed(input::member_released{5});
  CHECK(d.said()
        == "released 0\nreleased 1\nbatch 1 done 0+0\n"
           "Cancelled 0/0/0/4/0 RollingUpgradeCanceled\ndo finish\n");
}

TEST_CASE("a cancel at once deletes what was being made") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.said();
  d.cancel(true);
  d.fail(4, failure_reason::cancelled);
  d.fail(5, failure_reason::cancelled);
  CHECK(d.said()
        == "cancel by test now\ndo cancel now\ndo discard [4]\ndo discard [5]\n");
  d.succeed({4, 5});
  CHECK(d.outcome() == "Cancelled 0/2/0/2/0 RollingUpgradeCanceled");
}

TEST_CASE("who has no quota is pending again after a cancel") {
  driven_rollout d(surge_options(50, 25), surging(4));
  d.start();
  d.fail(4, failure_reason::quota_short);
  d.fail(5, failure_reason::quota_short);
  d.cancel();
  d.said();
  d.succeed({0});
  CHECK(d.outcome() == "Cancelled 1/0/0/3/0 RollingUpgradeCanceled");
}

TEST_CASE("a member that is deleted by others needs no replacement") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.said();
  d.erase(0);
  CHECK(d.said() == "deleted 0\n");
  d.succeed({4});
  CHECK(d.said() == "created 4 for 0\ndo discard [4]\n");
  d.succeed({5});
  d.succeed({1, 4});
  CHECK(d.said().find("deleted 4 surge\nbatch 1 done 1+0\n") != std::string::npos);
  CHECK(d.machine().progress() == upgrade_progress{1, 0, 1, 1, 0});
}

TEST_CASE("a replacement that is deleted by others fails its member") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.said();
  d.erase(4);
  CHECK(d.said() == "do drop 4\nsettled 0 ActionFailed\n");
  d.succeed({5});
  d.said();
  d.erase(5); // it counts by now: the position is gone with it
  CHECK(d.said() == "deleted 5\n");
  CHECK(d.machine().progress() == upgrade_progress{0, 1, 0, 2, 0});
  d.succeed({1});
  CHECK(d.said().find("deleted 1 surge\nbatch 1 done 0+1\n") != std::string::npos);
}

TEST_CASE("a member that others delete while it goes has gone") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.succeed({4});
  d.said();
  d.erase(0);
  CHECK(d.said() == "do drop 0\ndeleted 0 surge\nsettled 4\n");
}

TEST_CASE("who cannot be deleted is named, and its replacement serves") {
  auto options = surge_options();
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  options.policy.rolling.rollback_failed_instances_on_policy_breach = true;
  driven_rollout d(options, surging(2));
  d.start();
  d.succeed({2});
  d.fail(0);
  d.succeed_all();
  d.succeed_all();
  const auto report = d.machine().report();
  CHECK(d.outcome()
        == "Completed 1/1/0/0/0 RollingUpgradeInProgressWithFailedUpgradedVMs");
  CHECK(report.error.details[0].instance == 2);
  CHECK(report.error.details[0].message
        == "it serves, but web-0 could not be deleted and may be left over: it broke, "
           "whom it replaced");
  CHECK(report.batches[0].failed == std::vector<instance_index>{0});
}

TEST_CASE("a part that dies leaves no counts behind, and says what may be left over") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.succeed({5});
  d.said();
  d.feed(input::internal_error{"a part died"});
  CHECK(d.said()
        == "do cancel now\nsettled 0 ActionFailed\nsettled 5 ActionFailed\n"
           "batch 1 done 0+2\nFaulted 0/2/0/2/0 InternalExecutionError\ndo finish\n");
  const auto report = d.machine().report();
  CHECK(report.error.details[0].message == "a part died; web-4 may be left over");
  CHECK(report.error.details[1].message == "a part died; web-1 may be left over");
}

TEST_CASE("another process takes up what was being made, and what goes") {
  driven_rollout d(surge_options(), surging(4));
  d.start();
  d.succeed({5});
  d.said();
  d.sleep_through(1min);
  d.feed(input::resumed{});
  CHECK(d.said() == "resumed [1 4]\ndo recover 1:0#1d 4:0#1c\n");
  d.succeed({1});
  CHECK(d.said() == "deleted 1 surge\nsettled 5\n");
}

TEST_CASE("sliding batches are filled up with replacements") {
  auto options = surge_options();
  options.policy.rolling.batching = batching_mode::sliding;
  driven_rollout d(options, surging(4));
  d.start();
  d.succeed({4});
  CHECK(d.batches() == "make[4 5]remove[0]");
  d.succeed({0});
  CHECK(d.batches() == "make[4 5]remove[0]make[6]");
  d.fail(6, failure_reason::quota_short);
  d.succeed({5});
  d.succeed({1, 2});
  d.succeed_all();
  d.succeed_all();
  CHECK(d.outcome() == "Completed 4/0/0/0/0");
}

TEST_CASE("a rollback of all brings replacements back in place") {
  auto options = surge_options();
  options.policy.rolling.rollback = rollback_scope::all;
  driven_rollout d(options, surging(4));
  d.start();
  d.succeed({4});
  d.succeed({0});
  d.fail(5);
  d.said();
  d.succeed({5});
  // The member whose replacement failed was never touched.
  CHECK(d.said()
        == "settled 1 ActionFailed\nbatch 1 done 1+1\nafter batch 1/2 20% "
           "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade\n"
           "undo 4\ndo rollback [4]\n");
  d.succeed({4});
  CHECK(d.outcome()
        == "Faulted 0/1/0/3/0 "
           "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade");
}

TEST_CASE("a sliding batch without quota and allowance does not try again and again") {
  // U = 1 is used up by 3, which is ill and up to date.
  auto options = surge_options(25, 25);
  options.policy.rolling.batching = batching_mode::sliding;
  driven_rollout d(options, surging(4, {3}));
  d.start({{3, health_state::unhealthy}});
  d.fail(4, failure_reason::quota_short);
  CHECK(d.batches() == "make[4]");
  CHECK(d.last<told::waiting>()->reason == wait_reason::unavailable_instances);
}

TEST_CASE("who is told of its deletion is in no count, and the event says until when") {
  auto options = surge_options();
  options.terminate_delay = 5min;
  driven_rollout d(options, surging(4));
  d.start();
  d.succeed({4});
  d.said();
  d.feed(input::step_started{
    {0, step_kind::terminate_notification, apply_class::reimage, 1}});
  CHECK(d.said() == "step 0 notice delete #1 for 300s\n");
  CHECK(d.machine().progress() == upgrade_progress{0, 0, 2, 2, 0});
  d.feed(input::step_finished{{0, step_kind::terminate_notification,
                               apply_class::reimage, 1, step_outcome::failed, "no"}});
  CHECK(d.said() == "step 0 notice delete #1 failed no\n");
  d.feed(input::resumed{}); // told again, from the beginning
  CHECK(d.last<told::upgrade_resumed>()->in_hand == std::vector<instance_index>{0, 5});
}
