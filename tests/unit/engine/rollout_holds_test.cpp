// SPDX-License-Identifier: Apache-2.0
// Maintenance windows and guards: docs/semantics.md, 4.10 and 4.14.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

/// Every day from 02:00 to 03:00; instants count from midnight.
rollout_options nightly() {
  auto options = rolling_options(50, 50);
  options.windows = {{0x7f, 2h, 1h}};
  return options;
}

/// It begins half an hour before the window closes.
rollout_options sliding_by_night() {
  auto options = nightly();
  options.since_epoch = 2h + 30min;
  options.policy.rolling.batching = batching_mode::sliding;
  return options;
}

/// Of six; then only 3 is in hand, and the window is closed.
void slide_until_closed(driven_rollout& d) {
  d.start();
  d.succeed({0});
  CHECK(d.batches() == "[0 1 2][3]");
  d.advance(30min);
  d.succeed({1});
  d.succeed({2});
}

rollout_options guarded(guard_consequence on_failure = guard_consequence::wait) {
  auto options = rolling_options(50, 50);
  options.guards = {{"errors", on_failure}, {"latency"}};
  return options;
}

input::guard_reported report(std::uint32_t guard, guard_state state,
                             std::string message = {}) {
  return {guard, state, std::move(message)};
}
constexpr auto holds = guard_state::holds;
constexpr auto fails = guard_state::fails;

} // namespace

TEST_CASE("no batch begins outside of a window, and what has begun goes on") {
  driven_rollout d(nightly(), of(4));
  d.start();
  CHECK(d.last<told::waiting>()->reason == wait_reason::maintenance_window);
  CHECK(d.last<told::waiting>()->until == instant{2h});
  d.advance(2h - 1s);
  CHECK(d.batches() == "");
  d.advance(1s);
  CHECK(d.batches() == "[0 1]");
  d.advance(61min); // past the end
  d.succeed({0, 1});
  CHECK(d.batches() == "[0 1]");
  CHECK(d.last<told::waiting>()->until == instant{26h});
  d.advance_to(instant{26h});
  CHECK(d.batches() == "[0 1][2 3]");
  d.succeed({2, 3});
  CHECK(d.outcome() == "Completed 4/0/0/0/0");
}

TEST_CASE("waiting for a window is not standing still, and health is judged") {
  driven_rollout d(nightly(), of(4));
  d.start();
  d.advance(90min); // three times the deadline
  CHECK(d.machine().running());
  for (instance_index i = 0; i < 3; ++i)
    d.health(i, ill);
  CHECK(d.outcome()
        == "Faulted 0/0/0/4/0 MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade");
}

TEST_CASE("the time of a window is not counted against the deadline after it") {
  auto options = nightly();
  options.policy.rolling.max_unhealthy_instance_percent = 20; // U = 1
  driven_rollout d(options, of(9));
  d.start({{8, ill}}, {{8, {custom_metrics::no_phase, true}}});
  d.advance_to(instant{2h});
  CHECK(d.last<told::waiting>()->reason == wait_reason::unavailable_instances);
  CHECK(d.last<told::waiting>()->until == instant{2h + 30min});
}

TEST_CASE("a window that is open already is no wait") {
  auto options = nightly();
  options.since_epoch = 2h + 30min;
  driven_rollout d(options, of(4));
  d.start();
  CHECK(d.batches() == "[0 1]");
}

TEST_CASE("sliding batches let nobody in once the window is closed") {
  driven_rollout d(sliding_by_night(), of(6));
  slide_until_closed(d);
  d.succeed({3});
  CHECK(d.batches() == "[0 1 2][3]");
  d.advance(23h);
  CHECK(d.batches() == "[0 1 2][3][4 5]");
}

TEST_CASE("nothing begins before every guard was seen to hold") {
  driven_rollout d(guarded(), of(4));
  d.start();
  CHECK(d.last<told::waiting>()->reason == wait_reason::guard);
  CHECK(d.last<told::waiting>()->limit == "guard errors: nobody has looked yet");
  d.feed(report(0, holds));
  CHECK(d.last<told::waiting>()->limit == "guard latency: nobody has looked yet");
  d.feed(report(1, holds));
  CHECK(d.batches() == "[0 1]");
}

TEST_CASE("a guard that fails keeps batches from beginning until it holds again") {
  driven_rollout d(guarded(), of(4));
  d.start();
  d.feed({report(0, holds), report(1, holds)});
  d.feed(report(1, fails, "p99 is 2 s"));
  CHECK(d.last<told::guard_changed>()->name == "latency");
  d.succeed({0, 1});
  CHECK(d.batches() == "[0 1]");
  CHECK(d.last<told::waiting>()->limit == "guard latency: p99 is 2 s");
  d.feed(report(1, holds));
  CHECK(d.batches() == "[0 1][2 3]");
}

TEST_CASE("a guard that never holds is met by the deadline, which names it") {
  driven_rollout d(guarded(), of(4));
  d.start();
  d.advance(30min + 1s);
  CHECK(d.outcome() == "Faulted 0/0/0/4/0 RollingUpgradeTimeoutError");
  CHECK(d.machine().report().error.message.find("guard errors") != std::string::npos);
}

