// SPDX-License-Identifier: Apache-2.0
// Manual and automatic upgrades: no checks, no faults, one batch.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;

namespace {

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

constexpr auto with_failures = " RollingUpgradeInProgressWithFailedUpgradedVMs";

} // namespace

TEST_CASE("automatic mode takes all lagging ones at once") {
  driven_rollout d(plain_options(upgrade_mode::automatic), of(4));
  d.begin();
  CHECK(d.said()
        == "batch 1 [0 1 2 3] B=0 U=0 unavailable=0 group\n"
           "do start [0 1 2 3]\n");
  d.fail(2);
  d.fail(0, failure_reason::hook_failed);
  d.succeed({3, 1});
  CHECK(d.said()
        == "settled 2 ActionFailed broken\nsettled 0 HookFailed\nsettled 3\n"
           "settled 1\nbatch 1 done 2+2\nCompleted 2/2/0/0/0"
             + std::string(with_failures) + "\ndo finish\n");
  CHECK(d.machine().report().batches.size() == 1);
}

TEST_CASE("automatic mode leaves skips by metric out, and protection in") {
  auto options = rolling_options();
  options.policy.mode = upgrade_mode::automatic;
  fleet_shape shape = of(4);
  shape.is_protected = {1};
  shape.up_to_date = {2};
  driven_rollout d(options, shape);
  d.start({{3, health_state::unhealthy}}, {{0, {1, true}}, {3, {2, false}}});
  CHECK(d.batches() == "[0 3]");
  CHECK(d.said().find("skipped 1 protected") != std::string::npos);
  d.succeed({0, 3});
  CHECK(d.outcome() == "Completed 3/0/0/0/1");
}

TEST_CASE("max_parallel bounds how many are in hand") {
  auto options = plain_options(upgrade_mode::automatic);
  options.policy.max_parallel = 2;
  driven_rollout d(options, of(5));
  d.begin();
  CHECK(d.said()
        == "batch 1 [0 1] B=0 U=0 unavailable=0 batch_instances\n"
           "do start [0 1]\n");
  d.succeed({1});
  CHECK(d.said() == "settled 1\nbatch 1 and [2]\ndo start [2]\n");
  d.erase(3); // while it waits for its turn
  CHECK(d.said() == "deleted 3\n");
  d.fail(0);
  CHECK(print(d.in_hand()) == "[2 4]");
  d.erase(4);
  d.said();
  d.succeed({2});
  CHECK(d.said()
        == "settled 2\nbatch 1 done 2+1\nCompleted 2/1/0/0/0"
             + std::string(with_failures) + "\ndo finish\n");
  const auto report = d.machine().report();
  REQUIRE(report.batches.size() == 1);
  CHECK(print(report.batches[0].instances) == "[0 1 2 4]");
}

TEST_CASE("max_parallel fills all places that come free at once") {
  auto options = plain_options(upgrade_mode::automatic);
  options.policy.max_parallel = 3;
  driven_rollout d(options, of(7));
  d.begin();
  d.succeed({0, 1, 2});
  CHECK(d.batches() == "[0 1 2][3 4 5]");
  d.succeed({4});
  d.succeed({3, 5, 6});
  CHECK(d.batches() == "[0 1 2][3 4 5][6]");
  CHECK(d.outcome() == "Completed 7/0/0/0/0");
}

TEST_CASE("max_parallel above the set is no bound, and none in manual mode") {
  auto options = plain_options(upgrade_mode::automatic);
  options.policy.max_parallel = 9;
  driven_rollout all(options, of(3));
  all.begin();
  CHECK(all.batches() == "[0 1 2]");
  CHECK(all.last<told::batch_started>()->bound == batch_bound::group);

  options.policy.mode = upgrade_mode::manual;
  options.policy.max_parallel = 1;
  options.selected_all = true;
  driven_rollout manual(options, of(3));
  manual.begin();
  CHECK(manual.batches() == "[0 1 2]");
}

TEST_CASE("manual mode takes whom it is told to") {
  struct row {
    const char* what;
    bool all;
    std::vector<instance_index> named;
    std::string batches, outcome;
  };
  // 1 is protected, 2 is up to date.
  const std::vector<row> rows{
    {"nobody", false, {}, "", "Completed 1/0/0/3/1"},
    {"all but protected ones", true, {}, "[0 3 4]", "Completed 4/0/0/0/1"},
    {"two", false, {0, 4}, "[0 4]", "Completed 3/0/0/1/1"},
    {"a protected one by name", false, {1}, "[1]", "Completed 2/0/0/3/0"},
    {"one that has it already", false, {2}, "", "Completed 1/0/0/3/1"},
    {"all, and a protected one by name", true, {1}, "[0 1 3 4]", "Completed 5/0/0/0/0"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    auto options = plain_options(upgrade_mode::manual);
    options.selected_all = r.all;
    options.selected = r.named;
    fleet_shape shape = of(5);
    shape.is_protected = {1};
    shape.up_to_date = {2};
    driven_rollout d(options, shape);
    d.begin();
    d.succeed_all();
    CHECK(d.batches() == r.batches);
    CHECK(d.outcome() == r.outcome);
    CHECK(d.machine().report().batches.size() == (r.batches.empty() ? 0 : 1));
  }
}

TEST_CASE("manual and automatic modes check nothing and never fault") {
  for (const auto mode : {upgrade_mode::manual, upgrade_mode::automatic}) {
    auto options = rolling_options(1, 1);
    options.policy.mode = mode;
    options.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
    options.policy.rolling.rollback_failed_instances_on_policy_breach = true;
    options.selected_all = true;
    driven_rollout d(options, of(3));
    d.start({{0, health_state::unhealthy}, {1, health_state::unknown}});
    CHECK(d.batches() == "[0 1 2]");
    for (instance_index i = 0; i < 3; ++i)
      d.fail(i);
    CHECK(d.outcome() == std::string("Completed 0/3/0/0/0") + with_failures);
    CHECK(d.count<told::check_judged>() == 0);
    CHECK_FALSE(d.machine().report().rolled_back);
  }
}

TEST_CASE("without a health source nobody waits for health, nor counts it") {
  for (const auto mode : {upgrade_mode::manual, upgrade_mode::automatic}) {
    auto options = plain_options(mode);
    options.selected_all = true;
    driven_rollout d(options, of(2));
    d.begin();
    CHECK(d.batches() == "[0 1]");
    CHECK(d.timers().empty());
  }
}

TEST_CASE("class none touches nobody in any mode") {
  for (const auto mode :
       {upgrade_mode::manual, upgrade_mode::automatic, upgrade_mode::rolling}) {
    auto options = rolling_options();
    options.policy.mode = mode;
    options.action = apply_class::none;
    options.selected = {0};
    fleet_shape shape = of(3);
    shape.is_protected = {2};
    driven_rollout d(options, shape);
    d.start();
    CHECK(d.batches() == "");
    CHECK(d.outcome() == "Completed 3/0/0/0/0");
  }
}
