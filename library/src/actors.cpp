// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors.hpp"

#include "drydock/actors/launch.hpp"
#include "set_state.hpp"

#include <caf/actor_system_config.hpp>

#include <utility>

namespace drydock::inline v1::actors {

void configure(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::drydock>();
  set_scheduler(config, 0);
}

result<protocol::coordinator_actor>
spawn_coordinator(caf::actor_system& system, scale_set_options set, const change& what,
                  std::function<void(const upgrade_report&)> on_finish,
                  start_options how) {
  if (auto problem = detail::find_problem(set))
    return std::move(*problem);
  const auto core = std::make_shared<detail::engine_core>(
    engine_options{}, detail::engine_core::whose_threads::others);
  const auto state = detail::set_state::take_on(core, std::move(set));
  if (!state)
    return state.error();
  auto made = (*state)->make(what, std::move(how));
  if (!made)
    return made.error();
  const auto upgrade = made->upgrade;
  upgrade->on_finish(std::move(on_finish));
  return launch(system, std::move(made->work.setup), upgrade,
                [core, upgrade](upgrade_report report) mutable {
                  core->answers()->close();
                  upgrade->finish(std::move(report));
                });
}

} // namespace drydock::inline v1::actors
