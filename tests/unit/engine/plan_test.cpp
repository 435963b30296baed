// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/plan.hpp"

#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;

fleet_shape of(std::uint32_t count, std::uint32_t zones = 0) {
  fleet_shape shape;
  shape.count = count;
  shape.zones = zones;
  return shape;
}

expected_health is(instance_index i, health_state state, bool skipped = false) {
  expected_health x;
  x.instance = i;
  x.health = state;
  x.metrics.skip_upgrade = skipped;
  return x;
}

expected_health recovers(instance_index i, health_state state, bool skipped,
                         duration after) {
  auto x = is(i, state, skipped);
  x.changes_after = after;
  return x;
}

std::string batches_of(const upgrade_plan& plan) {
  std::string text;
  for (const auto& b : plan.batches)
    text += print(b.instances);
  return text;
}

} // namespace

TEST_CASE("the worked examples as plans") {
  struct row {
    const char* what;
    fleet_shape shape;
    int batch_percent, unhealthy_percent;
    std::vector<expected_health> health;
    std::string batches, code, obstacles;
    bool cross_zone = false;
  };
  const auto* const before = "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade";
  const auto* const timeout = "RollingUpgradeTimeoutError";
  // clang-format off
  const std::vector<row> rows{
    {"nobody ill", of(10), 20, 20, {}, "[0 1][2 3][4 5][6 7][8 9]", "", ""},
    {"one ill and skipped", of(10), 20, 20, {is(9, ill, true)},
     "[0][1][2][3][4][5][6][7][8]", "", ""},
    {"the second candidate", of(10), 20, 20, {is(1, ill)}, "[0 1][2 3][4 5][6 7][8 9]",
     "", ""},
    {"two pending", of(10), 20, 20, {is(3, ill), is(7, ill)},
     "[3 7][0 1][2 4][5 6][8 9]", "", ""},
    {"two skipped", of(10), 20, 20, {is(8, ill, true), is(9, ill, true)}, "", timeout,
     "[8 9]"},
    {"three", of(10), 20, 20, {is(2, ill), is(4, health_state::unknown), is(6, ill)}, "",
     before, "[2 4 6]"},
    {"seven", of(7), 20, 20, {}, "[0][1][2][3][4][5][6]", "", ""},
    {"three in all", of(3), 20, 20, {}, "[0][1][2]", "", ""},
    {"one of three", of(3), 20, 20, {is(1, ill)}, "", before, "[1]"},
    {"one of five, skipped", of(5), 20, 20, {is(4, ill, true)}, "", timeout, "[4]"},
    {"zones", of(9, 3), 40, 50, {}, "[0 3 6][1 4 7][2 5 8]", "", ""},
    {"cross-zone", of(9, 3), 40, 50, {}, "[0 1 2][3 4 5][6 7 8]", "", "", true},
  };
  // clang-format on
  for (const auto& r : rows) {
    CAPTURE(r.what);
    auto options = rolling_options(r.batch_percent, r.unhealthy_percent);
    options.policy.rolling.enable_cross_zone_upgrade = r.cross_zone;
    const auto plan = make_plan(options, make_fleet(r.shape), r.health);
    CHECK(batches_of(plan) == r.batches);
    CHECK(plan.blocked.has_value() == !r.code.empty());
    if (plan.blocked) {
      CHECK(plan.blocked->code == r.code);
      CHECK(print(plan.blocked->instances) == r.obstacles);
      CHECK_FALSE(plan.blocked->message.empty());
    }
  }
}

TEST_CASE("a plan knows what is expected to happen to health") {
  // The ill one is in a later phase, and skipped ones use up the rest.
  std::vector<expected_health> health;
  for (instance_index i = 0; i < 10; ++i) {
    auto x = is(i, i == 1 || i == 9 ? ill : health_state::healthy, i == 9);
    x.metrics.phase = i < 3 ? 1 : 2;
    health.push_back(x);
  }
  const auto first = make_plan(rolling_options(), make_fleet(of(10)), health);
  CHECK(batches_of(first) == "[1][0][2][3][4][5][6][7][8]");
  CHECK_FALSE(first.blocked.has_value());

  health[8].metrics.skip_upgrade = true;
  health[8].health = ill;
  health[1].health = health_state::healthy;
  health[0].changes_after = 1min;
  health[0].then = ill; // after its upgrade
  const auto stuck = make_plan(rolling_options(), make_fleet(of(10)), health);
  CHECK(batches_of(stuck) == "");
  REQUIRE(stuck.blocked.has_value());
  CHECK(stuck.blocked->code
        == "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade");
  CHECK(print(stuck.blocked->instances) == "[0 8 9]");
}

