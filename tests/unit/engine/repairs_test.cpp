// SPDX-License-Identifier: Apache-2.0
// Instances that fall ill and are repaired: docs/semantics.md, 7.
#include "repairs_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

TEST_CASE("an instance that is ill is repaired once its grace period is over") {
  driven_rollout d(keeping(repair_by(repair_action::restart)), plain_set(10));
  d.start();
  d.advance(1min);
  d.health(3, ill);
  CHECK(d.said() == "");
  d.advance_to(instant{10min} - 1ns);
  CHECK(d.said() == "");
  d.advance_to(instant{10min});
  CHECK(d.said() == "repair 3 restart\ndo repair [3]\n");
  d.succeed({3});
  CHECK(d.said() == "repaired 3 succeeded\n");
  CHECK(d.machine().report().repairs.succeeded == 1);
  // It begins anew with the repair, and no repair begins before it is over.
  d.health(3, health_state::unknown);
  d.advance(10min - 1ns);
  CHECK(d.said() == "");
  d.advance(1ns);
  CHECK(d.said() == "repair 3 restart\ndo repair [3]\n");
}

TEST_CASE("one that recovers by itself is left alone") {
  driven_rollout d(keeping(repair_by(repair_action::restart)), plain_set(10));
  d.start();
  d.health(3, ill);
  d.advance(5min);
  d.health(3, well);
  d.advance(1h);
  CHECK(d.said() == "");
}

TEST_CASE("at most five percent are repaired at once, but one always") {
  const std::pair<std::uint32_t, const char*> cases[] = {
    {1, "[0]"}, {19, "[0]"}, {39, "[0]"}, {40, "[0 1]"}, {100, "[0 1 2 3 4]"}};
  for (const auto& [count, first] : cases) {
    CAPTURE(count);
    driven_rollout d(keeping(repair_by(repair_action::reimage, 0s)), plain_set(count));
    health_map all;
    for (instance_index i = 0; i < count; ++i)
      all[i] = ill;
    d.begin();
    std::vector<rollout_input> told;
    for (const auto& [i, health] : all)
      told.emplace_back(input::health_changed{i, health, {}});
    d.feed(std::move(told));
    CHECK(d.in_hand().size() == repairs_at_once(count));
    CHECK(d.batches() == std::string("repair") + first);
  }
}

TEST_CASE("the next ones follow in order as repairs end") {
  driven_rollout d(keeping(repair_by(repair_action::reimage, 0s)), plain_set(40));
  d.start();
  d.feed({input::health_changed{9, ill, {}}, input::health_changed{2, ill, {}},
          input::health_changed{5, ill, {}}});
  d.succeed({5});
  CHECK(d.batches() == "repair[2 5]repair[9]");
}

TEST_CASE("nobody who is protected is repaired") {
  fleet_shape shape;
  shape.count = 10;
  shape.is_protected = {1};
  shape.kept = {2};
  driven_rollout d(keeping(repair_by(repair_action::restart, 0s)), shape);
  d.start();
  d.health(1, ill);
  d.health(2, ill);
  CHECK(d.said() == "");
  d.health(3, ill);
  CHECK(d.batches() == "repair[3]");
}

TEST_CASE("an ill instance is replaced, and deleted once its replacement serves") {
  driven_rollout d(keeping(repair_by(repair_action::replace, 0s)), with_spares(4));
  d.start();
  d.health(1, ill);
  CHECK(d.said() == "repair 1 replace\ndo create [5]\n");
  d.succeed({5});
  CHECK(d.said() == "created 5 for 1 repair\nreplaced 1 by 5\ndo remove [1]\n");
  d.succeed({1});
  CHECK(d.said() == "deleted 1 repair\nrepaired 1 succeeded\n");
  CHECK(d.machine().progress() == upgrade_progress{4, 0, 0, 0, 0});
  CHECK(d.machine().replacements() == std::vector<instance_index>{5});
  // Its position is used up in this run.
  d.health(5, ill);
  CHECK(d.said() == "");
  CHECK(d.machine().report().repairs.replaced == std::vector<instance_index>{1});
}

