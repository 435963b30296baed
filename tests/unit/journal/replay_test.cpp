// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/replay.hpp"

#include "recorded_upgrade.hpp"

#include <doctest/doctest.h>

using namespace drydock::journal;
using namespace drydock::journal::testing;
using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

/// The first difference, `turn 3: RECORDED | DERIVED`; empty: none.
std::string replay(const header& begun, const std::vector<turn>& turns) {
  replayer x(begun);
  for (const auto& t : turns)
    if (const auto d = x.take(t))
      return "turn " + std::to_string(d->turn) + ": " + d->recorded + " | "
             + d->derived;
  CHECK(x.turns() == turns.size());
  return x.finished() ? "" : "not finished";
}

/// 10 instances, two at a time; the third batch fails and is rolled back.
recorded_upgrade failing_upgrade(const header& begun) {
  recorded_upgrade x(begun);
  x.fate = [](instance_index i) {
    return i == 4 || i == 5 ? recorded_upgrade::outcome{failure_reason::action_failed,
                                                        health_state::unhealthy, 20s}
                            : recorded_upgrade::outcome{};
  };
  return x;
}

header failing_header() {
  auto begun = rolling_header(10, 20);
  begun.rollout.policy.rolling.rollback_failed_instances_on_policy_breach = true;
  begun.rollout.policy.rolling.pause_time_between_batches = 30s;
  return begun;
}

} // namespace

TEST_CASE("a recorded upgrade is derived again without a difference") {
  const auto begun = failing_header();
  auto x = failing_upgrade(begun);
  x.run();
  REQUIRE(x.machine().finished());
  CHECK(x.machine().report().status == upgrade_status::faulted);
  CHECK(replay(begun, x.turns()) == "");
  // As read back from the bytes of its header.
  const auto again = read_header(write_header(begun));
  REQUIRE(std::holds_alternative<header>(again));
  CHECK(replay(std::get<header>(again), x.turns()) == "");
}

TEST_CASE("an upgrade that was resumed is derived again at every point of the crash") {
  auto begun = failing_header();
  int resumed = 0;
  for (auto crash = instant{1s}; crash < instant{3min}; crash += 7s) {
    auto x = failing_upgrade(begun);
    x.crash = crash;
    x.run();
    CHECK(x.machine().finished());
    CHECK(replay(begun, x.turns()) == "");
    for (const auto& t : x.turns())
      for (const auto& in : t.inputs)
        resumed += std::holds_alternative<input::resumed>(in) ? 1 : 0;
  }
  CHECK(resumed > 10);
}

TEST_CASE("the report of the replay is that of the upgrade, and so is what it tells") {
  const auto begun = failing_header();
  auto x = failing_upgrade(begun);
  x.run();
  std::vector<std::string> told;
  replayer again(begun, [&](const upgrade_event& e, instant at) {
    if (const auto* batch = std::get_if<told::batch_started>(&e))
      told.push_back(std::to_string(batch->instances.size()) + " at "
                     + std::to_string(at.time_since_epoch() / 1s));
  });
  for (const auto& t : x.turns())
    CHECK_FALSE(again.take(t));
  CHECK(again.finished());
  // 10 s of work and 30 s of pause each.
  CHECK(told == std::vector<std::string>{"2 at 0", "2 at 40", "2 at 80"});
  const auto a = again.report(), b = x.machine().report();
  CHECK(a.status == b.status);
  CHECK(a.progress == b.progress);
  CHECK(a.error.code == b.error.code);
  CHECK(a.end == b.end);
}

TEST_CASE("a turn that was altered is named, with what it says and what it should") {
  const auto begun = failing_header();
  auto x = failing_upgrade(begun);
  x.run();
  const auto turns = x.turns();
  std::size_t second_batch = 0;
  for (std::size_t n = 1; n < turns.size() && second_batch == 0; ++n)
    for (const auto& c : turns[n].effects)
      if (std::holds_alternative<command::start_members>(c))
        second_batch = n;
  REQUIRE(second_batch > 0);
  const auto name = "turn " + std::to_string(second_batch + 1) + ": ";
  auto altered = turns;
  auto& start = altered[second_batch].effects[0];

  SUBCASE("another member") {
    std::get<command::start_members>(start).instances[1] = 7;
    CHECK(replay(begun, altered)
          == name
               + "start 2 instances: web-2 web-7; number 2 is web-7 | "
                 "start 2 instances: web-2 web-3; number 2 is web-3");
  }
  SUBCASE("one member fewer") {
    std::get<command::start_members>(start).instances.pop_back();
    CHECK(replay(begun, altered)
          == name
               + "start 1 instance: web-2 | "
                 "start 2 instances: web-2 web-3; number 2 is web-3");
  }
  SUBCASE("another command") {
    start = command::cancel_members{true};
    CHECK(replay(begun, altered)
          == name + "cancel members at once | start 2 instances: web-2 web-3");
  }
  SUBCASE("no command") {
    altered[second_batch].effects.clear();
    CHECK(replay(begun, altered)
          == name + "no further command | start 2 instances: web-2 web-3");
  }
  SUBCASE("a command more") {
    altered[second_batch].effects.emplace_back(command::finish{});
    CHECK(replay(begun, altered) == name + "finish | no further command");
  }
  SUBCASE("something else was told") {
    altered[second_batch].told_digest ^= 1;
    const auto text = replay(begun, altered);
    CHECK(text.substr(0, name.size() + 4) == name + "told");
  }
}

TEST_CASE("a timer that was altered is named, and so is a turn that is missing") {
  const auto begun = failing_header();
  auto x = failing_upgrade(begun);
  x.run();
  auto altered = x.turns();
  SUBCASE("another timer, by a nanosecond") {
    for (std::size_t n = 0; n < altered.size(); ++n)
      for (auto& c : altered[n].effects)
        if (auto* timer = std::get_if<command::arm_timer>(&c)) {
          timer->at += 1ns;
          CHECK(replay(begun, altered)
                == "turn " + std::to_string(n + 1)
                     + ": arm timer 1 for 1.000000001 s | arm timer 1 for 1 s");
          return;
        }
    FAIL("no timer");
  }
  SUBCASE("something happened that was not written down") {
    altered.erase(altered.begin() + 2);
    CHECK(replay(begun, altered) != "");
  }
  SUBCASE("the end is missing") {
    altered.pop_back();
    CHECK(replay(begun, altered) == "not finished");
  }
}

TEST_CASE("another version of the rules is found out") {
  auto begun = failing_header();
  auto x = failing_upgrade(begun);
  x.run();
  begun.rollout.policy.rolling.max_batch_instances = 1;
  CHECK(replay(begun, x.turns())
        == "turn 1: start 2 instances: web-0 web-1; number 2 is web-1 | "
           "start 1 instance: web-0");
}
