// SPDX-License-Identifier: Apache-2.0
// Rollbacks that stand still although everybody is well.
#include "machine_fixture.hpp"

#include "drydock/engine/explainer.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

/// 1 of 4 has its previous model back, and 0 is to get it.
obstacle first_of(explainer account, const std::vector<upgrade_event>& before = {}) {
  const batch_place nowhere{custom_metrics::no_phase, fleet::no_zone,
                            fleet::no_update_domain};
  std::vector<upgrade_event> events{
    told::upgrade_started{upgrade_mode::rolling, 4, 4, 0, 0, apply_class::reimage}};
  for (instance_index i = 0; i < 4; ++i)
    events.emplace_back(
      told::health_changed{i, health_state::initializing, health_state::healthy});
  events.insert(events.end(), before.begin(), before.end());
  const std::vector<upgrade_event> rest{
    told::batch_started{
      1, nowhere, {0, 1}, {2, 2}, 0, batch_bound::batch_instances, false},
    told::instance_settled{0, failure_reason::none, false, {}},
    told::instance_settled{1, failure_reason::health_timeout, false, "late"},
    told::batch_finished{1, 1, 1},
    told::check_judged{check_kind::after_batch, 1, 2, 20, "TooMany"},
    told::rollback_started{1}};
  events.insert(events.end(), rest.begin(), rest.end());
  for (const auto& e : events)
    account.take(e, instant{});
  account.take(told::rollback_finished{1, true, false, {}, false}, instant{10s});
  const auto why = account.explain(instant{20s});
  CHECK(why.state == course::waiting);
  REQUIRE(why.obstacles.size() == 1);
  return why.obstacles.front();
}

explainer knowing(std::uint32_t shared_budget) {
  auto options = rolling_options(50, 50);
  options.policy.rolling.rollback = rollback_scope::all;
  options.shared_budget = shared_budget;
  fleet_shape shape;
  shape.count = 4;
  return explainer({make_fleet(shape), true, options});
}

explainer by_events() {
  fleet_shape shape;
  shape.count = 4;
  return explainer({make_fleet(shape), true, std::nullopt});
}

} // namespace

TEST_CASE("a rollback that has to ask for its share waits for the shared budget") {
  const auto o = first_of(knowing(3));
  CHECK(o.kind == obstacle_kind::shared_budget);
  CHECK(o.limit->name == "max_unavailable_instances");
  CHECK(o.since == instant{10s});
  CHECK(o.until == instant{30min + 10s});
  told::waiting wait;
  wait.reason = wait_reason::shared_budget;
  CHECK(first_of(by_events(), {wait}).kind == obstacle_kind::shared_budget);
}

TEST_CASE("a rollback in nobody's way goes on in a moment") {
  for (const auto& account : {knowing(0), by_events()}) {
    const auto o = first_of(account);
    CHECK(o.kind == obstacle_kind::deciding);
    CHECK(o.holder_count == 0);
    CHECK_FALSE(o.until);
    CHECK(o.remedies == std::vector{remedy::wait});
  }
}
