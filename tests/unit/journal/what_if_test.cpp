// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/what_if.hpp"

#include "recorded_upgrade.hpp"

#include <doctest/doctest.h>

using namespace drydock::journal;
using namespace drydock::journal::testing;
using namespace drydock::engine;
using namespace std::chrono_literals;
using ending = policy_course::ending;

namespace {

policy_comparison compare(const header& begun, const recorded_upgrade& x,
                          const rolling_policy& other) {
  policy_trial trial(begun, other);
  for (const auto& t : x.turns())
    trial.take(t);
  return trial.finish();
}

std::string text(const policy_course& c) {
  constexpr const char* names[] = {"open", "completed", "faulted", "cancelled"};
  return std::string(names[static_cast<int>(c.end)]) + " at "
         + std::to_string(c.at.time_since_epoch() / 1s) + " s, "
         + std::to_string(c.batches) + " batches, " + std::to_string(c.touched)
         + " touched, " + std::to_string(c.failed) + " failed"
         + (c.code.empty() ? "" : ", " + c.code) + c.reason;
}

std::string text(const std::optional<policy_comparison::parting>& x) {
  return x ? "turn " + std::to_string(x->turn) + " at "
               + std::to_string(x->at.time_since_epoch() / 1s) + " s: " + x->recorded
               + " | " + x->other
           : "";
}

recorded_upgrade::outcome bad() {
  return {failure_reason::health_timeout, health_state::unhealthy, 60s};
}

constexpr auto after_batch =
  "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade";
constexpr auto in_upgrade = "MaxUnhealthyInstancePercentExceededInRollingUpgrade";

} // namespace

TEST_CASE("the same policy decides alike, and the answer is exact") {
  auto begun = rolling_header(10, 20);
  begun.rollout.policy.rolling.pause_time_between_batches = 30s;
  recorded_upgrade x(begun);
  x.run();
  const auto answer = compare(begun, x, begun.rollout.policy.rolling);
  CHECK_FALSE(answer.first);
  CHECK_FALSE(answer.approximate());
  // 5 batches of 10 s with 4 pauses between them.
  CHECK(text(answer.recorded) == "completed at 170 s, 5 batches, 10 touched, 0 failed");
  CHECK(text(answer.other) == text(answer.recorded));
}

TEST_CASE("numbers that change no decision make no difference") {
  const auto begun = rolling_header(10, 20);
  recorded_upgrade x(begun);
  x.run();
  auto other = begun.rollout.policy.rolling;
  other.max_unhealthy_upgraded_instance_percent = 0; // nobody failed
  other.max_unhealthy_instance_percent = 90;
  other.progress_deadline = 1min; // longer than any batch
  other.ignore_unhealthy_before_start = true;
  const auto answer = compare(begun, x, other);
  CHECK_FALSE(answer.first);
  CHECK(text(answer.other) == text(answer.recorded));
}

TEST_CASE("10 percent would have caught the bad image after 10 instances of 100") {
  const auto begun = rolling_header(100, 20);
  recorded_upgrade x(begun);
  x.fate = [](instance_index /*i*/) { return bad(); };
  x.run();
  auto other = begun.rollout.policy.rolling;
  other.max_batch_instance_percent = 10;
  const auto answer = compare(begun, x, other);
  CHECK(
    text(answer.first)
    == "turn 1 at 0 s: batch 1: 20 instances: web-0 web-1 web-2 web-3 web-4 web-5 "
       "web-6 web-7 web-8 web-9 web-10 web-11 web-12 web-13 web-14 web-15 web-16 "
       "web-17 web-18 web-19 | batch 1: 10 instances: web-0 web-1 web-2 web-3 web-4 "
       "web-5 web-6 web-7 web-8 web-9");
  CHECK(answer.approximate());
  CHECK_FALSE(answer.outcomes_assumed);
  CHECK(text(answer.recorded)
        == std::string("faulted at 60 s, 1 batches, 20 touched, 20 failed, ")
             + after_batch);
  CHECK(text(answer.other)
        == std::string("faulted at 60 s, 1 batches, 10 touched, 10 failed, ")
             + after_batch);
}

