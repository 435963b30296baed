// SPDX-License-Identifier: Apache-2.0
// Worked examples from the start to the end, and the checks around batches.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr auto before_code = "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade";
constexpr auto during_code = "MaxUnhealthyInstancePercentExceededInRollingUpgrade";
constexpr auto upgraded_code =
  "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade";

constexpr custom_metrics skip{custom_metrics::no_phase, true};

fleet_shape of(std::uint32_t count, std::uint32_t zones = 0) {
  fleet_shape shape;
  shape.count = count;
  shape.zones = zones;
  return shape;
}

/// Everyone succeeds until nobody is in hand.
void run_through(driven_rollout& d) {
  while (d.succeed_all() > 0)
    continue;
}

} // namespace

TEST_CASE("the worked examples from the start to the end") {
  struct row {
    const char* what;
    fleet_shape shape;
    int batch_percent, unhealthy_percent;
    health_map health;
    metrics_map metrics;
    std::string batches, outcome;
    bool cross_zone = false;
  };
  const std::string thirds = "[0 3 6 9 12 15 18 21 24 27][1 4 7 10 13 16 19 22 25 28]"
                             "[2 5 8 11 14 17 20 23 26 29]";
  const std::string twelves =
    "[0 1 2 3 4 5 6 7 8 9 10 11][12 13 14 15 16 17 18 19 20 21 22 23]"
    "[24 25 26 27 28 29]";
  // clang-format off
  const std::vector<row> rows{
    {"nobody ill", of(10), 20, 20, {}, {}, "[0 1][2 3][4 5][6 7][8 9]",
     "Completed 10/0/0/0/0"},
    {"one ill and skipped", of(10), 20, 20, {{9, ill}}, {{9, skip}},
     "[0][1][2][3][4][5][6][7][8]", "Completed 9/0/0/0/1"},
    {"the second candidate ill", of(10), 20, 20, {{1, ill}}, {},
     "[0 1][2 3][4 5][6 7][8 9]", "Completed 10/0/0/0/0"},
    {"two ill and pending", of(10), 20, 20, {{3, ill}, {7, ill}}, {},
     "[3 7][0 1][2 4][5 6][8 9]", "Completed 10/0/0/0/0"},
    {"two ill and skipped", of(10), 20, 20, {{8, ill}, {9, ill}},
     {{8, skip}, {9, skip}}, "", "RollingForward 0/0/0/8/2"},
    {"three ill", of(10), 20, 20, {{1, ill}, {2, ill}, {3, ill}}, {}, "",
     std::string("Faulted 0/0/0/10/0 ") + before_code},
    {"seven", of(7), 20, 20, {}, {}, "[0][1][2][3][4][5][6]", "Completed 7/0/0/0/0"},
    {"three", of(3), 20, 20, {}, {}, "[0][1][2]", "Completed 3/0/0/0/0"},
    {"one of three ill", of(3), 20, 20, {{0, ill}}, {}, "",
     std::string("Faulted 0/0/0/3/0 ") + before_code},
    {"three zones", of(30, 3), 40, 50, {}, {}, thirds, "Completed 30/0/0/0/0"},
    {"across zones", of(30, 3), 40, 50, {}, {}, twelves, "Completed 30/0/0/0/0", true},
  };
  // clang-format on
  for (const auto& r : rows) {
    CAPTURE(r.what);
    auto options = rolling_options(r.batch_percent, r.unhealthy_percent);
    options.policy.rolling.enable_cross_zone_upgrade = r.cross_zone;
    driven_rollout d(options, r.shape);
    d.start(r.health, r.metrics);
    run_through(d);
    CHECK(d.batches() == r.batches);
    CHECK(d.outcome() == r.outcome);
  }
}

