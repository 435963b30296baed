// SPDX-License-Identifier: Apache-2.0
#include "fleets.hpp"

#include <doctest/doctest.h>

using namespace drydock::cli;
using namespace drydock::engine;

namespace {

std::string told_of(const upgrade_event& event, std::size_t fleet_size = 30) {
  return describe(event, context_of(fleet_size, {"1", "2", "3"}), 80s);
}

} // namespace

TEST_CASE("a start tells how many take part") {
  CHECK(told_of(told::upgrade_started{upgrade_mode::rolling, 30, 28, 1, 1,
                                      apply_class::reimage})
        == "upgrade of web started: 30 instances, 28 pending, 1 up to date, 1 skipped "
           "(reimage)");
  CHECK(told_of(told::upgrade_started{upgrade_mode::manual, 1, 1, 0, 0,
                                      apply_class::in_place})
        == "upgrade of web started: 1 instance, 1 pending (in_place)");
  CHECK(told_of(
          told::upgrade_started{upgrade_mode::rolling, 30, 0, 30, 0, apply_class::none})
        == "upgrade of web started: 30 instances, 0 pending, 30 up to date (the change "
           "touches no instance)");
}

TEST_CASE("a batch tells who goes, where, and why it is no larger") {
  auto batch = make_batch(1, {0, 3, 6, 9, 12, 15},
                          {custom_metrics::no_phase, 0, fleet::no_update_domain});
  CHECK(
    told_of(batch)
    == "batch 1 in zone 1: web-0, web-3, web-6, web-9, web-12, web-15 (6 instances, "
       "as many as a batch may have)");
  batch = make_batch(2, {1, 4}, {7, 1, 0}, batch_bound::group);
  CHECK(
    told_of(batch)
    == "batch 2 in phase 7, zone 2, update domain 0: web-1, web-4 (2 instances, all "
       "that are left of phase 7, zone 2, update domain 0)");
  batch = make_batch(3, {5}, nowhere, batch_bound::unavailable_instances);
  CHECK(told_of(batch) == "batch 3: web-5 (1 instance, as many as may be unavailable)");
  batch.unavailable = 5;
  CHECK(
    told_of(batch)
    == "batch 3: web-5 (1 instance, as many as may be unavailable beside the 5 that "
       "were already)");
}

TEST_CASE("a batch of an upgrade without limits says so") {
  auto batch = make_batch(1, first_instances(12), nowhere, batch_bound::group);
  batch.limits = {0, 0};
  CHECK(told_of(batch)
        == "batch 1: web-0, web-1, web-2, web-3, web-4, web-5, web-6, web-7 and 4 more "
           "(12 instances, all at once)");
  batch.bound = batch_bound::batch_instances;
  batch.instances = {0, 1};
  CHECK(told_of(batch)
        == "batch 1: web-0, web-1 (2 instances, as many as may go at once)");
  CHECK(told_of(told::batch_extended{1, {2, 3}})
        == "batch 1 goes on with web-2, web-3");
}

TEST_CASE("a check is worth a line when it fails, and names the limit that did it") {
  told::check_judged check{check_kind::before_batch, 2, 10, 20, {}};
  CHECK(told_of(check).empty());
  check = {check_kind::before_batch, 3, 10, 20, "X"};
  CHECK(told_of(check)
        == "check before the next batch failed: 3 of 10 instances are unhealthy, more "
           "than 20 %");
  check = {check_kind::before_batch, 2, 10, 20, "X"};
  CHECK(told_of(check)
        == "check before the next batch failed: 2 of 10 instances are unhealthy, more "
           "than max_unhealthy_instances");
  check = {check_kind::after_batch, 2, 6, 20, "X"};
  CHECK(
    told_of(check)
    == "check after the batch failed: 2 of 6 upgraded ones failed or are unhealthy, "
       "more than 20 %");
}

