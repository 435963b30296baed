// SPDX-License-Identifier: Apache-2.0
// Instances that may be left over, and for which nobody fails: docs/semantics.md, 5.6.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;

namespace {

rollout_options replacing() {
  auto options = rolling_options(50, 50);
  options.policy.rolling.max_surge = true;
  return options;
}

fleet_shape two() {
  fleet_shape shape;
  shape.replacements = true;
  shape.count = 2;
  return shape;
}

} // namespace

TEST_CASE("who may be left over is named, though nobody fails for it") {
  // Others delete the member; what was being made for it does not go.
  driven_rollout made(replacing(), two());
  made.start();
  made.erase(0);
  made.feed(input::member_settled{2, failure_reason::none, false, true, {}});
  made.feed(input::member_settled{2, failure_reason::action_failed, true, true, "no"});
  made.succeed_all();
  made.succeed_all();
  CHECK(made.outcome() == "Completed 1/0/0/0/0 InstancesLeftOver");
  const auto error = made.machine().report().error;
  REQUIRE(error.details.size() == 1);
  CHECK(error.details[0].instance == 2);
  CHECK(error.details[0].message
        == "web-2 could not be deleted and may be left over: no");
  CHECK(
    error.message
    == "1 instance could not be deleted and may be left over; look for it and delete "
       "it");

  // Others delete the replacement that took over; the member does not go.
  driven_rollout left(replacing(), two());
  left.start();
  left.succeed({2});
  left.erase(2);
  left.fail(0);
  left.succeed_all();
  left.succeed_all();
  CHECK(left.outcome() == "Completed 1/0/0/0/0 InstancesLeftOver");
  CHECK(left.machine().report().error.details[0].message
        == "web-0 could not be deleted and may be left over: it broke");

  // A part of the engine ends, and nobody knows what became of it.
  driven_rollout lost(replacing(), two());
  lost.start();
  lost.succeed({2});
  lost.erase(2);
  lost.feed(input::internal_error{"a part died"});
  CHECK(lost.outcome() == "Faulted 0/0/0/1/0 InternalExecutionError");
  CHECK(lost.machine().report().error.details.back().message
        == "web-0 could not be deleted and may be left over: a part died");
}
