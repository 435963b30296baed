// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/protocol/budget_messages.hpp"
#include "drydock/protocol/keeping.hpp"
#include "drydock/protocol/messages.hpp"
#include "drydock/protocol/type_ids.hpp"

#include <caf/typed_actor.hpp>

/// Every actor interface of drydock, on one page. What comes most often stands
/// first: CAF tries the handlers in this order.
namespace drydock::inline v1::protocol {

/// One a scale set: decides the upgrade and tells the shards.
using coordinator_actor = caf::typed_actor<
  // Takes what happened in a shard.
  caf::reacts_to<shard_report>,
  // Begins the upgrade; its end is told to the listener.
  caf::reacts_to<begin_upgrade>,
  // Cancels the upgrade; without one that runs, nothing happens.
  caf::reacts_to<cancel_upgrade>,
  // Lets the upgrade go on from where it waits for that; elsewhere nothing happens.
  caf::reacts_to<approve_upgrade>,
  // Takes the end of a hook around the upgrade or a batch.
  caf::reacts_to<upgrade_hook_ended>,
  // Takes the standing of a guard.
  caf::reacts_to<guard_report>,
  // Takes what there is of a shared budget.
  caf::reacts_to<budget_news>,
  // Takes an instance out of all counts.
  caf::reacts_to<delete_instance>,
  // Tells the rollout machine that one of its timers is due.
  caf::reacts_to<rollout_timer>,
  // Ends a run that keeps.
  caf::reacts_to<stop_keeping>,
  // Holds repairs back, or lets them go on.
  caf::reacts_to<steer_repairs>>;

/// A slice of the scale set: its instances, their workers, one monitor.
using shard_actor = caf::typed_actor<
  // Takes news of an instance under work; stale ones are dropped.
  caf::reacts_to<work_report>,
  // Takes changes of health.
  caf::reacts_to<health_report>,
  // Sends the gathered updates to the coordinator.
  caf::reacts_to<flush_report>,
  // Activates one instance actor for each member, in waves.
  caf::reacts_to<work_on_instances>,
  // Has the monitor probe every instance.
  caf::reacts_to<watch_health>,
  // Passes a cancel on to the instances under work.
  caf::reacts_to<abandon_work>,
  // Lets go of an instance that is gone.
  caf::reacts_to<forget_instance>>;

/// The life of one instance while it is worked on; idle ones are kept for the
/// next member.
using instance_actor = caf::typed_actor<
  // Takes on an instance.
  caf::reacts_to<work_on_instance>,
  // Takes the health of the instance.
  caf::reacts_to<health_update>,
  // Takes a driver's word that a step runs.
  caf::reacts_to<step_begun>,
  // Takes a driver's answer.
  caf::reacts_to<step_ended>,
  // Takes what a driver found out about an action begun earlier.
  caf::reacts_to<step_inspected>,
  // Tells the lifecycle which of its timers are due.
  caf::reacts_to<work_timer>,
  // Starts nothing new, or ends at once.
  caf::reacts_to<abandon_work>,
  // Ends without a word: the instance is gone.
  caf::reacts_to<forget_instance>>;

/// Probes the instances of a shard and tells it of changes.
using health_monitor_actor = caf::typed_actor<
  // Begins to probe every instance.
  caf::reacts_to<watch_health>,
  // Stops listening to an instance for a while.
  caf::reacts_to<hold_probes>,
  // Probes instances at once, and listens again.
  caf::reacts_to<resume_probes>,
  // Never probes an instance again.
  caf::reacts_to<forget_instance>,
  // Starts the probes that are due.
  caf::reacts_to<probe_tick>,
  // Takes answers of the prober.
  caf::reacts_to<probes_answered>>;

} // namespace drydock::inline v1::protocol
