// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/driver_spec.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/guard.hpp"
#include "drydock/engine/hooks.hpp"
#include "drydock/engine/maintenance.hpp"
#include "drydock/engine/policy.hpp"
#include "drydock/engine/repairs.hpp"
#include "drydock/engine/step.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace drydock::inline v1::engine {

/// What an upgrade is to do; fixed once it has begun.
struct rollout_options {
  /// Its own copy: nothing alters it while the upgrade runs.
  upgrade_policy policy;
  /// What is done to an instance; `none`: all count as upgraded, and no batch runs.
  apply_class action = apply_class::none;
  /// Whether there is a health source.
  bool has_health = false;
  /// Manual mode: upgrade all that lag (`*`) …
  bool selected_all = false;
  /// … or these; sorted.
  std::vector<instance_index> selected;
  /// Positions of instances that are gone: in no count, and never touched.
  std::vector<instance_index> deleted;
  /// Hooks around the upgrade and its batches.
  upgrade_hooks hooks;
  /// How often those are tried; its waits are not spread.
  retry_policy hook_retry;
  /// Rolling mode: when batches may begin; empty: at any time.
  std::vector<maintenance_window> windows;
  /// What is to be added to an instant of this upgrade for the time since
  /// 1970-01-01T00:00:00Z; only windows need it.
  duration since_epoch{0};
  /// Rolling mode: what must be true all the while.
  std::vector<guard_rule> guards;
  /// Whether and how instances that fall ill are repaired; needs a health source.
  std::optional<repair_options> repairs;
  /// It upgrades nobody and does not end by itself: it watches health, and repairs,
  /// until `input::stop_keeping` or a cancel.
  bool keep = false;
  /// A member that is not healthy in time, or whose action failed, gets its previous
  /// model back at once, within its batch; it stays counted as failed.
  bool restore_failed = false;
  /// How long before its deletion an instance is told of it; nothing: it is not told.
  std::optional<duration> terminate_delay = {};
  /// How many instances may be unavailable in all sets together that share a budget
  /// with this one; 0: it shares none, and nothing is asked for.
  std::uint32_t shared_budget = 0;
  /// Whom a change of capacity deletes, in the order in which they were chosen. Whom it
  /// makes are the fleet's arrivals.
  std::vector<instance_index> scale_in = {};
};

/// What the driver is asked for when it acts for `work`.
[[nodiscard]] apply_class action_of(const rollout_options& options, work_kind work);

} // namespace drydock::inline v1::engine
