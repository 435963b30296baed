// SPDX-License-Identifier: Apache-2.0
// Why an instance that is ill is repaired, or left.
#include "explained_rollout.hpp"
#include "repairs_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

repair_why why_of(const explained_rollout& d, instance_index i) {
  return d.full().explain(i, d.why()).repair;
}

} // namespace

TEST_CASE("whoever is ill and not repaired has a reason") {
  fleet_shape shape = plain_set(12);
  shape.kept = {4};
  explained_rollout d(keeping(repair_by(repair_action::restart)), shape);
  d.start();
  d.advance(1min);
  for (const instance_index i : {2U, 3U, 4U})
    d.health(i, ill);
  CHECK(why_of(d, 1) == repair_why::none);
  CHECK(why_of(d, 2) == repair_why::grace_period);
  CHECK(d.full().explain(2, d.why()).repair_until == instant{10min});
  CHECK(why_of(d, 4) == repair_why::is_protected);
  d.advance(9min);
  CHECK(why_of(d, 2) == repair_why::under_repair);
  CHECK(why_of(d, 3) == repair_why::bound);
  d.feed(input::repairs_suspended{"ann"});
  CHECK(why_of(d, 3) == repair_why::suspended);
  d.fail(2);
  const auto account = d.full().explain(2, d.why());
  CHECK(account.repairs_failed == 1);
  CHECK(account.repairs_succeeded == 0);
  CHECK(account.repair == repair_why::suspended);
  d.feed(input::stop_keeping{});
  CHECK(why_of(d, 3) == repair_why::not_now);
}

TEST_CASE("an upgrade that waits for repairs alone says so") {
  auto options = rolling_options(50, 100);
  options.repairs = repair_by(repair_action::restart, 0s);
  explained_rollout d(options, plain_set(3, {2}));
  d.start({{2, ill}});
  d.succeed({0});
  d.succeed({1});
  const auto why = d.why();
  REQUIRE(why.obstacles.size() == 1);
  CHECK(why.obstacles[0].kind == obstacle_kind::repairs);
  REQUIRE(why.obstacles[0].holders.size() == 1);
  CHECK(why.obstacles[0].holders[0].instance == 2);
  CHECK(d.why_by_events().obstacles[0].kind == obstacle_kind::repairs);
}

TEST_CASE("a run that keeps says that it does") {
  explained_rollout d(keeping(repair_by(repair_action::restart)), plain_set(3));
  d.start();
  CHECK(d.why().obstacles[0].kind == obstacle_kind::keeping);
}

TEST_CASE("a run that keeps does not end while somebody is repaired") {
  explained_rollout d(keeping(repair_by(repair_action::restart, 0s)), plain_set(12));
  d.start();
  d.health(2, ill);
  CHECK(why_of(d, 2) == repair_why::under_repair);
  for (const auto& why : {d.why(), d.why_by_events()}) {
    REQUIRE(why.obstacles.size() == 1);
    CHECK(why.obstacles[0].kind == obstacle_kind::keeping);
    CHECK(why.obstacles[0].holder_count == 1);
    REQUIRE(why.obstacles[0].holders.size() == 1);
    CHECK(why.obstacles[0].holders[0].instance == 2);
    CHECK(why.obstacles[0].remedies == std::vector{remedy::wait, remedy::look_at_step});
  }
  d.feed(input::stop_keeping{});
  CHECK(d.why().obstacles[0].kind == obstacle_kind::repairs);
}

TEST_CASE("while somebody is repaired no deadline runs") {
  auto options = rolling_options(50, 25);
  options.repairs = repair_by(repair_action::restart, 0s);
  explained_rollout d(options, plain_set(4, {3}));
  d.start({{3, ill}});
  CHECK(d.why().obstacles[0].kind == obstacle_kind::unavailable_instances);
  CHECK_FALSE(d.why().obstacles[0].until.has_value());
  d.advance(1min);
  d.feed(input::repairs_suspended{"ann"});
  d.fail(3, failure_reason::health_timeout);
  CHECK(d.why().obstacles[0].until == instant{31min});
}

TEST_CASE(
  "who speaks of repairs before health is settled does not hide what it waits for") {
  auto options = rolling_options(50, 25);
  options.repairs = repair_by(repair_action::restart, 0s);
  explained_rollout d(options, plain_set(2));
  d.feed({input::started{}, input::health_changed{0, health_state::healthy, {}},
          input::health_changed{1, health_state::healthy, {}},
          input::repairs_suspended{"ann"},
          input::health_changed{0, health_state::initializing, {}}});
  CHECK(d.why().obstacles[0].kind == obstacle_kind::settling_health);
  REQUIRE(d.why().obstacles[0].holders.size() == 1);
  CHECK(d.why().obstacles[0].holders[0].instance == 0);
  CHECK(d.why_by_events().obstacles[0].kind == obstacle_kind::settling_health);
}
