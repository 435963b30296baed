// SPDX-License-Identifier: Apache-2.0
// Hooks around an upgrade and its batches: docs/semantics.md, 4.13.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

rollout_options hooked(upgrade_hooks hooks) {
  auto options = rolling_options(50, 50);
  options.hooks = hooks;
  options.hook_retry = {3, false, 1s, 1min, 10min};
  return options;
}

constexpr upgrade_hooks all{true, true, true, true};

fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

void end(driven_rollout& d, std::uint32_t request,
         step_outcome outcome = step_outcome::succeeded, std::string error = {}) {
  d.feed(input::hook_finished{request, outcome, std::move(error)});
}

} // namespace

TEST_CASE("hooks run around the upgrade and around each batch, in order") {
  driven_rollout d(hooked(all), of(4));
  d.start();
  CHECK(d.said() == "hook before_upgrade 0 #1\ndo hook before_upgrade 0 #1 as 1\n");
  end(d, 1);
  CHECK(d.said()
        == "hooked before_upgrade 0 #1 succeeded \n"
           "hook before_batch 1 #1\ndo hook before_batch 1 #1 as 2\n");
  end(d, 2);
  CHECK(d.batches() == "[0 1]");
  d.succeed({0, 1});
  d.said();
  end(d, 3);
  CHECK(d.said()
        == "hooked after_batch 1 #1 succeeded \nafter batch 0/2 20% ok\n"
           "hook before_batch 2 #1\ndo hook before_batch 2 #1 as 4\n");
  end(d, 4);
  d.succeed({2, 3});
  end(d, 5);
  CHECK(d.machine().running());
  d.said();
  end(d, 6);
  CHECK(d.said()
        == "hooked after_upgrade 0 #1 succeeded \nCompleted 4/0/0/0/0\ndo finish\n");
}

TEST_CASE("with nothing to do no hook runs") {
  auto shape = of(2);
  shape.up_to_date = {0, 1};
  driven_rollout d(hooked(all), shape);
  d.start();
  CHECK(d.outcome() == "Completed 2/0/0/0/0");
  CHECK(d.count<told::hook_started>() == 0);
}

TEST_CASE("a failing before_upgrade ends the upgrade, and nothing was touched") {
  driven_rollout d(hooked(all), of(4));
  d.start();
  end(d, 1, step_outcome::failed, "no backup");
  CHECK(d.outcome() == "Faulted 0/0/0/4/0 HookFailed");
  CHECK(d.machine().report().error.message.find("no backup") != std::string::npos);
  CHECK(d.batches() == "");
  CHECK(d.count<told::hook_started>() == 1); // after_upgrade is not its counterpart
}

TEST_CASE("a failing before_batch pauses, and an approval runs it again") {
  driven_rollout d(hooked({false, true, false, false}), of(4));
  d.start();
  d.said();
  end(d, 1, step_outcome::failed, "balancer away");
  CHECK(d.said()
        == "hooked before_batch 1 #1 failed balancer away\n"
           "waiting hook_failed until 1800s {the before_batch hook of batch 1: "
           "balancer away} [] of 0\n");
  CHECK(d.last<told::waiting>()->question == 1);
  d.advance(10min);
  d.feed(input::approval{"ops", true, {}, 1});
  CHECK(d.said()
        == "pause ended by ops\n"
           "hook before_batch 1 #1\ndo hook before_batch 1 #1 as 2\n");
  end(d, 2);
  CHECK(d.batches() == "[0 1]");
}

TEST_CASE("a pause ends with the deadline, a rejection, or a cancel") {
  driven_rollout late(hooked({false, true, false, false}), of(4));
  late.start();
  late.advance(5min);
  end(late, 1, step_outcome::failed, "x");
  late.advance(30min);
  CHECK(late.machine().running()); // from the pause on
  late.advance(1s);
  CHECK(late.outcome() == "Faulted 0/0/0/4/0 RollingUpgradeTimeoutError");
  CHECK(late.machine().report().error.message.find("before_batch")
        != std::string::npos);

  driven_rollout no(hooked({false, true, false, false}), of(4));
  no.start();
  end(no, 1, step_outcome::failed, "x");
  no.feed(input::approval{"ops", false, "enough", 0});
  CHECK(no.outcome() == "Cancelled 0/0/0/4/0 RollingUpgradeCanceled");

  driven_rollout cancelled(hooked({false, true, false, false}), of(4));
  cancelled.start();
  end(cancelled, 1, step_outcome::failed, "x");
  cancelled.cancel();
  CHECK(cancelled.outcome() == "Cancelled 0/0/0/4/0 RollingUpgradeCanceled");
}

