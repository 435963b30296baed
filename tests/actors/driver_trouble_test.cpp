// SPDX-License-Identifier: Apache-2.0
// Drivers that answer late, twice, never, from another thread, or throw.
#include "world.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>

using namespace drydock;
using namespace drydock::engine;
using namespace drydock::test;
using protocol::step_outcome;

namespace {

struct outcome {
  upgrade_report report;
  std::uint32_t max_unavailable = 0;
};

outcome run_with(actors::run_setup setup, std::shared_ptr<scripted_driver> driver,
                 recorder& heard) {
  setup.driver = std::move(driver);
  if (!setup.prober)
    setup.prober = always_healthy();
  auto report = actors::upgrade_run(std::move(setup), heard).run();
  return {std::move(report), heard.audit.max_unavailable()};
}

} // namespace

TEST_CASE("an answer that comes twice counts once") {
  recorder heard(10, true);
  const auto [report, most] =
    run_with(make_setup(10), std::make_shared<scripted_driver>([](auto& r, auto port) {
               port->finished(r.id, {step_outcome::succeeded, {}}, 5s);
               port->finished(r.id, {step_outcome::failed, "again"}, 6s);
               port->finished(r.id, {step_outcome::failed, "much later"}, 60s);
               return true;
             }),
             heard);
  CHECK(report.progress.successful == 10);
  CHECK(report.progress.failed == 0);
  CHECK(most == 2);
}

TEST_CASE("a driver that never answers is timed out by the instance itself") {
  auto setup = make_setup(5);
  setup.lifecycle.retry.timeout = 30s;
  setup.rollout.policy.rolling.max_unhealthy_upgraded_instance_percent = 100;
  setup.rollout.policy.rolling.max_unhealthy_instance_percent = 100;
  recorder heard(5, true);
  const auto driver =
    std::make_shared<scripted_driver>([](auto&, auto) { return true; });
  const auto [report, most] = run_with(std::move(setup), driver, heard);
  CHECK(report.progress.failed == 5);
  CHECK(report.error.details.at(0).code == "ActionTimedOut");
  CHECK(driver->killed.size() == 5);
}

TEST_CASE("a transient failure is tried again, a bounded number of times") {
  auto setup = make_setup(1);
  setup.lifecycle.retry.max_attempts = 3;
  recorder heard(1, true);
  std::vector<duration> tried;
  instant first{};
  const auto driver = std::make_shared<scripted_driver>([&](auto& r, auto port) {
    if (tried.empty())
      first = r.now;
    tried.push_back(r.now - first);
    port->finished(r.id, {step_outcome::transient, "not now"});
    return true;
  });
  const auto [report, most] = run_with(std::move(setup), driver, heard);
  CHECK(report.progress.failed == 1);
  REQUIRE(tried.size() == 3);
  // One second, then two, half of it certain.
  CHECK(tried[1] >= 500ms);
  CHECK(tried[1] <= 1s);
  CHECK(tried[2] - tried[1] >= 1s);
  CHECK(tried[2] - tried[1] <= 2s);
}

TEST_CASE("a driver that throws fails its instance, and the upgrade goes on") {
  auto setup = make_setup(10);
  setup.rollout.policy.rolling.max_unhealthy_upgraded_instance_percent = 50;
  recorder heard(10, true);
  const auto [report, most] = run_with(
    std::move(setup), std::make_shared<scripted_driver>([](auto& r, auto port) {
      if (r.id.instance == 1)
        throw std::runtime_error("a driver of the worst kind");
      port->finished(r.id, {step_outcome::succeeded, {}}, 5s);
      return true;
    }),
    heard);
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.progress.successful == 9);
  CHECK(report.progress.failed == 1);
  CHECK(report.error.details.at(0).message == "a driver of the worst kind");
  CHECK(most == 2);
}

TEST_CASE("an instance actor that dies fails its instance, and the upgrade goes on") {
  class deadly : public scripted_driver {
  public:
    using scripted_driver::scripted_driver;
    void kill(protocol::ticket) override { throw std::runtime_error("no way to stop"); }
  };
  auto setup = make_setup(10);
  setup.rollout.policy.rolling.max_unhealthy_upgraded_instance_percent = 50;
  setup.lifecycle.retry.timeout = 20s;
  recorder heard(10, true);
  const auto [report, most] =
    run_with(std::move(setup), std::make_shared<deadly>([](auto& r, auto port) {
               if (r.id.instance != 1) // that one never answers, and is killed
                 port->finished(r.id, {step_outcome::succeeded, {}}, 5s);
               return true;
             }),
             heard);
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.progress.successful == 9);
  CHECK(report.error.details.at(0).message == "the actor that worked on it died");
  CHECK(most == 2);
}

TEST_CASE("a queued step that a cancel withdraws leaves its instance pending") {
  auto setup = make_setup(10);
  recorder heard(10, true);
  std::shared_ptr<protocol::step_port> port_of_queued;
  protocol::ticket queued;
  class withdrawing : public scripted_driver {
  public:
    using scripted_driver::scripted_driver;
    void withdraw(protocol::ticket id) override {
      port->finished(id, {step_outcome::withdrawn, {}});
    }
    std::shared_ptr<protocol::step_port> port;
  };
  std::shared_ptr<withdrawing> driver;
  driver = std::make_shared<withdrawing>([&](auto& r, auto port) {
    if (r.id.instance == 1) { // never leaves the queue
      driver->port = port;
      return false;
    }
    port->finished(r.id, {step_outcome::succeeded, {}}, 60s);
    return true;
  });
  setup.driver = driver;
  setup.prober = always_healthy();
  actors::upgrade_run run(std::move(setup), heard);
  run.cancel_at("a test", false, 10s);
  const auto report = run.run();
  driver->port = nullptr;
  CHECK(report.status == upgrade_status::cancelled);
  CHECK(report.progress.successful == 1);
  CHECK(report.progress.pending == 9);
  CHECK(heard.all<told::instance_released>().size() == 1);
  CHECK(report.batches.at(0).instances == std::vector<instance_index>{0});
}

TEST_CASE("answers from other threads are as good as any") {
  auto setup = make_setup(8);
  setup.virtual_clock = false;
  setup.health.interval = 2ms;
  recorder heard(8, true);
  std::vector<std::thread> threads;
  std::mutex mutex;
  const auto [report, most] = run_with(
    std::move(setup), std::make_shared<scripted_driver>([&](auto& r, auto port) {
      const std::lock_guard guard(mutex);
      threads.emplace_back([id = r.id, port] {
        port->begun(id);
        port->finished(id, {step_outcome::succeeded, {}});
      });
      return false;
    }),
    heard);
  for (auto& t : threads)
    t.join();
  CHECK(report.progress.successful == 8);
  CHECK(most == 1);
}

TEST_CASE("a listener that throws ends the upgrade, and nobody waits for ever") {
  class thrower : public actors::upgrade_listener {
  public:
    void on_event(const upgrade_event& event, duration) override {
      if (std::holds_alternative<told::batch_started>(event))
        throw std::runtime_error("a listener of the worst kind");
    }
  };
  for (const auto virtual_clock : {true, false}) {
    auto setup = make_setup(3);
    setup.virtual_clock = virtual_clock;
    setup.prober = always_healthy();
    setup.driver = std::make_shared<scripted_driver>([](auto&, auto) { return true; });
    thrower listener;
    const auto report = actors::upgrade_run(std::move(setup), listener).run();
    CHECK(report.status == upgrade_status::faulted);
    CHECK(report.error.code == "InternalExecutionError");
  }
}
