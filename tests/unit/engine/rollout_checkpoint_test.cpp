// SPDX-License-Identifier: Apache-2.0
// Checkpoints: docs/semantics.md, 4.12.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

using approval = checkpoint_approval;
constexpr auto ill = health_state::unhealthy;

rollout_options with(std::vector<checkpoint> list) {
  auto options = rolling_options(30, 30);
  options.policy.rolling.checkpoints = std::move(list);
  return options;
}

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

wait_reason waits_for(const driven_rollout& d) {
  return d.last<told::waiting>()->reason;
}

} // namespace

TEST_CASE("a batch ends where a checkpoint is, and the upgrade bakes there") {
  driven_rollout d(with({{10, 10min}, {50, 5min}}), of(10));
  d.start();
  CHECK(d.batches() == "[0]"); // B is 3, the checkpoint is at 1
  CHECK(d.last<told::batch_started>()->bound == batch_bound::checkpoint);
  d.said();
  d.succeed({0});
  CHECK(d.said().find("checkpoint 10: 1 of 10\n"
                      "waiting checkpoint_bake until 600s {checkpoint 10 %} [] of 0\n")
        != std::string::npos);
  d.advance(10min - 1s);
  CHECK(d.batches() == "[0]");
  d.advance(1s);
  CHECK(d.batches() == "[0][1 2 3]");
  d.succeed({1, 2, 3});
  CHECK(d.batches() == "[0][1 2 3][4]"); // 5 of 10
  d.succeed({4});
  CHECK(d.last<told::checkpoint_reached>()->percent == 50);
  d.advance(5min);
  while (d.succeed_all() > 0)
    ;
  CHECK(d.outcome() == "Completed 10/0/0/0/0");
}

TEST_CASE("the last checkpoint comes before the end") {
  driven_rollout d(with({{100, 10min}}), of(3));
  d.start();
  while (d.succeed_all() > 0)
    ;
  CHECK(d.machine().running());
  d.advance(10min);
  CHECK(d.outcome() == "Completed 3/0/0/0/0");
}

TEST_CASE("whoever is skipped does not keep the last checkpoint from being reached") {
  driven_rollout d(with({{100, 10min}}), of(10));
  metrics_map skips;
  for (instance_index i = 5; i < 10; ++i)
    skips[i] = {custom_metrics::no_phase, true};
  d.start({}, skips);
  while (d.succeed_all() > 0)
    ;
  CHECK(waits_for(d) == wait_reason::checkpoint_bake);
  d.advance(10min);
  CHECK(d.outcome() == "Completed 5/0/0/0/5");
}

TEST_CASE("checkpoints that lie behind the start are none of this upgrade") {
  auto shape = of(10);
  shape.up_to_date = {0, 1, 2, 3};
  driven_rollout d(with({{10, 10min}, {40, 10min}, {50, 10min}}), shape);
  d.start();
  CHECK(d.batches() == "[4]");
  d.succeed({4});
  CHECK(d.count<told::checkpoint_reached>() == 1);
  CHECK(d.last<told::checkpoint_reached>()->percent == 50);
}

TEST_CASE("one batch may reach several, and each holds in turn") {
  driven_rollout d(with({{5, 1min}, {25, 2min}}), of(3));
  d.start();
  d.succeed({0});
  CHECK(d.last<told::checkpoint_reached>()->percent == 5);
  d.advance(1min);
  CHECK(d.last<told::checkpoint_reached>()->percent == 25);
  CHECK(d.batches() == "[0]");
  d.advance(2min);
  CHECK(d.batches() == "[0][1]");
}

TEST_CASE("while it bakes both checks are made") {
  auto options = with({{30, 1h}});
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 50;
  driven_rollout upgraded(options, of(10));
  upgraded.start();
  upgraded.succeed_all();
  upgraded.health(0, ill);
  CHECK(upgraded.machine().running());
  upgraded.health(1, ill);
  CHECK(upgraded.outcome()
        == "Faulted 3/0/0/7/0 "
           "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade");

  driven_rollout others(options, of(10));
  others.start();
  others.succeed_all();
  for (instance_index i = 6; i < 10; ++i)
    others.health(i, ill);
  CHECK(others.outcome()
        == "Faulted 3/0/0/7/0 MaxUnhealthyInstancePercentExceededInRollingUpgrade");
}

TEST_CASE("a manual approval is waited for, for as long as it takes") {
  driven_rollout d(with({{30, 0s, approval::manual}}), of(10));
  d.start();
  d.succeed_all();
  CHECK(waits_for(d) == wait_reason::checkpoint_approval);
  CHECK(d.last<told::waiting>()->question == 1);
  CHECK_FALSE(d.last<told::waiting>()->until);
  d.advance(100h);                             // no progress_deadline
  d.feed(input::approval{"ops", true, {}, 7}); // another question's
  CHECK(d.batches() == "[0 1 2]");
  d.feed(input::approval{"ops", true, "fine", 1});
  CHECK(d.batches() == "[0 1 2][3 4 5]");
  CHECK(d.last<told::checkpoint_left>()->by == "ops");
  CHECK(d.last<told::checkpoint_left>()->passed);
}

