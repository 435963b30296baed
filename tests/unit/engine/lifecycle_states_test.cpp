// SPDX-License-Identifier: Apache-2.0
// Every event in every state of an instance under work.
#include "life_fixture.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

using outcome = step_outcome;
using doing = std::function<std::string(driven_life&)>;

/// A restart with both hooks, health, ten seconds of readiness, and retries
/// without delay.
lifecycle_options full_options() {
  lifecycle_options options;
  options.action = apply_class::restart;
  options.has_before_hook = options.has_after_hook = options.has_health = true;
  options.min_ready = 10s;
  options.health_timeout = 5min;
  options.retry.timeout = 10min;
  options.retry.backoff_initial = options.retry.backoff_max = duration{0};
  return options;
}

const std::map<std::string, doing>& all_events() {
  static const std::map<std::string, doing> events{
    {"begun", [](auto& x) { return x.begun(); }},
    {"begun, of another request",
     [](auto& x) { return x.feed(life::step_begun{x.request + 7}); }},
    {"succeeded", [](auto& x) { return x.succeed(); }},
    {"transient", [](auto& x) { return x.ended(outcome::transient); }},
    {"failed", [](auto& x) { return x.ended(outcome::failed); }},
    {"timed out", [](auto& x) { return x.ended(outcome::timed_out); }},
    {"withdrawn", [](auto& x) { return x.ended(outcome::withdrawn); }},
    {"succeeded, of another request",
     [](auto& x) {
       return x.feed(life::step_finished{x.request + 7, outcome::succeeded, {}});
     }},
    {"healthy", [](auto& x) { return x.health(health_state::healthy); }},
    {"unhealthy", [](auto& x) { return x.health(health_state::unhealthy); }},
    {"initializing", [](auto& x) { return x.health(health_state::initializing); }},
    {"probed",
     [](auto& x) { return x.probe(health_state::healthy, health_state::healthy); }},
    {"timer", [](auto& x) { return x.fire(); }},
    {"timer nobody armed", [](auto& x) { return x.feed(life::timer_fired{999}); }},
    {"timer zero", [](auto& x) { return x.feed(life::timer_fired{0}); }},
    {"cancel", [](auto& x) { return x.cancel(); }},
    {"cancel now", [](auto& x) { return x.cancel(true); }},
    {"deleted", [](auto& x) { return x.feed(life::deleted{}); }},
  };
  return events;
}

void reach_before(driven_life& x) {
  x.start();
  x.begun();
}
void reach_asked_action(driven_life& x) {
  reach_before(x);
  x.succeed();
}
void reach_action(driven_life& x) {
  reach_asked_action(x);
  x.begun();
}
void reach_watching(driven_life& x) {
  reach_action(x);
  x.succeed();
}
void reach_ready(driven_life& x) {
  reach_watching(x);
  x.health(health_state::healthy);
}

const std::map<std::string, std::function<void(driven_life&)>>& all_states() {
  static const std::map<std::string, std::function<void(driven_life&)>> states{
    {"created", [](auto&) {}},
    {"asked", [](auto& x) { x.start(); }},
    {"before", reach_before},
    {"before, backing off",
     [](auto& x) {
       reach_before(x);
       x.ended(outcome::transient);
     }},
    {"action asked", reach_asked_action},
    {"action", reach_action},
    {"action, backing off",
     [](auto& x) {
       reach_action(x);
       x.ended(outcome::transient);
     }},
    {"watching", reach_watching},
    {"ready", reach_ready},
    {"after",
     [](auto& x) {
       reach_ready(x);
       x.fire();
       x.begun();
     }},
    {"over",
     [](auto& x) {
       reach_action(x);
       x.feed(life::deleted{});
     }},
  };
  return states;
}

using row = std::map<std::string, std::string>;

using table = std::map<std::string, row>;

/// What each event brings where it is not ignored.
table expected_before_the_action() {
  const std::string first = "began before#1; arm +615s; ";
  const std::string act = "began action#1; arm +615s; ";
  return {
    {"asked",
     {{"begun", "began before#1; arm +615s"},
      {"succeeded", first + "ended before#1 succeeded; hold; run action#1 r2"},
      {"transient", first + "ended before#1 transient; arm +0s"},
      {"failed", first + "ended before#1 failed; settle HookFailed"},
      {"timed out", first + "ended before#1 timed_out; settle HookFailed"},
      {"withdrawn", "release"},
      {"cancel", "withdraw r1"},
      {"cancel now", "withdraw r1"},
      {"deleted", "kill r1"}}},
    {"before",
     {{"succeeded", "ended before#1 succeeded; hold; run action#1 r2"},
      {"transient", "ended before#1 transient; arm +0s"},
      {"failed", "ended before#1 failed; settle HookFailed"},
      {"timed out", "ended before#1 timed_out; settle HookFailed"},
      {"timer", "kill r1; ended before#1 timed_out; settle HookFailed"},
      {"cancel now", "kill r1; ended before#1 failed; settle RollingUpgradeCanceled"},
      {"deleted", "kill r1"}}},
    {"before, backing off",
     {{"timer", "run before#2 r2"}, {"cancel now", "settle RollingUpgradeCanceled"}}},
    {"action asked",
     {{"begun", "began action#1; arm +615s"},
      {"succeeded", act + "ended action#1 succeeded; arm +300s!; resume afresh"},
      {"transient", act + "ended action#1 transient; arm +0s"},
      {"failed",
       act + "ended action#1 failed; resume; settle ActionFailed broken begun"},
      {"timed out",
       act + "ended action#1 timed_out; resume; settle ActionTimedOut broken begun"},
      {"withdrawn", "resume; release"},
      {"cancel now", "kill r2; resume; settle RollingUpgradeCanceled"},
      {"deleted", "kill r2"}}},
  };
}