TEST_CASE("a small upgrade, word by word") {
  driven_rollout d(rolling_options(50, 50), of(3));
  d.start();
  CHECK(d.said()
        == "before batch 0/3 50% ok\n"
           "batch 1 [0] B=1 U=1 unavailable=0 batch_instances\n"
           "do start [0]\n");
  d.succeed({0});
  CHECK(d.said()
        == "settled 0\n"
           "batch 1 done 1+0\n"
           "after batch 0/1 20% ok\n"
           "before batch 0/3 50% ok\n"
           "batch 2 [1] B=1 U=1 unavailable=0 batch_instances\n"
           "do start [1]\n");
  d.succeed({1});
  d.said();
  d.succeed({2});
  CHECK(d.said()
        == "settled 2\n"
           "batch 3 done 1+0\n"
           "after batch 0/3 20% ok\n"
           "Completed 3/0/0/0/0\n"
           "do finish\n");
  CHECK(d.machine().finished());
  CHECK(d.machine().report().batches.size() == 3);
}

TEST_CASE("the check before the first batch is strict at equality") {
  struct row {
    std::uint32_t count;
    int percent;
    std::uint32_t ceiling, unhealthy;
    bool passes;
  };
  for (const auto& r :
       {row{10, 20, 0, 2, true}, row{10, 20, 0, 3, false}, row{10, 19, 0, 2, false},
        row{3, 33, 0, 1, false}, row{3, 34, 0, 1, true}, row{9, 100, 0, 9, true},
        row{10, 50, 2, 2, true}, row{10, 50, 2, 3, false}, row{10, 20, 5, 3, false},
        row{200, 1, 0, 2, true}, row{200, 1, 0, 3, false}}) {
    CAPTURE(r.count);
    CAPTURE(r.percent);
    CAPTURE(r.ceiling);
    CAPTURE(r.unhealthy);
    auto options = rolling_options(20, r.percent);
    options.policy.rolling.max_unhealthy_instances = r.ceiling;
    health_map health;
    for (instance_index i = 0; i < r.unhealthy; ++i)
      health[i] = i % 2 == 0 ? ill : health_state::unknown; // both count
    driven_rollout d(options, of(r.count));
    d.start(health);
    CHECK(d.machine().finished() == !r.passes);
    CHECK(d.machine().report().error.code == (r.passes ? "" : before_code));
    const auto* verdict = d.last<told::check_judged>();
    REQUIRE(verdict != nullptr);
    CHECK(verdict->unhealthy == r.unhealthy);
    CHECK(verdict->total == r.count);
    CHECK(verdict->code == (r.passes ? "" : before_code));
  }
}

TEST_CASE("a breach later has a code of its own and leaves the rest pending") {
  driven_rollout d(rolling_options(), of(10));
  d.start();
  for (const instance_index i : {7U, 8U, 9U})
    d.health(i, ill);
  d.said();
  d.succeed({0, 1});
  CHECK(
    d.said()
    == std::string("settled 0\nsettled 1\nbatch 1 done 2+0\nafter batch 0/2 20% ok\n"
                   "before batch 3/10 20% ")
         + during_code + "\nFaulted 2/0/0/8/0 " + during_code + "\ndo finish\n");
  CHECK(d.machine().report().error.message
        == "3 of 10 instances are unhealthy, more than the 20 % of "
           "max_unhealthy_instance_percent allow; mend web-7, web-8, web-9 or set "
           "ignore_unhealthy_before_start, and run again");
}

TEST_CASE("the check after a batch is strict at equality") {
  struct row {
    int percent;
    bool passes;
  };
  for (const auto& r : {row{50, true}, row{49, false}, row{100, true}, row{0, false}}) {
    CAPTURE(r.percent);
    auto options = rolling_options();
    options.policy.rolling.max_unhealthy_upgraded_instance_percent = r.percent;
    driven_rollout d(options, of(10));
    d.start();
    d.fail(0);
    d.succeed({1});
    CHECK(d.machine().finished() == !r.passes);
    // A run that goes on says what failed so far.
    CHECK(
      d.machine().report().error.code
      == (r.passes ? "RollingUpgradeInProgressWithFailedUpgradedVMs" : upgraded_code));
    REQUIRE(d.machine().report().error.details.size() == 1);
    CHECK(d.machine().report().error.details[0].code == "ActionFailed");
    CHECK(d.machine().report().error.details[0].message == "it broke");
  }
}

TEST_CASE("nothing failed passes a limit of nothing") {
  auto options = rolling_options();
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
  driven_rollout d(options, of(4));
  d.start();
  run_through(d);
  CHECK(d.outcome() == "Completed 4/0/0/0/0");
}