TEST_CASE("an instance that settles tells how") {
  told::instance_settled settled{3, failure_reason::none, false, {}};
  CHECK(told_of(settled) == "web-3 succeeded");
  settled = {3, failure_reason::health_timeout, false, "not healthy in time"};
  CHECK(told_of(settled) == "web-3 failed: HealthTimeout: not healthy in time");
  settled = {3, failure_reason::action_failed, true,
             "reimage: exit status 1: no disk\nsecond line\n"};
  CHECK(told_of(settled)
        == "web-3 failed: ActionFailed: reimage: exit status 1: no disk\n"
           "          second line");
}

TEST_CASE("waits tell the limit, who holds it and until when") {
  told::waiting wait;
  wait.reason = wait_reason::unavailable_instances;
  wait.remaining = 1800s;
  wait.limit = "max_unhealthy_instance_percent = 20: 2 of 10";
  wait.holders = {1, 2};
  wait.holder_count = 2;
  CHECK(told_of(wait)
        == "waiting: 2 of 10 may be unavailable (max_unhealthy_instance_percent = 20); "
           "held by web-1, web-2; until 1880.0s at most");
  CHECK(describe(upgrade_event{wait}, context_of(10))
        == "waiting: 2 of 10 may be unavailable (max_unhealthy_instance_percent = 20); "
           "held by web-1, web-2; for at most 1800.0s");
  wait.reason = wait_reason::settling_health;
  wait.limit = "initializing health";
  wait.holder_count = 12;
  wait.remaining.reset();
  CHECK(
    told_of(wait)
    == "waiting: the health of 12 instances is not settled yet: web-1, web-2 and 10 "
       "more");
  wait.reason = wait_reason::initializing_candidates;
  wait.holder_count = 2;
  CHECK(told_of(wait)
        == "waiting: no candidate has a settled health; initializing: web-1, web-2");
  wait = {};
  wait.reason = wait_reason::pause;
  wait.remaining = 30s;
  CHECK(told_of(wait) == "pause between batches until 110.0s");
}

TEST_CASE("the other events have their sentences") {
  struct row {
    upgrade_event event;
    const char* text;
  };
  const row rows[] = {
    {told::instance_skipped{4, skip_reason::is_protected},
     "web-4 is skipped: protected"},
    {told::step_started{3, step_kind::action, apply_class::reimage, 1}, ""},
    {told::step_finished{3, step_kind::action, apply_class::reimage, 1,
                         step_outcome::succeeded, ""},
     ""},
    {told::step_finished{3, step_kind::action, apply_class::reimage, 2,
                         step_outcome::transient, "exit status 75"},
     "web-3: attempt 2 failed for now: exit status 75"},
    {told::health_changed{7, health_state::healthy, health_state::unhealthy},
     "web-7 is unhealthy"},
    {told::health_changed{7, health_state::healthy, health_state::unknown},
     "the health of web-7 is unknown"},
    {told::health_changed{7, health_state::unhealthy, health_state::healthy},
     "web-7 is healthy"},
    {told::health_changed{7, health_state::healthy, health_state::initializing}, ""},
    {told::instance_released{5}, "web-5 was not begun and stays pending"},
    {told::batch_finished{1, 5, 1}, "batch 1 finished: 5 succeeded, 1 failed"},
    {told::instance_deleted{5}, "web-5 was deleted"},
    {told::instance_deleted{5, deletion_reason::surge}, "web-5 was deleted"},
    {told::instance_created{7, 2}, "web-7 was created to replace web-2"},
    {told::instance_replaced{2, 7}, "web-7 serves in place of web-2, which is deleted"},
    {told::surge_short{1, {2}},
     "no quota to replace web-2, which is upgraded in place"},
    {told::surge_short{1, {2, 3}},
     "no quota to replace web-2, web-3, which are upgraded in place"},
    {told::instance_released{5, release_reason::quota_short},
     "web-5 stays pending: there is no quota to replace it, and too many are "
     "unavailable to upgrade it in place"},
    {told::repair_started{3, repair_action::reimage}, "web-3 is repaired: reimage"},
    {told::repair_finished{3, repair_outcome::succeeded, failure_reason::none, ""},
     "web-3 was repaired"},
    {told::repair_finished{3, repair_outcome::failed, failure_reason::action_failed,
                           "exit status 1"},
     "the repair of web-3 did not help: ActionFailed: exit status 1"},
    {told::repair_finished{3, repair_outcome::dropped, failure_reason::none,
                           "nothing was begun"},
     "the repair of web-3 is dropped: nothing was begun"},
    {told::repairs_suspended{"", 3}, "repairs are suspended: 3 in a row did not help"},
    {told::repairs_suspended{"ann", 0}, "repairs are suspended, says ann"},
    {told::repairs_resumed{"ann"}, "repairs go on, says ann"},
    {told::rollback_started{3}, "web-3 gets the previous model back"},
    {told::rollback_finished{3, true, false, ""}, "web-3 has the previous model back"},
    {told::rollback_finished{3, false, true, "exit status 1"},
     "rollback of web-3 failed: exit status 1"},
    {told::cancel_requested{"SIGINT", false},
     "cancel requested by SIGINT: finishing what has begun; interrupt again to stop at "
     "once"},
    {told::cancel_requested{"", true},
     "cancel requested: ending what is under way at once"},
  };
  for (const auto& row : rows)
    CHECK(told_of(row.event) == row.text);
}