TEST_CASE("a failing after_batch pauses before the batch is judged") {
  driven_rollout d(hooked({false, false, true, false}), of(4));
  d.start();
  d.fail(0);
  d.succeed({1});
  end(d, 1, step_outcome::failed, "smoke test");
  CHECK(d.machine().running());
  d.feed(input::approval{"ops", true, {}, 1});
  end(d, 2);
  CHECK(d.outcome()
        == "Faulted 1/1/0/2/0 "
           "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade");
}

TEST_CASE("what fails for now is tried again, up to the last attempt") {
  driven_rollout d(hooked({true, false, false, false}), of(4));
  d.start();
  end(d, 1, step_outcome::transient, "busy");
  CHECK(d.last<told::waiting>()->reason == wait_reason::hook);
  d.said();
  d.advance(1s);
  CHECK(d.said() == "hook before_upgrade 0 #2\ndo hook before_upgrade 0 #2 as 2\n");
  end(d, 1); // the first one's answer comes late
  CHECK(d.batches() == "");
  end(d, 2, step_outcome::transient, "busy");
  d.advance(2s - 1ms);
  CHECK(d.count<told::hook_started>() == 2);
  d.advance(1ms);
  end(d, 3, step_outcome::transient, "busy");
  CHECK(d.outcome() == "Faulted 0/0/0/4/0 HookFailed");
}

TEST_CASE("a hook that never answers is ended after its timeout") {
  driven_rollout d(hooked({false, true, false, false}), of(4));
  d.start();
  d.said();
  d.advance(10min + 15s);
  CHECK(d.said().find("do end hook 1\nhooked before_batch 1 #1 timed_out")
        != std::string::npos);
  CHECK(d.last<told::waiting>()->reason == wait_reason::hook_failed);
}

TEST_CASE("a cancel waits for the hook that runs, and --now ends it") {
  driven_rollout d(hooked({false, true, false, true}), of(4));
  d.start();
  d.cancel();
  CHECK(d.machine().running());
  end(d, 1, step_outcome::failed, "x");
  CHECK(d.machine().running()); // the hook had an effect, or may have had one
  end(d, 2);
  CHECK(d.outcome() == "Cancelled 0/0/0/4/0 RollingUpgradeCanceled");

  driven_rollout now(hooked({false, true, false, false}), of(4));
  now.start();
  now.said();
  now.cancel(true);
  CHECK(now.said().find("do end hook 1\n") != std::string::npos);
  CHECK(now.outcome() == "Cancelled 0/0/0/4/0 RollingUpgradeCanceled");
}

TEST_CASE("a batch that a cancel ends has its after_batch, and the upgrade its own") {
  driven_rollout d(hooked({false, false, true, true}), of(4));
  d.start();
  d.cancel();
  d.succeed({0, 1});
  d.said();
  end(d, 1, step_outcome::failed, "x"); // does not pause what is cancelled
  CHECK(d.said().find("do hook after_upgrade 0 #1 as 2") != std::string::npos);
  end(d, 2, step_outcome::failed, "y"); // changes nothing
  CHECK(d.outcome() == "Cancelled 2/0/0/2/0 RollingUpgradeCanceled");
}

TEST_CASE("whoever resumes runs the hook that was under way again") {
  driven_rollout d(hooked({false, true, false, false}), of(4));
  d.start();
  d.said();
  d.sleep_through(1min);
  d.feed(input::resumed{});
  CHECK(d.said()
        == "resumed []\nhook before_batch 1 #1\ndo hook before_batch 1 #1 as 2\n");
  end(d, 1); // what the earlier process asked for
  CHECK(d.batches() == "");
}