TEST_CASE("a guard may fault the upgrade, once nobody is in hand") {
  auto options = guarded(guard_consequence::fault);
  options.policy.rolling.rollback = rollback_scope::all;
  driven_rollout d(options, of(4));
  d.start();
  d.feed({report(0, holds), report(1, holds)});
  d.feed(report(0, fails, "3 %"));
  CHECK(d.machine().running());
  d.succeed({0});
  d.feed(report(0, holds)); // too late
  d.succeed({1});
  CHECK(d.batches() == "[0 1]undo[0 1]");
  d.feed(input::member_settled{0, failure_reason::none, false, true, {}});
  d.feed(input::member_settled{1, failure_reason::none, false, true, {}});
  CHECK(d.outcome() == "Faulted 0/0/0/4/0 GuardFailed");
  CHECK(d.machine().report().error.message.find("guard errors does not hold (3 %)")
        != std::string::npos);
}

TEST_CASE("after a resume guards are to be seen again") {
  driven_rollout d(guarded(), of(4));
  d.start();
  d.feed({report(0, holds), report(1, holds)});
  d.succeed({0, 1});
  CHECK(d.batches() == "[0 1][2 3]");
  driven_rollout later(guarded(), of(4));
  later.start();
  later.feed(report(0, holds));
  std::vector<rollout_input> again{input::resumed{}};
  for (instance_index i = 0; i < 4; ++i)
    again.emplace_back(input::health_changed{i, health_state::healthy, {}});
  later.feed(again);
  later.feed(report(1, holds));
  CHECK(later.batches() == "");
  later.feed(report(0, holds));
  CHECK(later.batches() == "[0 1]");
}

TEST_CASE("only rolling upgrades know windows and guards") {
  auto options = plain_options(upgrade_mode::automatic);
  options.windows = {{0x7f, 2h, 1h}};
  options.guards = {{"errors"}};
  driven_rollout d(options, of(2));
  d.begin();
  CHECK(d.batches() == "[0 1]");
}

TEST_CASE("a guard fails after as many bad looks in a row as its rule says") {
  guard_machine m(3);
  CHECK(m.state() == guard_state::unknown);
  CHECK(m.next(false) == guard_state::unknown);
  CHECK(m.next(false) == guard_state::unknown);
  CHECK(m.next(true) == guard_state::holds);
  CHECK(m.next(false) == guard_state::holds);
  CHECK(m.next(false) == guard_state::holds);
  CHECK(m.next(false) == guard_state::fails);
  CHECK(m.next(true) == guard_state::holds);
}

TEST_CASE(
  "a guard that faults while health settles ends the upgrade before it begins") {
  driven_rollout d(guarded(guard_consequence::fault), of(4));
  d.begin();
  d.feed({report(0, fails, "3 %"), report(1, holds)});
  d.feed(report(0, holds));
  for (instance_index i = 0; i < 4; ++i)
    d.health(i, health_state::healthy);
  CHECK(d.batches() == "");
  CHECK(d.outcome() == "Faulted 0/0/0/4/0 GuardFailed");
}

TEST_CASE("standing still ends where the window does, and goes on in the next one") {
  auto options = nightly();
  options.since_epoch = 2h + 50min;                           // ten minutes are left
  options.policy.rolling.max_unhealthy_instance_percent = 20; // U = 1
  driven_rollout d(options, of(9));
  d.start({{8, ill}}, {{8, {custom_metrics::no_phase, true}}});
  CHECK(d.last<told::waiting>()->reason == wait_reason::unavailable_instances);
  d.advance(10min);
  CHECK(d.last<told::waiting>()->reason == wait_reason::maintenance_window);
  d.advance(23h - 1s);
  CHECK(d.machine().running());
  d.advance(1s);
  CHECK(d.last<told::waiting>()->reason == wait_reason::unavailable_instances);
  d.advance(20min); // what was left of the deadline
  CHECK(d.machine().running());
  d.advance(1s);
  CHECK(d.outcome() == "Faulted 0/0/0/8/1 RollingUpgradeTimeoutError");
}

TEST_CASE("a window that closes while health is seen again is waited for") {
  driven_rollout d(nightly(), of(4));
  d.start();
  d.advance(2h);
  CHECK(d.batches() == "[0 1]");
  d.feed(input::resumed{});
  d.advance(61min); // past the end
  d.succeed({0, 1});
  CHECK(d.last<told::waiting>()->reason == wait_reason::settling_health);
  d.health(2, health_state::healthy);
  d.health(3, health_state::healthy);
  CHECK(d.last<told::waiting>()->reason == wait_reason::maintenance_window);
  CHECK(d.last<told::waiting>()->until == instant{26h});
  d.advance_to(instant{26h});
  CHECK(d.batches() == "[0 1][2 3]");
}

TEST_CASE("a sliding batch takes others in once the next window opens") {
  driven_rollout d(sliding_by_night(), of(6));
  slide_until_closed(d); // 3 is worked on all the while
  CHECK(d.batches() == "[0 1 2][3]");
  d.advance(23h);
  CHECK(d.batches() == "[0 1 2][3][4 5]");
}
