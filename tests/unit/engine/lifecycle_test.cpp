// SPDX-License-Identifier: Apache-2.0
// Steps of an instance under work: hooks, retries, timeouts, cancel, rollback.
#include "drydock/engine/lifecycle.hpp"

#include "life_fixture.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

using outcome = step_outcome;

lifecycle_options plain_life() {
  lifecycle_options options;
  options.action = apply_class::reimage;
  options.retry.backoff_initial = options.retry.backoff_max = duration{0};
  return options;
}

/// The delays before the second, third, … attempt.
std::vector<duration> backoffs(lifecycle_options options, instance_index instance) {
  driven_life x(options, work_kind::upgrade, instance);
  x.start();
  std::vector<duration> result;
  for (std::uint32_t i = 1; i < options.retry.max_attempts; ++i) {
    x.ended(outcome::transient);
    result.push_back(x.timers.back().second - x.now);
    x.fire();
  }
  return result;
}

lifecycle_options patient_life() {
  auto options = plain_life();
  options.retry = {8, false, 1s, 20s, duration{0}};
  return options;
}

} // namespace

TEST_CASE("without hooks and health an instance is done when the driver says so") {
  driven_life x(plain_life());
  CHECK(x.start() == "hold; run action#1 r1");
  CHECK(x.begun() == "began action#1; arm +615s");
  CHECK(x.succeed() == "ended action#1 succeeded; resume; settle ok begun");
  CHECK(x.over());
}

TEST_CASE("without health the hooks still frame the action") {
  auto options = plain_life();
  options.has_before_hook = options.has_after_hook = true;
  driven_life x(options);
  CHECK(x.start() == "run before#1 r1");
  CHECK(
    x.succeed()
    == "began before#1; arm +615s; ended before#1 succeeded; hold; run action#1 r2");
  CHECK(x.succeed()
        == "began action#1; arm +615s; ended action#1 succeeded; run after#1 r3");
  CHECK(
    x.succeed()
    == "began after#1; arm +615s; ended after#1 succeeded; resume; settle ok begun");
}

TEST_CASE("a step without a timeout has no timer") {
  auto options = plain_life();
  options.retry.timeout = duration{0};
  driven_life x(options);
  x.start();
  CHECK(x.begun() == "began action#1");
}

TEST_CASE("a transient failure is tried again until the attempts are used up") {
  struct row {
    std::uint32_t max_attempts;
    std::vector<std::string> lives; // what each failing attempt brings
  };
  const std::string broken = "; resume; settle ActionFailed broken begun";
  const std::vector<row> rows{
    {1, {"ended action#1 transient" + broken}},
    {2, {"ended action#1 transient; arm +0s", "ended action#2 transient" + broken}},
    {3,
     {"ended action#1 transient; arm +0s", "ended action#2 transient; arm +0s",
      "ended action#3 transient" + broken}},
  };
  for (const auto& r : rows) {
    CAPTURE(r.max_attempts);
    auto options = plain_life();
    options.retry.max_attempts = r.max_attempts;
    driven_life x(options);
    x.start();
    for (std::size_t i = 0; i < r.lives.size(); ++i) {
      x.begun();
      CHECK(x.ended(outcome::transient) == r.lives[i]);
      const auto last = i + 1 == r.lives.size();
      const auto next = std::to_string(i + 2);
      CHECK(x.fire() == (last ? "" : "run action#" + next + " r" + next));
    }
    CHECK(x.over());
  }
}

TEST_CASE("each step has attempts of its own") {
  auto options = plain_life();
  options.has_before_hook = options.has_after_hook = true;
  options.retry.max_attempts = 2;
  driven_life x(options);
  x.start();
  for (const auto* next : {"hold; run action#1 r3", "run after#1 r5"}) {
    x.ended(outcome::transient);
    x.fire();
    x.begun();
    const auto said = x.succeed();
    CHECK(said.substr(said.find("; ") + 2) == next);
  }
  x.ended(outcome::transient);
  CHECK(x.fire() == "run after#2 r6");
  x.begun();
  CHECK(x.ended(outcome::transient)
        == "ended after#2 transient; resume; settle HookFailed begun");
}

TEST_CASE("a timeout is tried again only where that is wanted") {
  auto options = plain_life();
  for (const auto by_driver : {true, false}) {
    CAPTURE(by_driver);
    options.retry.retry_timeouts = true;
    driven_life again(options);
    again.start();
    again.begun();
    const std::string killed = by_driver ? "" : "kill r1; ";
    CHECK((by_driver ? again.ended(outcome::timed_out) : again.fire())
          == killed + "ended action#1 timed_out; arm +0s");
    CHECK(again.fire() == "run action#2 r2");

    options.retry.retry_timeouts = false;
    driven_life once(options);
    once.start();
    once.begun();
    CHECK(
      (by_driver ? once.ended(outcome::timed_out) : once.fire())
      == killed
           + "ended action#1 timed_out; resume; settle ActionTimedOut broken begun");
  }
}

TEST_CASE("a failure for good is not tried again") {
  auto options = plain_life();
  options.retry.retry_timeouts = true;
  driven_life x(options);
  x.start();
  x.begun();
  CHECK(x.ended(outcome::failed)
        == "ended action#1 failed; resume; settle ActionFailed broken begun");
}