TEST_CASE("a replacement that does not do is deleted, and its repair has failed") {
  driven_rollout d(keeping(repair_by(repair_action::replace, 0s)), with_spares(4));
  d.start();
  d.health(1, ill);
  d.said();
  d.fail(5, failure_reason::health_timeout);
  CHECK(d.said() == "do discard [5]\n");
  d.succeed({5});
  CHECK(d.said() == "repaired 1 failed HealthTimeout\n");
  const auto* end = d.last<told::repair_finished>();
  CHECK(end->message
        == "its replacement web-5 failed, and it stays as it was: it broke");
  CHECK(d.machine().report().repairs.failed == 1);
  CHECK(d.machine().progress() == upgrade_progress{4, 0, 0, 0, 0});
}

TEST_CASE("short quota is a repair that did not help, and may be tried again") {
  driven_rollout d(keeping(repair_by(repair_action::replace, 1min)), with_spares(4));
  d.start();
  d.advance(1min);
  d.health(1, ill);
  d.said();
  d.feed(input::member_settled{5, failure_reason::quota_short, false, true, "no"});
  CHECK(d.said() == "repaired 1 failed QuotaShort\n");
  d.advance(1min);
  CHECK(d.said() == "repair 1 replace\ndo create [5]\n");
}

TEST_CASE("one that is healthy again by itself keeps its place") {
  driven_rollout d(keeping(repair_by(repair_action::replace, 0s)), with_spares(4));
  d.start();
  d.health(1, ill);
  d.said();
  d.health(1, well);
  d.succeed({5});
  CHECK(d.said() == "created 5 for 1 repair\ndo discard [5]\n");
  d.succeed({5});
  CHECK(d.said() == "deleted 5 repair\nrepaired 1 dropped\n");
  const auto repairs = d.machine().report().repairs;
  CHECK((repairs.succeeded == 0 && repairs.failed == 0 && repairs.replaced.empty()));
}

TEST_CASE("three repairs in a row that do not help suspend them") {
  driven_rollout d(keeping(repair_by(repair_action::restart, 0s)), plain_set(10));
  d.start();
  d.health(3, ill);
  d.fail(3);
  d.fail(3, failure_reason::health_timeout);
  d.succeed({3}); // begins to count anew
  d.said();
  d.health(3, ill);
  d.fail(3);
  d.fail(3);
  CHECK(d.said()
        == "repair 3 restart\ndo repair [3]\nrepaired 3 failed ActionFailed\n"
           "repair 3 restart\ndo repair [3]\nrepaired 3 failed ActionFailed\n"
           "repair 3 restart\ndo repair [3]\n");
  d.fail(3);
  CHECK(d.said() == "repaired 3 failed ActionFailed\nrepairs suspended after 3\n");
  CHECK(d.machine().report().repairs.suspended);
  d.health(5, ill);
  d.advance(1h);
  CHECK(d.said() == "");
  d.feed(input::repairs_resumed{"ann"});
  CHECK(d.said() == "repairs resumed by ann\nrepair 3 restart\ndo repair [3]\n");
  CHECK(d.machine().report().repairs.failed_in_a_row == 0);
  CHECK(d.machine().report().repairs.failed == 5);
}

TEST_CASE("the user suspends repairs; those in hand go to their end") {
  driven_rollout d(keeping(repair_by(repair_action::restart, 0s)), plain_set(10));
  d.start();
  d.health(3, ill);
  d.health(4, ill);
  d.said();
  d.feed(input::repairs_suspended{"ann"});
  d.feed(input::repairs_suspended{"bob"}); // they are already
  CHECK(d.said() == "repairs suspended after 0 by ann\n");
  d.succeed({3});
  CHECK(d.said() == "repaired 3 succeeded\n");
  d.feed(input::repairs_resumed{"bob"});
  CHECK(d.said() == "repairs resumed by bob\nrepair 4 restart\ndo repair [4]\n");
}

