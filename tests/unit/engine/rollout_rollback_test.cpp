// SPDX-License-Identifier: Apache-2.0
// On a breach failed instances get the previous model back, where that is wanted.
#include "rollback_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr auto well = health_state::healthy;
constexpr auto upgraded_code =
  "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade";
constexpr custom_metrics skip{custom_metrics::no_phase, true};

rollout_options undoing(int batch = 20, int unhealthy = 20) {
  auto options = rolling_options(batch, unhealthy);
  options.policy.rolling.rollback_failed_instances_on_policy_breach = true;
  return options;
}

/// 10 instances, the first two failed on health and are well again.
void fail_two_that_recover(driven_rollout& d) {
  d.feed({input::health_changed{0, well, {}}, input::health_changed{1, well, {}},
          input::member_settled{0, failure_reason::health_timeout, false, true, {}},
          input::member_settled{1, failure_reason::health_timeout, false, true, {}}});
}

} // namespace

TEST_CASE("a breach after a batch gives failed instances their model back") {
  driven_rollout d(undoing(), of(10));
  d.start();
  d.fail(0);
  d.said();
  d.fail(1);
  CHECK(d.said()
        == std::string("settled 1 ActionFailed broken\nbatch 1 done 0+2\n"
                       "after batch 2/2 20% ")
             + upgraded_code + "\nundo 0\nundo 1\ndo rollback [0 1]\n");
  CHECK(d.machine().running());
  CHECK(d.outcome().substr(0, 24) == "RollingForward 0/2/0/8/0");
  d.feed(undone(1));
  CHECK(d.said() == "undone 1\n");
  d.feed(undone(0));
  CHECK(d.said()
        == std::string("undone 0\nFaulted 0/2/0/8/0 ") + upgraded_code
             + "\ndo finish\n");
  CHECK(counts(d) == "2+0");
  CHECK(d.machine().report().rolled_back);
  CHECK(d.machine().report().error.details.size() == 2);
}

TEST_CASE("without the flag a breach ends the upgrade at once") {
  driven_rollout d(rolling_options(), of(10));
  d.start();
  d.fail(0);
  d.fail(1);
  CHECK(d.batches() == "[0 1]");
  CHECK(d.outcome() == std::string("Faulted 0/2/0/8/0 ") + upgraded_code);
  CHECK_FALSE(d.machine().report().rolled_back);
  CHECK(counts(d) == "0+0");
}

TEST_CASE("a breach before a batch gives the failed ones of all batches theirs back") {
  auto options = undoing(20, 30);
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  driven_rollout d(options, of(10));
  d.start();
  d.fail(0);
  d.succeed({1});
  d.fail(2);
  d.succeed({3});
  CHECK(print(d.in_hand()) == "[4]");
  d.health(8, ill);
  d.health(9, ill);
  d.succeed({4});
  CHECK(d.batches() == "[0 1][2 3][4]undo[0 2]");
  d.feed({undone(0), undone(2)});
  CHECK(d.outcome()
        == "Faulted 3/2/0/5/0 "
           "MaxUnhealthyInstancePercentExceededInRollingUpgrade");
}

TEST_CASE("a rollback fails by its action or by health, and counts") {
  driven_rollout d(undoing(), of(10));
  d.start();
  d.fail(0);
  d.fail(1);
  d.said();
  d.feed(undone(0, failure_reason::action_failed));
  d.feed(undone(1, failure_reason::health_timeout));
  CHECK(d.said()
        == std::string("undone 0 in vain broken\nundone 1 in vain\n"
                       "Faulted 0/2/0/8/0 ")
             + upgraded_code + "\ndo finish\n");
  CHECK(counts(d) == "0+2");
}

TEST_CASE("where no action was begun there is nothing to undo") {
  driven_rollout all(undoing(), of(10));
  all.start();
  all.fail(0, failure_reason::hook_failed);
  all.fail(1, failure_reason::hook_failed);
  CHECK(all.batches() == "[0 1]");
  CHECK(all.outcome() == std::string("Faulted 0/2/0/8/0 ") + upgraded_code);
  CHECK_FALSE(all.machine().report().rolled_back);

  driven_rollout one(undoing(), of(10));
  one.start();
  one.fail(0, failure_reason::hook_failed);
  one.fail(1);
  CHECK(one.batches() == "[0 1]undo[1]");

  // The hook after the action failed: the new model is there.
  driven_rollout after(undoing(), of(10));
  after.start();
  after.succeed({0});
  after.feed(
    input::member_settled{1, failure_reason::hook_failed, false, true, "undrain"});
  CHECK(after.batches() == "[0 1]undo[1]");
}

