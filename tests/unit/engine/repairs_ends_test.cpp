// SPDX-License-Identifier: Apache-2.0
// Repairs that meet a cancel, a crash, a deletion, a breach: docs/semantics.md, 7.
#include "drydock/engine/lifecycle.hpp"
#include "repairs_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

input::step_started acts(instance_index i) {
  return {{i, step_kind::action, apply_class::reimage, 1}};
}

rollout_options repairing_upgrade(repair_action action) {
  auto options = rolling_options(50, 100);
  options.repairs = repair_by(action, 0s);
  return options;
}

} // namespace

TEST_CASE("a cancel lets repairs in hand go to their end") {
  driven_rollout d(repairing_upgrade(repair_action::restart), plain_set(4, {3}));
  d.start({{3, ill}});
  CHECK(d.batches() == "[0 1]repair[3]");
  d.cancel();
  d.succeed({0, 1});
  CHECK(d.machine().running());
  d.said();
  d.succeed({3});
  CHECK(d.said()
        == "repaired 3 succeeded\nCancelled 3/0/0/1/0 RollingUpgradeCanceled\n"
           "do finish\n");
}

TEST_CASE("a cancel reaches repairs where no batch is under way") {
  driven_rollout d(keeping(repair_by(repair_action::restart, 0s)), plain_set(4));
  d.start();
  d.health(2, ill);
  d.said();
  d.cancel();
  CHECK(d.said() == "cancel by test\ndo cancel\n");
  d.cancel(true);
  CHECK(d.said() == "cancel by test now\ndo cancel now\n");
  d.fail(2, failure_reason::cancelled);
  CHECK(d.said()
        == "repaired 2 dropped\nCancelled 4/0/0/0/0 RollingUpgradeCanceled\n"
           "do finish\n");
  CHECK(d.machine().report().repairs.failed == 0);
}

TEST_CASE("one that a cancel finds untouched is released") {
  driven_rollout d(keeping(repair_by(repair_action::replace, 0s)), with_spares(4));
  d.start();
  d.health(2, ill);
  d.cancel();
  d.said();
  d.feed(input::member_released{6});
  CHECK(d.said()
        == "repaired 2 dropped\nCancelled 4/0/0/0/0 RollingUpgradeCanceled\n"
           "do finish\n");
}

TEST_CASE("another process takes up what was under repair") {
  driven_rollout d(keeping(repair_by(repair_action::restart, 0s)), plain_set(40));
  d.start();
  d.health(2, ill);
  d.health(3, ill);
  d.feed(acts(2));
  CHECK(d.last<told::step_started>()->action == apply_class::restart);
  d.said();
  d.sleep_through(1min);
  d.feed(input::resumed{});
  CHECK(d.said() == "resumed [2 3]\ndo recover 2:3#1m 3:0#1m\n");
  // Nothing was begun after all: that is decided anew, once its health is seen.
  d.feed(input::member_released{3});
  CHECK(d.said() == "repaired 3 dropped\n");
  d.health(3, ill);
  CHECK(d.said() == "repair 3 restart\ndo repair [3]\n");
  d.succeed({2});
  CHECK(d.said() == "repaired 2 succeeded\n");
}

TEST_CASE("a replacement that was being made is taken up, and its grace is not lost") {
  driven_rollout d(keeping(repair_by(repair_action::replace)), with_spares(40));
  d.start();
  d.health(2, ill);
  d.health(7, ill);
  d.advance(10min);
  d.health(9, ill);
  d.succeed({47});
  d.said();
  d.sleep_through(1min);
  d.feed(input::resumed{});
  // 2 waits for its replacement, and 47 for the deletion of 7.
  CHECK(d.said() == "resumed [7 42]\ndo recover 7:0#1d 42:0#1c\n");
  d.succeed({7});
  CHECK(d.said() == "deleted 7 repair\nrepaired 7 succeeded\n");
  d.health(9, ill); // seen again
  CHECK(d.said() == "repair 9 replace\ndo create [49]\n");
}

TEST_CASE("batches do not wait for the health of one that is repaired after a resume") {
  auto options = rolling_options(25, 100);
  options.repairs = repair_by(repair_action::restart, 0s);
  driven_rollout d(options, plain_set(4, {3}));
  d.start({{3, ill}});
  d.succeed({0});
  d.sleep_through(1min);
  d.feed(input::resumed{});
  for (const instance_index i : {0U, 1U, 2U})
    d.health(i, well);
  CHECK(d.batches() == "[0]repair[3][1]");
  d.succeed({1});
  CHECK(d.batches() == "[0]repair[3][1][2]");
}