table expected_from_the_action_on() {
  return {
    {"action",
     {{"succeeded", "ended action#1 succeeded; arm +300s!; resume afresh"},
      {"transient", "ended action#1 transient; arm +0s"},
      {"failed", "ended action#1 failed; resume; settle ActionFailed broken begun"},
      {"timed out",
       "ended action#1 timed_out; resume; settle ActionTimedOut broken begun"},
      {"timer",
       "kill r2; ended action#1 timed_out; resume; settle ActionTimedOut broken begun"},
      {"cancel now", "kill r2; ended action#1 failed; resume; "
                     "settle RollingUpgradeCanceled broken begun"},
      {"deleted", "kill r2"}}},
    {"action, backing off",
     {{"timer", "run action#2 r3"},
      {"cancel now", "resume; settle RollingUpgradeCanceled broken begun"}}},
    {"watching",
     {{"healthy", "arm +10s"},
      {"probed", "arm +10s"},
      {"timer", "settle HealthTimeout begun"},
      {"cancel now", "settle RollingUpgradeCanceled begun"}}},
    {"ready",
     {{"timer", "run after#1 r3"},
      {"cancel now", "settle RollingUpgradeCanceled begun"}}},
    {"after",
     {{"succeeded", "ended after#1 succeeded; settle ok begun"},
      {"transient", "ended after#1 transient; arm +0s"},
      {"failed", "ended after#1 failed; settle HookFailed begun"},
      {"timed out", "ended after#1 timed_out; settle HookFailed begun"},
      {"timer", "kill r3; ended after#1 timed_out; settle HookFailed begun"},
      {"cancel now",
       "kill r3; ended after#1 failed; settle RollingUpgradeCanceled begun"},
      {"deleted", "kill r3"}}},
  };
}

const table& expectations() {
  static const auto all = [] {
    auto result = expected_before_the_action();
    result.merge(expected_from_the_action_on());
    return result;
  }();
  return all;
}

} // namespace

TEST_CASE("every event in every state is handled or ignored") {
  for (const auto& s : all_states())
    for (const auto& e : all_events()) {
      const auto& state = s.first;
      const auto& event = e.first;
      CAPTURE(state);
      CAPTURE(event);
      driven_life x(full_options());
      s.second(x);
      std::string expected;
      if (const auto r = expectations().find(state); r != expectations().end())
        if (const auto cell = r->second.find(event); cell != r->second.end())
          expected = cell->second;
      CHECK(e.second(x) == expected);
      const auto ends = expected.find("settle") != std::string::npos
                        || expected.find("release") != std::string::npos
                        || state == "over"
                        || (event == "deleted" && state != "created");
      CHECK(x.over() == ends);
      if (ends) // and then nothing is said any more, whatever comes
        for (const auto& later : all_events()) {
          CAPTURE(later.first);
          CHECK(later.second(x) == "");
        }
    }
}

TEST_CASE("the expectations name states and events that exist") {
  for (const auto& [state, events] : expectations()) {
    CHECK(all_states().count(state) == 1);
    for (const auto& [event, orders] : events)
      CHECK(all_events().count(event) == 1);
  }
}

TEST_CASE("a life begins once") {
  driven_life x(full_options());
  CHECK(x.start() == "run before#1 r1");
  CHECK(x.start() == "");
}

TEST_CASE("outcomes and reasons have names") {
  CHECK(to_string(outcome::succeeded) == "succeeded");
  CHECK(to_string(outcome::failed) == "failed");
  CHECK(to_string(outcome::transient) == "transient");
  CHECK(to_string(outcome::timed_out) == "timed_out");
  CHECK(to_string(outcome::withdrawn) == "withdrawn");
  CHECK(to_string(failure_reason::none) == "");
  CHECK(to_string(failure_reason::action_failed) == "ActionFailed");
  CHECK(to_string(failure_reason::action_timed_out) == "ActionTimedOut");
  CHECK(to_string(failure_reason::hook_failed) == "HookFailed");
  CHECK(to_string(failure_reason::health_timeout) == "HealthTimeout");
  CHECK(to_string(failure_reason::cancelled) == "RollingUpgradeCanceled");
}
