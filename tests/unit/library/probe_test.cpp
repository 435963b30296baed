// SPDX-License-Identifier: Apache-2.0
// Probers of a program's own.
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <stdexcept>

using namespace drydock;
using namespace drydock::testing;

namespace {

upgrade_report roll(scripted_prober::look look, log_lines* log = nullptr,
                    duration health_timeout = 60s) {
  engine_options how;
  if (log != nullptr)
    how.log = log->handler();
  upgrade_engine engine(std::move(how));
  auto options = make_set(10, std::make_shared<scripted_driver>(succeed));
  options.prober = std::make_shared<scripted_prober>(std::move(look));
  options.health.timeout = 20ms;
  options.policy.rolling.health_timeout = health_timeout;
  options.policy.rolling.progress_deadline = 60s;
  auto set = engine.add(std::move(options));
  REQUIRE(set);
  auto run = set->start_upgrade(to_version(2));
  REQUIRE(run);
  return run->wait();
}

} // namespace

TEST_CASE("answers of probes from other threads") {
  std::mutex mutex;
  std::vector<std::jthread> threads;
  const auto report = roll([&](const instance&, probe_completion done) {
    const std::lock_guard guard(mutex);
    threads.emplace_back([done = std::move(done)]() mutable {
      std::this_thread::sleep_for(1ms);
      done.answer(health_state::healthy);
      done.answer(health_state::unhealthy); // too late
    });
  });
  CHECK(report.progress.successful == 10);
}

TEST_CASE("an instance that is ill after its upgrade fails") {
  std::array<std::atomic<int>, 10> probes{};
  const auto report = roll(
    [&probes](const instance& target, probe_completion done) {
      // Well until it is worked on: nobody is probed a second time before.
      const auto n = ++probes[target.index()];
      done.answer(target.index() == 0 && n > 1 ? health_state::unhealthy
                                               : health_state::healthy);
    },
    nullptr, 200ms);
  CHECK(report.progress.failed == 1);
  CHECK(report.progress.successful >= 1);
}

TEST_CASE("probes that are dropped or throw say unknown") {
  log_lines log;
  const auto report = roll(
    [](const instance& target, probe_completion done) {
      if (target.index() == 0)
        throw std::runtime_error("no probe today");
      if (target.index() < 3)
        return;
      done.answer(health_state::healthy);
    },
    &log);
  // 3 of 10 are unhealthy: more than a policy of 20 % lets begin.
  CHECK(report.status == engine::upgrade_status::faulted);
  CHECK(report.error.code == "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade");
  CHECK(log.count("no probe today") >= 1);
}

TEST_CASE("a prober that never answers does not hold up the upgrade for ever") {
  std::mutex mutex;
  std::vector<probe_completion> kept;
  const auto report = roll([&](const instance& target, probe_completion done) {
    if (target.index() >= 3)
      return done.answer(health_state::healthy);
    const std::lock_guard guard(mutex);
    kept.push_back(std::move(done));
  });
  CHECK(report.status == engine::upgrade_status::faulted);
  CHECK(report.error.code == "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade");
}

TEST_CASE("metrics of probes order and spare instances") {
  std::mutex mutex;
  std::vector<instance_index> order;
  upgrade_engine engine;
  auto options =
    make_set(4, std::make_shared<scripted_driver>(
                  [&](const instance& target, const action&, completion done) {
                    const std::lock_guard guard(mutex);
                    order.push_back(target.index());
                    done.succeed();
                  }));
  options.prober = std::make_shared<scripted_prober>(
    [](const instance& target, probe_completion done) {
      custom_metrics metrics;
      metrics.phase = 3 - static_cast<int>(target.index());
      metrics.skip_upgrade = target.index() == 1;
      done.answer(health_state::healthy, metrics);
    });
  options.health.kind = health_kind::rich_extension;
  auto set = engine.add(std::move(options));
  REQUIRE(set);
  const auto report = set->start_upgrade(to_version(2))->wait();
  CHECK(report.progress.skipped == 1);
  CHECK(order == std::vector<instance_index>{3, 2, 0});
}