TEST_CASE("one that is well again is held to the allowance") {
  struct row {
    const char* what;
    std::vector<instance_index> ill_ones;
    std::string first, then;
    std::string counts;
  };
  // U is 2 of 10.
  const std::vector<row> rows{
    {"room for both", {}, "undo[0 1]", "", "2+0"},
    {"one after the other", {9}, "undo[0]", "undo[1]", "2+0"},
    {"no room", {8, 9}, "", "", "0+2"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    driven_rollout d(undoing(), of(10));
    d.start();
    for (const auto i : r.ill_ones)
      d.health(i, ill);
    fail_two_that_recover(d);
    CHECK(d.batches() == "[0 1]" + r.first);
    while (!d.in_hand().empty())
      d.feed(undone(d.in_hand().front()));
    CHECK(d.batches() == "[0 1]" + r.first + r.then);
    CHECK(d.outcome() == std::string("Faulted 0/2/0/8/0 ") + upgraded_code);
    CHECK(counts(d) == r.counts);
  }
}

TEST_CASE("a recovery during the rollback makes room for the next") {
  driven_rollout d(undoing(), of(10));
  d.start();
  d.health(9, ill);
  fail_two_that_recover(d);
  CHECK(d.batches() == "[0 1]undo[0]");
  d.health(9, well);
  CHECK(d.batches() == "[0 1]undo[0]undo[1]");
}

TEST_CASE("one that waits for its rollback and falls ill may go at once") {
  driven_rollout d(undoing(), of(10));
  d.start();
  d.health(9, ill);
  fail_two_that_recover(d);
  d.health(1, ill);
  CHECK(d.batches() == "[0 1]undo[0]undo[1]");
}

TEST_CASE("a deadline undoes nothing") {
  auto options = undoing();
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  driven_rollout d(options, of(10));
  d.start();
  d.fail(0);
  d.fail(1);
  d.advance(30min + 1ns);
  CHECK(d.batches() == "[0 1]");
  CHECK(d.outcome() == "Faulted 0/2/0/8/0 RollingUpgradeTimeoutError");
}

TEST_CASE("deletions during a rollback") {
  driven_rollout working(undoing(), of(10));
  working.start();
  working.fail(0);
  working.fail(1);
  working.said();
  working.erase(0);
  CHECK(working.said() == "do drop 0\ndeleted 0\n");
  working.feed(undone(0)); // too late
  CHECK(working.said() == "");
  working.erase(1);
  CHECK(working.outcome() == std::string("Faulted 0/0/0/8/0 ") + upgraded_code);
  CHECK(counts(working) == "0+0");

  driven_rollout waiting(undoing(), of(10));
  waiting.start();
  waiting.health(9, ill);
  fail_two_that_recover(waiting);
  waiting.erase(1); // before its turn
  waiting.feed(undone(0));
  CHECK(waiting.batches() == "[0 1]undo[0]");
  CHECK(counts(waiting) == "1+0");
}

TEST_CASE("a cancel starts no further rollback") {
  for (const auto now : {false, true}) {
    CAPTURE(now);
    driven_rollout d(undoing(), of(10));
    d.start();
    d.health(9, ill);
    fail_two_that_recover(d);
    d.said();
    d.cancel(now);
    CHECK(
      d.said()
      == (now ? "cancel by test now\ndo cancel now\n" : "cancel by test\ndo cancel\n"));
    d.feed(undone(0, now ? failure_reason::cancelled : failure_reason::none));
    CHECK(d.batches() == "[0 1]undo[0]");
    // The breach came first.
    CHECK(d.outcome() == std::string("Faulted 0/2/0/8/0 ") + upgraded_code);
    CHECK(counts(d) == (now ? "0+2" : "1+1"));
    CHECK(d.machine().report().cancel_was_last_action);
  }
}

TEST_CASE("a rollback that had not begun can be taken back") {
  driven_rollout d(undoing(), of(10));
  d.start();
  d.fail(0);
  d.fail(1);
  d.cancel();
  d.said();
  d.feed(input::member_released{0});
  CHECK(d.said() == "undone 0 in vain broken\n"); // its last action still failed
  d.feed(undone(1));
  CHECK(counts(d) == "1+1");
}

TEST_CASE("an internal error during a rollback ends it") {
  driven_rollout d(undoing(), of(10));
  d.start();
  d.fail(0);
  d.fail(1);
  d.said();
  d.feed(input::internal_error{"?"});
  CHECK(d.said()
        == "do cancel now\nundone 0 in vain broken\nundone 1 in vain broken\n"
           "Faulted 0/2/0/8/0 InternalExecutionError\ndo finish\n");
  CHECK(counts(d) == "0+2");
}

TEST_CASE("skipped and healthy instances are never rolled back") {
  auto options = undoing(30, 30);
  driven_rollout d(options, of(10));
  d.start({{8, ill}}, {{8, skip}});
  d.succeed({0});
  d.health(0, ill); // succeeded, then fell ill: failing, but it did not fail
  d.succeed({1});
  CHECK(d.outcome() == std::string("Faulted 2/0/0/7/1 ") + upgraded_code);
  CHECK(d.batches() == "[0 1]");
}

TEST_CASE("all that was attempted may be rolled back, within the same limits") {
  auto options = rolling_options(20, 50); // B = 2, U = 5
  options.policy.rolling.rollback = rollback_scope::all;
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 40;
  driven_rollout d(options, of(10));
  d.start();
  d.succeed({0, 1});
  d.succeed({2, 3});
  d.fail(4);
  d.fail(5);
  CHECK(d.outcome().substr(0, 24) == "RollingForward 4/2/2/2/0"); // 2 of 6 are 33 %
  d.fail(6);
  d.fail(7); // 4 of 8 are 50 %
  // The four that failed cost nothing, but B counts them.
  CHECK(d.batches() == "[0 1][2 3][4 5][6 7]undo[4 5 6 7]");
  d.feed({undone(4), undone(5), undone(6)});
  CHECK(d.batches() == "[0 1][2 3][4 5][6 7]undo[4 5 6 7]undo[0]");
  d.feed(undone(7));
  CHECK(d.batches() == "[0 1][2 3][4 5][6 7]undo[4 5 6 7]undo[0]undo[1]");
  d.feed(undone(0));
  CHECK(d.batches() == "[0 1][2 3][4 5][6 7]undo[4 5 6 7]undo[0]undo[1]undo[2]");
  d.feed(undone(1, failure_reason::action_failed));
  d.feed(undone(2));
  d.feed(undone(3));
  // One that could not be brought back has failed; the others lag again.
  CHECK(d.outcome() == std::string("Faulted 0/5/0/5/0 ") + upgraded_code);
  CHECK(counts(d) == "7+1");
}

TEST_CASE("a rollback of all waits for room, and is given up at the deadline") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.rollback = rollback_scope::all;
  driven_rollout d(options, of(10));
  d.start();
  d.succeed({0, 1});
  d.health(8, ill);
  d.health(9, ill);
  d.health(7, ill); // 3 of 10 while [2 3] would be next: they are in hand
  d.succeed_all();
  CHECK(d.machine().running());
  CHECK(d.batches() == "[0 1][2 3]");
  d.health(7, health_state::healthy);
  d.health(8, health_state::healthy);
  CHECK(d.batches() == "[0 1][2 3]undo[0]");
  d.health(7, ill);
  d.advance(25min);
  d.feed(undone(0));
  CHECK(d.batches() == "[0 1][2 3]undo[0]");
  d.advance(10min); // the time for which nothing moves begins with the last end
  CHECK(d.machine().running());
  d.advance(21min);
  CHECK(d.outcome().substr(0, 8) == "Faulted ");
  CHECK(counts(d) == "1+3");
}