TEST_CASE("a pause lets an expected change of health come between the batches") {
  auto options = rolling_options(50, 50);
  options.policy.rolling.pause_time_between_batches = 1min;
  auto falls = is(0, health_state::healthy);
  falls.changes_after = 30s;
  falls.then = ill;
  const auto plan = make_plan(options, make_fleet(of(2)), std::vector{falls});
  CHECK(batches_of(plan) == "[0]");
  REQUIRE(plan.blocked.has_value()); // the allowance of one is used up
  CHECK(plan.blocked->code == "RollingUpgradeTimeoutError");
  CHECK(print(plan.blocked->instances) == "[0]");
}

TEST_CASE("an instance that recovers by itself blocks for a while only") {
  const auto fleet_of_ten = make_fleet(of(10));
  const std::vector<expected_health> in_time{is(8, ill, true),
                                             recovers(9, ill, true, 29min)};
  const auto plan = make_plan(rolling_options(), fleet_of_ten, in_time);
  CHECK(batches_of(plan) == "[0][1][2][3][4][5][6][7]");
  CHECK_FALSE(plan.blocked.has_value());

  const std::vector<expected_health> late{is(8, ill, true),
                                          recovers(9, ill, true, 31min)};
  CHECK(make_plan(rolling_options(), fleet_of_ten, late).blocked.has_value());

  const std::vector<expected_health> settles{
    recovers(4, health_state::initializing, false, 10min)};
  CHECK(batches_of(make_plan(rolling_options(), fleet_of_ten, settles))
        == "[0 1][2 3][4 5][6 7][8 9]");
}

TEST_CASE("recoveries at one instant are known before the next batch") {
  const std::vector<expected_health> health{recovers(8, ill, true, 100s),
                                            recovers(9, ill, true, 100s)};
  const auto plan = make_plan(rolling_options(), make_fleet(of(10)), health);
  CHECK(batches_of(plan) == "[0 1][2 3][4 5][6 7]");
}

TEST_CASE("what health does while a batch is at work counts for the next batch") {
  const std::vector<expected_health> health{recovers(9, ill, true, 100s)};
  const auto fleet_of_ten = make_fleet(of(10));
  CHECK(batches_of(make_plan(rolling_options(), fleet_of_ten, health, 80s))
        == "[0][1][2 3][4 5][6 7][8]"); // at 0, 80, 160 s …
  CHECK(batches_of(make_plan(rolling_options(), fleet_of_ten, health))
        == "[0][1][2][3][4][5][6][7][8]");

  // The deadline counts from the last settling, not from the start.
  auto options = rolling_options(20, 30);
  options.policy.rolling.ignore_unhealthy_before_start = true;
  const std::vector<expected_health> late{is(6, ill, true), is(7, ill, true),
                                          recovers(8, ill, true, 31min), is(9, ill)};
  const auto waits = make_plan(options, fleet_of_ten, late, 2min);
  CHECK(batches_of(waits) == "[9][0][1][2][3][4][5]");
  CHECK_FALSE(waits.blocked.has_value());
  const auto blocked = make_plan(options, fleet_of_ten, late, 59s);
  CHECK(batches_of(blocked) == "[9]");
  CHECK(blocked.blocked.has_value());
}

TEST_CASE("a new instance may settle ill before it is healthy") {
  std::vector<expected_health> health;
  for (instance_index i = 0; i < 3; ++i) {
    auto x = recovers(i, health_state::initializing, true, 60s);
    x.then = ill;
    x.heals_after = 90s;
    health.push_back(x);
  }
  const auto refused = make_plan(rolling_options(), make_fleet(of(10)), health);
  CHECK(batches_of(refused) == "");
  REQUIRE(refused.blocked.has_value());
  CHECK(refused.blocked->code
        == "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade");
  CHECK(print(refused.blocked->instances) == "[0 1 2]");

  health.pop_back(); // two of ten are within the limit, and wait until they heal
  const auto waits = make_plan(rolling_options(), make_fleet(of(10)), health);
  CHECK(batches_of(waits) == "[2 3][4 5][6 7][8 9]");
}

