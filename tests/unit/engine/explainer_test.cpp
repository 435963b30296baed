// SPDX-License-Identifier: Apache-2.0
// Every way in which an upgrade can stand still, made by the real machine.
#include "explained_rollout.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr auto well = health_state::healthy;
constexpr auto unsettled = health_state::initializing;
constexpr custom_metrics skip{custom_metrics::no_phase, true};

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

rollout_options with_checkpoint(duration bake, checkpoint_approval approval) {
  auto options = rolling_options(20, 20);
  options.policy.rolling.checkpoints = {{20, bake, approval}};
  return options;
}

rollout_options with_hooks(upgrade_hooks hooks) {
  auto options = rolling_options(20, 20);
  options.hooks = hooks;
  options.hook_retry.max_attempts = 2;
  options.hook_retry.backoff_initial = 10s;
  options.hook_retry.backoff_max = 10s;
  options.hook_retry.timeout = 0s;
  return options;
}

input::hook_finished hook_ends(std::uint32_t request, step_outcome outcome,
                               std::string error = {}) {
  return {request, outcome, std::move(error)};
}

/// What the reader of an events file is told first.
obstacle_kind by_events(const explained_rollout& d) {
  const auto x = d.why_by_events();
  REQUIRE_FALSE(x.obstacles.empty());
  return x.obstacles.front().kind;
}

std::vector<remedy> remedies_of(const explained_rollout& d) {
  return d.why().obstacles.front().remedies;
}

} // namespace

TEST_CASE("before anything is told, health is being settled") {
  explained_rollout d(rolling_options(), of(3));
  d.begin();
  d.health(1, well);
  CHECK(d.obstacles() == "waiting settling_health [0 2] since 0s until 1800s");
  CHECK(remedies_of(d) == std::vector{remedy::wait, remedy::mend_instances});
}

TEST_CASE("settling health: those that are not settled, as they are now") {
  explained_rollout d(rolling_options(), of(4));
  d.begin();
  d.health(1, well);
  d.advance(10s);
  CHECK(d.obstacles() == "waiting settling_health [0 2 3] since 1s until 1800s");
  CHECK(by_events(d) == obstacle_kind::settling_health);
  d.health(2, ill);
  CHECK(d.obstacles() == "waiting settling_health [0 3] since 1s until 1800s");
  CHECK(d.why_by_events().obstacles.front().holder_count == 2);
}

TEST_CASE("the budget: which limit, and who uses it up now") {
  explained_rollout d(rolling_options(), of(10));
  d.start({{8, ill}, {9, ill}}, {{7, skip}, {8, skip}, {9, skip}});
  CHECK(d.obstacles() == "waiting unavailable_instances [8 9] since 0s until 1800s");
  const auto first = d.why().obstacles.front();
  REQUIRE(first.limit);
  CHECK(first.limit->name == "max_unhealthy_instance_percent");
  CHECK(first.limit->value == 20);
  CHECK(first.limit->allowed == 2);
  CHECK(first.limit->of == 10);
  CHECK(first.holders.front().health == ill);
  CHECK(remedies_of(d) == std::vector{remedy::mend_instances, remedy::raise_limit});
  CHECK(by_events(d) == obstacle_kind::unavailable_instances);
  // The machine says it once; who holds it changes.
  d.feed({input::health_changed{8, well, {}}, input::health_changed{7, ill, {}}});
  CHECK(d.count<told::waiting>() == 1);
  CHECK(d.obstacles() == "waiting unavailable_instances [7 9] since 0s until 1800s");
}

TEST_CASE("an absolute ceiling is named where that is the limit") {
  auto options = rolling_options(20, 50);
  options.policy.rolling.max_unhealthy_instances = 2;
  explained_rollout d(options, of(10));
  d.start({{8, ill}, {9, ill}}, {{8, skip}, {9, skip}});
  CHECK(d.why().obstacles.front().limit->name == "max_unhealthy_instances");
  CHECK(d.why().obstacles.front().limit->value == 2);
}

