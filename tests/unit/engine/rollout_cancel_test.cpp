// SPDX-License-Identifier: Apache-2.0
// Cancel, gently and now, and deletions, in each stage.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr custom_metrics skip{custom_metrics::no_phase, true};
constexpr auto code = " RollingUpgradeCanceled";

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

rollout_options half_and_half() {
  auto options = rolling_options(50, 50);
  options.policy.rolling.pause_time_between_batches = 1min;
  return options;
}

} // namespace

TEST_CASE("a cancel ends an upgrade at once where nobody is in hand") {
  struct row {
    const char* what;
    void (*reach)(driven_rollout&);
    std::string outcome;
  };
  const std::vector<row> rows{
    {"settling", [](auto& d) { d.begin(); }, "Cancelled 0/0/0/4/0"},
    {"settling, announced",
     [](auto& d) {
       d.begin();
       d.advance(2s);
     },
     "Cancelled 0/0/0/4/0"},
    {"settling, with a skip known",
     [](auto& d) {
       d.begin();
       d.advance(2s);
       d.health(0, health_state::healthy, skip);
     },
     "Cancelled 0/0/0/3/1"},
    {"waiting",
     [](auto& d) {
       d.start({{2, ill}, {3, ill}}, {{2, skip}, {3, skip}});
     },
     "Cancelled 0/0/0/2/2"},
    {"pausing",
     [](auto& d) {
       d.start();
       d.succeed({0, 1});
     },
     "Cancelled 2/0/0/2/0"},
  };
  for (const auto& r : rows)
    for (const auto now : {false, true}) {
      CAPTURE(r.what);
      CAPTURE(now);
      driven_rollout d(half_and_half(), of(4));
      r.reach(d);
      d.advance(1s);
      d.said();
      d.cancel(now);
      CHECK(d.said()
            == std::string("cancel by test") + (now ? " now" : "") + '\n' + r.outcome
                 + code + "\ndo finish\n");
      CHECK(d.outcome() == r.outcome + code);
      CHECK(d.count<told::upgrade_started>() == 1);
      const auto report = d.machine().report();
      CHECK(report.cancel_was_last_action);
      CHECK(report.last_action == report.end);
      CHECK(report.last_action > report.start);
      d.advance(1h);
      CHECK(d.said() == "");
    }
}

TEST_CASE("a cancel with nothing left to do is a completion") {
  fleet_shape shape = of(3);
  shape.up_to_date = {0, 1, 2};
  driven_rollout d(rolling_options(), shape);
  d.begin();
  d.cancel();
  CHECK(d.outcome() == "Completed 3/0/0/0/0");
}

TEST_CASE("members that have begun go to their end, the others are pending again") {
  driven_rollout d(half_and_half(), of(6));
  d.start();
  d.said();
  d.cancel();
  CHECK(d.said() == "cancel by test\ndo cancel\n");
  d.feed(input::member_released{1});
  CHECK(d.said() == "released 1\n");
  CHECK(d.outcome() == "RollingForward 0/0/2/4/0");
  d.succeed({0});
  CHECK(d.said() == "settled 0\n");
  d.succeed({2});
  CHECK(d.said()
        == std::string("settled 2\nbatch 1 done 2+0\nCancelled 2/0/0/4/0") + code
             + "\ndo finish\n");
  CHECK(print(d.machine().report().batches[0].instances) == "[0 2]");
}

TEST_CASE("after a cancel no percentage is judged and nothing is undone") {
  auto options = half_and_half();
  options.policy.rolling.rollback_failed_instances_on_policy_breach = true;
  driven_rollout d(options, of(4));
  d.start();
  d.cancel();
  d.said();
  d.fail(0);
  d.fail(1, failure_reason::health_timeout);
  CHECK(d.said()
        == "settled 0 ActionFailed broken\nsettled 1 HealthTimeout\n"
           "batch 1 done 0+2\nCancelled 0/2/0/2/0"
             + std::string(code) + "\ndo finish\n");
}

TEST_CASE("a cancel that leaves nothing pending is a completion") {
  driven_rollout well(rolling_options(100, 100), of(3));
  well.start();
  well.cancel();
  well.succeed({0, 1, 2});
  CHECK(well.outcome() == "Completed 3/0/0/0/0");

  driven_rollout failed(rolling_options(100, 100), of(3));
  failed.start();
  failed.cancel();
  failed.fail(0);
  failed.succeed({1, 2});
  CHECK(failed.outcome()
        == "Completed 2/1/0/0/0 RollingUpgradeInProgressWithFailedUpgradedVMs");

  // The last one that was left is deleted before the end.
  driven_rollout gone(rolling_options(100, 100), of(3));
  gone.start();
  gone.cancel();
  gone.feed(input::member_released{2});
  gone.erase(2);
  gone.succeed({0, 1});
  CHECK(gone.outcome() == "Completed 2/0/0/0/0");
}

TEST_CASE("a cancel now counts what is in flight as failed") {
  driven_rollout d(rolling_options(100, 100), of(3));
  d.start();
  d.said();
  d.cancel(true);
  CHECK(d.said() == "cancel by test now\ndo cancel now\n");
  d.fail(0, failure_reason::cancelled);
  d.feed(input::member_released{1});
  d.fail(2, failure_reason::cancelled);
  CHECK(d.outcome() == std::string("Cancelled 0/2/0/1/0") + code);
  const auto report = d.machine().report();
  REQUIRE(report.error.details.size() == 2);
  CHECK(report.error.details[0].code == "RollingUpgradeCanceled");
  CHECK(report.error.details[1].instance == 2);
}