TEST_CASE("after a batch all attempted instances are judged, by what they are now") {
  auto options = rolling_options(20, 40);
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 50;
  driven_rollout d(options, of(10));
  d.start();
  d.succeed({0, 1});
  d.health(0, ill); // of the first batch
  d.said();
  d.succeed({2, 3});
  CHECK(d.said().find("after batch 1/4 50% ok") != std::string::npos);
  d.health(1, health_state::unknown);
  d.said();
  // Both of the third fail: 4 of 6.
  d.fail(4, failure_reason::health_timeout);
  d.fail(5, failure_reason::hook_failed);
  CHECK(d.said().find(std::string("after batch 4/6 50% ") + upgraded_code)
        != std::string::npos);
  CHECK(d.outcome() == std::string("Faulted 4/2/0/4/0 ") + upgraded_code);
}

TEST_CASE("the last batch is judged too") {
  driven_rollout d(rolling_options(100, 100), of(2));
  d.start();
  d.succeed({0});
  d.fail(1);
  CHECK(d.outcome() == std::string("Faulted 1/1/0/0/0 ") + upgraded_code);
}

TEST_CASE("failures within the limits end Completed and are told") {
  auto options = rolling_options(20, 40);
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  driven_rollout d(options, of(10));
  d.start();
  const std::pair<failure_reason, const char*> failures[] = {
    {failure_reason::action_failed, "ActionFailed"},
    {failure_reason::action_timed_out, "ActionTimedOut"},
    {failure_reason::hook_failed, "HookFailed"},
    {failure_reason::health_timeout, "HealthTimeout"}};
  for (instance_index i = 0; i < 4; ++i)
    d.fail(i, failures[i].first);
  run_through(d);
  CHECK(d.outcome()
        == "Completed 6/4/0/0/0 RollingUpgradeInProgressWithFailedUpgradedVMs");
  const auto report = d.machine().report();
  REQUIRE(report.error.details.size() == 4);
  for (instance_index i = 0; i < 4; ++i) {
    CHECK(report.error.details[i].instance == i);
    CHECK(report.error.details[i].code == failures[i].second);
  }
  CHECK(print(report.batches[0].failed) == "[0 1]");
}

TEST_CASE("an instance whose last action failed is unhealthy, whatever it answers") {
  auto options = rolling_options();
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  driven_rollout d(options, of(10));
  d.start();
  d.fail(0); // and its health stays healthy
  d.succeed({1});
  const auto* verdict = d.last<told::check_judged>();
  CHECK(verdict->unhealthy == 1);
  CHECK(verdict->total == 10);
  // It holds one of the two places, so only one goes.
  CHECK(print(d.in_hand()) == "[2]");
  d.fail(2, failure_reason::hook_failed); // this one counts by its health
  CHECK(d.last<told::check_judged>()->unhealthy == 1);
  CHECK(print(d.in_hand()) == "[3]");
}

TEST_CASE("skipped and up to date instances count in N and in every check") {
  fleet_shape shape = of(10);
  shape.is_protected = {8};
  shape.up_to_date = {0, 1};
  driven_rollout d(rolling_options(), shape);
  d.start({{0, ill}}, {{9, skip}});
  CHECK(d.said()
        == "skipped 8 protected\nskipped 9 skip_upgrade\n"
           "before batch 1/10 20% ok\n"
           "batch 1 [2] B=2 U=2 unavailable=1 unavailable_instances\n"
           "do start [2]\n");
  const auto* began = d.last<told::upgrade_started>();
  REQUIRE(began != nullptr);
  CHECK(began->total == 10);
  CHECK(began->pending == 6);
  CHECK(began->up_to_date == 2);
  CHECK(began->skipped == 2);
  run_through(d);
  CHECK(d.outcome() == "Completed 8/0/0/0/2");
}

TEST_CASE("deleted instances are out of all counts") {
  driven_rollout d(rolling_options(), of(10));
  d.erase(9);
  d.start({{0, ill}, {1, ill}});
  CHECK(d.outcome() == std::string("Faulted 0/0/0/9/0 ") + before_code); // 2 of 9
}