TEST_CASE("the end tells the counts, and the error below them") {
  told::upgrade_finished end{upgrade_status::completed, {}, {30, 0, 0, 0, 0}};
  CHECK(told_of(end)
        == "upgrade Completed in 80.0s: 30 successful, 0 failed, 0 pending, 0 skipped");
  CHECK(describe(upgrade_event{end}, context_of(30))
        == "upgrade Completed: 30 successful, 0 failed, 0 pending, 0 skipped");
  end = {upgrade_status::faulted, {"SomeCode", "3 of 10", {}}, {4, 3, 0, 20, 3}};
  CHECK(told_of(end)
        == "upgrade Faulted in 80.0s: 4 successful, 3 failed, 20 pending, 3 skipped\n"
           "          SomeCode: 3 of 10");
}

TEST_CASE("in a large fleet only what went wrong has a line for one instance") {
  const upgrade_event silent[] = {
    told::instance_settled{3, failure_reason::none, false, {}},
    told::instance_skipped{4, skip_reason::is_protected},
    told::health_changed{7, health_state::unhealthy, health_state::healthy},
    told::instance_released{5},
    told::batch_extended{1, {2}},
    told::step_finished{3, step_kind::action, apply_class::reimage, 1,
                        step_outcome::transient, "x"},
  };
  for (const auto& event : silent) {
    CHECK_FALSE(told_of(event, 100).empty());
    CHECK(told_of(event, 101).empty());
  }
  CHECK(told_of(told::instance_settled{3, failure_reason::hook_failed, false, {}}, 5000)
        == "web-3 failed: HookFailed");
  CHECK(told_of(told::health_changed{7, health_state::healthy, health_state::unhealthy},
                5000)
        == "web-7 is unhealthy");
}

TEST_CASE("a change of capacity tells who comes and who goes, and what became of it") {
  CHECK(told_of(told::scaling_started{30, 29, {3, 4}, {5}})
        == "capacity 30 to 29: web-3, web-4 are deleted; web-5 is created");
  CHECK(told_of(told::scaling_finished{2, 1, 0})
        == "capacity changed: 2 created, 1 deleted");
  CHECK(told_of(told::scaling_finished{0, 1, 3})
        == "capacity changed: 0 created, 1 deleted, 3 failed");
  CHECK(told_of(told::instance_created{7, 7, creation_reason::scale_out})
        == "web-7 was created");
  CHECK(told_of(told::instance_deleted{7, deletion_reason::scale_in})
        == "web-7 was deleted");
}

TEST_CASE("one that is told of its deletion is told when that is") {
  const told::step_started notice{
    3,   step_kind::terminate_notification, apply_class::none, 1, work_kind::remove,
    5min};
  CHECK(told_of(notice)
        == "web-3 was told that it is deleted at 380.0s, or as soon as it agrees");
}