TEST_CASE("limits are read as the machine writes them, and nothing else is") {
  const auto x = read_limit("max_unhealthy_instances = 3: 2 of 10");
  REQUIRE(x);
  CHECK(x->name == "max_unhealthy_instances");
  CHECK(x->value == 3);
  CHECK(x->allowed == 2);
  CHECK(x->of == 10);
  for (const auto* text : {"", "a", "a = ", "a = b: 2 of 10", "a = 3", "a = 3: of 10",
                           "a = 3: 2 of ", "initializing health"})
    CHECK_FALSE(read_limit(text));
}

TEST_CASE("initializing candidates") {
  explained_rollout d(rolling_options(20, 100), of(3));
  d.start();
  d.feed(
    {input::health_changed{1, unsettled, {}}, input::health_changed{2, unsettled, {}}});
  d.succeed({0});
  CHECK(d.obstacles() == "waiting initializing_candidates [1 2] since 0s until 1800s");
  CHECK(by_events(d) == obstacle_kind::initializing_candidates);
  CHECK(d.instance(1) == "pending initializing");
}

TEST_CASE("a pause between batches") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.pause_time_between_batches = 1min;
  explained_rollout d(options, of(10));
  d.start();
  d.advance(5s);
  d.succeed({0, 1});
  CHECK(d.obstacles() == "waiting pause since 5s until 65s");
  CHECK(by_events(d) == obstacle_kind::pause);
  CHECK(remedies_of(d) == std::vector{remedy::wait});
  // Another process goes on with it: the pause is the same.
  d.sleep_through(10s);
  d.feed(input::resumed{});
  CHECK(d.obstacles() == "waiting pause since 5s until 65s");
}

TEST_CASE("a checkpoint bakes, and is to be approved") {
  explained_rollout d(with_checkpoint(1min, checkpoint_approval::manual), of(10));
  d.start();
  d.succeed({0, 1});
  CHECK(d.obstacles() == "waiting checkpoint_bake since 0s until 60s");
  CHECK(by_events(d) == obstacle_kind::checkpoint_bake);
  CHECK(d.why().obstacles.front().subject == "checkpoint 20 %");
  CHECK(d.instance(2) == "pending held");
  d.advance(1min);
  CHECK(d.obstacles() == "waiting checkpoint_approval since 60s");
  CHECK(remedies_of(d) == std::vector{remedy::approve});
  CHECK(by_events(d) == obstacle_kind::checkpoint_approval);
  d.feed(input::approval{"alice", true, {}, 0});
  CHECK(d.why().state == course::moving);
}

TEST_CASE("no maintenance window is open") {
  auto options = rolling_options(20, 20);
  maintenance_window night;
  night.start = 2h;
  night.length = 1h;
  options.windows = {night};
  explained_rollout d(options, of(10));
  d.start();
  CHECK(d.obstacles() == "waiting maintenance_window since 0s until 7200s");
  CHECK(by_events(d) == obstacle_kind::maintenance_window);
  CHECK(d.why().obstacles.front().limit->name == "maintenance_window");
}

TEST_CASE("a guard that nobody looked at, or that does not hold") {
  auto options = rolling_options(20, 20);
  options.guards = {{"errors", guard_consequence::wait}};
  explained_rollout d(options, of(10));
  d.start();
  CHECK(d.obstacles() == "waiting guard since 0s until 1800s");
  CHECK(d.why().obstacles.front().subject == "guard errors: nobody has looked yet");
  d.advance(5s);
  d.feed(input::guard_reported{0, guard_state::fails, "7 % of requests failed"});
  CHECK(d.obstacles() == "waiting guard since 0s until 1800s");
  CHECK(d.why().obstacles.front().subject == "guard errors: 7 % of requests failed");
  CHECK(remedies_of(d) == std::vector{remedy::mend_guard});
  CHECK(by_events(d) == obstacle_kind::guard);
  d.feed(input::guard_reported{0, guard_state::holds, {}});
  CHECK(d.why().state == course::moving);
}

