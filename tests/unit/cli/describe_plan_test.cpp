// SPDX-License-Identifier: Apache-2.0
#include "fleets.hpp"

#include <doctest/doctest.h>

using namespace drydock::cli;
using namespace drydock::engine;

namespace {

upgrade_plan plan_of(upgrade_mode mode = upgrade_mode::rolling,
                     apply_class action = apply_class::reimage) {
  upgrade_plan plan;
  plan.mode = mode;
  plan.action = action;
  return plan;
}

batch_place in_zone(std::uint16_t zone) {
  return {custom_metrics::no_phase, zone, fleet::no_update_domain};
}

constexpr const char* limits_of_30 =
  "limits for 30 instances: at most 6 in a batch (20 %), at most 6 unavailable (20 %), "
  "at most 20 % of the upgraded ones failing\n";

} // namespace

TEST_CASE("a rolling plan lists its batches and why they are no larger") {
  auto plan = plan_of();
  plan.batches = {
    make_batch(1, {0, 3, 6, 9, 12, 15}, in_zone(0)),
    make_batch(2, {18, 21}, in_zone(0), batch_bound::group),
    make_batch(3, {1}, in_zone(1), batch_bound::unavailable_instances),
  };
  plan.batches[2].unavailable = 5;
  plan.skipped = {{4, skip_reason::is_protected}, {9, skip_reason::skip_upgrade}};
  plan.up_to_date = {7, 8, 10};
  CHECK(
    describe(plan, {upgrade_mode::rolling, {}, 0}, context_of(30, {"1", "2", "3"}))
    == std::string("plan for web: rolling, reimage\n") + limits_of_30
         + "batch 1  zone 1  6 instances: web-0, web-3, web-6, web-9, web-12, web-15 "
           "(full batch)\n"
           "batch 2  zone 1  2 instances: web-18, web-21 (all that are left of this "
           "zone)\n"
           "batch 3  zone 2  1 instance:  web-1 (as many as may be unavailable, "
           "beside the 5 that are already)\n"
           "skipped: web-4 (protected), web-9 (skip_upgrade)\n"
           "already on the latest model: 3 instances: web-7, web-8, web-10\n");
}

TEST_CASE("what all batches have in common is not a column") {
  auto plan = plan_of();
  plan.batches = {make_batch(1, first_instances(10)),
                  make_batch(2, {10}, nowhere, batch_bound::group)};
  CHECK(
    describe(plan, {upgrade_mode::rolling, {}, 0}, context_of(30))
    == std::string("plan for web: rolling, reimage\n") + limits_of_30
         + "batch 1  10 instances: web-0, web-1, web-2, web-3, web-4, web-5, web-6, "
           "web-7 and 2 more (full batch)\n"
           "batch 2   1 instance:  web-10 (all that are left)\n");
}

TEST_CASE("places of different width are aligned") {
  auto plan = plan_of();
  plan.batches = {
    make_batch(1, {0}, {1, 0, fleet::no_update_domain}, batch_bound::group),
    make_batch(2, {1}, in_zone(1), batch_bound::group),
    make_batch(3, {2}, {1, fleet::no_zone, fleet::no_update_domain},
               batch_bound::group),
    make_batch(4, {3}, {1, fleet::no_zone, 2}, batch_bound::group)};
  upgrade_policy policy{upgrade_mode::rolling, {}, 0};
  policy.rolling.prioritize_unhealthy_instances = true;
  CHECK(
    describe(plan, policy, context_of(30, {"1", "2", "3"}))
    == std::string("plan for web: rolling, reimage\n") + limits_of_30
         + "batch 1  phase 1, zone 1           1 instance:  web-0 (all that are left "
           "of this zone in the same health)\n"
           "batch 2  zone 2                    1 instance:  web-1 (all that are left "
           "of this zone in the same health)\n"
           "batch 3  phase 1                   1 instance:  web-2 (all that are left "
           "of this phase in the same health)\n"
           "batch 4  phase 1, update domain 2  1 instance:  web-3 (all that are left "
           "of this update domain in the same health)\n");
}

