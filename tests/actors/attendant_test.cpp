// SPDX-License-Identifier: Apache-2.0
// What an upgrade as a whole asks of its attendant, on both clocks.
#include "world.hpp"

#include "drydock/drivers/attendants.hpp"
#include "drydock/drivers/simulated.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace drydock;
using namespace drydock::engine;
using namespace drydock::test;

namespace {

/// Ten instances whose upgrade takes a minute each batch of two, and their world.
actors::run_setup make_run(const simulated_spec& given,
                           std::vector<guard_rule> guards = {}, bool stands_in = true) {
  auto setup = make_setup(10);
  auto spec = given;
  spec.durations[static_cast<std::size_t>(apply_class::reimage)].first = 60s;
  const auto world =
    std::make_shared<drivers::simulated_fleet>(spec, setup.health, *setup.instances);
  setup.driver = world;
  setup.prober = world;
  setup.rollout.hooks = hooks_of(spec.around);
  setup.rollout.guards = guards;
  setup.attendant =
    drivers::make_simulated_attendant(spec, std::move(guards), stands_in);
  return setup;
}

/// Never answers what it is asked at checkpoints, and counts.
struct silent_attendant : protocol::attendant {
  int asked = 0;
  int ended_after_asked = 0;

  void run_hook(const protocol::hook_request&,
                std::shared_ptr<protocol::attendant_port>) override {}
  void end_hook(std::uint32_t) override {}
  void ask_approval(int, std::uint32_t,
                    std::shared_ptr<protocol::attendant_port>) override {
    asked += 1;
  }
  void end_approval() override { ended_after_asked += asked > 0 ? 1 : 0; }
  void watch_guards(std::shared_ptr<protocol::attendant_port>) override {}
};

std::optional<duration_distribution> fixed(duration x) {
  duration_distribution result;
  result.first = x;
  return result;
}

std::vector<checkpoint> one_checkpoint(checkpoint_approval approval) {
  return {{20, 10min, approval}};
}

} // namespace

TEST_CASE("hooks around an upgrade and its batches take their time") {
  simulated_spec spec;
  spec.around.hooks = {fixed(30s), fixed(5s), fixed(7s), fixed(11s)};
  recorder heard(10, true);
  const auto report = actors::upgrade_run(make_run(spec), heard).run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.end - report.start == 30s + 5 * (5s + 60s + 7s) + 11s);
  CHECK(heard.all<told::hook_started>().size() == 12);
  CHECK(heard.all<told::hook_finished>().size() == 12);
}

TEST_CASE("a failed hook pauses an upgrade until somebody answers") {
  simulated_spec spec;
  spec.around.hooks[static_cast<std::size_t>(upgrade_hook::before_batch)] = fixed(0s);
  spec.around.hook_faults = {{upgrade_hook::before_batch, 2, 1}};
  spec.around.approve_after = 1h; // ann is quicker
  recorder heard(10, true);
  actors::upgrade_run run(make_run(spec), heard);
  run.approve_at({"ann", true, {}, 0}, 20min);
  const auto report = run.run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.end - report.start == 20min + 4 * 60s);
  REQUIRE(heard.all<told::pause_ended>().size() == 1);
  CHECK(heard.all<told::pause_ended>().front().by == "ann");
}

TEST_CASE("in virtual time a failed hook is answered for people as well") {
  simulated_spec spec;
  spec.around.hooks[static_cast<std::size_t>(upgrade_hook::before_batch)] = fixed(0s);
  spec.around.hook_faults = {{upgrade_hook::before_batch, 1, 1}};
  spec.around.approve_after = 5min;
  auto setup = make_run(spec);
  setup.rollout.policy.mode = upgrade_mode::automatic; // where no deadline ends a pause
  recorder heard(10, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.end - report.start == 5min + 60s);
  REQUIRE(heard.all<told::pause_ended>().size() == 1);
  CHECK(heard.all<told::pause_ended>().front().by == "the simulated fleet");
}

TEST_CASE("a hook that never ends in time does not keep an upgrade going for ever") {
  for (const auto mode : {upgrade_mode::rolling, upgrade_mode::automatic}) {
    simulated_spec spec;
    spec.timeout = 2min;
    spec.around.hooks[static_cast<std::size_t>(upgrade_hook::before_batch)] =
      fixed(2min + 1s);
    auto setup = make_run(spec);
    setup.rollout.policy.mode = mode;
    setup.rollout.hook_retry.timeout = spec.timeout;
    recorder heard(10, true);
    const auto report = actors::upgrade_run(std::move(setup), heard).run();
    CHECK(heard.all<told::hook_finished>().size() == 1);
    const auto took = report.end - report.start;
    if (mode == upgrade_mode::rolling) {
      CHECK(report.status == upgrade_status::faulted);
      CHECK(report.error.code == "RollingUpgradeTimeoutError");
      CHECK(took > 2min + rolling_policy{}.progress_deadline);
      CHECK(took < 1h);
    } else {
      CHECK(report.status == upgrade_status::cancelled);
      CHECK(took == 2min + 24h);
    }
  }
}

TEST_CASE("in virtual time whoever plays the world answers for people and commands") {
  for (const auto approval :
       {checkpoint_approval::manual, checkpoint_approval::command}) {
    simulated_spec spec;
    spec.around.approve_after = 5min;
    auto setup = make_run(spec);
    setup.rollout.policy.rolling.checkpoints = one_checkpoint(approval);
    recorder heard(10, true);
    const auto report = actors::upgrade_run(std::move(setup), heard).run();
    CHECK(report.status == upgrade_status::completed);
    CHECK(report.end - report.start == 5 * 60s + 10min + 5min);
    const auto left = heard.all<told::checkpoint_left>();
    REQUIRE(left.size() == 1);
    CHECK(left.front().passed);
    CHECK(left.front().by == "the simulated fleet");
  }
}

