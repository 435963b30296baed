// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/protocol/interfaces.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>

namespace drydock::inline v1::actors {

/// Makes the coordinator of an upgrade; `begin_upgrade` has it begin. `on_end` is
/// called once, on a thread of `system`: with the report, or with one that says so
/// when the coordinator ended by itself.
protocol::coordinator_actor launch(caf::actor_system& system, run_setup setup,
                                   std::shared_ptr<upgrade_listener> listener,
                                   std::function<void(engine::upgrade_report)> on_end);

/// What the scheduler of `config` must be for upgrades on the real clock;
/// `threads` 0: one a core.
void set_scheduler(caf::actor_system_config& config, std::size_t threads);

/// Does without CAF's own log, which drydock never writes to: even when nothing is
/// logged, CAF notes at each step, under a lock, which actor runs on which thread.
void set_log_off(caf::actor_system_config& config);

} // namespace drydock::inline v1::actors