TEST_CASE("instances do what they did once they were touched, at other times") {
  // 20 instances, 10 % a batch. Those from 10 on fail; in the record at the end of
  // batch 6, 2 of 12 failing are not more than 20 %, and at that of batch 7, 4 of 14
  // are.
  const auto begun = rolling_header(20, 10);
  recorded_upgrade x(begun);
  x.fate = [](instance_index i) {
    return i < 10 ? recorded_upgrade::outcome{} : bad();
  };
  x.run();
  // 5 × 10 s, then 60 s each.
  REQUIRE(text(compare(begun, x, begun.rollout.policy.rolling).recorded)
          == std::string("faulted at 170 s, 7 batches, 14 touched, 4 failed, ")
               + after_batch);
  auto other = begun.rollout.policy.rolling;
  SUBCASE("with smaller batches the fault is later, and closer") {
    // One at a time: 10 × 10 s, then 60 s each; 3 of 13 are more than 20 %.
    other.max_batch_instance_percent = 5;
    CHECK(text(compare(begun, x, other).other)
          == std::string("faulted at 280 s, 13 batches, 13 touched, 3 failed, ")
               + after_batch);
  }
  SUBCASE("with larger batches it would have been earlier, with as many touched") {
    // Four at a time: at 30 s there are 12, 2 of them bad, which makes batch 3 one of
    // 60 s: it ends at 80 s with 2 of 12. Two are ill already, so that the next batch
    // has room for 2: 4 of 14.
    other.max_batch_instance_percent = 20;
    CHECK(text(compare(begun, x, other).other)
          == std::string("faulted at 140 s, 4 batches, 14 touched, 4 failed, ")
               + after_batch);
  }
  SUBCASE("with a limit that is not reached it goes on to what nobody tried") {
    other.max_unhealthy_upgraded_instance_percent = 100;
    const auto answer = compare(begun, x, other);
    CHECK(answer.first->recorded
          == std::string("the check after a batch fails: 4 of 14 failing, threshold "
                         "20 %: ")
               + after_batch);
    CHECK(answer.first->turn == x.records().size());
    // U is 4 of 20, and all of them are down: nobody else may go.
    CHECK(
      answer.first->other
      == "waiting: unavailable_instances, max_unhealthy_instance_percent = 20: 4 of "
         "20, until 1970 s");
    CHECK(text(answer.other)
          == "open at 170 s, 7 batches, 14 touched, 4 failedthe record ends at 170 s: "
             "nobody knows who would have been healthy then");
  }
  SUBCASE("without any limit the next batch has no outcome") {
    other.max_unhealthy_upgraded_instance_percent = 100;
    other.max_unhealthy_instance_percent = 100;
    CHECK(text(compare(begun, x, other).other)
          == "open at 170 s, 8 batches, 16 touched, 4 failedthe record does not tell "
             "how work on 2 instances would have ended");
  }
}

TEST_CASE("a longer pause shows where it goes on, and moves all that follows") {
  auto begun = rolling_header(10, 20);
  begun.rollout.policy.rolling.pause_time_between_batches = 30s;
  recorded_upgrade x(begun);
  x.run();
  auto other = begun.rollout.policy.rolling;
  SUBCASE("longer") {
    other.pause_time_between_batches = 90s;
    const auto answer = compare(begun, x, other);
    CHECK(
      text(answer.first)
      == "turn 5 at 40 s: batch 2: 2 instances: web-2 web-3 | waiting: pause, until "
         "100 s");
    CHECK(text(answer.other) == "completed at 410 s, 5 batches, 10 touched, 0 failed");
  }
  SUBCASE("shorter, between two turns") {
    other.pause_time_between_batches = 10s;
    const auto answer = compare(begun, x, other);
    CHECK(text(answer.first)
          == "turn 5 at 20 s: waiting: pause, until 40 s | batch 2: 2 instances: web-2 "
             "web-3");
    CHECK(text(answer.other) == "completed at 90 s, 5 batches, 10 touched, 0 failed");
  }
  SUBCASE("none") {
    other.pause_time_between_batches = 0s;
    const auto answer = compare(begun, x, other);
    CHECK(text(answer.first)
          == "turn 4 at 10 s: waiting: pause, until 40 s | batch 2: 2 instances: web-2 "
             "web-3");
    CHECK(text(answer.other) == "completed at 50 s, 5 batches, 10 touched, 0 failed");
  }
}

