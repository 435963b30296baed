// SPDX-License-Identifier: Apache-2.0
// Why an instance was taken, skipped or left.
#include "explained_rollout.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr auto unsettled = health_state::initializing;
constexpr custom_metrics skip{custom_metrics::no_phase, true};

constexpr custom_metrics in_phase(std::int64_t x) {
  return {x, false};
}

} // namespace

TEST_CASE("who takes no part") {
  fleet_shape shape;
  shape.count = 5;
  shape.is_protected = {1};
  shape.up_to_date = {2};
  explained_rollout d(rolling_options(), shape);
  d.start({}, {{3, skip}});
  CHECK(d.instance(1) == "skipped protected");
  CHECK(d.instance(2) == "up_to_date latest_model");
  CHECK(d.instance(3) == "skipped skip_upgrade");
  d.erase(4);
  CHECK(d.instance(4) == "deleted deleted");
  CHECK(d.why().total == 4);
}

TEST_CASE("manual mode: who is not named") {
  auto options = plain_options(upgrade_mode::manual);
  options.selected = {1};
  fleet_shape shape;
  shape.count = 3;
  explained_rollout d(options, shape);
  d.begin();
  CHECK(d.instance(0) == "pending not_named");
  CHECK(d.instance(1) == "in_hand at_once batch 1 bound group step asked");
  d.feed(input::member_settled{1, failure_reason::none, false, true, {}});
  CHECK(d.instance(0) == "pending not_named");
  CHECK(d.instance(1) == "succeeded at_once batch 1 bound group");
}

TEST_CASE("a change that touches nobody") {
  auto options = plain_options(upgrade_mode::automatic);
  options.action = apply_class::none;
  fleet_shape shape;
  shape.count = 2;
  explained_rollout d(options, shape);
  d.begin();
  CHECK(d.instance(0) == "up_to_date nothing_to_change");
}

TEST_CASE("phases, then zones, then update domains") {
  fleet_shape shape;
  shape.count = 8;
  shape.zones = 2;
  shape.update_domains = 2;
  explained_rollout d(rolling_options(100, 100), shape);
  d.start({}, {{0, in_phase(1)}, {1, in_phase(1)}, {2, in_phase(1)}});
  // Zones are 1 2 1 2 …, update domains 0 0 1 1 0 0 1 1.
  CHECK(d.batches() == "[0]");
  CHECK(d.instance(0) == "in_hand in_order batch 1 bound group step asked");
  CHECK(d.instance(1) == "pending later_zone");
  CHECK(d.instance(2) == "pending later_update_domain");
  CHECK(d.instance(3) == "pending later_phase");
  CHECK(d.full().explain(3, d.why()).place.phase == custom_metrics::no_phase);
}

TEST_CASE("a full batch, an allowance that is used up, and no settled health") {
  fleet_shape shape;
  shape.count = 10;
  explained_rollout full(rolling_options(20, 50), shape);
  full.start();
  CHECK(full.instance(2) == "pending batch_full");
  explained_rollout tight(rolling_options(50, 20), shape);
  tight.start();
  CHECK(tight.instance(2) == "pending allowance");
  explained_rollout young(rolling_options(50, 50), shape);
  young.start();
  young.health(7, unsettled);
  CHECK(young.instance(7) == "pending initializing");
}

TEST_CASE("unhealthy ones first") {
  auto options = rolling_options(100, 50);
  options.policy.rolling.prioritize_unhealthy_instances = true;
  fleet_shape shape;
  shape.count = 4;
  explained_rollout d(options, shape);
  d.start({{2, ill}});
  CHECK(d.instance(2) == "in_hand unhealthy_first batch 1 bound group step asked");
  CHECK(d.instance(0) == "pending batch_in_hand");
}

TEST_CASE("room in a batch that slides") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.batching = batching_mode::sliding;
  fleet_shape shape;
  shape.count = 10;
  explained_rollout d(options, shape);
  d.start();
  d.succeed({0});
  CHECK(d.instance(2)
        == "in_hand room_in_batch batch 1 bound batch_instances step asked");
}

TEST_CASE("a checkpoint that comes first") {
  auto options = rolling_options(50, 50);
  options.policy.rolling.checkpoints = {{20, 1min, checkpoint_approval::none}};
  fleet_shape shape;
  shape.count = 10;
  explained_rollout d(options, shape);
  d.start();
  CHECK(d.instance(2) == "pending checkpoint");
}

