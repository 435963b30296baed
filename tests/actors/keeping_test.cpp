// SPDX-License-Identifier: Apache-2.0
// Runs that keep a set, and upgrades beside which instances are repaired.
#include "world.hpp"

#include "drydock/drivers/simulated.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::engine;
using namespace drydock::test;

namespace {

/// A set of which vm-3 falls ill after two minutes, and who repairs it.
actors::run_setup make_ill_setup(repair_action action, const simulated_fault& fault) {
  auto setup = make_setup(10);
  auto& repairs = setup.rollout.repairs.emplace();
  repairs.action = action;
  repairs.grace_period = 1min;
  simulated_spec spec;
  spec.durations[static_cast<std::size_t>(apply_class::restart)].first = 30s;
  spec.faults.push_back(fault);
  auto world =
    std::make_shared<drivers::simulated_fleet>(spec, setup.health, *setup.instances);
  setup.driver = world;
  setup.prober = world;
  return setup;
}

simulated_fault falls_ill(const char* id) {
  simulated_fault fault;
  fault.instance = id;
  fault.health = health_state::unhealthy;
  fault.falls_ill_after = 2min;
  return fault;
}

} // namespace

TEST_CASE("a run that keeps repairs who falls ill, and ends when it is told to") {
  auto setup = make_ill_setup(repair_action::restart, falls_ill("vm-3"));
  setup.rollout.keep = true;
  recorder heard(10, true);
  actors::upgrade_run run(std::move(setup), heard);
  run.stop_keeping_at(10min);
  const auto report = run.run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.end - report.start == 10min);
  CHECK(report.repairs.succeeded == 1);
  CHECK(heard.all<told::batch_started>().empty());
  const auto steps = heard.all<told::step_started>();
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].action == apply_class::restart);
  CHECK(steps[0].work == work_kind::repair);
  CHECK(heard.audit.bad_repairs() == 0);
  CHECK(heard.audit.max_unavailable() == 1);
}

TEST_CASE("repairs that do not help are suspended, and somebody resumes them") {
  auto fault = falls_ill("vm-3");
  fault.repair = simulated_fault::action_fate::fail;
  auto setup = make_ill_setup(repair_action::restart, fault);
  setup.rollout.keep = true;
  recorder heard(10, true);
  actors::upgrade_run run(std::move(setup), heard);
  run.resume_repairs_at("ann", 1h);
  run.suspend_repairs_at("bob", 1h + 1min);
  run.stop_keeping_at(2h);
  const auto report = run.run();
  const auto ended = heard.all<told::repair_finished>();
  CHECK(ended.size() == report.repairs.failed);
  CHECK(report.repairs.failed >= 4); // three, and at least one since
  CHECK(report.repairs.suspended);
  const auto held = heard.all<told::repairs_suspended>();
  REQUIRE(held.size() >= 1);
  CHECK(held[0].failed_in_a_row == repairs_in_vain_max);
  CHECK(heard.all<told::repairs_resumed>().size() == 1);
  CHECK(heard.audit.bad_repairs() == 0);
}

TEST_CASE("an upgrade repairs beside its batches who is up to date") {
  auto setup = make_ill_setup(repair_action::restart, falls_ill("vm-9"));
  auto fleet = make_fleet(10);
  fleet->set_latest_model_applied(9, true);
  setup.instances = fleet;
  setup.rollout.policy.rolling.pause_time_between_batches = 5min;
  recorder heard(10, true);
  actors::upgrade_run run(std::move(setup), heard);
  const auto report = run.run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.progress.successful == 10);
  CHECK(report.repairs.succeeded == 1);
  CHECK(heard.audit.bad_repairs() == 0);
}

TEST_CASE("a word before a run is heard once it has begun") {
  auto setup = make_ill_setup(repair_action::restart, falls_ill("vm-3"));
  setup.rollout.keep = true;
  recorder heard(10, true);
  actors::upgrade_run run(std::move(setup), heard);
  run.suspend_repairs("ann");
  run.stop_keeping();
  const auto report = run.run();
  CHECK(report.repairs.suspended);
  CHECK(report.end == report.start);
}