TEST_CASE("limits name the ceiling that lowers them") {
  upgrade_policy policy{upgrade_mode::rolling, {}, 0};
  const auto second_lines = [&] {
    const auto text = describe(plan_of(), policy, context_of(30));
    return text.substr(text.find('\n') + 1, text.find("nothing") - text.find('\n') - 1);
  };
  CHECK(second_lines() == limits_of_30);
  policy.rolling.max_batch_instances = 4;
  policy.rolling.max_unhealthy_instances = 6; // no lower than the 20 %
  policy.rolling.pause_time_between_batches = 30s;
  CHECK(
    second_lines()
    == "limits for 30 instances: at most 4 in a batch (max_batch_instances = 4), at "
       "most 6 unavailable (20 %), at most 20 % of the upgraded ones failing, a pause "
       "of 30.0s between batches\n");
  policy.rolling = {};
  policy.rolling.max_batch_instance_percent = 40;
  CHECK(
    second_lines()
    == "limits for 30 instances: at most 12 in a batch (40 %), at most 6 unavailable "
       "(20 %), at most 20 % of the upgraded ones failing\n"
       "max_batch_instance_percent = 40 is above max_unhealthy_instance_percent = 20: "
       "no batch has more than 6 healthy instances\n");
}

TEST_CASE("limits are those of the capacity that comes first") {
  upgrade_policy policy{upgrade_mode::rolling, {}, 0};
  policy.rolling.max_batch_instance_percent = 60;
  const auto limits = [&](std::uint32_t capacity) {
    auto plan = plan_of();
    plan.scaling = told::scaling_started{10, capacity, {}, {}};
    const auto text = describe(plan, policy, context_of(10));
    const auto begin = text.find("limits for");
    return text.substr(begin, text.find("nothing to do") - begin);
  };
  CHECK(limits(5)
        == "limits for 5 instances: at most 3 in a batch (60 %), at most 1 unavailable "
           "(20 %), at most 20 % of the upgraded ones failing\n"
           "max_batch_instance_percent = 60 is above max_unhealthy_instance_percent = "
           "20: no batch has more than 1 healthy instances\n");
  CHECK(limits(20)
        == "limits for 20 instances: at most 12 in a batch (60 %), at most 4 "
           "unavailable (20 %), at most 20 % of the upgraded ones failing\n"
           "max_batch_instance_percent = 60 is above max_unhealthy_instance_percent = "
           "20: no batch has more than 4 healthy instances\n");
}

TEST_CASE("a batch of replacements is bound by its own limit alone") {
  auto plan = plan_of();
  plan.batches = {make_batch(1, {0, 1, 2})};
  plan.batches[0].surge = true;
  plan.scaling = told::scaling_started{10, 5, {}, {}};
  upgrade_policy policy{upgrade_mode::rolling, {}, 0};
  policy.rolling.max_surge = true;
  policy.rolling.max_batch_instance_percent = 60;
  const auto text = describe(plan, policy, context_of(10));
  CHECK(text.substr(text.find("limits for"))
        == "limits for 5 instances: at most 3 in a batch (60 %), at most 1 unavailable "
           "(20 %), at most 20 % of the upgraded ones failing\n"
           "batch 1  3 instances: web-0, web-1, web-2 (full batch, each replaced by a "
           "new one)\n");
}

TEST_CASE("a plan without batches says why") {
  const upgrade_policy policy{upgrade_mode::rolling, {}, 0};
  CHECK(describe(plan_of(), policy, context_of(30))
        == std::string("plan for web: rolling, reimage\n") + limits_of_30
             + "nothing to do: no instance lags behind the latest model\n");
  CHECK(
    describe(plan_of(upgrade_mode::rolling, apply_class::none), policy, context_of(30))
    == "plan for web: rolling, none\n"
       "the change touches no instance: all 30 count as up to date\n");
}

TEST_CASE("a blocked plan tells the code and who is in the way") {
  const upgrade_policy policy{upgrade_mode::rolling, {}, 0};
  auto plan = plan_of();
  plan.left_pending = 24;
  plan.blocked = {"SomeCode", "2 of 30 are unhealthy", {1, 2}};
  CHECK(
    describe(plan, policy, context_of(30))
    == std::string("plan for web: rolling, reimage\n") + limits_of_30
         + "left as they are: 24 instances\n"
           "blocked: before the first batch the upgrade would end with SomeCode: 2 of "
           "30 are unhealthy (web-1, web-2)\n");
  plan.batches = {make_batch(1, {0}), make_batch(2, {3})};
  const auto text = describe(plan, policy, context_of(30));
  CHECK(text.substr(text.find("blocked"))
        == "blocked: after batch 2 the upgrade would end with SomeCode: 2 of 30 are "
           "unhealthy (web-1, web-2)\n");
}