TEST_CASE("a cancel now that ended the last members is still a cancel") {
  driven_rollout d(rolling_options(100, 100), of(1));
  d.start();
  d.cancel(true);
  d.fail(0, failure_reason::cancelled);
  CHECK(d.outcome() == std::string("Cancelled 0/1/0/0/0") + code);
}

TEST_CASE("a second cancel may be harsher") {
  driven_rollout d(half_and_half(), of(4));
  d.start();
  d.cancel();
  d.said();
  d.cancel();
  CHECK(d.said() == "cancel by test\n");
  d.cancel(true);
  CHECK(d.said() == "cancel by test now\ndo cancel now\n");
  d.succeed({0});
  d.fail(1, failure_reason::cancelled);
  CHECK(d.outcome() == std::string("Cancelled 1/1/0/2/0") + code);
}

TEST_CASE("a cancel in the instant of the last settling wins") {
  driven_rollout d(half_and_half(), of(4));
  d.start();
  d.succeed({0});
  d.said();
  d.feed({input::member_settled{1, failure_reason::none, false, true, {}},
          input::cancel_requested{"test", false}});
  CHECK(d.said()
        == std::string("settled 1\ncancel by test\ndo cancel\nbatch 1 done 2+0\n"
                       "Cancelled 2/0/0/2/0")
             + code + "\ndo finish\n");
}

TEST_CASE("an automatic upgrade starts nobody after a cancel") {
  auto options = plain_options(upgrade_mode::automatic);
  options.policy.max_parallel = 1;
  driven_rollout d(options, of(3));
  d.begin();
  d.cancel();
  d.succeed({0});
  CHECK(d.batches() == "[0]");
  CHECK(d.outcome() == std::string("Cancelled 1/0/0/2/0") + code);
}

TEST_CASE("of a manual upgrade only those who were to take part are left") {
  auto options = rolling_options();
  options.policy.mode = upgrade_mode::manual;
  options.selected = {1, 2};
  driven_rollout done(options, of(4));
  done.start();
  done.cancel();
  done.succeed({1, 2});
  CHECK(done.outcome() == "Completed 2/0/0/2/0");

  driven_rollout left(options, of(4));
  left.start();
  left.cancel();
  left.succeed({1});
  left.feed(input::member_released{2});
  CHECK(left.outcome() == std::string("Cancelled 1/0/0/3/0") + code);

  driven_rollout early(options, of(4));
  early.begin();
  early.cancel();
  CHECK(early.outcome() == std::string("Cancelled 0/0/0/4/0") + code);

  options.selected = {};
  driven_rollout nobody(options, of(4));
  nobody.begin();
  nobody.cancel();
  CHECK(nobody.outcome() == "Completed 0/0/0/4/0");
}

TEST_CASE("a deletion takes an instance out of every count, in each stage") {
  struct row {
    const char* what;
    void (*reach)(driven_rollout&);
    instance_index gone;
    std::string said, outcome;
  };
  const auto work = [](auto& d) { d.start(); };
  const std::vector<row> rows{
    {"settling, not announced", [](auto& d) { d.begin(); }, 3, "",
     "RollingForward 0/0/0/3/0"},
    {"settling, announced",
     [](auto& d) {
       d.begin();
       d.advance(2s);
     },
     3, "deleted 3\n", "RollingForward 0/0/0/3/0"},
    {"waiting",
     [](auto& d) {
       d.start({{2, ill}, {3, ill}}, {{2, skip}, {3, skip}});
     },
     2, "deleted 2\n", "RollingForward 0/0/0/2/1"},
    {"working, a pending one", work, 3, "deleted 3\n", "RollingForward 0/0/2/1/0"},
    {"working, a member", work, 1, "do drop 1\ndeleted 1\n",
     "RollingForward 0/0/1/2/0"},
    {"working, one that settled",
     [](auto& d) {
       d.start();
       d.succeed({0});
     },
     0, "deleted 0\n", "RollingForward 0/0/1/2/0"},
    {"pausing",
     [](auto& d) {
       d.start();
       d.succeed({0, 1});
     },
     2, "deleted 2\n", "RollingForward 2/0/0/1/0"},
    {"cancelling",
     [](auto& d) {
       d.start();
       d.cancel();
     },
     0, "do drop 0\ndeleted 0\n", "RollingForward 0/0/1/2/0"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    driven_rollout d(half_and_half(), of(4));
    r.reach(d);
    d.said();
    d.erase(r.gone);
    CHECK(d.said().substr(0, r.said.size()) == r.said);
    CHECK(d.outcome() == r.outcome);
    d.said();
    d.erase(r.gone); // twice
    d.feed(input::member_settled{r.gone, failure_reason::none, false, true, {}});
    d.health(r.gone, ill);
    CHECK(d.said() == "");
    CHECK(d.outcome() == r.outcome);
  }
}

TEST_CASE("a batch goes on without its deleted members, and ends with the last") {
  driven_rollout d(rolling_options(50, 50), of(6));
  d.start();
  d.succeed({0});
  d.erase(1);
  d.said();
  d.erase(2);
  CHECK(d.said()
        == "do drop 2\ndeleted 2\nbatch 1 done 1+0\nafter batch 0/1 20% ok\n"
           "before batch 0/4 50% ok\n"
           "batch 2 [3 4] B=2 U=2 unavailable=0 batch_instances\n"
           "do start [3 4]\n");
  d.erase(3);
  d.erase(4);
  d.erase(5);
  CHECK(d.outcome() == "Completed 1/0/0/0/0");
}

TEST_CASE("a deleted failure fails nothing any more") {
  driven_rollout d(rolling_options(50, 50), of(4));
  d.start();
  d.fail(0);
  d.erase(0);
  d.said();
  d.succeed({1});
  CHECK(d.said().find("after batch 0/1 20% ok") != std::string::npos);
  CHECK(d.machine().report().error.details.empty());
}
