// SPDX-License-Identifier: Apache-2.0
#pragma once

/// For programs that have actors of their own (the C++ Actor Framework): an upgrade in
/// their actor system. The only public header that needs those of CAF; its messages are
/// in <drydock/protocol/messages.hpp>, the interfaces in
/// <drydock/protocol/interfaces.hpp>.
#include <drydock/protocol/interfaces.hpp>
#include <drydock/result.hpp>
#include <drydock/scale_set.hpp>

#include <caf/fwd.hpp>

#include <functional>

namespace drydock::inline v1::actors {

/// Makes drydock's messages known, and sets the scheduler that suits them
/// (`scheduler.policy`: `sharing`; the stealing one does not scale with many ready
/// actors). Once a process, before an actor system is made of `config`.
void configure(caf::actor_system_config& config);

/// Makes the coordinator of one upgrade of `set` by `what` in `system`, on its
/// scheduler and clock. Send it `begin_upgrade{}` to have it begin, `approve_upgrade`
/// to answer what it asks (as `upgrade::approve` does), `cancel_upgrade` to cancel it,
/// `delete_instance` when an instance is gone. It ends with the upgrade, or when it is
/// told to exit; either way `on_finish` is then called once, with the report, on a
/// thread of `system`. `driver_features::inspect` is not asked for: name instances that
/// need nothing in `change::up_to_date`.
///
/// Driver and prober are kept until the upgrade has ended and `on_finish` has returned;
/// answers that come later are ignored. Errors as those of `upgrade_engine::add` and
/// `scale_set::start_upgrade`.
result<protocol::coordinator_actor>
spawn_coordinator(caf::actor_system& system, scale_set_options set, const change& what,
                  std::function<void(const upgrade_report&)> on_finish,
                  start_options how = {});

} // namespace drydock::inline v1::actors
