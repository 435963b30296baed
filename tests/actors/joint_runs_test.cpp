// SPDX-License-Identifier: Apache-2.0
// Upgrades that run at the same time, on one clock and within one budget.
#include "drydock/actors/joint_runs.hpp"

#include "world.hpp"

#include "drydock/actors/budget_broker.hpp"
#include "drydock/drivers/simulated.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::engine;
using namespace drydock::test;

namespace {

/// B = U = 4 of 8, 60 s each, in virtual time.
actors::run_setup make_run() {
  auto setup = make_setup(8);
  setup.rollout.policy.rolling.max_batch_instance_percent = 50;
  setup.rollout.policy.rolling.max_unhealthy_instance_percent = 50;
  simulated_spec spec;
  spec.durations[static_cast<std::size_t>(apply_class::reimage)].first = 60s;
  auto world =
    std::make_shared<drivers::simulated_fleet>(spec, setup.health, *setup.instances);
  setup.driver = world;
  setup.prober = world;
  return setup;
}

/// Counts who is in hand in all upgrades together.
class crowd {
public:
  class one : public recorder {
  public:
    explicit one(crowd& to) : recorder(8, true), to_(to) {}
    void on_event(const upgrade_event& event, duration at) override {
      recorder::on_event(event, at);
      if (const auto* batch = std::get_if<told::batch_started>(&event))
        to_.now_ += batch->instances.size();
      else if (std::holds_alternative<told::instance_settled>(event))
        --to_.now_;
      to_.most = std::max(to_.most, to_.now_);
    }

  private:
    crowd& to_;
  };
  std::size_t most = 0;

private:
  std::size_t now_ = 0;
};

} // namespace

TEST_CASE("upgrades on one virtual clock share a budget") {
  const std::vector<std::string> names{"a", "b", "c"};
  auto broker = std::make_shared<actors::budget_broker>(3U, names);
  crowd all;
  crowd::one a(all), b(all), c(all);
  actors::joint_runs runs({true});
  std::size_t number = 0;
  for (auto* heard : {&a, &b, &c}) {
    auto setup = make_run();
    setup.rollout.shared_budget = 3;
    setup.budget = broker->port(number);
    broker->enter(number);
    CHECK(runs.add(std::move(setup), *heard) == number++);
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    runs.begin(i);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto end = runs.wait();
    REQUIRE(end.has_value());
    CHECK(end->report.status == upgrade_status::completed);
    broker->leave(end->run);
  }
  CHECK(all.most == 3);
  // 24 instances, three at a time; a place may stay empty until a batch is over.
  CHECK(runs.elapsed() >= 8 * 60s);
  CHECK(runs.elapsed() <= 10 * 60s);
  CHECK(a.all<told::waiting>().size() + b.all<told::waiting>().size()
          + c.all<told::waiting>().size()
        > 0);
}

TEST_CASE("the ends of joint upgrades are told one by one, and another may follow") {
  recorder a(8, true), b(8, true);
  actors::joint_runs runs({true});
  CHECK_FALSE(runs.wait().has_value()); // nobody has begun
  const auto first = runs.add(make_run(), a);
  runs.begin(first);
  const auto end = runs.wait();
  REQUIRE(end.has_value());
  CHECK(end->run == first);
  CHECK(end->report.status == upgrade_status::completed);
  CHECK(runs.elapsed() == 120s);
  const auto second = runs.add(make_run(), b);
  runs.begin(second);
  CHECK(runs.wait()->run == second);
  CHECK(runs.elapsed() == 240s);
  CHECK_FALSE(runs.wait().has_value());
}

TEST_CASE("without anybody to share it with, an upgrade has the whole budget") {
  auto setup = make_run();
  setup.rollout.shared_budget = 3;
  recorder heard(8, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(heard.audit.max_unavailable() == 3);
}

TEST_CASE("one of several upgrades is cancelled alone") {
  recorder a(8, true), b(8, true);
  actors::joint_runs runs({true});
  const auto first = runs.add(make_run(), a);
  const auto second = runs.add(make_run(), b);
  runs.begin(first);
  runs.begin(second);
  runs.cancel_at(first, "test", false, 30s);
  const auto end = runs.wait();
  CHECK(end->run == first);
  CHECK(end->report.status == upgrade_status::cancelled);
  CHECK(runs.wait()->report.status == upgrade_status::completed);
}

TEST_CASE("upgrades on the real clock end too") {
  auto setup = make_run();
  setup.virtual_clock = false;
  setup.driver = std::make_shared<scripted_driver>(
    [](const auto& request, std::shared_ptr<protocol::step_port> port) {
      port->finished(request.id, {step_outcome::succeeded, {}});
      return true;
    });
  setup.prober = always_healthy();
  recorder heard(8, true);
  actors::joint_runs runs({});
  runs.begin(runs.add(std::move(setup), heard));
  CHECK(runs.wait()->report.status == upgrade_status::completed);
}
