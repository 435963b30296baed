// SPDX-License-Identifier: Apache-2.0
// Members that get their previous model back as soon as they have failed.
#include "rollback_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr auto well = health_state::healthy;

rollout_options restoring(int batch = 20, int unhealthy = 20) {
  auto options = rolling_options(batch, unhealthy);
  options.restore_failed = true;
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  return options;
}

} // namespace

TEST_CASE("who fails gets the previous model back within its batch") {
  driven_rollout d(restoring(), of(10));
  d.start();
  d.said();
  d.fail(0);
  CHECK(d.said() == "settled 0 ActionFailed broken\nundo 0\ndo rollback [0]\n");
  d.succeed({1});
  CHECK(d.batches() == "[0 1]undo[0]");
  d.said();
  d.feed(undone(0)); // only now is the batch over
  CHECK(d.batches() == "[0 1]undo[0][2 3]");
  CHECK(counts(d) == "1+0");
  CHECK(d.machine().report().rolled_back);
  for (int n = 0; n < 4; ++n)
    d.succeed_all();
  CHECK(d.outcome().substr(0, 19) == "Completed 9/1/0/0/0");
}

TEST_CASE("it stays counted as failed, and its health counts by itself") {
  auto options = restoring(10, 10);
  driven_rollout d(options, of(10));
  d.start();
  d.health(0, ill);
  d.fail(0, failure_reason::health_timeout);
  CHECK(print(d.in_hand()) == "[0]");
  d.health(0, well);
  d.feed(undone(0));
  // Healthy again, so that the next one may go.
  CHECK(d.batches() == "[0]undo[0][1]");
  d.cancel();
  CHECK(d.machine().report().progress.failed == 1);
}

TEST_CASE("one whose model does not come back keeps its place unavailable") {
  driven_rollout d(restoring(10, 10), of(10));
  d.start();
  d.fail(0);
  d.feed(undone(0, failure_reason::action_failed));
  CHECK(counts(d) == "0+1");
  CHECK(d.batches() == "[0]undo[0]"); // nobody else may go
  CHECK(d.machine().running());
}

TEST_CASE("what the model is not to blame for is not taken back") {
  driven_rollout d(restoring(), of(10));
  d.start();
  d.feed(input::member_settled{0, failure_reason::hook_failed, false, true, {}});
  d.feed(input::member_settled{1, failure_reason::action_failed, true, false, {}});
  CHECK(d.batches() == "[0 1][2]");
  d.cancel(true);
  d.feed(input::member_settled{2, failure_reason::cancelled, true, true, {}});
  CHECK(d.outcome().starts_with("Cancelled"));
  CHECK(counts(d) == "0+0");
  CHECK_FALSE(d.machine().report().rolled_back);
}

TEST_CASE("one that serves by the time it has failed stays as it is") {
  driven_rollout d(restoring(), of(10));
  d.start();
  d.feed({input::health_changed{0, well, {}},
          input::member_settled{0, failure_reason::health_timeout, false, true, {}}});
  CHECK(d.batches() == "[0 1]");
  CHECK(counts(d) == "0+0");
}

TEST_CASE("a cancel starts none, and lets the one that runs go to its end") {
  driven_rollout d(restoring(), of(10));
  d.start();
  d.fail(0);
  d.cancel();
  d.fail(1);
  CHECK(d.batches() == "[0 1]undo[0]");
  CHECK(d.machine().running());
  d.feed(undone(0));
  CHECK(d.outcome().starts_with("Cancelled 0/2/0/8/0"));
  CHECK(counts(d) == "1+0");
}

TEST_CASE("a breach does not undo once more what was given back") {
  auto options = restoring();
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 20;
  options.policy.rolling.rollback = rollback_scope::failed;
  driven_rollout d(options, of(10));
  d.start();
  d.fail(0);
  d.succeed({1});
  d.feed(undone(0));
  CHECK(
    d.outcome()
    == "Faulted 1/1/0/8/0 MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade");
  CHECK(counts(d) == "1+0");
}

TEST_CASE("one that is deleted meanwhile is out of all of it") {
  driven_rollout d(restoring(), of(10));
  d.start();
  d.fail(0);
  d.erase(0);
  d.succeed({1});
  CHECK(d.machine().report().progress.failed == 0);
  CHECK(d.batches() == "[0 1]undo[0][2]");
}

TEST_CASE("another process takes up what was being given back") {
  driven_rollout d(restoring(), of(10));
  d.start();
  d.fail(0);
  d.succeed({1});
  d.said();
  d.sleep_through(1min);
  d.feed(input::resumed{});
  CHECK(d.said().find("recover") != std::string::npos);
  for (instance_index i = 1; i < 10; ++i)
    d.health(i, well);
  d.feed({input::health_changed{0, well, {}}, undone(0)});
  CHECK(d.batches() == "[0 1]undo[0][2 3]");
  CHECK(counts(d) == "1+0");
}

TEST_CASE("a sliding batch goes on beside it, and counts it as one in hand") {
  auto options = restoring(20, 30);
  options.policy.rolling.batching = batching_mode::sliding;
  driven_rollout d(options, of(10));
  d.start();
  d.fail(0);
  CHECK(d.batches() == "[0 1]undo[0]");
  d.succeed({1});
  CHECK(d.batches() == "[0 1]undo[0][2]");
  d.feed(undone(0));
  CHECK(d.batches() == "[0 1]undo[0][2][3]");
}

TEST_CASE("without a health source it ends with its action") {
  auto options = plain_options(upgrade_mode::automatic);
  options.restore_failed = true;
  driven_rollout d(options, of(2));
  d.start();
  d.fail(0);
  d.succeed({1});
  CHECK(d.machine().running());
  d.feed(undone(0));
  CHECK(d.outcome().starts_with("Completed 1/1/0/0/0"));
  CHECK(counts(d) == "1+0");
}