TEST_CASE("health that never settles blocks every mode") {
  for (const auto mode :
       {upgrade_mode::manual, upgrade_mode::automatic, upgrade_mode::rolling}) {
    auto options = rolling_options();
    options.policy.mode = mode;
    options.selected_all = true;
    const auto plan = make_plan(options, make_fleet(of(3)),
                                std::vector{is(1, health_state::initializing)});
    CHECK(plan.batches.empty());
    REQUIRE(plan.blocked.has_value());
    CHECK(plan.blocked->code == "RollingUpgradeTimeoutError");
    CHECK(print(plan.blocked->instances) == "[1]");
  }
}

TEST_CASE("a plan says who takes no part, and why") {
  fleet_shape shape = of(6);
  shape.is_protected = {1};
  shape.up_to_date = {0, 4};
  const auto plan = make_plan(rolling_options(), make_fleet(shape),
                              std::vector{is(5, health_state::healthy, true)});
  CHECK(plan.mode == upgrade_mode::rolling);
  CHECK(plan.action == apply_class::reimage);
  CHECK(print(plan.up_to_date) == "[0 4]");
  REQUIRE(plan.skipped.size() == 2);
  CHECK(plan.skipped[0].instance == 1);
  CHECK(plan.skipped[0].reason == skip_reason::is_protected);
  CHECK(plan.skipped[1].instance == 5);
  CHECK(plan.skipped[1].reason == skip_reason::skip_upgrade);
  CHECK(batches_of(plan) == "[2][3]");
  CHECK(plan.left_pending == 0);
}

TEST_CASE("batches of a plan have numbers, places, limits and bounds") {
  fleet_shape shape = of(4, 2);
  shape.update_domains = 2;
  const auto plan = make_plan(rolling_options(100, 50), make_fleet(shape), {});
  REQUIRE(plan.batches.size() == 4);
  CHECK(print(upgrade_event(plan.batches[0]))
        == "batch 1 zone=0 ud=0 [0] B=4 U=2 unavailable=0 group");
  CHECK(print(upgrade_event(plan.batches[3]))
        == "batch 4 zone=1 ud=1 [3] B=4 U=2 unavailable=0 group");
}

TEST_CASE("a manual plan has one batch of those who are named") {
  auto options = plain_options(upgrade_mode::manual);
  const auto nobody = make_plan(options, make_fleet(of(4)), {});
  CHECK(nobody.batches.empty());
  CHECK(nobody.left_pending == 4);
  CHECK_FALSE(nobody.blocked.has_value());
  options.selected = {1, 3};
  const auto two = make_plan(options, make_fleet(of(4)), {});
  CHECK(batches_of(two) == "[1 3]");
  CHECK(two.left_pending == 2);
  options.selected_all = true;
  CHECK(batches_of(make_plan(options, make_fleet(of(4)), {})) == "[0 1 2 3]");
}

TEST_CASE("an automatic plan has one batch of all, whatever their health") {
  auto options = rolling_options();
  options.policy.mode = upgrade_mode::automatic;
  const std::vector<expected_health> health{is(0, ill), is(2, health_state::unknown)};
  CHECK(batches_of(make_plan(options, make_fleet(of(4)), health)) == "[0 1 2 3]");
  options.policy.max_parallel = 3; // further ones join the same batch
  CHECK(batches_of(make_plan(options, make_fleet(of(4)), health)) == "[0 1 2 3]");
}

TEST_CASE("a change of class none is planned without batches") {
  auto options = rolling_options();
  options.action = apply_class::none;
  const auto plan = make_plan(options, make_fleet(of(3)), {});
  CHECK(plan.batches.empty());
  CHECK(print(plan.up_to_date) == "[0 1 2]");
  CHECK(plan.left_pending == 0);
}