TEST_CASE("health of those that were not touched yet is that of the record") {
  // At 15 s, in the second batch, six others fall ill by themselves.
  const auto begun = rolling_header(20, 10);
  recorded_upgrade x(begun);
  for (instance_index i = 14; i < 20; ++i)
    x.also.emplace(instant{15s}, input::health_changed{i, health_state::unhealthy, {}});
  x.run();
  auto other = begun.rollout.policy.rolling;
  other.max_batch_instance_percent = 5;
  const auto answer = compare(begun, x, other);
  CHECK(text(answer.recorded)
        == std::string("faulted at 20 s, 2 batches, 4 touched, 0 failed, ")
             + in_upgrade);
  CHECK(text(answer.other)
        == std::string("faulted at 20 s, 2 batches, 2 touched, 0 failed, ")
             + in_upgrade);
}

TEST_CASE("what befell an instance after it was touched does not befall it before") {
  // 10 at once, all of them ill after it; one at a time would stop at the first.
  auto begun = rolling_header(10, 100);
  begun.rollout.policy.rolling.max_unhealthy_instance_percent = 100;
  recorded_upgrade x(begun);
  x.fate = [](instance_index i) {
    auto o = bad();
    o.work = 60s + i * 1s;
    return o;
  };
  x.run();
  auto other = begun.rollout.policy.rolling;
  other.max_batch_instances = 1;
  const auto answer = compare(begun, x, other);
  CHECK(text(answer.recorded)
        == std::string("faulted at 69 s, 1 batches, 10 touched, 10 failed, ")
             + after_batch);
  CHECK(text(answer.other)
        == std::string("faulted at 60 s, 1 batches, 1 touched, 1 failed, ")
             + after_batch);
}

TEST_CASE("beyond a cancel in the record nothing is known") {
  const auto begun = rolling_header(100, 20);
  recorded_upgrade x(begun);
  x.also.emplace(instant{15s}, input::cancel_requested{"ops", false});
  x.run();
  auto other = begun.rollout.policy.rolling;
  other.max_batch_instance_percent = 10;
  const auto answer = compare(begun, x, other);
  CHECK(answer.recorded.end == ending::cancelled);
  CHECK(text(answer.other)
        == "open at 10 s, 2 batches, 20 touched, 0 failedthe recorded upgrade was "
           "cancelled, or failed by itself, at 15 s: nobody knows what would have come "
           "then");
}

TEST_CASE("a shorter deadline that passes before the record ends is a fault") {
  // web-8 and web-9 take no part, but are ill from 5 s to 300 s. U is 2 of 10: from the
  // end of the first batch on nobody may go.
  auto begun = rolling_header(8, 10);
  auto instances = std::make_shared<fleet>(*begun.instances);
  instances->add({.id = "web-8", .latest_model_applied = true});
  instances->add({.id = "web-9", .latest_model_applied = true});
  begun.instances = instances;
  recorded_upgrade x(begun);
  for (const instance_index i : {8U, 9U}) {
    x.also.emplace(instant{5s}, input::health_changed{i, health_state::unhealthy, {}});
    x.also.emplace(instant{300s}, input::health_changed{i, health_state::healthy, {}});
  }
  x.run();
  auto other = begun.rollout.policy.rolling;
  SUBCASE("two minutes") {
    other.progress_deadline = 2min;
    const auto answer = compare(begun, x, other);
    CHECK(text(answer.recorded)
          == "completed at 370 s, 8 batches, 8 touched, 0 failed");
    CHECK(
      answer.first->recorded
      == "waiting: unavailable_instances, max_unhealthy_instance_percent = 20: 2 of "
         "10, until 1810 s");
    CHECK(answer.first->other == "the end: Faulted, RollingUpgradeTimeoutError");
    CHECK(text(answer.other)
          == "faulted at 130 s, 1 batches, 1 touched, 0 failed, "
             "RollingUpgradeTimeoutError");
  }
  SUBCASE("an hour, which makes no difference") {
    other.progress_deadline = 1h;
    CHECK_FALSE(compare(begun, x, other).first);
  }
}

