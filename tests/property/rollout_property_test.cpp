// SPDX-License-Identifier: Apache-2.0
// Safety and progress of upgrades over generated fleets, policies and orders of
// events. A failure is replayed with the RC_PARAMS that it prints.
#include "machine_fixture.hpp"
#include "random_world.hpp"
#include "scenario.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace drydock::engine;
using namespace drydock::testing;
using weather = random_world::weather;

namespace {

[[maybe_unused]] const bool case_count_is_set = (set_case_count(), true);

bool holds(const scenario& s, const random_world& world, const std::string& problem) {
  if (!problem.empty())
    RC_LOG() << problem << "\n\n" << describe(s) << '\n' << world.transcript();
  return problem.empty();
}

std::string batches_of(const upgrade_plan& plan) {
  std::string text;
  for (const auto& b : plan.batches)
    text += drydock::engine::testing::print(b.instances);
  return text;
}

std::string batches_of(const random_world& world) {
  std::string text;
  for (const auto& b : world.batches())
    text += drydock::engine::testing::print(b);
  return text;
}

} // namespace

TEST_CASE("no order of events breaks what is promised") {
  REQUIRE(rc::check("a storm passes and every run ends", [] {
    const auto s = draw_scenario(mood::wild);
    random_world world(s, weather::storm);
    const auto problem = world.run();
    const auto report = world.machine().report();
    RC_TAG(std::string(to_string(s.options.policy.mode)),
           std::string(to_string(report.status)), report.rolled_back);
    return holds(s, world, problem);
  }));
}

TEST_CASE("no death of the process that runs an upgrade breaks what is promised") {
  REQUIRE(rc::check("a wreck is raised and every run ends", [] {
    const auto s = draw_scenario(mood::wild);
    random_world world(s, weather::wreck);
    const auto problem = world.run();
    const auto report = world.machine().report();
    RC_TAG(std::string(to_string(s.options.policy.mode)),
           std::string(to_string(report.status)), report.rolled_back);
    return holds(s, world, problem);
  }));
}

TEST_CASE("equal inputs give equal commands") {
  REQUIRE(rc::check("two machines say the same", [] {
    const auto s = draw_scenario(mood::wild);
    random_world one(s, weather::storm), other(s, weather::storm);
    return one.run() == other.run() && one.transcript() == other.transcript();
  }));
}

TEST_CASE("where nothing fails every upgrade completes") {
  REQUIRE(rc::check("fair weather leads to the end", [] {
    const auto s = draw_scenario(mood::gentle);
    random_world world(s, weather::fair);
    auto problem = world.run();
    const auto report = world.machine().report();
    if (problem.empty()
        && (report.status != upgrade_status::completed || !report.error.code.empty()))
      problem =
        "it ended " + std::string(to_string(report.status)) + ' ' + report.error.code;
    const auto all =
      s.options.policy.mode != upgrade_mode::manual || s.options.selected_all;
    if (problem.empty() && all && report.progress.pending > 0)
      problem = "it ended with instances pending";
    return holds(s, world, problem);
  }));
}

TEST_CASE("a plan is what happens when nothing fails") {
  REQUIRE(rc::check("plan and run have the same batches", [] {
    auto s = draw_scenario(mood::wild);
    s.options.repairs.reset(); // which no plan foresees
    s.options.keep = false;
    // Without a deadline nobody ends the wait for health that never settles.
    if (s.options.policy.mode != upgrade_mode::rolling)
      for (auto& h : s.health)
        if (h.health == health_state::initializing)
          h.health = health_state::unknown;
    random_world world(s, weather::still);
    auto problem = world.run();
    const auto plan = make_plan(s.options, s.instances, s.health);
    const auto report = world.machine().report();
    const auto code = plan.blocked ? plan.blocked->code : std::string();
    // Who joins a sliding batch next is a matter of who settles first.
    const auto sliding = s.options.policy.mode == upgrade_mode::rolling
                         && s.options.policy.rolling.batching == batching_mode::sliding;
    if (problem.empty() && !sliding && batches_of(plan) != batches_of(world))
      problem = "planned: " + batches_of(plan) + "\nrun:     " + batches_of(world);
    if (problem.empty() && code != report.error.code)
      problem =
        "planned to end with '" + code + "', ended with '" + report.error.code + "'";
    const auto breached_at_random = sliding && !code.empty();
    if (problem.empty() && !breached_at_random
        && plan.left_pending != report.progress.pending)
      problem = "planned to leave others pending";
    return holds(s, world, problem);
  }));
}