TEST_CASE("an automatic plan says how many go at once") {
  auto plan = plan_of(upgrade_mode::automatic);
  plan.batches = {make_batch(1, {0, 1, 2}, nowhere, batch_bound::group)};
  plan.batches[0].limits = {0, 0};
  CHECK(describe(plan, {upgrade_mode::automatic, {}, 0}, context_of(3))
        == "plan for web: automatic, reimage\n"
           "all at once; failures do not stop an automatic upgrade\n"
           "batch 1  3 instances: web-0, web-1, web-2 (all at once)\n");
  plan.batches[0].bound = batch_bound::batch_instances;
  CHECK(describe(plan, {upgrade_mode::automatic, {}, 2}, context_of(3))
        == "plan for web: automatic, reimage\n"
           "at most 2 at a time; failures do not stop an automatic upgrade\n"
           "batch 1  3 instances: web-0, web-1, web-2 (2 at a time)\n");
}

TEST_CASE("a manual plan tells whom nobody named") {
  auto plan = plan_of(upgrade_mode::manual);
  plan.left_pending = 3;
  CHECK(
    describe(plan, {}, context_of(3))
    == "plan for web: manual, reimage\n"
       "all that are named at once; failures do not stop a manual upgrade\n"
       "nobody is named: 3 instances stay as before; name some with --instances, or "
       "all with --instances '*'\n");
  plan.left_pending = 1;
  plan.batches = {make_batch(1, {0, 2}, nowhere, batch_bound::group)};
  plan.batches[0].limits = {0, 0};
  CHECK(describe(plan, {}, context_of(3))
        == "plan for web: manual, reimage\n"
           "all that are named at once; failures do not stop a manual upgrade\n"
           "batch 1  2 instances: web-0, web-2 (all at once)\n"
           "not named: 1 instance stays as before\n");
}

TEST_CASE("a plan shows the checkpoints where they are reached") {
  auto plan = plan_of();
  plan.batches = {make_batch(1, {0}, nowhere, batch_bound::checkpoint),
                  make_batch(2, first_instances(6)),
                  make_batch(3, {7}, nowhere, batch_bound::group)};
  plan.checkpoints = {{{5, std::chrono::minutes(1), checkpoint_approval::manual}, 1},
                      {{25, std::chrono::seconds(0), checkpoint_approval::command}, 2},
                      {{100, std::chrono::seconds(30), checkpoint_approval::none}, 3}};
  const auto text = describe(plan, {upgrade_mode::rolling, {}, 0}, context_of(30));
  CHECK(text.find("(up to the next checkpoint)\n"
                  "checkpoint 5 %, which bakes 60.0s, then waits for drydock approve\n"
                  "batch 2")
        != std::string::npos);
  CHECK(text.find("checkpoint 25 %, then waits for the approve command\nbatch 3")
        != std::string::npos);
  CHECK(text.ends_with("checkpoint 100 %, which bakes 30.0s\n"));
}

TEST_CASE("a plan says that batches slide") {
  auto plan = plan_of();
  plan.batches = {make_batch(1, first_instances(10))};
  rolling_policy sliding;
  sliding.batching = batching_mode::sliding;
  CHECK(describe(plan, {upgrade_mode::rolling, sliding, 0}, context_of(30))
          .find("failing; whoever settles makes room for the next\n")
        != std::string::npos);
}

TEST_CASE("a plan says who comes and who goes, and why them") {
  auto instances = make_fleet(4, {"1", "2"});
  instances.add_arrival({.id = "web-4", .zone = "1"});
  auto plan = plan_of();
  plan.action = apply_class::none;
  plan.scaling = told::scaling_started{4, 3, {3, 2}, {4}};
  plan.terminate_delay = 5min;
  CHECK(describe(plan, {upgrade_mode::rolling, {}, 0}, context_of(std::move(instances)),
                 scale_in_rule::oldest_vm)
        == "plan for web: rolling, none\n"
           "capacity goes from 4 to 3, before anything else\n"
           "  deleted: web-3 in zone 2, web-2 in zone 1 (each time the oldest of the "
           "fullest zone)\n"
           "  created: web-4 in zone 1 (each time in the emptiest zone)\n"
           "who is deleted is told so 300.0s before, and may agree at once\n");
}
