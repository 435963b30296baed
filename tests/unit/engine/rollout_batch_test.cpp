// SPDX-License-Identifier: Apache-2.0
// From batch to batch: pauses, records, what is late or twice, and the end.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

rollout_options pausing_options() {
  auto options = rolling_options(50, 50);
  options.policy.rolling.pause_time_between_batches = 1min;
  return options;
}

} // namespace

TEST_CASE("a pause lies between batches, none after the last") {
  driven_rollout d(pausing_options(), of(4));
  d.start();
  d.advance(10s);
  d.said();
  d.succeed({0, 1});
  CHECK(d.said()
        == "settled 0\nsettled 1\nbatch 1 done 2+0\nafter batch 0/2 20% ok\n"
           "waiting pause until 70s {} [] of 0\n");
  d.advance(59s);
  CHECK(d.said() == "");
  CHECK(d.machine().report().status == upgrade_status::rolling_forward);
  d.advance(1s);
  CHECK(d.said()
        == "before batch 0/4 50% ok\n"
           "batch 2 [2 3] B=2 U=2 unavailable=0 batch_instances\n"
           "do start [2 3]\n");
  d.succeed({2, 3});
  CHECK(d.said()
        == "settled 2\nsettled 3\nbatch 2 done 2+0\nafter batch 0/4 20% ok\n"
           "Completed 4/0/0/0/0\ndo finish\n");
}

TEST_CASE("a change of health during a pause is looked at after it") {
  driven_rollout d(pausing_options(), of(4));
  d.start();
  d.succeed({0, 1});
  d.said();
  for (const instance_index i : {1U, 2U, 3U})
    d.health(i, health_state::unhealthy);
  CHECK(d.said() == "");
  d.advance(1min);
  CHECK(d.outcome()
        == "Faulted 2/0/0/2/0 "
           "MaxUnhealthyInstancePercentExceededInRollingUpgrade");
}

TEST_CASE("a pause ends with the last pending instance") {
  driven_rollout d(pausing_options(), of(4));
  d.start();
  d.succeed({0, 1});
  d.erase(2);
  CHECK_FALSE(d.machine().finished());
  d.erase(3);
  CHECK(d.outcome() == "Completed 2/0/0/0/0");
}

TEST_CASE("a batch goes on when its last member has settled") {
  driven_rollout d(rolling_options(30, 30), of(10));
  d.start();
  d.succeed({2});
  d.advance(5min);
  d.succeed({0});
  CHECK(d.batches() == "[0 1 2]");
  CHECK(d.machine().report().progress.in_progress == 1);
  d.succeed({1});
  CHECK(d.batches() == "[0 1 2][3 4 5]");
}

TEST_CASE("batches are recorded with their times, places and failures") {
  auto options = rolling_options(40, 40);
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  fleet_shape shape = of(10);
  shape.zones = 2;
  shape.update_domains = 3;
  driven_rollout d(options, shape);
  d.advance(5s);
  d.start();
  d.advance(10s);
  d.succeed({0});
  d.advance(10s);
  d.fail(6);
  const auto report = d.machine().report();
  REQUIRE(report.batches.size() == 2);
  const auto& batch = report.batches[0];
  CHECK(batch.index == 1);
  CHECK(print(batch.instances) == "[0 6]");
  CHECK(print(batch.failed) == "[6]");
  CHECK(batch.place.zone == 0);
  CHECK(batch.place.update_domain == 0);
  CHECK(batch.start == instant{} + 5s);
  CHECK(batch.end == instant{} + 25s);
  CHECK(report.start == instant{} + 5s);
  CHECK(report.batches[1].start == instant{} + 25s);
  CHECK(report.batches[1].place.update_domain == 1);
}

TEST_CASE("a failed instance is not tried again") {
  auto options = rolling_options();
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  driven_rollout d(options, of(5));
  d.start();
  d.fail(0, failure_reason::hook_failed);
  while (d.succeed_all() > 0)
    continue;
  CHECK(d.batches() == "[0][1][2][3][4]");
}

TEST_CASE("what does not fit is ignored") {
  driven_rollout d(rolling_options(), of(10));
  d.start();
  d.said();
  const auto settled = [](instance_index i, failure_reason reason) {
    return input::member_settled{i, reason, false, true, "?"};
  };
  using reason = failure_reason;
  const std::vector<rollout_input> stale{
    input::started{},
    settled(5, reason::none),           // not in hand
    settled(10, reason::action_failed), // nobody
    input::member_released{7},
    input::member_released{99},
    input::health_changed{10, health_state::unhealthy, {}},
    input::health_changed{5, health_state::healthy, {}}, // nothing new
    input::timer_fired{0},
    input::timer_fired{77},
    input::instance_deleted{10},
    input::step_started{{5, step_kind::action, apply_class::reimage, 1}},
    input::step_finished{
      {10, step_kind::action, apply_class::reimage, 1, step_outcome::failed, {}}},
  };
  for (const auto& in : stale)
    d.feed(in);
  CHECK(d.said() == "");
  CHECK(d.outcome() == "RollingForward 0/0/2/8/0");
  d.succeed({0});
  d.said();
  d.feed(settled(0, reason::health_timeout)); // twice, and otherwise
  CHECK(d.said() == "");
  CHECK(d.outcome() == "RollingForward 1/0/1/8/0");
}