TEST_CASE("an attempt's late report does not count for the next one") {
  auto options = plain_life();
  options.retry.retry_timeouts = true;
  driven_life x(options);
  x.start();
  x.begun();
  const auto old_timer = x.timers.back().first;
  x.ended(outcome::transient);
  CHECK(x.succeed() == ""); // between the attempts
  x.fire();
  CHECK(x.feed(life::step_begun{1}) == "");
  CHECK(x.feed(life::step_finished{1, outcome::succeeded, {}}) == "");
  CHECK(x.feed(life::timer_fired{old_timer}) == "");
  CHECK(x.begun() == "began action#2; arm +615s");
  CHECK(x.begun() == ""); // told twice
  CHECK(x.feed(life::step_finished{1, outcome::failed, {}}) == "");
  CHECK(x.feed(life::timer_fired{old_timer}) == "");
  CHECK(x.succeed() == "ended action#2 succeeded; resume; settle ok begun");
}

TEST_CASE("the delays double up to their bound, half of each is certain") {
  const auto delays = backoffs(patient_life(), 3);
  const std::vector<duration> bases{1s, 2s, 4s, 8s, 16s, 20s, 20s};
  REQUIRE(delays.size() == bases.size());
  for (std::size_t i = 0; i < bases.size(); ++i) {
    CAPTURE(i);
    CHECK(delays[i] >= bases[i] / 2);
    CHECK(delays[i] < bases[i]);
  }
}

TEST_CASE("the delays are the same for the same seed and differ between instances") {
  auto other_seed = patient_life();
  other_seed.jitter_seed = 1;
  CHECK(backoffs(patient_life(), 3) == backoffs(patient_life(), 3));
  CHECK(backoffs(patient_life(), 3) != backoffs(patient_life(), 4));
  CHECK(backoffs(patient_life(), 3) != backoffs(other_seed, 3));
  std::set<duration> firsts;
  for (instance_index i = 0; i < 100; ++i)
    firsts.insert(backoffs(patient_life(), i).front());
  CHECK(firsts.size() == 100);
}

TEST_CASE("an initial delay above the bound is cut to it") {
  auto options = patient_life();
  options.retry.backoff_initial = 1h;
  for (const auto delay : backoffs(options, 0)) {
    CHECK(delay >= 10s);
    CHECK(delay < 20s);
  }
}

TEST_CASE("a cancel takes back what has not begun") {
  for (const auto now : {false, true}) {
    CAPTURE(now);
    driven_life x(plain_life());
    x.start();
    CHECK(x.cancel(now) == "withdraw r1");
    CHECK(x.ended(outcome::withdrawn) == "resume; release");
    CHECK(x.over());
  }
}

TEST_CASE(
  "what began before its withdrawal goes to its end, unless it is cancelled now") {
  driven_life gentle(plain_life());
  gentle.start();
  gentle.cancel();
  CHECK(gentle.begun() == "began action#1; arm +615s");
  CHECK(gentle.succeed() == "ended action#1 succeeded; resume; settle ok begun");

  driven_life harsh(plain_life());
  harsh.start();
  harsh.cancel();
  CHECK(harsh.cancel(true) == "withdraw r1");
  CHECK(harsh.cancel(true) == "");
  CHECK(harsh.begun()
        == "began action#1; kill r1; ended action#1 failed; resume; "
           "settle RollingUpgradeCanceled broken begun");
}

TEST_CASE(
  "a step that ended before its withdrawal still ends the life when cancelled now") {
  driven_life x(plain_life());
  x.start();
  x.cancel(true);
  CHECK(x.succeed()
        == "began action#1; kill r1; ended action#1 failed; resume; "
           "settle RollingUpgradeCanceled broken begun");
}

TEST_CASE("a gentle cancel leaves retries and health alone") {
  auto options = plain_life();
  options.has_health = true;
  options.health_timeout = 5min;
  driven_life x(options);
  x.start();
  x.begun();
  CHECK(x.cancel() == "");
  x.ended(outcome::transient);
  CHECK(x.cancel() == "");
  CHECK(x.fire() == "run action#2 r2");
  CHECK(x.cancel() == "");
  x.begun();
  CHECK(x.succeed() == "ended action#2 succeeded; arm +300s!; resume afresh");
  CHECK(x.cancel() == "");
  CHECK(x.health(health_state::healthy) == "settle ok begun");
}

TEST_CASE("a rollback is the same life without the first hook") {
  auto options = plain_life();
  options.has_before_hook = options.has_after_hook = options.has_health = true;
  options.health_timeout = 5min;
  driven_life x(options, work_kind::rollback);
  CHECK(x.start() == "hold; run action#1 r1");
  x.begun();
  CHECK(x.succeed() == "ended action#1 succeeded; arm +300s!; resume afresh");
  CHECK(x.health(health_state::healthy) == "run after#1 r2");
  x.begun();
  // Model and health are back, which is all that counts.
  CHECK(x.ended(outcome::failed) == "ended after#1 failed; settle ok begun");
}

TEST_CASE("a rollback fails by its action and by health") {
  auto options = plain_life();
  options.has_health = true;
  options.health_timeout = 5min;
  driven_life by_action(options, work_kind::rollback);
  by_action.start();
  by_action.begun();
  CHECK(by_action.ended(outcome::failed)
        == "ended action#1 failed; resume; settle ActionFailed broken begun");
  driven_life by_health(options, work_kind::rollback);
  by_health.start();
  by_health.begun();
  by_health.succeed();
  by_health.health(health_state::unhealthy);
  CHECK(by_health.fire() == "settle HealthTimeout begun");
}
