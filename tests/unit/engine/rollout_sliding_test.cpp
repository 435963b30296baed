// SPDX-License-Identifier: Apache-2.0
// Sliding batches: docs/semantics.md, 4.11.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;

rollout_options sliding(int batch_percent = 30, int unhealthy_percent = 50) {
  auto options = rolling_options(batch_percent, unhealthy_percent);
  options.policy.rolling.batching = batching_mode::sliding;
  return options;
}

fleet_shape of(std::uint32_t count, std::uint32_t zones = 0) {
  fleet_shape shape;
  shape.count = count;
  shape.zones = zones;
  return shape;
}

} // namespace

TEST_CASE("whoever settles makes room for the next") {
  driven_rollout wide(sliding(50, 50), of(6));
  wide.start();
  CHECK(wide.batches() == "[0 1 2]");
  wide.succeed({1});
  CHECK(wide.batches() == "[0 1 2][3]");
  wide.succeed({0, 3});
  CHECK(wide.batches() == "[0 1 2][3][4 5]");
  wide.succeed_all();
  CHECK(wide.outcome() == "Completed 6/0/0/0/0");
  CHECK(wide.count<told::batch_started>() == 1);
  CHECK(wide.machine().report().batches[0].instances.size() == 6);
}

TEST_CASE("when all settle at once the batch goes on all the same") {
  driven_rollout d(sliding(20, 50), of(10));
  d.start();
  d.succeed({0, 1});
  CHECK(d.batches() == "[0 1][2 3]");
  CHECK(d.count<told::batch_started>() == 1);
}

TEST_CASE("the allowance bounds who joins") {
  driven_rollout d(sliding(30, 30), of(10)); // B = U = 3
  d.start({}, {{9, {custom_metrics::no_phase, true}}});
  CHECK(d.batches() == "[0 1 2]");
  d.health(9, ill);
  d.succeed({0});
  CHECK(d.batches() == "[0 1 2]"); // two in hand and one ill are three
  d.succeed({1});
  CHECK(d.batches() == "[0 1 2][3]");
  d.health(9, health_state::healthy);
  CHECK(d.batches() == "[0 1 2][3][4]");
}

TEST_CASE("a batch is of one zone, and the next begins when it is over") {
  driven_rollout d(sliding(40, 50), of(6, 2)); // zones 1: 0 2 4, 2: 1 3 5; B = 2
  d.start();
  d.succeed({0});
  CHECK(d.batches() == "[0 2][4]");
  d.succeed({2});
  CHECK(d.batches() == "[0 2][4]");
  d.succeed({4});
  CHECK(d.batches() == "[0 2][4][1 3]");
  CHECK(d.count<told::batch_started>() == 2);
}

TEST_CASE("those in hand are not judged before they settle") {
  auto options = sliding(50, 50);
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
  driven_rollout d(options, of(4));
  d.start();
  CHECK(d.batches() == "[0 1]");
  d.health(1, ill); // as it may be while it is worked on
  d.succeed({0});
  CHECK(d.batches() == "[0 1][2]");
  CHECK(d.last<told::check_judged>()->unhealthy == 0);
  d.fail(1, failure_reason::health_timeout);
  CHECK(d.last<told::check_judged>()->unhealthy == 1);
  d.succeed({2});
  CHECK(d.outcome().substr(0, 15) == "Faulted 2/1/0/1");
}

TEST_CASE("a breach lets nobody in, and waits for those in hand") {
  auto options = sliding(30, 50);
  options.policy.rolling.rollback = rollback_scope::failed;
  driven_rollout d(options, of(10));
  d.start();
  d.succeed({0});
  CHECK(d.batches() == "[0 1 2][3]");
  d.fail(1);
  CHECK(d.batches() == "[0 1 2][3]");
  CHECK(d.last<told::check_judged>()->code
        == "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade");
  d.succeed({2});
  CHECK(d.batches() == "[0 1 2][3]");
  d.succeed({3});
  // The share has fallen since then; what was breached stays so.
  CHECK(d.batches() == "[0 1 2][3]undo[1]");
  d.feed(input::member_settled{1, failure_reason::none, false, true, {}});
  CHECK(d.outcome()
        == "Faulted 3/1/0/6/0 "
           "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade");
}

TEST_CASE("unhealthy instances elsewhere end a sliding batch too") {
  driven_rollout d(sliding(30, 30), of(10));
  d.start();
  for (instance_index i = 6; i < 10; ++i)
    d.health(i, ill);
  d.succeed({0});
  CHECK(d.last<told::check_judged>()->code
        == "MaxUnhealthyInstancePercentExceededInRollingUpgrade");
  d.succeed_all();
  CHECK(d.outcome().substr(0, 8) == "Faulted ");
  CHECK(d.batches() == "[0 1 2]");
}

TEST_CASE("healthy and unhealthy ones are not mixed where the latter go first") {
  auto options = sliding(20, 50);
  options.policy.rolling.prioritize_unhealthy_instances = true;
  driven_rollout d(options, of(10));
  d.start({{7, ill}, {8, ill}, {9, ill}});
  CHECK(d.batches() == "[7 8]");
  d.succeed({7});
  CHECK(d.batches() == "[7 8][9]");
  d.succeed({8});
  CHECK(d.batches() == "[7 8][9]"); // a healthy one begins another batch
  d.succeed({9});
  CHECK(d.batches() == "[7 8][9][0 1]");
  CHECK(d.count<told::batch_started>() == 2);
}

TEST_CASE("a cancel lets those in hand run out and nobody in") {
  driven_rollout d(sliding(30, 50), of(10));
  d.start();
  d.cancel();
  d.succeed({0});
  d.succeed_all();
  CHECK(d.batches() == "[0 1 2]");
  CHECK(d.outcome() == "Cancelled 3/0/0/7/0 RollingUpgradeCanceled");
}
