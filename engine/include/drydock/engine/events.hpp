// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/batch.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/guard.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/hooks.hpp"
#include "drydock/engine/policy.hpp"
#include "drydock/engine/repair_events.hpp"
#include "drydock/engine/scale_events.hpp"
#include "drydock/engine/step.hpp"
#include "drydock/engine/surge_events.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace drydock::inline v1::engine {

/// Azure's `runningStatus.code`.
enum class upgrade_status : std::uint8_t {
  /// Running, pausing or waiting.
  rolling_forward,
  /// All that were to take part have settled; some may have failed within the limits.
  completed,
  /// A percentage was breached, a deadline passed, or a part of the engine died.
  faulted,
  /// Somebody cancelled it.
  cancelled
};

/// As Azure writes it: `RollingForward`.
[[nodiscard]] std::string_view to_string(upgrade_status x);

/// Azure's progress counters and the skipped ones.
struct upgrade_progress {
  /// Those that ran the latest model before included.
  std::uint32_t successful = 0;
  /// Those that were rolled back included.
  std::uint32_t failed = 0;
  /// In the hands of the current batch.
  std::uint32_t in_progress = 0;
  /// Lagging, and not begun.
  std::uint32_t pending = 0;
  /// Left out: protected, or by metric `SkipUpgrade`.
  std::uint32_t skipped = 0;

  friend bool operator==(const upgrade_progress&, const upgrade_progress&) = default;
};

/// Why an upgrade faulted, was cancelled, or what failed on the way.
struct upgrade_error {
  /// One instance that failed.
  struct detail {
    /// As `to_string(failure_reason)`: `HealthTimeout`.
    std::string code;
    /// A sentence for people.
    std::string message;
    /// Who.
    instance_index instance = 0;
  };
  /// Azure's code; empty: there is no error.
  std::string code;
  /// A sentence for people that says what to do.
  std::string message;
  /// One for each instance that failed; ascending.
  std::vector<detail> details;
};

/// Why an instance takes no part.
enum class skip_reason : std::uint8_t {
  /// `instance_spec::protect_from_scale_set_actions`.
  is_protected,
  /// `custom_metrics::skip_upgrade`.
  skip_upgrade,
};
/// As in events: `protected`, `skip_upgrade`.
[[nodiscard]] std::string_view to_string(skip_reason x);

/// When the health of the set is judged.
enum class check_kind : std::uint8_t {
  /// All instances, before a batch begins.
  before_batch,
  /// Those that the upgrade has attempted, after a batch.
  after_batch,
};

/// Why nothing moves.
enum class wait_reason : std::uint8_t {
  /// Health is not settled everywhere yet; the first check waits.
  settling_health,
  /// The allowance of unavailable instances is used up.
  unavailable_instances,
  /// Every candidate that could go is initializing.
  initializing_candidates,
  /// `pause_time_between_batches`.
  pause,
  /// A checkpoint is reached, and its `bake` is not over.
  checkpoint_bake,
  /// A checkpoint is reached, and its approval is awaited.
  checkpoint_approval,
  /// No maintenance window is open.
  maintenance_window,
  /// A guard does not hold, or nobody has looked yet.
  guard,
  /// A hook around the upgrade or a batch is running, or to be tried again.
  hook,
  /// Such a hook has failed; an approval runs it again.
  hook_failed,
  /// Other sets hold what is left of a budget that several share.
  shared_budget,
};
/// The name as it is written here: `settling_health`.
[[nodiscard]] std::string_view to_string(wait_reason x);