TEST_CASE("how members end is taken from the record whatever the policy says of that") {
  const auto begun = rolling_header(10, 20);
  recorded_upgrade x(begun);
  x.run();
  auto other = begun.rollout.policy.rolling;
  other.health_timeout = 1s;
  const auto answer = compare(begun, x, other);
  CHECK_FALSE(answer.first);
  CHECK(answer.outcomes_assumed);
  CHECK(answer.approximate());
}

TEST_CASE("an upgrade that was resumed can be compared, wherever the crash was") {
  auto begun = rolling_header(10, 20);
  begun.rollout.policy.rolling.pause_time_between_batches = 30s;
  for (auto crash = instant{1s}; crash < instant{170s}; crash += 8s) {
    CAPTURE(crash.time_since_epoch().count());
    recorded_upgrade x(begun);
    x.crash = crash;
    x.run();
    CHECK_FALSE(compare(begun, x, begun.rollout.policy.rolling).first);
    auto other = begun.rollout.policy.rolling;
    other.max_batch_instance_percent = 10;
    const auto answer = compare(begun, x, other);
    CHECK(answer.first->turn == 1);
    CHECK(answer.other.end == ending::completed);
    CHECK(answer.other.touched == 10);
    other = begun.rollout.policy.rolling;
    other.pause_time_between_batches = 60s;
    CHECK(compare(begun, x, other).other.end == ending::completed);
  }
}

TEST_CASE("a record that ends in the middle says how far both came") {
  const auto begun = rolling_header(10, 20);
  recorded_upgrade x(begun);
  x.run();
  policy_trial trial(begun, begun.rollout.policy.rolling);
  const auto turns = x.turns();
  trial.take(turns[0]);
  const auto answer = trial.finish();
  CHECK(text(answer.recorded)
        == "open at 0 s, 1 batches, 2 touched, 0 failedthe record ends before the "
           "upgrade does");
  CHECK(text(answer.other) == text(answer.recorded));
}

TEST_CASE("a trial goes on past many words about those that it has touched") {
  auto begun = rolling_header(4, 25);
  recorded_upgrade x(begun);
  x.fate = [](instance_index i) {
    return recorded_upgrade::outcome{failure_reason::none, health_state::healthy,
                                     i == 0 ? duration{400s} : duration{500s}};
  };
  // The second one is restless before its batch; the other policy has begun it.
  for (auto n = 1; n <= 120; ++n)
    x.also.emplace(
      instant{n * 3s},
      input::health_changed{
        1, n % 2 == 1 ? health_state::initializing : health_state::healthy, {}});
  x.run();
  auto other = begun.rollout.policy.rolling;
  other.max_batch_instance_percent = 50;
  other.max_unhealthy_instance_percent = 50;
  const auto answer = compare(begun, x, other);
  CHECK(answer.other.end == ending::completed);
}

TEST_CASE("hooks that the record does not have succeed, and checkpoints are approved") {
  auto begun = rolling_header(4, 50);
  auto& policy = begun.rollout.policy.rolling;
  policy.max_unhealthy_instance_percent = 50;
  policy.checkpoints = {{75, 0s, checkpoint_approval::manual}};
  begun.rollout.hooks.before_batch = true;
  recorded_upgrade x(begun);
  for (std::uint32_t n = 1; n <= 3; ++n)
    x.also.emplace(instant{n * n * 20s},
                   input::hook_finished{n, step_outcome::succeeded, {}});
  x.also.emplace(instant{100s}, input::approval{"ops", true, {}, 0});
  x.run();
  auto other = policy;
  other.max_batch_instance_percent = 25;
  const auto answer = compare(begun, x, other);
  CHECK(answer.recorded.end == ending::completed);
  CHECK(answer.other.end == ending::completed);
  CHECK(answer.other.batches > answer.recorded.batches);
}
