// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/drivers/command_context.hpp"
#include "drydock/drivers/event_loop.hpp"
#include "drydock/engine/attendant_spec.hpp"
#include "drydock/engine/driver_spec.hpp"
#include "drydock/protocol/attendant.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drydock::drivers {

/// Hooks, approvals and guards by commands: argv without a shell, each in a process
/// group of its own. Hooks have the driver's timeout, and one that an earlier process
/// began and left running is waited for before the next begins: so two never run at a
/// time, but a hook whose end nobody saw is run again. Guards may be queries of
/// Prometheus too. `warn` hears of an approval command that neither approves, rejects
/// nor asks for patience, from the loop's thread. `loop` must outlive the attendant;
/// its end kills what runs, and no port is called afterwards.
[[nodiscard]] std::unique_ptr<protocol::attendant>
make_command_attendant(event_loop& loop, engine::command_spec spec,
                       std::vector<engine::guard_spec> guards, command_context context,
                       std::function<void(const std::string&)> warn);

/// The surroundings of a fleet that exists in memory only: what happens, and when, is
/// in `spec.around`, and guards that it does not name hold. `stands_in`: it answers for
/// people too, as nobody can be asked in virtual time.
[[nodiscard]] std::unique_ptr<protocol::attendant>
make_simulated_attendant(const engine::simulated_spec& spec,
                         std::vector<engine::guard_rule> guards, bool stands_in);

/// Whether there is anything to attend to; without, an upgrade needs no attendant.
[[nodiscard]] bool needs_attendant(const engine::command_spec& spec,
                                   const std::vector<engine::guard_spec>& guards);

} // namespace drydock::drivers