TEST_CASE("what others delete is repaired no more") {
  driven_rollout d(keeping(repair_by(repair_action::restart, 0s)), plain_set(4));
  d.start();
  d.health(2, ill);
  d.said();
  d.erase(2);
  CHECK(d.said() == "do drop 2\nrepaired 2 dropped\ndeleted 2\n");
  CHECK(d.machine().report().repairs.failed == 0);
}

TEST_CASE("the replacement of one that others delete is deleted too") {
  driven_rollout d(keeping(repair_by(repair_action::replace, 0s)), with_spares(4));
  d.start();
  d.health(2, ill);
  d.said();
  d.erase(2);
  CHECK(d.said() == "repaired 2 dropped\ndeleted 2\n");
  d.feed(input::stop_keeping{});
  d.succeed({6});
  CHECK(d.said() == "created 6 for 2 repair\ndo discard [6]\n");
  d.succeed({6});
  CHECK(d.said() == "deleted 6 repair\nCompleted 3/0/0/0/0\ndo finish\n");
}

TEST_CASE("a replacement that others delete has not helped") {
  driven_rollout d(keeping(repair_by(repair_action::replace, 0s)), with_spares(4));
  d.start();
  d.health(2, ill);
  d.said();
  d.erase(6);
  CHECK(d.said() == "do drop 6\nrepaired 2 failed ActionFailed\n");
  // While the one that it has replaced is deleted.
  d.health(3, ill);
  d.succeed({7});
  d.said();
  d.erase(7);
  CHECK(d.said() == "repaired 3 dropped\ndeleted 7\n");
  d.erase(3);
  CHECK(d.said() == "do drop 3\ndeleted 3 repair\n");
  CHECK(d.machine().progress() == upgrade_progress{3, 0, 0, 0, 0});
}

TEST_CASE("a deletion that fails leaves one over, and the repair has helped") {
  driven_rollout d(keeping(repair_by(repair_action::replace, 0s)), with_spares(4));
  d.start();
  d.health(2, ill);
  d.succeed({6});
  d.fail(2);
  const auto* end = d.last<told::repair_finished>();
  REQUIRE(end != nullptr);
  CHECK(end->outcome == repair_outcome::succeeded);
  CHECK(end->message == "web-2 could not be deleted and may be left over: it broke");
}

TEST_CASE("a rollback of all waits for those under repair") {
  auto options = rolling_options(34, 100);
  options.policy.rolling.rollback = rollback_scope::all;
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
  options.repairs = repair_by(repair_action::replace, 0s);
  driven_rollout d(options, with_spares(3));
  d.start();
  d.succeed({0});
  d.health(0, ill); // after its batch was judged
  CHECK(d.batches() == "[0][1]make[3]");
  d.fail(1);
  CHECK(d.batches() == "[0][1]make[3]undo[1]");
  d.succeed({1});
  CHECK(d.machine().running());
  d.succeed({3});
  d.succeed({0});
  CHECK(d.batches() == "[0][1]make[3]undo[1]remove[0]undo[3]");
  d.succeed({3});
  CHECK(d.outcome().starts_with("Faulted"));
}

TEST_CASE("an upgrade does not stand still while somebody is repaired") {
  auto options = rolling_options(50, 25);
  options.repairs = repair_by(repair_action::restart, 0s);
  driven_rollout d(options, plain_set(4, {3}));
  d.start({{3, ill}});
  d.advance(2h);
  CHECK(d.machine().running());
  d.fail(3, failure_reason::health_timeout);
  d.feed(input::repairs_suspended{"ann"});
  d.fail(3, failure_reason::health_timeout);
  d.said();
  d.advance(30min);
  CHECK(d.machine().running());
  d.advance(1ns);
  CHECK(d.outcome() == "Faulted 1/0/0/3/0 RollingUpgradeTimeoutError");
}

TEST_CASE("a part of the engine that dies takes repairs with it") {
  driven_rollout d(keeping(repair_by(repair_action::replace, 0s)), with_spares(40));
  d.start();
  d.health(2, ill);
  d.health(3, ill);
  d.succeed({43});
  d.said();
  d.feed(input::internal_error{"it died"});
  CHECK(d.said()
        == "do cancel now\nrepaired 2 dropped\nrepaired 3 dropped\n"
           "Faulted 40/0/0/0/0 InternalExecutionError\ndo finish\n");
}