/// What an upgrade tells the world, in order. docs/interface.md lists the fields
/// as they appear in an events file.
namespace told {

/// The first event: health is settled, or the first second is over. The counts are
/// those known then.
struct upgrade_started {
  /// Of the policy.
  upgrade_mode mode = upgrade_mode::manual;
  /// N: all instances but deleted ones.
  std::uint32_t total = 0;
  /// Lagging ones, those that manual mode does not name included.
  std::uint32_t pending = 0;
  /// Those that run the latest model already.
  std::uint32_t up_to_date = 0;
  /// Those that are left out.
  std::uint32_t skipped = 0;
  /// What the change asks for.
  apply_class action = apply_class::none;
};
/// An instance takes no part.
struct instance_skipped {
  /// Who.
  instance_index instance = 0;
  /// Why.
  skip_reason reason = skip_reason::is_protected;
};
/// A check of rolling mode passed or failed.
struct check_judged {
  /// Which one.
  check_kind check = check_kind::before_batch;
  /// Unhealthy instances, or failing ones after a batch.
  std::uint32_t unhealthy = 0;
  /// N, or the attempted ones after a batch.
  std::uint32_t total = 0;
  /// What must not be exceeded.
  int threshold_percent = 0;
  /// Azure's code of the breach; empty: passed.
  std::string code;
};
/// A batch begins: its members are in hand from now on.
struct batch_started {
  /// From 1.
  std::uint32_t batch = 0;
  /// What it was cut from.
  batch_place place;
  /// Its members, in the order of candidates.
  std::vector<instance_index> instances;
  /// What held when it was cut; both 0 in manual and automatic mode.
  rollout_limits limits;
  /// Instances that were unavailable already.
  std::uint32_t unavailable = 0;
  /// What kept it from being larger.
  batch_bound bound = batch_bound::group;
  /// Its members are replaced, not upgraded in place.
  bool surge = false;
};
/// Automatic mode with `max_parallel`: further instances join the batch.
struct batch_extended {
  /// Which batch.
  std::uint32_t batch = 0;
  /// Who joins it.
  std::vector<instance_index> instances;
  /// They are replaced, not upgraded in place.
  bool surge = false;
};
/// The driver is asked for one attempt at a step.
struct step_started {
  /// Who.
  instance_index instance = 0;
  /// The action, or which hook.
  step_kind step = step_kind::action;
  /// What the change asks for, in hooks too.
  apply_class action = apply_class::none;
  /// From 1.
  std::uint32_t attempt = 1;
  /// What the step is for.
  work_kind work = work_kind::upgrade;
  /// Of `terminate_notification`: from now until the deletion begins at the latest.
  std::optional<duration> not_before = {};
};
/// The attempt is over.
struct step_finished {
  /// Who.
  instance_index instance = 0;
  /// The action, or which hook.
  step_kind step = step_kind::action;
  /// What the change asks for, in hooks too.
  apply_class action = apply_class::none;
  /// As in its `step_started`.
  std::uint32_t attempt = 1;
  /// What became of it.
  step_outcome outcome = step_outcome::succeeded;
  /// What the driver said; empty on success.
  std::string error;
  /// What the step is for.
  work_kind work = work_kind::upgrade;
};
/// The committed health of an instance changed.
struct health_changed {
  /// Who.
  instance_index instance = 0;
  /// Its health before.
  health_state from = health_state::initializing;
  /// Its health now.
  health_state to = health_state::initializing;
};
/// The work on a member is over.
struct instance_settled {
  /// Who.
  instance_index instance = 0;
  /// `none`: it succeeded.
  failure_reason reason = failure_reason::none;
  /// Its action was begun and did not succeed: it counts as unhealthy, whatever its
  /// health.
  bool action_failed = false;
  /// What went wrong, for people; empty on success.
  std::string message;
};
/// The instance was taken back before anything was done to it.
struct instance_released {
  /// Who; it is pending again.
  instance_index instance = 0;
  /// Why.
  release_reason reason = release_reason::cancelled;
};
/// All members of a batch have settled.
struct batch_finished {
  /// Which batch.
  std::uint32_t batch = 0;
  /// Members that succeeded.
  std::uint32_t succeeded = 0;
  /// Members that failed.
  std::uint32_t failed = 0;
};
/// Nothing is under way, and nobody may go yet.
struct waiting {
  /// Why.
  wait_reason reason = wait_reason::pause;
  /// When the wait ends by itself: the pause's end, or the progress deadline.
  std::optional<instant> until;
  /// From now to `until`.
  std::optional<duration> remaining;
  /// What is in the way, for people: a limit and its value, the checkpoint, the guard,
  /// the hook; empty for a pause.
  std::string limit;
  /// Who holds it: at most `holders_max`, of `holder_count`.
  std::vector<instance_index> holders;
  /// How many hold it.
  std::uint32_t holder_count = 0;
  /// What an approval answers: counts up from 1 with each checkpoint and each failed
  /// hook that wants one; 0: an approval would change nothing.
  std::uint32_t question = 0;
  /// `holders` has no more than that.
  static constexpr std::size_t holders_max = 100;
};
/// An instance is gone: it is in no count any more.
struct instance_deleted {
  /// Who.
  instance_index instance = 0;
  /// Why.
  deletion_reason reason = deletion_reason::deleted;
};
/// An instance gets its previous model back.
struct rollback_started {
  /// Who.
  instance_index instance = 0;
};
/// A rollback is over.
struct rollback_finished {
  /// Who.
  instance_index instance = 0;
  /// The action succeeded, and the instance was healthy in time.
  bool succeeded = false;
  /// The last action on the instance did not succeed.
  bool action_failed = false;
  /// What went wrong, for people; empty on success.
  std::string message;
  /// It had succeeded before, and now that it has the previous model it lags again.
  bool lags = false;
};
/// Somebody cancelled the upgrade.
struct cancel_requested {
  /// Who, for people.
  std::string by;
  /// What is in flight is ended too.
  bool now = false;
};
/// Another process goes on with the upgrade, after the end of the one that ran it.
struct upgrade_resumed {
  /// Members that were under work then. What became of them is found out first; until
  /// then they count as unavailable.
  std::vector<instance_index> in_hand;
};
/// So much of the set is done that the upgrade stops and looks around.
struct checkpoint_reached {
  /// Which one: percent of N.
  int percent = 0;
  /// Instances that are dealt with, or needed nothing.
  std::uint32_t done = 0;
  /// N.
  std::uint32_t total = 0;
  /// How long it bakes.
  duration bake{0};
  /// Who must agree after that.
  checkpoint_approval approval = checkpoint_approval::none;
};
/// The upgrade goes on from a checkpoint, or is given up at it.
struct checkpoint_left {
  /// Which one.
  int percent = 0;
  /// False: it was rejected.
  bool passed = true;
  /// Who agreed or rejected; empty: nobody was asked.
  std::string by;
  /// Why, in their words; may be empty.
  std::string message;
};
/// The standing of a guard changed.
struct guard_changed {
  /// Its position among the rules.
  std::uint32_t guard = 0;
  /// Its name.
  std::string name;
  /// How it stands now.
  guard_state state = guard_state::unknown;
  /// What was seen, for people; may be empty.
  std::string message;
};
/// Somebody let an upgrade go on that a failed hook had stopped.
struct pause_ended {
  /// Who.
  std::string by;
};
/// The last event.
struct upgrade_finished {
  /// How it ended; never `rolling_forward`.
  upgrade_status status = upgrade_status::completed;
  /// Why, or which instances failed; no code: nothing went wrong.
  upgrade_error error;
  /// The counts at the end.
  upgrade_progress progress;
};

} // namespace told

/// Any one of them.
using upgrade_event =
  std::variant<told::upgrade_started, told::instance_skipped, told::check_judged,
               told::batch_started, told::batch_extended, told::step_started,
               told::step_finished, told::health_changed, told::instance_settled,
               told::instance_released, told::batch_finished, told::waiting,
               told::instance_deleted, told::rollback_started, told::rollback_finished,
               told::cancel_requested, told::upgrade_resumed, told::hook_started,
               told::hook_finished, told::checkpoint_reached, told::checkpoint_left,
               told::guard_changed, told::pause_ended, told::upgrade_finished,
               told::instance_created, told::instance_replaced, told::surge_short,
               told::repair_started, told::repair_finished, told::repairs_suspended,
               told::repairs_resumed, told::scaling_started, told::scaling_finished>;

} // namespace drydock::inline v1::engine