TEST_CASE("nobody need decide any more once an upgrade ends at a checkpoint") {
  for (const auto end : {rejection::cancel, rejection::roll_back}) {
    auto setup = make_run({});
    const auto silent = std::make_shared<silent_attendant>();
    setup.attendant = silent;
    auto& rolling = setup.rollout.policy.rolling;
    rolling.checkpoints = one_checkpoint(checkpoint_approval::command);
    rolling.on_rejection = end;
    recorder heard(10, true);
    actors::upgrade_run run(std::move(setup), heard);
    if (end == rejection::cancel)
      run.cancel_at("ann", false, 1h);
    else
      run.approve_at({"ann", false, {}, 0}, 1h);
    CHECK(run.run().status != upgrade_status::completed);
    CHECK(silent->asked == 1);
    CHECK(silent->ended_after_asked >= 1);
  }
}

TEST_CASE("a checkpoint without bake and approval takes no time") {
  for (const auto batching : {batching_mode::strict, batching_mode::sliding}) {
    auto setup = make_run({});
    setup.rollout.policy.rolling.batching = batching;
    setup.rollout.policy.rolling.checkpoints = {{20}, {50}, {60}, {100}};
    recorder heard(10, true);
    const auto report = actors::upgrade_run(std::move(setup), heard).run();
    CHECK(report.status == upgrade_status::completed);
    // 2, then 3 in two batches, 1, and 4 in two.
    CHECK(report.end - report.start == 6 * 60s);
    CHECK(heard.all<told::checkpoint_left>().size() == 4);
  }
}

TEST_CASE("a simulated fleet may reject") {
  simulated_spec spec;
  spec.around.approve = false;
  auto setup = make_run(spec);
  setup.rollout.policy.rolling.checkpoints =
    one_checkpoint(checkpoint_approval::manual);
  recorder heard(10, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.status == upgrade_status::cancelled);
  CHECK(report.progress.successful == 2);
  CHECK_FALSE(heard.all<told::checkpoint_left>().front().passed);
}

TEST_CASE("nobody but a person answers where nobody stands in") {
  auto setup = make_run({}, {}, false);
  setup.rollout.policy.rolling.checkpoints =
    one_checkpoint(checkpoint_approval::manual);
  recorder heard(10, true);
  actors::upgrade_run run(std::move(setup), heard);
  run.approve_at({"ann", true, "looks well", 1}, 2h);
  const auto report = run.run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.end - report.start == 2h + 4 * 60s);
  CHECK(heard.all<told::checkpoint_left>().front().message == "looks well");
}

TEST_CASE("a guard that fails holds batches until it recovers") {
  simulated_spec spec;
  spec.around.guards = {{"errors", 90s, 10min}};
  recorder heard(10, true);
  const auto report =
    actors::upgrade_run(make_run(spec, {{"errors", guard_consequence::wait}}), heard)
      .run();
  CHECK(report.status == upgrade_status::completed);
  // The batch of 60 s to 120 s goes to its end; the third begins at 690 s.
  CHECK(report.end - report.start == 690s + 3 * 60s);
  REQUIRE(heard.all<told::guard_changed>().size() >= 2);
  CHECK(heard.all<told::guard_changed>().back().state == guard_state::holds);
}

TEST_CASE("a guard may be the end of an upgrade") {
  simulated_spec spec;
  spec.around.guards = {{"errors", 90s, {}}};
  recorder heard(10, true);
  const auto report =
    actors::upgrade_run(make_run(spec, {{"errors", guard_consequence::fault}}), heard)
      .run();
  CHECK(report.status == upgrade_status::faulted);
  CHECK(report.error.code == "GuardFailed");
  CHECK(report.end - report.start == 120s);
  CHECK(report.progress.successful == 4);
}

TEST_CASE("on the real clock approvals reach a run, also those that come too early") {
  auto setup = make_setup(4);
  setup.virtual_clock = false;
  setup.threads = 2;
  const auto world = std::make_shared<drivers::simulated_fleet>(
    simulated_spec{}, setup.health, *setup.instances);
  setup.driver = world;
  setup.prober = world;
  setup.health.interval = 50ms;
  // The health of the set is settled at the first look, and its first batch takes no
  // time: the answer to question 1 waits for it.
  setup.rollout.policy.rolling.checkpoints = {{25, 0s, checkpoint_approval::manual}};
  setup.rollout.policy.rolling.approval_timeout = 20s;
  recorder heard(4, true);
  actors::upgrade_run run(std::move(setup), heard);
  run.approve({"ann", true, {}, 1}); // nothing is asked yet
  std::atomic<bool> over{false};
  std::jthread person([&] {
    while (!over) {
      run.approve({"ann", true, {}, 1});
      std::this_thread::sleep_for(10ms);
    }
  });
  const auto report = run.run();
  over = true;
  CHECK(report.status == upgrade_status::completed);
  CHECK(heard.all<told::checkpoint_left>().front().by == "ann");
}

TEST_CASE("a window of a virtual clock opens at its very instant") {
  auto setup = make_run({});
  maintenance_window window;
  window.start = 1h;
  window.length = 2min;
  setup.rollout.windows = {window};
  setup.rollout.since_epoch = duration{0} - actors::virtual_clock_origin;
  recorder heard(10, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.status == upgrade_status::completed);
  // Two batches begin in it on each of the first two days, one on the third.
  CHECK(report.end - report.start == 48h + 1h + 60s);
  for (const auto& [event, at] : heard.events)
    if (std::holds_alternative<told::batch_started>(event))
      CHECK(at % 24h >= 1h);
}
