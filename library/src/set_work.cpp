// SPDX-License-Identifier: Apache-2.0
// Drivers and probers of one upgrade: the user's own, and those that come with drydock.
#include "adapters.hpp"
#include "set_state.hpp"

#include "access.hpp"
#include "drydock/drivers/attendants.hpp"
#include "drydock/drivers/command_driver.hpp"
#include "drydock/drivers/probers.hpp"
#include "drydock/drivers/simulated.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace drydock::inline v1::detail {

using namespace engine;

namespace {

drivers::command_context make_context(const upgrade_facts& facts,
                                      const upgrade_work& work,
                                      const scale_set_options& set) {
  drivers::command_context result{facts.scale_set,      facts.upgrade_id,
                                  facts.instances,      facts.latest_model,
                                  facts.previous_model, work.learnt};
  result.needs_address = set.prober == nullptr && set.health.kind != health_kind::none
                         && set.health.kind != health_kind::command;
  result.needs_port = result.needs_address && set.health.port == 0;
  return result;
}

/// Asks a driver of the user's about every instance, until it is stopped.
void inspect(driver& user, const std::shared_ptr<const upgrade_facts>& facts,
             const std::vector<instance_index>& deleted,
             const std::shared_ptr<inspection_round>& round) {
  for (instance_index i = 0; i < facts->instances->size(); ++i) {
    if (round->is_stopped())
      return;
    auto answer = access::make(round, i);
    if (std::binary_search(deleted.begin(), deleted.end(), i)) {
      answer.runs_latest_model(false);
      continue;
    }
    try {
      user.inspect({facts, i}, std::move(answer));
    } catch (const std::exception& e) {
      round->complain(i,
                      std::string("driver::inspect threw an exception: ") + e.what());
    } catch (...) {
      round->complain(i, "driver::inspect threw an exception");
    }
  }
}

void inspect(drivers::command_driver& commands,
             const std::shared_ptr<inspection_round>& round) {
  commands.inspect([round](std::vector<drivers::inspection> all) {
    for (auto& x : all)
      round->answer(x.instance, x.on_latest_model, std::move(x.error));
  });
}

} // namespace

upgrade_work set_state::make_work(engine_core& core, const prepared& x,
                                  const std::string& upgrade_id,
                                  const std::shared_ptr<call_guard>& calls) const {
  const auto facts = std::make_shared<upgrade_facts>(
    upgrade_facts{upgrade_id, name(), x.instances, x.change.model, x.previous_model});
  upgrade_work work;
  work.threads = core.threads();
  auto& setup = work.setup;
  setup.instances = x.instances;
  setup.rollout = x.rollout;
  setup.health = options_.health;
  setup.virtual_clock = work.threads == nullptr;
  setup.lifecycle = x.lifecycle;
  setup.lifecycle.jitter_seed = core.make_seed();
  add_drivers(core, work, facts, calls);
  if (setup.rollout.has_health)
    add_prober(core, work, facts, calls);
  setup.lifecycle.has_before_hook = setup.driver->has_hook(step_kind::before_instance);
  setup.lifecycle.has_after_hook = setup.driver->has_hook(step_kind::after_instance);
  return work;
}

void set_state::add_drivers(engine_core& core, upgrade_work& work,
                            std::shared_ptr<const upgrade_facts> facts,
                            const std::shared_ptr<call_guard>& calls) const {
  auto& setup = work.setup;
  if (const auto* own = std::get_if<std::shared_ptr<driver>>(&options_.driver)) {
    setup.lifecycle.driver_grace = duration{0}; // the timeout is the engine's to keep
    if (features_.inspect)
      work.inspect = [user = *own, facts,
                      deleted = setup.rollout.deleted](const auto& round) {
        detail::inspect(*user, facts, deleted, round);
      };
    setup.driver = adapt(*own, features_, std::move(facts),
                         setup.lifecycle.retry.timeout, {core.answers(), calls});
  } else if (const auto* commands = std::get_if<command_spec>(&options_.driver)) {
    if (facts->instances->has_replacements())
      work.learnt = std::make_shared<drivers::learnt_details>();
    const auto driver = std::make_shared<drivers::command_driver>(
      core.loop(), *commands, make_context(*facts, work, options_));
    if (!commands->inspect.empty())
      work.inspect = [driver](const auto& round) { detail::inspect(*driver, round); };
    setup.driver = driver;
    if (drivers::needs_attendant(*commands, {}))
      setup.attendant = drivers::make_command_attendant(
        core.loop(), *commands, {}, make_context(*facts, work, options_),
        [log = core.log()](const std::string& text) { log(log_level::warning, text); });
  } else {
    const auto simulation = std::make_shared<drivers::simulated_fleet>(
      std::get<simulated_spec>(options_.driver), options_.health, *facts->instances);
    setup.driver = simulation;
    setup.attendant = drivers::make_simulated_attendant(
      std::get<simulated_spec>(options_.driver), {}, false);
    if (setup.rollout.has_health)
      setup.prober = simulation;
  }
}

void set_state::add_prober(engine_core& core, upgrade_work& work,
                           const std::shared_ptr<const upgrade_facts>& facts,
                           const std::shared_ptr<call_guard>& calls) const {
  auto& prober = work.setup.prober;
  const auto& health = options_.health;
  if (options_.prober != nullptr) {
    prober = adapt(options_.prober, facts, {core.answers(), calls});
  } else if (prober != nullptr) {
    return; // the simulated fleet's own
  } else if (health.kind == health_kind::command) {
    const auto* commands = std::get_if<command_spec>(&options_.driver);
    prober = drivers::make_command_prober(
      core.loop(), health, make_context(*facts, work, options_),
      commands == nullptr ? "" : commands->directory);
  } else if (health.protocol == probe_protocol::tcp) {
    prober =
      drivers::make_tcp_prober(core.loop(), health, facts->instances, work.learnt);
  } else {
    prober =
      drivers::make_http_prober(core.loop(), health, facts->instances, work.learnt);
  }
}

} // namespace drydock::inline v1::detail
