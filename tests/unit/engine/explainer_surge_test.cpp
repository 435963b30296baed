// SPDX-License-Identifier: Apache-2.0
// Replacements that come to nothing: who is named for what the batch waits for.
#include "explained_rollout.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

/// An upgrade of four of which events alone are known: who replaces whom is told once
/// somebody was made. 0 and 1 are to be replaced.
struct told_alone {
  explainer account;
  instant at{};

  told_alone() : account({everybody(), true, std::nullopt}) {
    tell(
      told::upgrade_started{upgrade_mode::rolling, 4, 4, 0, 0, apply_class::reimage});
    for (instance_index i = 0; i < 4; ++i)
      tell(told::health_changed{i, health_state::initializing, health_state::healthy});
    tell(told::batch_started{
      1,
      {custom_metrics::no_phase, fleet::no_zone, fleet::no_update_domain},
      {0, 1},
      {2, 1},
      0,
      batch_bound::batch_instances,
      true});
  }

  static std::shared_ptr<const fleet> everybody() {
    fleet_shape shape;
    shape.count = 8;
    return make_fleet(shape);
  }

  void tell(const upgrade_event& event) { account.take(event, at); }
  void begin(instance_index i, work_kind work) {
    tell(told::step_started{i, step_kind::action, apply_class::reimage, 1, work});
  }
  void end(instance_index i, work_kind work, step_outcome outcome) {
    tell(told::step_finished{
      i, step_kind::action, apply_class::reimage, 1, outcome, {}, work});
  }

  [[nodiscard]] obstacle first() const { return account.explain(at).obstacles.front(); }
  [[nodiscard]] std::string holders() const {
    std::string text;
    for (const auto& h : first().holders)
      text += std::to_string(h.instance) + ' ' + std::string(to_string(h.step)) + ' ';
    return text;
  }
};

} // namespace

TEST_CASE("by events one that failed and was deleted holds nothing any more") {
  told_alone u;
  u.begin(4, work_kind::create);
  u.at += 10s;
  u.end(4, work_kind::create, step_outcome::failed);
  u.begin(4, work_kind::remove); // events do not tell it from another deletion
  u.at += 1s;
  u.begin(5, work_kind::create);
  CHECK(u.holders() == "4 action 5 action 0 replacement 1 replacement ");
  u.at += 10s;
  u.end(4, work_kind::remove, step_outcome::succeeded);
  CHECK(u.holders() == "5 action 0 replacement 1 replacement ");
  CHECK_FALSE(u.account.knows(4));
}

TEST_CASE("by events members without quota are known once it cannot be others") {
  told_alone u;
  u.begin(4, work_kind::create);
  u.begin(5, work_kind::create);
  u.end(5, work_kind::create, step_outcome::quota_short);
  CHECK(u.holders() == "4 action 0 replacement 1 replacement 5 allowance ");
  u.tell(told::instance_created{4, 0});
  CHECK(u.holders() == "4 action 1 allowance ");
  CHECK_FALSE(u.account.knows(5));
  u.tell(told::surge_short{1, {1}});
  CHECK(u.holders() == "4 action 1 asked ");

  told_alone all;
  for (const instance_index i : {4U, 5U}) {
    all.begin(i, work_kind::create);
    all.end(i, work_kind::create, step_outcome::quota_short);
  }
  CHECK(all.holders() == "0 allowance 1 allowance ");
  CHECK(all.first().remedies == std::vector{remedy::wait, remedy::cancel_now});

  told_alone one; // that of the two it is, is never told
  one.begin(4, work_kind::create);
  one.begin(5, work_kind::create);
  one.end(5, work_kind::create, step_outcome::quota_short);
  one.tell(told::surge_short{1, {0}});
  CHECK(one.holders() == "4 action 0 asked 1 replacement ");
}

TEST_CASE("a member without quota waits for the allowance, and nothing is tried") {
  auto options = rolling_options(50, 25);
  options.policy.rolling.max_surge = true;
  fleet_shape shape;
  shape.count = 4;
  shape.up_to_date = {3};
  shape.replacements = true;
  explained_rollout d(options, shape);
  d.start({{3, health_state::unhealthy}}); // it uses up U = 1
  CHECK(d.batches() == "make[4 5]");
  d.feed(input::step_started{{4, step_kind::action, apply_class::reimage, 1}});
  d.feed(input::step_started{{5, step_kind::action, apply_class::reimage, 1}});
  d.advance(5s);
  d.feed(
    {input::step_finished{
       {4, step_kind::action, apply_class::reimage, 1, step_outcome::quota_short, {}}},
     input::member_settled{4, failure_reason::quota_short, true, true, "no quota"}});
  CHECK(d.obstacles()
        == "moving in_hand [5 0] since 0s; unavailable_instances [3] since 0s");
  CHECK(d.instance(0)
        == "in_hand in_order batch 1 bound batch_instances step allowance");
  CHECK_FALSE(d.full().knows(4));
  CHECK_FALSE(d.why().obstacles.front().holders.back().counterpart);
  CHECK(d.why_by_events().obstacles.size() == 2);
  d.health(3, health_state::healthy);
  CHECK(d.batches() == "make[4 5][0]");
  CHECK(d.obstacles() == "moving in_hand [5 0] since 0s");
  CHECK(d.instance(0)
        == "in_hand quota_short batch 1 bound batch_instances step asked");
}

TEST_CASE("what an earlier attempt may have made is deleted, whatever its quota") {
  auto options = rolling_options(50, 50);
  options.policy.rolling.max_surge = true;
  fleet_shape shape;
  shape.count = 4;
  shape.replacements = true;
  explained_rollout d(options, shape);
  d.start();
  const auto begun =
    input::step_started{{4, step_kind::action, apply_class::reimage, 2}};
  d.feed(begun);
  d.feed(
    {input::step_finished{
       {4, step_kind::action, apply_class::reimage, 2, step_outcome::quota_short, {}}},
     input::member_settled{4, failure_reason::action_failed, true, true, "no quota"}});
  d.feed(begun);
  CHECK(d.instance(4)
        == "discarding discarded batch 1 bound batch_instances step action");
  CHECK(d.instance(0)
        == "in_hand in_order batch 1 bound batch_instances step deletion");
}
