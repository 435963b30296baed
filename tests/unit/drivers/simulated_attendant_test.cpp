// SPDX-License-Identifier: Apache-2.0
#include "attendant_recorder.hpp"

#include "drydock/drivers/attendants.hpp"

#include <doctest/doctest.h>

#include <tuple>

namespace {

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;
using engine::guard_state;
using engine::step_outcome;
using engine::upgrade_hook;

std::shared_ptr<attendant_recorder> make_port() {
  return std::make_shared<attendant_recorder>();
}

engine::duration_distribution fixed(engine::duration x) {
  engine::duration_distribution result;
  result.first = x;
  return result;
}

} // namespace

TEST_CASE("a simulated hook ends after its time, and fails as often as it is to") {
  engine::simulated_spec spec;
  spec.around.hooks[static_cast<std::size_t>(upgrade_hook::before_batch)] = fixed(5s);
  spec.around.hook_faults = {{upgrade_hook::before_batch, 2, 2}};
  const auto attendant = make_simulated_attendant(spec, {}, true);
  const auto port = make_port();
  std::uint32_t request = 0;
  const auto run = [&](upgrade_hook hook, std::uint32_t batch) {
    attendant->run_hook({hook, batch, 1, ++request}, port);
    return port->hooks.wait(request).back();
  };
  CHECK(run(upgrade_hook::before_batch, 1).outcome == step_outcome::succeeded);
  const auto failed = run(upgrade_hook::before_batch, 2);
  CHECK(failed.request == 2);
  CHECK(failed.outcome == step_outcome::failed);
  CHECK(failed.error == "simulated failure");
  CHECK(failed.after == 5s);
  CHECK(run(upgrade_hook::before_batch, 2).outcome == step_outcome::failed);
  const auto well = run(upgrade_hook::before_batch, 2);
  CHECK(well.outcome == step_outcome::succeeded);
  CHECK(well.error.empty());
  CHECK(well.after == 5s);
  CHECK(run(upgrade_hook::after_batch, 2).after == 0s);
}

TEST_CASE("in virtual time a simulated fleet answers for people, else it does not") {
  engine::simulated_spec spec;
  spec.around.approve_after = 90s;
  spec.around.approve = false;
  const auto port = make_port();
  const auto for_all = make_simulated_attendant(spec, {}, true);
  for_all->ask_approval(25, 3, port); // the same question comes by the other way
  CHECK(port->words.size() == 0);
  for_all->stand_in(3, port);
  REQUIRE(port->words.size() == 1);
  const auto word = port->words.wait(1).front();
  CHECK_FALSE(word.what.approved);
  CHECK(word.what.question == 3);
  CHECK(word.what.by == "the simulated fleet");
  CHECK(word.after == 90s);
  const auto for_commands = make_simulated_attendant(spec, {}, false);
  for_commands->stand_in(4, port);
  CHECK(port->words.size() == 1);
  for_commands->ask_approval(25, 4, port);
  REQUIRE(port->words.size() == 2);
  CHECK(port->words.wait(2).back().what.question == 4);
}

TEST_CASE("a simulated hook has a timeout") {
  for (const auto& [timeout, takes, outcome, after] :
       {std::tuple{1min, 61s, step_outcome::timed_out, 60s},
        std::tuple{1min, 60s, step_outcome::succeeded, 60s},
        std::tuple{0min, 61s, step_outcome::succeeded, 61s}}) {
    engine::simulated_spec spec;
    spec.timeout = timeout;
    spec.around.hooks[static_cast<std::size_t>(upgrade_hook::after_batch)] =
      fixed(takes);
    const auto attendant = make_simulated_attendant(spec, {}, true);
    const auto port = make_port();
    attendant->run_hook({upgrade_hook::after_batch, 1, 1, 1}, port);
    const auto end = port->hooks.wait(1).front();
    CHECK(end.outcome == outcome);
    CHECK(end.after == after);
  }
}

TEST_CASE(
  "nobody lets a hook run again that has timed out, and in a day it is given up") {
  engine::simulated_spec spec;
  spec.timeout = 1min;
  spec.around.hooks[static_cast<std::size_t>(upgrade_hook::before_batch)] = fixed(2min);
  spec.around.approve_after = 5min;
  const auto asked_after = [&](upgrade_hook hook) {
    const auto attendant = make_simulated_attendant(spec, {}, true);
    const auto port = make_port();
    attendant->run_hook({hook, 1, 1, 1}, port);
    attendant->stand_in(1, port);
    return port->words.wait(1).front();
  };
  const auto late = asked_after(upgrade_hook::before_batch);
  CHECK_FALSE(late.what.approved);
  CHECK(late.what.question == 1);
  CHECK(late.after == 24h);
  const auto well = asked_after(upgrade_hook::after_batch);
  CHECK(well.what.approved);
  CHECK(well.after == 5min);
  spec.around.approve = false; // whoever rejects everything does so at once
  const auto strict = asked_after(upgrade_hook::before_batch);
  CHECK_FALSE(strict.what.approved);
  CHECK(strict.after == 5min);
}

TEST_CASE("simulated guards are foretold: they hold, but for those that are named") {
  engine::simulated_spec spec;
  spec.around.guards = {
    {"late", 10min, 5min}, {"never again", 1min, {}}, {"at once", 0s, {}}};
  const auto attendant = make_simulated_attendant(
    spec, {{"fine", {}}, {"late", {}}, {"never again", {}}, {"at once", {}}}, true);
  const auto port = make_port();
  attendant->watch_guards(port);
  struct row {
    std::uint32_t guard;
    guard_state state;
    engine::duration after;
  };
  const row wanted[] = {{0, guard_state::holds, 0s},    {1, guard_state::holds, 0s},
                        {1, guard_state::fails, 10min}, {1, guard_state::holds, 15min},
                        {2, guard_state::holds, 0s},    {2, guard_state::fails, 1min},
                        {3, guard_state::fails, 0s}};
  const auto all = port->guards.wait(std::size(wanted));
  REQUIRE(all.size() == std::size(wanted));
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    CHECK(all[i].guard == wanted[i].guard);
    CHECK(all[i].state == wanted[i].state);
    CHECK(all[i].after == wanted[i].after);
    CHECK(all[i].message.empty() == (all[i].state == guard_state::holds));
  }
}