TEST_CASE("other scale sets hold the shared budget") {
  auto options = rolling_options(20, 20);
  options.shared_budget = 3;
  explained_rollout d(options, of(10));
  d.start(); // it asks once
  d.feed(input::budget_given{1, 0, 3, {{"database", 3}}});
  CHECK(d.obstacles() == "waiting shared_budget since 0s until 1800s");
  const auto why = d.why_by_events();
  REQUIRE(why.obstacles.size() == 1);
  const auto& o = why.obstacles.front();
  CHECK(o.kind == obstacle_kind::shared_budget);
  CHECK(o.subject == "shared budget of 3: database holds 3");
  CHECK(o.limit->name == "max_unavailable_instances");
  CHECK(o.until == instant{30min});
  CHECK(o.remedies
        == std::vector{remedy::wait, remedy::mend_other_sets, remedy::raise_limit});
  d.feed(input::budget_given{1, 1, 3, {{"database", 2}, {"web", 1}}});
  CHECK(d.batches() == "[0]");
  CHECK(d.why_by_events().state == course::moving);
}

TEST_CASE("a hook runs, is to be tried again, and has failed") {
  explained_rollout d(with_hooks({false, true, false, false}), of(10));
  d.start();
  d.advance(5s);
  CHECK(d.obstacles() == "waiting hook since 0s");
  CHECK(by_events(d) == obstacle_kind::hook);
  CHECK(d.why().obstacles.front().subject == "the before_batch hook of batch 1");
  CHECK(d.why().obstacles.front().batch == 1);
  d.feed(hook_ends(1, step_outcome::transient, "the balancer is busy"));
  CHECK(d.obstacles() == "waiting hook since 5s until 15s");
  CHECK(d.why().obstacles.front().subject
        == "the before_batch hook of batch 1: the balancer is busy");
  d.advance(10s);
  CHECK(d.why().obstacles.front().subject
        == "the before_batch hook of batch 1, attempt 2");
  d.feed(hook_ends(2, step_outcome::failed, "no route"));
  CHECK(d.obstacles() == "waiting hook_failed since 15s until 1815s");
  CHECK(remedies_of(d) == std::vector{remedy::mend_hook, remedy::approve});
  CHECK(by_events(d) == obstacle_kind::hook_failed);
  // Another process goes on with it, and its deadline begins anew.
  d.sleep_through(100s);
  d.feed(input::resumed{});
  CHECK(d.obstacles() == "waiting hook_failed since 15s until 1915s");
  CHECK(by_events(d) == obstacle_kind::hook_failed);
  d.feed(input::approval{"alice", true, {}, 0});
  CHECK(d.obstacles() == "waiting hook since 115s");
}

TEST_CASE("a batch in hand: who is at what, the slowest first") {
  explained_rollout d(rolling_options(20, 20), of(10));
  d.start();
  d.feed(input::step_started{{0, step_kind::action, apply_class::reimage, 1}});
  d.advance(10s);
  d.feed(input::step_started{{1, step_kind::action, apply_class::reimage, 1}});
  CHECK(d.obstacles() == "moving in_hand [0 1] since 0s");
  CHECK(d.instance(0) == "in_hand in_order batch 1 bound batch_instances step action");
  d.feed(input::step_finished{
    {0, step_kind::action, apply_class::reimage, 1, step_outcome::succeeded, {}}});
  d.health(0, ill);
  // Now it waits for the health of 0, but 1 is at its step for longer.
  d.advance(20s);
  CHECK(d.obstacles() == "moving in_hand [0 1] since 0s until 310s");
  CHECK(d.instance(0) == "in_hand in_order batch 1 bound batch_instances step health");
  CHECK(d.why().obstacles.front().limit->name == "health_timeout");
  CHECK(remedies_of(d)
        == std::vector{remedy::wait, remedy::mend_instances, remedy::cancel_now});
  d.health(0, well);
  CHECK(d.instance(0)
        == "in_hand in_order batch 1 bound batch_instances step min_ready");
  CHECK(d.obstacles() == "moving in_hand [1 0] since 0s");
  CHECK(by_events(d) == obstacle_kind::in_hand);
}

