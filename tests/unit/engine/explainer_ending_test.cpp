// SPDX-License-Identifier: Apache-2.0
// Why an upgrade ended as it did.
#include "explained_rollout.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr custom_metrics skip{custom_metrics::no_phase, true};

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

ending end_of(const explained_rollout& d) {
  const auto x = d.why();
  CHECK(x.state == course::finished);
  CHECK(x.obstacles.empty());
  REQUIRE(x.end);
  REQUIRE(d.why_by_events().end);
  CHECK(d.why_by_events().end->cause == x.end->cause);
  CHECK(x.end->status == d.machine().report().status);
  CHECK(x.end->code == d.machine().report().error.code);
  return *x.end;
}

std::vector<instance_index> who(const ending& x) {
  std::vector<instance_index> list;
  for (const auto& h : x.instances)
    list.push_back(h.instance);
  return list;
}

} // namespace

TEST_CASE("completed, whoever failed within the limits") {
  explained_rollout d(rolling_options(100, 100), of(10));
  d.start();
  d.fail(0);
  d.succeed_all();
  const auto x = end_of(d);
  CHECK(x.cause == ending_cause::completed);
  CHECK(d.instance(1) == "succeeded in_order batch 1 bound batch_instances");
}

TEST_CASE("a breach before a batch: the numbers, the limit, and who") {
  explained_rollout d(rolling_options(20, 20), of(10));
  d.start({{1, ill}, {2, ill}, {3, ill}});
  const auto x = end_of(d);
  CHECK(x.cause == ending_cause::breach);
  REQUIRE(x.check);
  CHECK(x.check->unhealthy == 3);
  CHECK(x.check->total == 10);
  CHECK(x.limit == "max_unhealthy_instance_percent");
  CHECK(who(x) == std::vector<instance_index>{1, 2, 3});
  CHECK(d.instance(0) == "pending upgrade_ended");
}

TEST_CASE("a breach of an absolute ceiling") {
  auto options = rolling_options(20, 50);
  options.policy.rolling.max_unhealthy_instances = 2;
  explained_rollout d(options, of(10));
  d.start({{1, ill}, {2, ill}, {3, ill}});
  CHECK(end_of(d).limit == "max_unhealthy_instances");
}

TEST_CASE("a breach after a batch names those that failed") {
  auto options = rolling_options(20, 50);
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 20;
  explained_rollout d(options, of(10));
  d.start();
  d.fail(1);
  d.succeed({0});
  const auto x = end_of(d);
  CHECK(x.cause == ending_cause::breach);
  CHECK(x.limit == "max_unhealthy_upgraded_instance_percent");
  CHECK(who(x) == std::vector<instance_index>{1});
}

TEST_CASE("the deadline, and what it waited for") {
  explained_rollout d(rolling_options(), of(10));
  d.start({{8, ill}, {9, ill}}, {{8, skip}, {9, skip}});
  d.advance(31min);
  const auto x = end_of(d);
  CHECK(x.cause == ending_cause::deadline);
  CHECK(x.waited_for == obstacle_kind::unavailable_instances);
  CHECK(who(x) == std::vector<instance_index>{8, 9});
}

TEST_CASE("a cancel, by whom") {
  explained_rollout d(rolling_options(20, 20), of(10));
  d.start();
  d.feed(input::cancel_requested{"alice", false});
  d.succeed({0, 1});
  const auto x = end_of(d);
  CHECK(x.cause == ending_cause::cancelled);
  CHECK(x.by == "alice");
}

TEST_CASE("a checkpoint that was rejected") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.checkpoints = {{20, 0s, checkpoint_approval::manual}};
  for (const auto then : {rejection::cancel, rejection::roll_back}) {
    options.policy.rolling.on_rejection = then;
    explained_rollout d(options, of(10));
    d.start();
    d.succeed({0, 1});
    d.feed(input::approval{"bob", false, "it smells", 0});
    while (d.succeed_all() > 0) {
    }
    const auto x = end_of(d);
    CHECK(x.cause == ending_cause::checkpoint_rejected);
    CHECK(x.by == "bob");
    CHECK(x.subject == "checkpoint 20 %");
  }
}

TEST_CASE("a guard that faults") {
  auto options = rolling_options(20, 20);
  options.guards = {{"errors", guard_consequence::fault}};
  explained_rollout d(options, of(10));
  d.start();
  d.feed(input::guard_reported{0, guard_state::fails, "7 %"});
  const auto x = end_of(d);
  CHECK(x.cause == ending_cause::guard);
  CHECK(x.subject == "errors");
}

TEST_CASE("of two guards that fault the first one is named") {
  auto options = rolling_options(20, 20);
  options.guards = {{"errors", guard_consequence::fault},
                    {"latency", guard_consequence::fault}};
  explained_rollout d(options, of(10));
  d.start();
  for (const std::uint32_t g : {0U, 1U})
    d.feed(input::guard_reported{g, guard_state::holds, {}});
  d.feed(input::guard_reported{0, guard_state::fails, "7 %"});
  d.feed(input::guard_reported{1, guard_state::fails, "9 s"});
  while (d.succeed_all() > 0) {
  }
  CHECK(end_of(d).subject == "errors");
}

TEST_CASE("a hook that ends it, or is given up") {
  auto options = rolling_options(20, 20);
  options.hooks.before_upgrade = true;
  explained_rollout d(options, of(10));
  d.start();
  d.feed(input::hook_finished{1, step_outcome::failed, "no"});
  CHECK(end_of(d).cause == ending_cause::hook);
  CHECK(end_of(d).subject == "the before_upgrade hook");
  options.hooks = {false, true, false, false};
  explained_rollout other(options, of(10));
  other.start();
  other.feed(input::hook_finished{1, step_outcome::failed, "no"});
  other.feed(input::approval{"bob", false, {}, 0});
  CHECK(end_of(other).cause == ending_cause::hook);
  CHECK(end_of(other).subject == "the before_batch hook of batch 1");
}

TEST_CASE("a part that died, and an upgrade that was given up") {
  explained_rollout d(rolling_options(20, 20), of(10));
  d.start();
  d.feed(input::internal_error{"a part died"});
  CHECK(end_of(d).cause == ending_cause::internal_error);
  explained_rollout other(rolling_options(20, 20), of(10));
  other.start();
  auto account = other.full();
  account.abandon(other.now() + 1h);
  const auto x = account.explain(other.now() + 2h);
  CHECK(x.state == course::finished);
  REQUIRE(x.end);
  CHECK(x.end->cause == ending_cause::abandoned);
  CHECK(x.since == other.now() + 1h);
}