TEST_CASE("steps of members are passed on") {
  driven_rollout d(rolling_options(), of(10));
  d.start();
  d.said();
  d.feed(input::step_started{{1, step_kind::action, apply_class::reimage, 2}});
  d.feed(input::step_finished{
    {1, step_kind::action, apply_class::reimage, 2, step_outcome::transient, "busy"}});
  CHECK(d.said()
        == "step 1 action reimage #2\nstep 1 action reimage #2 transient busy\n");
}

TEST_CASE("before the start nothing is done, after the end neither") {
  driven_rollout d(rolling_options(50, 50), of(2));
  d.cancel();
  d.feed(input::internal_error{"?"});
  d.feed(input::timer_fired{1});
  d.feed(input::member_settled{0, failure_reason::none, false, true, {}});
  d.health(0, health_state::unhealthy);
  CHECK(d.said() == "");
  CHECK_FALSE(d.machine().running());
  d.start();
  CHECK(d.machine().running());
  while (d.succeed_all() > 0)
    continue;
  CHECK_FALSE(d.machine().running());
  d.said();
  d.cancel(true);
  d.feed(input::internal_error{"?"});
  d.erase(0);
  d.health(1, health_state::unhealthy);
  d.begin();
  CHECK(d.said() == "");
  CHECK(d.outcome() == "Completed 2/0/0/0/0");
}

TEST_CASE("nobody pending: no check, no batch, completed once health is settled") {
  struct row {
    const char* what;
    std::vector<instance_index> up_to_date, is_protected;
    apply_class action;
    std::string outcome;
  };
  for (const auto& r : {
         row{"all have it", {0, 1, 2}, {}, apply_class::reimage, "Completed 3/0/0/0/0"},
         row{"all skipped", {}, {0, 1, 2}, apply_class::reimage, "Completed 0/0/0/0/3"},
         row{"class none", {}, {1}, apply_class::none, "Completed 3/0/0/0/0"},
       }) {
    CAPTURE(r.what);
    auto options = rolling_options();
    options.action = r.action;
    fleet_shape shape = of(3);
    shape.up_to_date = r.up_to_date;
    shape.is_protected = r.is_protected;
    driven_rollout d(options, shape);
    d.begin();
    for (instance_index i = 0; i < 3; ++i) {
      CHECK_FALSE(d.machine().finished());
      d.health(i, health_state::unhealthy); // which nobody checks
    }
    CHECK(d.outcome() == r.outcome);
    CHECK(d.count<told::check_judged>() == 0);
    CHECK(d.machine().report().batches.empty());
  }
}

TEST_CASE("an empty set is done at once") {
  for (const auto mode :
       {upgrade_mode::manual, upgrade_mode::automatic, upgrade_mode::rolling}) {
    auto options = rolling_options();
    options.policy.mode = mode;
    driven_rollout d(options, of(0));
    d.begin();
    CHECK(d.outcome() == "Completed 0/0/0/0/0");
  }
}

TEST_CASE("an internal error ends the upgrade in every stage") {
  struct row {
    const char* what;
    void (*reach)(driven_rollout&);
    std::string progress;
    std::string said;
  };
  const std::vector<row> rows{
    {"settling", [](auto& d) { d.begin(); }, "0/0/0/4/0", ""},
    {"working",
     [](auto& d) {
       d.start();
       d.succeed({0});
     },
     "1/1/0/2/0", "do cancel now\nsettled 1 ActionFailed broken\nbatch 1 done 1+1\n"},
    {"pausing",
     [](auto& d) {
       d.start();
       d.succeed({0, 1});
     },
     "2/0/0/2/0", ""},
    {"cancelling",
     [](auto& d) {
       d.start();
       d.cancel();
     },
     "0/2/0/2/0",
     "do cancel now\nsettled 0 ActionFailed broken\nsettled 1 ActionFailed broken\n"
     "batch 1 done 0+2\n"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    driven_rollout d(pausing_options(), of(4));
    r.reach(d);
    d.said();
    d.feed(input::internal_error{"a shard died"});
    const auto outcome = "Faulted " + r.progress + " InternalExecutionError";
    CHECK(d.outcome() == outcome);
    CHECK(d.said() == r.said + outcome + "\ndo finish\n");
    CHECK(d.machine().report().error.message == "a shard died");
    CHECK(d.count<told::upgrade_started>() == 1);
  }
}

TEST_CASE("statuses and reasons have names") {
  CHECK(to_string(upgrade_status::rolling_forward) == "RollingForward");
  CHECK(to_string(upgrade_status::completed) == "Completed");
  CHECK(to_string(upgrade_status::faulted) == "Faulted");
  CHECK(to_string(upgrade_status::cancelled) == "Cancelled");
  CHECK(to_string(skip_reason::is_protected) == "protected");
  CHECK(to_string(skip_reason::skip_upgrade) == "skip_upgrade");
  CHECK(to_string(wait_reason::settling_health) == "settling_health");
  CHECK(to_string(wait_reason::unavailable_instances) == "unavailable_instances");
  CHECK(to_string(wait_reason::initializing_candidates) == "initializing_candidates");
  CHECK(to_string(wait_reason::pause) == "pause");
}
