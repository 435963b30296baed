// SPDX-License-Identifier: Apache-2.0
// Members are activated in waves: nobody must notice but the clock.
#include "world.hpp"

#include "drydock/drivers/simulated.hpp"

#include <doctest/doctest.h>

#include <atomic>

using namespace drydock;
using namespace drydock::engine;
using namespace drydock::test;
using protocol::step_outcome;

namespace {

/// Answers at once, from any thread, and does something at its first step.
class quick_driver : public protocol::driver {
public:
  explicit quick_driver(std::function<void()> at_first)
    : at_first_(std::move(at_first)) {}

  bool start(const protocol::step_request& request,
             std::shared_ptr<protocol::step_port> port) override {
    if (starts.fetch_add(1) == 0)
      at_first_();
    port->finished(request.id, {step_outcome::succeeded, {}});
    return true;
  }
  void withdraw(protocol::ticket) override {}
  void kill(protocol::ticket) override {}
  [[nodiscard]] bool has_hook(protocol::step_kind) const override { return false; }
  [[nodiscard]] duration timeout() const override { return {}; }

  std::atomic<std::uint32_t> starts{0};

private:
  std::function<void()> at_first_;
};

/// All in one batch, in real time, in many shards.
actors::run_setup all_at_once(std::size_t count) {
  auto setup = make_setup(count);
  setup.rollout.policy.rolling.max_batch_instance_percent = 100;
  setup.rollout.policy.rolling.max_unhealthy_instance_percent = 100;
  setup.virtual_clock = false;
  setup.threads = 2;
  setup.shard_size = 1000;
  const health_source source = setup.health;
  setup.prober = std::make_shared<drivers::simulated_fleet>(simulated_spec{}, source,
                                                            *setup.instances);
  return setup;
}

} // namespace

TEST_CASE("members whose work takes time are all at work at the same time") {
  auto setup = make_setup(2000);
  setup.shard_size = 150;
  setup.prober = always_healthy();
  setup.driver = std::make_shared<scripted_driver>([](auto& r, auto port) {
    port->finished(r.id, {step_outcome::succeeded, {}}, 60s);
    return true;
  });
  recorder heard(2000, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.progress.successful == 2000);
  CHECK(report.batches.size() == 5);
  CHECK(report.end - report.start == 5 * 60s);
  CHECK(heard.audit.max_unavailable() == 400);
}

TEST_CASE("a cancel takes back members that no actor works on yet") {
  constexpr std::uint32_t count = 20'000;
  auto setup = all_at_once(count);
  actors::upgrade_run* run = nullptr;
  const auto driver =
    std::make_shared<quick_driver>([&] { run->cancel("a test", false); });
  setup.driver = driver;
  recorder heard(count, true);
  actors::upgrade_run upgrade(std::move(setup), heard);
  run = &upgrade;
  const auto report = upgrade.run();
  CHECK(report.status == upgrade_status::cancelled);
  CHECK(report.progress.pending > 0);
  CHECK(report.progress.successful == driver->starts);
  CHECK(report.progress.successful + report.progress.pending == count);
  CHECK(heard.all<told::instance_released>().size() == report.progress.pending);
}

TEST_CASE("an instance that is deleted before its turn is never worked on") {
  constexpr std::uint32_t count = 20'000;
  auto setup = all_at_once(count);
  actors::upgrade_run* run = nullptr;
  const auto driver = std::make_shared<quick_driver>([&] {
    for (std::uint32_t i = count - 500; i < count; ++i)
      run->delete_instance(i);
  });
  setup.driver = driver;
  recorder heard(count, true);
  actors::upgrade_run upgrade(std::move(setup), heard);
  run = &upgrade;
  const auto report = upgrade.run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(heard.all<told::instance_deleted>().size() == 500);
  CHECK(report.progress.successful == count - 500);
  CHECK(driver->starts == count - 500);
}