TEST_CASE("a batch that surges and repairs share the positions of replacements") {
  auto options = rolling_options(50, 100);
  options.policy.rolling.max_surge = true;
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  options.repairs = repair_by(repair_action::replace, 0s);
  driven_rollout d(options, with_spares(4, {3}));
  d.start({{3, ill}});
  CHECK(d.batches() == "make[4 5]make[7]");
  d.succeed({4, 5, 7});
  CHECK(d.batches() == "make[4 5]make[7]remove[0 1 3]");
  d.health(4, ill); // its position is used up
  d.succeed({0, 1});
  d.succeed({3});
  CHECK(d.batches() == "make[4 5]make[7]remove[0 1 3]make[6]");
  d.succeed({6});
  d.succeed({2});
  CHECK(d.outcome().starts_with("Completed 4/0/0/0/0"));
}

TEST_CASE("a repair is drained, restarted afresh, and undrained") {
  lifecycle_options options;
  options.action = apply_class::in_place;
  options.has_before_hook = options.has_after_hook = options.has_health = true;
  options.health_timeout = 1min;
  options.retry.timeout = 0s;
  instance_lifecycle life(options, 0, work_kind::repair);
  std::vector<lifecycle_order> out;
  life.start({}, out);
  life.apply(life::step_finished{1, step_outcome::succeeded, {}}, {}, out);
  life.apply(life::step_finished{2, step_outcome::succeeded, {}}, {}, out);
  std::vector<step_kind> steps;
  auto afresh = false;
  for (const auto& x : out) {
    if (const auto* run = std::get_if<order::run_step>(&x))
      steps.push_back(run->step);
    if (const auto* probes = std::get_if<order::resume_probes>(&x))
      afresh = probes->afresh;
  }
  CHECK(afresh);
  CHECK(steps == std::vector{step_kind::before_instance, step_kind::action});
}

TEST_CASE("the time of a repair is not counted against the deadline, however it ends") {
  auto options = rolling_options(50, 20);
  options.repairs = repair_by(repair_action::restart, 0s);
  auto shape = plain_set(10, {8, 9});
  shape.is_protected = {8};
  driven_rollout d(options, shape);
  d.start({{8, ill}, {9, ill}}); // batches wait, and 9 is repaired
  CHECK(d.last<told::waiting>()->reason == wait_reason::unavailable_instances);
  d.advance(29min);
  d.feed(input::repairs_suspended{"ann"});
  SUBCASE("deleted") {
    d.erase(9);
  }
  SUBCASE("in vain") {
    d.fail(9, failure_reason::health_timeout);
  }
  d.advance(2min);
  REQUIRE(d.machine().running());
  CHECK(d.last<told::waiting>()->until == instant{59min});
  d.advance(30min);
  CHECK(d.outcome().find("RollingUpgradeTimeoutError") != std::string::npos);
}

TEST_CASE("repairs of others do not put the deadline off for ever") {
  auto options = rolling_options(50, 15);
  options.repairs = repair_by(repair_action::restart, 0s);
  auto shape = plain_set(20, {18, 19});
  shape.is_protected = {18};
  driven_rollout d(options, shape);
  d.start();
  d.health(16, health_state::initializing);
  d.health(17, health_state::initializing);
  d.health(18, ill);
  d.succeed({0, 1, 2});
  CHECK(d.last<told::waiting>()->reason == wait_reason::unavailable_instances);
  auto minutes = 0;
  for (; minutes < 300 && d.machine().running(); minutes += 10) {
    d.health(19, ill);
    d.advance(1min);
    d.succeed({19});
    d.advance(9min);
  }
  CHECK(minutes == 40); // in 30 of them nobody was repaired
  CHECK(d.outcome().find("RollingUpgradeTimeoutError") != std::string::npos);
}

TEST_CASE("an upgrade that is paused says until when after a repair") {
  auto options = rolling_options(50, 50);
  options.hooks.before_batch = true;
  options.hook_retry.max_attempts = 1;
  options.repairs = repair_by(repair_action::restart, 0s);
  driven_rollout d(options, plain_set(4, {3}));
  d.start({{3, ill}});
  d.feed(input::hook_finished{1, step_outcome::failed, "no"});
  REQUIRE(d.last<told::waiting>()->reason == wait_reason::hook_failed);
  d.advance(20min);
  d.succeed({3});
  CHECK(d.last<told::waiting>()->reason == wait_reason::hook_failed);
  CHECK(d.last<told::waiting>()->until == instant{50min});
}
