// SPDX-License-Identifier: Apache-2.0
// A batch in hand: who is at work, and what keeps others from joining one that slides.
#include "explained_rollout.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr auto well = health_state::healthy;

fleet_shape ten() {
  fleet_shape shape;
  shape.count = 10;
  return shape;
}

rollout_options sliding(int batch_percent, int unhealthy_percent) {
  auto options = rolling_options(batch_percent, unhealthy_percent);
  options.policy.rolling.batching = batching_mode::sliding;
  return options;
}

/// Open for the first ten minutes of each day.
rollout_options with_window(rollout_options options) {
  maintenance_window early;
  early.length = 10min;
  options.windows = {early};
  return options;
}

/// What the reader of an events file is told.
std::vector<obstacle_kind> by_events(const explained_rollout& d) {
  std::vector<obstacle_kind> kinds;
  for (const auto& o : d.why_by_events().obstacles)
    kinds.push_back(o.kind);
  return kinds;
}

} // namespace

TEST_CASE("those that have not begun are not the slowest while others are at work") {
  explained_rollout d(rolling_options(20, 20), ten());
  d.start();
  d.advance(3s);
  d.feed(input::step_started{{1, step_kind::action, apply_class::reimage, 1}});
  CHECK(d.obstacles() == "moving in_hand [1 0] since 0s");
  CHECK(d.why_by_events().obstacles.front().holders.front().instance == 1);
  d.advance(3s);
  d.feed(input::step_finished{
    {1, step_kind::action, apply_class::reimage, 1, step_outcome::succeeded, {}}});
  d.succeed({1});
  CHECK(d.obstacles() == "moving in_hand [0] since 0s");
}

TEST_CASE("a closed window keeps others from joining a batch that slides") {
  explained_rollout d(with_window(sliding(20, 20)), ten());
  d.start();
  CHECK(d.instance(2) == "pending batch_full");
  d.advance(11min);
  CHECK(d.obstacles() == "moving in_hand [0 1] since 0s"); // it is full
  d.succeed({0});
  CHECK(d.batches() == "[0 1]");
  CHECK(d.obstacles()
        == "moving in_hand [1] since 0s; maintenance_window since 600s until 86400s");
  CHECK(d.instance(2) == "pending held");
  const auto x = d.full().explain(d.now(), false);
  REQUIRE(x.obstacles.size() == 3);
  CHECK(x.obstacles.back().kind == obstacle_kind::maintenance_window);
  // Nobody has joined yet, so that events do not tell that it slides.
  CHECK(by_events(d) == std::vector{obstacle_kind::in_hand});
  d.advance_to(instant{24h});
  CHECK(d.batches() == "[0 1][2]");
  CHECK(d.obstacles() == "moving in_hand [1 2] since 0s");

  explained_rollout strict(with_window(rolling_options(20, 20)), ten());
  strict.start();
  strict.advance(11min);
  strict.succeed({0});
  CHECK(strict.obstacles() == "moving in_hand [1] since 0s");
  CHECK(strict.instance(2) == "pending batch_full");
}

TEST_CASE("a guard keeps others from joining a batch that slides") {
  auto options = sliding(20, 20);
  options.guards = {{"errors"}};
  explained_rollout d(options, ten());
  d.start();
  d.feed(input::guard_reported{0, guard_state::holds, {}});
  d.advance(5s);
  d.succeed({0});
  CHECK(d.batches() == "[0 1][2]");
  d.advance(5s);
  d.feed(input::guard_reported{0, guard_state::fails, "7 %"});
  CHECK(d.obstacles() == "moving in_hand [1 2] since 0s");
  d.succeed({1});
  CHECK(d.obstacles() == "moving in_hand [2] since 0s; guard since 10s");
  CHECK(d.why().obstacles.back().subject == "guard errors: 7 %");
  CHECK(d.why().obstacles.back().remedies == std::vector{remedy::mend_guard});
  CHECK(d.instance(3) == "pending held");
  CHECK(by_events(d) == std::vector{obstacle_kind::in_hand, obstacle_kind::guard});
  // Another process looks at it again, once it has seen the health of everybody.
  d.sleep_through(10s);
  d.feed(input::resumed{});
  for (instance_index i = 0; i < 10; ++i)
    d.health(i, well);
  CHECK(d.obstacles() == "moving in_hand [2] since 0s; guard since 20s");
  CHECK(d.why().obstacles.back().subject == "guard errors: nobody has looked yet");
  d.feed(input::guard_reported{0, guard_state::holds, {}});
  CHECK(d.obstacles() == "moving in_hand [2 3] since 0s");
  CHECK(by_events(d) == std::vector{obstacle_kind::in_hand});
}

TEST_CASE("an allowance that others use up keeps them from joining") {
  explained_rollout d(sliding(30, 30), ten());
  d.start({}, {{9, {custom_metrics::no_phase, true}}});
  d.advance(5s);
  d.health(9, ill);
  CHECK(d.instance(3) == "pending batch_full");
  d.succeed({0});
  CHECK(d.batches() == "[0 1 2]");
  CHECK(d.obstacles()
        == "moving in_hand [1 2] since 0s; unavailable_instances [9 1 2] since 5s");
  const auto second = d.why().obstacles.back();
  REQUIRE(second.limit);
  CHECK(second.limit->name == "max_unhealthy_instance_percent");
  CHECK(second.limit->allowed == 3);
  CHECK(second.remedies == std::vector{remedy::mend_instances, remedy::raise_limit});
  CHECK(d.instance(3) == "pending allowance");
  d.health(9, well);
  CHECK(d.obstacles() == "moving in_hand [1 2 3] since 0s");
  d.health(9, ill);
  d.succeed({1});
  CHECK(by_events(d)
        == std::vector{obstacle_kind::in_hand, obstacle_kind::unavailable_instances});
  d.cancel();
  CHECK(d.obstacles() == "moving in_hand [2 3] since 0s");
}

TEST_CASE("that members themselves use up the allowance is in nobody's way") {
  explained_rollout d(sliding(50, 20), ten());
  d.start();
  CHECK(d.obstacles() == "moving in_hand [0 1] since 0s");
  CHECK(d.instance(2) == "pending allowance");
}

TEST_CASE("a checkpoint lets no more join a batch that slides") {
  auto options = sliding(20, 50);
  options.policy.rolling.checkpoints = {{30, 1min, checkpoint_approval::none}};
  explained_rollout d(options, ten());
  d.start();
  d.succeed({0});
  CHECK(d.batches() == "[0 1][2]");
  CHECK(d.instance(3) == "pending batch_full");
  d.succeed({1});
  CHECK(d.instance(3) == "pending checkpoint");
  CHECK(d.obstacles() == "moving in_hand [2] since 0s");
}