TEST_CASE("an approval during the bake does not shorten it, a rejection does") {
  driven_rollout early(with({{30, 10min, approval::manual}}), of(10));
  early.start();
  early.succeed_all();
  early.feed(input::approval{"ops", true, {}, 0});
  CHECK(early.batches() == "[0 1 2]");
  early.advance(10min);
  CHECK(early.batches() == "[0 1 2][3 4 5]");

  driven_rollout no(with({{30, 10min, approval::manual}}), of(10));
  no.start();
  no.succeed_all();
  no.feed(input::approval{"ops", false, "too slow", 0});
  CHECK(no.outcome() == "Cancelled 3/0/0/7/0 RollingUpgradeCanceled");
  CHECK(no.machine().report().error.message.find("rejected by ops: too slow")
        != std::string::npos);
}

TEST_CASE("without an approval to give nobody's word matters") {
  driven_rollout d(with({{30, 10min}}), of(10));
  d.start();
  d.succeed_all();
  d.feed(input::approval{"ops", false, {}, 0});
  CHECK(d.machine().running());
  CHECK(d.last<told::waiting>()->question == 0);
}

TEST_CASE("a rejection may roll all of it back") {
  auto options = with({{30, 0s, approval::manual}});
  options.policy.rolling.on_rejection = rejection::roll_back;
  driven_rollout d(options, of(10));
  d.start();
  d.succeed_all();
  d.feed(input::approval{"ops", false, {}, 1});
  CHECK(d.batches() == "[0 1 2]undo[0 1 2]");
  for (instance_index i = 0; i < 3; ++i)
    d.feed(input::member_settled{i, failure_reason::none, false, true, {}});
  CHECK(d.outcome() == "Faulted 0/0/0/10/0 CheckpointRejected");
}

TEST_CASE("a command is asked once, and again by whoever resumes") {
  driven_rollout d(with({{30, 0s, approval::command}}), of(10));
  d.start();
  d.succeed_all();
  CHECK(d.said().find("do ask 30 as 1\n") != std::string::npos);
  d.sleep_through(1h);
  d.feed(input::resumed{});
  CHECK(d.said()
        == "resumed []\nwaiting checkpoint_approval {checkpoint 30 %} [] of 0\n"
           "do ask 30 as 1\n");
}

TEST_CASE("an approval that does not come in time is a rejection") {
  auto options = with({{30, 1min, approval::manual}});
  options.policy.rolling.approval_timeout = 1h;
  driven_rollout d(options, of(10));
  d.start();
  d.succeed_all();
  d.advance(1min);
  CHECK(d.last<told::waiting>()->until == instant{61min});
  d.advance(1h - 1s);
  CHECK(d.machine().running());
  d.advance(1s);
  CHECK(d.outcome() == "Cancelled 3/0/0/7/0 RollingUpgradeCanceled");
}

TEST_CASE("a bake goes on after a resume, and does not count as standing still") {
  driven_rollout d(with({{30, 1h}}), of(10));
  d.start();
  d.succeed_all();
  d.sleep_through(20min);
  std::vector<rollout_input> again{input::resumed{}};
  for (instance_index i = 0; i < 10; ++i)
    again.emplace_back(input::health_changed{i, health_state::healthy, {}});
  d.feed(again);
  d.advance(40min - 1s);
  CHECK(d.batches() == "[0 1 2]");
  d.advance(1s);
  CHECK(d.batches() == "[0 1 2][3 4 5]");
}

TEST_CASE("a cancel at a checkpoint ends the upgrade there") {
  driven_rollout d(with({{30, 1h}}), of(10));
  d.start();
  d.succeed_all();
  d.cancel();
  CHECK(d.outcome() == "Cancelled 3/0/0/7/0 RollingUpgradeCanceled");
}

TEST_CASE("sliding batches stop at checkpoints as well") {
  auto options = with({{50, 1min}});
  options.policy.rolling.batching = batching_mode::sliding;
  driven_rollout d(options, of(10));
  d.start();
  d.succeed({0});
  d.succeed({1});
  CHECK(d.batches() == "[0 1 2][3][4]");
  d.succeed({2});
  d.succeed({3});
  CHECK(d.batches() == "[0 1 2][3][4]");
  d.succeed({4});
  CHECK(waits_for(d) == wait_reason::checkpoint_bake);
}

TEST_CASE("whoever fell ill during the batch is judged when the bake begins") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.checkpoints = {{20, 1h}};
  driven_rollout d(options, of(10));
  d.start();
  for (instance_index i = 7; i < 10; ++i)
    d.health(i, ill);
  d.succeed_all();
  CHECK(d.outcome()
        == "Faulted 2/0/0/8/0 MaxUnhealthyInstancePercentExceededInRollingUpgrade");
}

TEST_CASE("a checkpoint that a shrinking set leaves behind holds nobody up") {
  auto options = with({{45, 10min}});
  options.guards = {{"errors"}};
  auto shape = of(10);
  shape.up_to_date = {0, 1, 2, 3};
  driven_rollout d(options, shape);
  d.start();
  d.erase(8);
  d.erase(9); // 4 of 8 are more than 45 %
  d.feed(input::guard_reported{0, guard_state::holds, {}});
  CHECK(d.batches() == "[4 5]");
}