TEST_CASE("an attempt that failed for now") {
  explained_rollout d(rolling_options(20, 20), of(5));
  d.start();
  CHECK(d.instance(0) == "in_hand in_order batch 1 bound batch_instances step asked");
  d.feed(input::step_started{{0, step_kind::before_instance, apply_class::reimage, 1}});
  CHECK(d.why().obstacles.front().holders.front().step == member_step::before_instance);
  d.feed(input::step_finished{{0, step_kind::before_instance, apply_class::reimage, 1,
                               step_outcome::transient, "busy"}});
  CHECK(d.why().obstacles.front().holders.front().step == member_step::retry);
}

TEST_CASE("near the deadline that is told beside what is in the way") {
  explained_rollout d(rolling_options(), of(10));
  d.start({{8, ill}, {9, ill}}, {{8, skip}, {9, skip}});
  d.advance(24min);
  CHECK(d.why().obstacles.size() == 1);
  d.advance(1s);
  CHECK(d.obstacles()
        == "waiting unavailable_instances [8 9] since 0s until 1800s; "
           "deadline_near since 1440s until 1800s");
  CHECK(d.why_by_events().obstacles.size() == 2);
  CHECK(d.why().obstacles.back().limit->name == "progress_deadline");
}

TEST_CASE("a rollback in which nobody may go") {
  auto options = rolling_options(40, 40);
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
  options.policy.rolling.rollback = rollback_scope::all;
  explained_rollout d(options, of(5));
  d.start();
  d.feed({input::health_changed{3, ill, {}}, input::health_changed{4, ill, {}}});
  d.succeed({0});
  d.fail(1);
  CHECK(d.why().state == course::moving);
  CHECK(d.why().rolling_back);
  CHECK(d.obstacles() == "moving in_hand [1] since 0s");
  d.feed(input::member_settled{1, failure_reason::none, false, true, {}});
  CHECK(d.obstacles() == "waiting unavailable_instances [3 4] since 0s until 1800s");
  CHECK(d.why().obstacles.front().limit->name == "max_unhealthy_instance_percent");
  CHECK(d.why().obstacles.front().limit->allowed == 2);
  CHECK(by_events(d) == obstacle_kind::unavailable_instances);
  // Another process sees the health of everybody again before it goes on.
  d.sleep_through(10s);
  d.feed(input::resumed{});
  CHECK(d.obstacles() == "waiting settling_health [0 1 2 3 4] since 10s until 1810s");
}

TEST_CASE("a rollback that begins after a wait has the whole of the deadline") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.rollback = rollback_scope::all;
  options.policy.rolling.pause_time_between_batches = 2h;
  explained_rollout d(options, of(5));
  d.start();
  d.succeed({0});
  d.feed({input::health_changed{3, ill, {}}, input::health_changed{4, ill, {}}});
  CHECK(d.obstacles() == "waiting pause since 0s until 7200s");
  d.advance(2h);
  CHECK(d.obstacles() == "waiting unavailable_instances [3 4] since 7200s until 9000s");
}

TEST_CASE("an upgrade that nobody runs says that first") {
  explained_rollout d(rolling_options(20, 20), of(10));
  d.start();
  const auto x = d.full().explain(d.now() + 1h, false);
  CHECK(x.state == course::waiting);
  REQUIRE(x.obstacles.size() == 2);
  CHECK(x.obstacles.front().kind == obstacle_kind::no_controller);
  CHECK(x.obstacles.front().remedies == std::vector{remedy::resume});
  CHECK(x.obstacles.back().kind == obstacle_kind::in_hand);
}

TEST_CASE("health that is to be seen again after a resume") {
  explained_rollout d(rolling_options(), of(3));
  d.start();
  d.succeed({0});
  d.sleep_through(10s);
  d.feed(input::resumed{});
  d.succeed({1});
  CHECK(d.obstacles() == "waiting settling_health [0 2] since 10s until 1810s");
  d.health(2, well);
  CHECK(d.obstacles() == "waiting settling_health [0] since 10s until 1810s");
  CHECK(by_events(d) == obstacle_kind::settling_health);
}