TEST_CASE("Azure's name for the scope and drydock's are not both given") {
  rolling_policy p;
  CHECK(rollback_on_breach(p) == rollback_scope::none);
  p.rollback_failed_instances_on_policy_breach = true;
  CHECK(rollback_on_breach(p) == rollback_scope::failed);
  CHECK(validate_policy(p, compatibility::extended).empty());
  p.rollback = rollback_scope::all;
  const auto problems = validate_policy(p, compatibility::extended);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].key == "rollback");
}

TEST_CASE("a rollback whose last one is deleted has the whole deadline for the rest") {
  auto options = rolling_options(20, 20);
  options.policy.rolling.rollback = rollback_scope::all;
  driven_rollout d(options, of(10));
  d.start();
  d.advance(31min); // the first timers are over
  d.succeed({0, 1});
  d.health(8, ill);
  d.health(9, ill);
  d.health(7, ill);
  d.succeed_all();
  d.health(7, health_state::healthy);
  d.health(8, health_state::healthy);
  CHECK(d.batches() == "[0 1][2 3]undo[0]");
  d.health(7, ill);
  d.advance(65min);
  d.erase(0);
  d.advance(10min);
  CHECK(d.machine().running());
  d.advance(21min);
  CHECK(d.outcome().starts_with("Faulted "));
}