TEST_CASE("a hook has its whole time, whatever an earlier process left of one") {
  driven_rollout d(hooked({false, true, false, false}), of(4));
  d.start();
  d.sleep_through(1min);
  d.feed(input::resumed{});
  d.said();
  // What is left has 10 min and is killed 10 s later; then this one has its own.
  d.advance(20min + 25s - 1ms);
  CHECK(d.said() == "");
  d.advance(1ms);
  CHECK(d.said().find("do end hook 2\nhooked before_batch 1 #1 timed_out")
        != std::string::npos);
  d.feed(input::approval{"ops", true, {}, 0});
  d.said();
  d.advance(10min + 15s); // nothing is left by now
  CHECK(d.said().find("do end hook 3\nhooked before_batch 1 #1 timed_out")
        != std::string::npos);
}

TEST_CASE("the last hook waits for what is left of one that a cancel ended") {
  driven_rollout d(hooked({false, true, false, true}), of(4));
  d.start();
  d.cancel();
  d.sleep_through(1min);
  d.feed(input::resumed{});
  REQUIRE(d.last<told::hook_started>()->hook == upgrade_hook::after_upgrade);
  d.advance(20min + 25s - 1ms);
  CHECK(d.machine().running());
  d.advance(1ms);
  CHECK(d.outcome() == "Cancelled 0/0/0/4/0 RollingUpgradeCanceled");
}

TEST_CASE("who rejects the hook after the last batch is told of no rest") {
  const auto rejected = [](bool last) {
    driven_rollout d(hooked({false, false, true, true}), of(4));
    d.start();
    d.succeed({0, 1});
    if (last) {
      end(d, 1);
      d.succeed_all();
    }
    end(d, last ? 2 : 1, step_outcome::failed, "smoke test");
    REQUIRE(d.machine().running());
    d.feed(input::approval{"ops", false, "enough", 0});
    CHECK(d.last<told::hook_started>()->hook == upgrade_hook::after_upgrade);
    end(d, last ? 3 : 2);
    return std::pair(d.outcome(), d.machine().report().error.message);
  };
  const auto [part, more] = rejected(false);
  CHECK(part == "Cancelled 2/0/0/2/0 RollingUpgradeCanceled");
  CHECK(more.find("; run again to bring the rest") != std::string::npos);
  const auto [all, reason] = rejected(true);
  CHECK(all == "Cancelled 4/0/0/0/0 RollingUpgradeCanceled");
  CHECK(reason.ends_with("ops gave the upgrade up: enough"));
}

TEST_CASE("automatic and manual upgrades have the same hooks") {
  auto options = plain_options(upgrade_mode::automatic);
  options.hooks = all;
  driven_rollout d(options, of(3));
  d.begin();
  end(d, 1);
  d.erase(0);
  end(d, 2);
  CHECK(d.batches() == "[1 2]");
  d.fail(1);
  d.succeed({2});
  end(d, 3);
  end(d, 4);
  CHECK(d.outcome()
        == "Completed 1/1/0/0/0 RollingUpgradeInProgressWithFailedUpgradedVMs");
}

TEST_CASE("a cancel begins no further attempt at a hook") {
  driven_rollout d(hooked({false, true, false, false}), of(4));
  d.start();
  end(d, 1, step_outcome::transient, "busy");
  d.cancel();
  CHECK(d.outcome() == "Cancelled 0/0/0/4/0 RollingUpgradeCanceled");
  CHECK(d.count<told::hook_started>() == 1);
}

TEST_CASE("a batch that is given back as a whole has its after_batch") {
  driven_rollout d(hooked({false, true, true, false}), of(4));
  d.start();
  end(d, 1);
  d.cancel();
  d.feed({input::member_released{0}, input::member_released{1}});
  CHECK(d.last<told::hook_started>()->hook == upgrade_hook::after_batch);
  end(d, 2);
  CHECK(d.outcome() == "Cancelled 0/0/0/4/0 RollingUpgradeCanceled");
}

TEST_CASE("many attempts wait no longer than the longest wait") {
  auto options = hooked({true, false, false, false});
  options.hook_retry = {100, false, 1h, 2h, 0s};
  driven_rollout d(options, of(4));
  d.start();
  for (std::uint32_t n = 1; n <= 60; ++n) {
    end(d, n, step_outcome::transient, "busy");
    CHECK(d.last<told::waiting>()->remaining == (n == 1 ? 1h : 2h));
    d.advance(2h);
  }
  CHECK(d.count<told::hook_started>() == 61);
}