TEST_CASE("failed, given back, and left when it ended") {
  fleet_shape shape;
  shape.count = 10;
  explained_rollout d(rolling_options(20, 20), shape);
  d.start();
  d.fail(0);
  d.cancel();
  CHECK(d.why().cancelling);
  CHECK(d.instance(5) == "pending upgrade_ended");
  d.feed(input::member_released{1});
  CHECK(d.instance(0).starts_with(
    "failed in_order batch 1 bound batch_instances ActionFailed: "));
  CHECK(d.instance(1) == "pending taken_back");
  CHECK(d.instance(5) == "pending upgrade_ended");
  CHECK(d.why().by_standing[static_cast<int>(instance_standing::pending)] == 9);
}

TEST_CASE("an upgraded one that gets its previous model again") {
  auto options = rolling_options(40, 100);
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
  options.policy.rolling.rollback = rollback_scope::all;
  fleet_shape shape;
  shape.count = 5;
  explained_rollout d(options, shape);
  d.start();
  d.succeed({0});
  d.fail(1);
  CHECK(d.instance(1).starts_with("rolling_back in_order batch 1"));
  d.feed(input::member_settled{1, failure_reason::none, false, true, {}});
  d.feed(input::member_settled{0, failure_reason::none, false, true, {}});
  CHECK(d.instance(0) == "pending rolled_back batch 1 bound batch_instances");
  CHECK(d.instance(1).starts_with("failed in_order batch 1"));
  CHECK(d.why().state == course::finished);
}

TEST_CASE("members that are replaced, those that replace them, and those that go") {
  auto options = rolling_options(50, 50);
  options.policy.rolling.max_surge = true;
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  fleet_shape shape;
  shape.count = 4;
  shape.replacements = true;
  explained_rollout d(options, shape);
  d.start();
  // 0 and 1 wait for 4 and 5.
  CHECK(d.instance(0)
        == "in_hand in_order batch 1 bound batch_instances step replacement");
  CHECK(d.instance(4)
        == "arriving replaces_member batch 1 bound batch_instances step asked");
  CHECK_FALSE(d.full().knows(6)); // nobody asked for it
  CHECK(d.why().total == 4);
  CHECK(d.why().obstacles.front().holders.front().instance == 4);
  CHECK(d.why().obstacles.front().holders.front().counterpart == 0);
  CHECK(d.why().obstacles.front().holder_count == 2);
  d.succeed({4});
  CHECK(d.instance(0) == "leaving replaced batch 1 bound batch_instances step asked");
  CHECK(d.instance(4)
        == "in_hand replaces_member batch 1 bound batch_instances step deletion");
  CHECK(d.full().explain(4, d.why()).replaces == 0);
  CHECK(d.full().explain(0, d.why()).replaced_by == 4);
  CHECK(d.why().total == 4);
  d.succeed({0});
  CHECK(d.instance(0) == "deleted replaced batch 1 bound batch_instances");
  CHECK(d.instance(4) == "succeeded replaces_member batch 1 bound batch_instances");
  // 5 fails once it was made, and is deleted.
  d.feed(input::step_started{{5, step_kind::action, apply_class::reimage, 1}});
  d.feed(input::step_finished{
    {5, step_kind::action, apply_class::reimage, 1, step_outcome::succeeded, {}}});
  CHECK(d.instance(5)
        == "arriving replaces_member batch 1 bound batch_instances step health");
  d.fail(5, failure_reason::health_timeout);
  d.feed(input::step_started{{5, step_kind::action, apply_class::reimage, 1}});
  CHECK(d.instance(5)
        == "discarding discarded batch 1 bound batch_instances step action");
  CHECK(d.instance(1)
        == "in_hand in_order batch 1 bound batch_instances step deletion");
  d.fail(5);
  CHECK(d.instance(5) == "deleted left_over batch 1 bound batch_instances");
  CHECK(d.instance(1).starts_with(
    "failed in_order batch 1 bound batch_instances HealthTimeout: its replacement"));
  // Without quota 2 is upgraded in place, and nobody is made for it.
  CHECK(d.instance(6)
        == "arriving replaces_member batch 2 bound batch_instances step asked");
  d.feed(input::member_settled{6, failure_reason::quota_short, false, false, {}});
  CHECK(d.instance(2)
        == "in_hand quota_short batch 2 bound batch_instances step asked");
  CHECK_FALSE(d.full().knows(6));
}