TEST_CASE("a run goes on with what the one before knew of repairs") {
  auto repairs = repair_by(repair_action::restart);
  repairs.failed_in_a_row = 2;
  repairs.unchanged_for = {10min, 3min};
  driven_rollout d(keeping(repairs), plain_set(3));
  d.start({{0, ill}, {1, ill}, {2, ill}});
  CHECK(d.said() == "repair 0 restart\ndo repair [0]\n");
  d.fail(0);
  CHECK(d.said() == "repaired 0 failed ActionFailed\nrepairs suspended after 3\n");
  d.advance(1min);
  const auto report = d.machine().report().repairs;
  CHECK(report.unchanged_for == std::vector<duration>{0s, 3min, 0s});
}

TEST_CASE("a run that keeps ends when it is told to, after the repairs in hand") {
  driven_rollout d(keeping(repair_by(repair_action::restart, 0s)), plain_set(10));
  d.start();
  d.health(3, ill);
  d.health(4, ill);
  d.said();
  d.feed(input::stop_keeping{});
  CHECK(d.said() == "");
  CHECK(d.machine().running());
  d.fail(3);
  CHECK(d.said()
        == "repaired 3 failed ActionFailed\nCompleted 10/0/0/0/0\ndo finish\n");
}

TEST_CASE("a run that keeps upgrades nobody and stands still as long as it likes") {
  auto options = keeping(repair_by(repair_action::restart, 0s));
  options.action = apply_class::reimage; // whatever it says
  driven_rollout d(options, plain_set(4));
  d.begin();
  CHECK(d.last<told::upgrade_started>()->up_to_date == 4);
  d.advance(24h); // nobody's health is known
  CHECK(d.machine().running());
  d.feed(input::stop_keeping{});
  CHECK(d.outcome() == "Completed 4/0/0/0/0");
}

TEST_CASE("repairs run beside batches, on those that the upgrade does not touch") {
  auto options = rolling_options(50, 100);
  options.repairs = repair_by(repair_action::restart, 0s);
  fleet_shape shape;
  shape.count = 6;
  shape.is_protected = {0};
  shape.up_to_date = {1, 2};
  driven_rollout d(options, shape);
  d.start({{0, ill}, {1, ill}, {4, ill}, {5, ill}});
  CHECK(d.batches() == "[3 4 5]repair[1]");
  // The batch ends without waiting for the repair; the upgrade does not.
  d.succeed({3, 4, 5});
  CHECK(d.machine().running());
  d.said();
  d.health(2, ill); // the end is near: nobody else is repaired
  d.succeed({1});
  CHECK(d.said() == "repaired 1 succeeded\nCompleted 5/0/0/0/1\ndo finish\n");
}

TEST_CASE("one that the upgrade has brought to the latest model is repaired after it") {
  auto options = rolling_options(20, 100);
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  options.repairs = repair_by(repair_action::restart, 1min);
  driven_rollout d(options, plain_set(5));
  d.start();
  d.succeed({0});
  d.health(0, ill);
  d.fail(1); // one that failed is the upgrade's business
  d.health(1, ill);
  CHECK(d.batches() == "[0][1][2]");
  d.advance(1min);
  CHECK(d.batches() == "[0][1][2]repair[0]");
}

TEST_CASE("one under repair counts as unavailable until it is healthy") {
  auto options = rolling_options(50, 25);
  options.repairs = repair_by(repair_action::restart, 0s);
  driven_rollout d(options, plain_set(4, {3}));
  d.start({{3, ill}});
  // U = 1 is used up by it.
  CHECK(d.batches() == "repair[3]");
  d.health(3, well); // by itself, or it was restarted before anybody said so
  CHECK(d.batches() == "repair[3]");
  d.succeed({3});
  CHECK(d.batches() == "repair[3][0]");
}

TEST_CASE("without repairs nobody is repaired") {
  auto options = keeping({});
  options.repairs.reset();
  driven_rollout d(options, plain_set(2));
  d.start({{0, ill}});
  d.feed(input::repairs_suspended{"ann"});
  d.advance(24h);
  CHECK(d.said() == "");
  CHECK_FALSE(d.machine().report().repairs.enabled);
}
