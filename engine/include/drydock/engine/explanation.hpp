// SPDX-License-Identifier: Apache-2.0
// Why an upgrade stands where it stands, as data.
#pragma once

#include "drydock/engine/batch.hpp"
#include "drydock/engine/events.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/hooks.hpp"
#include "drydock/engine/step.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::inline v1::engine {

/// Whether anything happens.
enum class course : std::uint8_t {
  /// Instances are in hand.
  moving,
  /// Nobody is in hand, and it is not over.
  waiting,
  /// It is over.
  finished,
};

/// What an upgrade waits for, or works on.
enum class obstacle_kind : std::uint8_t {
  /// Of `wait_reason`, with the same names.
  ///@{
  settling_health,
  unavailable_instances,
  initializing_candidates,
  pause,
  checkpoint_bake,
  checkpoint_approval,
  maintenance_window,
  guard,
  hook,
  hook_failed,
  ///@}
  /// Instances are in hand; the slowest of them is what it waits for.
  in_hand,
  /// Beside another one: less than a fifth of `progress_deadline` is left.
  deadline_near,
  /// Beside another one: no process runs the upgrade.
  no_controller,
  /// What was told ends in the middle of a decision.
  deciding,
  /// As of `wait_reason`: other sets hold what is left of a shared budget.
  shared_budget,
  /// It is about to end, and repairs in hand go to their end.
  repairs,
  /// It upgrades nobody, and keeps the set.
  keeping,
};

/// What ends an obstacle.
enum class remedy : std::uint8_t {
  /// It ends by itself.
  wait,
  /// Make the instances that hold it healthy.
  mend_instances,
  /// Look at what the step of the slowest member does.
  look_at_step,
  /// Make true what the guard watches.
  mend_guard,
  /// Look at what the hook does, or mend it.
  mend_hook,
  /// `drydock approve`.
  approve,
  /// Cancel, and run again with a larger `limit`.
  raise_limit,
  /// Cancel, ending what is in flight.
  cancel_now,
  /// `drydock resume`.
  resume,
  /// Run the upgrade once more.
  run_again,
  /// Mend what is unavailable in the scale sets that hold the shared budget.
  mend_other_sets,
};

/// How an upgrade ended.
enum class ending_cause : std::uint8_t {
  /// All that were to take part have settled.
  completed,
  /// A check failed.
  breach,
  /// `progress_deadline` was over.
  deadline,
  /// Somebody cancelled it.
  cancelled,
  /// Somebody gave up what nobody ran any more.
  abandoned,
  /// A checkpoint was rejected.
  checkpoint_rejected,
  /// A guard with `on_failure = "fault"` did not hold.
  guard,
  /// A hook failed, and that ended it.
  hook,
  /// A part of the program died, or something else that is no decision.
  internal_error,
};

/// Where an instance stands.
enum class instance_standing : std::uint8_t {
  /// It lags, and nothing was begun.
  pending,
  /// It ran the latest model before.
  up_to_date,
  /// Members of a batch that have not settled.
  in_hand,
  /// It has the latest model.
  succeeded,
  /// It did not make it.
  failed,
  /// It takes no part.
  skipped,
  /// It gets its previous model back.
  rolling_back,
  /// It is gone.
  deleted,
  /// Pending, or up to date before: what was told does not say.
  untouched,
  /// It is made to replace a member, and is in no count yet.
  arriving,
  /// It was made to replace a member, did not do, and is to be deleted.
  discarding,
  /// Its replacement serves, and it is to be deleted; it is in no count any more.
  leaving,
};
/// How many standings there are.
inline constexpr std::size_t standing_count = 12;

/// Why an instance was taken, skipped or left.
enum class instance_why : std::uint8_t {
  // Taken.
  /// It was next: its phase, zone and update domain, then its position.
  in_order,
  /// It was unhealthy, and those go first.
  unhealthy_first,
  /// Others settled, and made room in the batch.
  room_in_batch,
  /// All at once, or as many as `max_parallel` lets.
  at_once,
  // Not to be taken.
  /// Ran the latest model when the upgrade began.
  latest_model,
  /// The change touches no instance.
  nothing_to_change,
  /// Protected from scale set actions.
  is_protected,
  /// Its metric `SkipUpgrade`.
  skip_upgrade,
  /// Manual mode, and nobody named it.
  not_named,
  /// It is gone.
  deleted,
  // Left.
  /// A phase before its own is not over.
  later_phase,
  /// The batch in hand is of a zone before its own.
  later_zone,
  /// The batch in hand is of an update domain before its own.
  later_update_domain,
  /// The batch in hand has as many members as it may have.
  batch_full,
  /// One more would make too many unavailable.
  allowance,
  /// Its health is not settled.
  initializing,
  /// The next checkpoint comes first.
  checkpoint,
  /// It may go when what holds the whole upgrade is over.
  held,
  /// The batch in hand comes first.
  batch_in_hand,
  /// A cancel came before anything was done to it.
  taken_back,
  /// It has its previous model again.
  rolled_back,
  /// The upgrade ended before its turn.
  upgrade_ended,
  // Of upgrades that replace instances.
  /// It was made to replace a member.
  replaces_member,
  /// Its replacement serves.
  replaced,
  /// It was made to replace a member, and did not do.
  discarded,
  /// It was to be deleted, and may be there yet.
  left_over,
  /// It is upgraded in place, for there was no quota to replace it.
  quota_short,
  // By a change of capacity.
  /// The set shrinks, and it was chosen to go.
  scale_in,
  /// The set grows, and it is new.
  scale_out,
};

/// What a member is at.
enum class member_step : std::uint8_t {
  /// None.
  none,
  /// It is asked for, and has not begun.
  asked,
  /// As in `step_kind`.
  ///@{
  before_instance,
  action,
  after_instance,
  ///@}
  /// An attempt failed for now, and the next has not begun.
  retry,
  /// Its action is done, and it is to be healthy.
  health,
  /// It is healthy, and must be so for `min_ready`.
  min_ready,
  /// As in `step_kind`: it was told that it is to be deleted.
  terminate_notification,
  /// Its replacement is to be made, and to be healthy.
  replacement,
  /// The one that it replaced, or the one that was to replace it, is to be deleted.
  deletion,
  /// Without quota to replace it, it waits for the allowance, to be upgraded in place.
  allowance,
};

/// Whether and why an instance that is ill is repaired or left.
enum class repair_why : std::uint8_t {
  /// It is not ill, or nobody is to be repaired, or it is the upgrade's own affair.
  none,
  /// It is under repair.
  under_repair,
  /// Its grace period runs.
  grace_period,
  /// As many as may be are under repair.
  bound,
  /// Protected, from whatever it is.
  is_protected,
  /// Repairs are suspended.
  suspended,
  /// The upgrade is about to end, or its health was not seen again after a resume.
  not_now,
};

/// As in `drydock explain --json`: `in_hand`, `raise_limit`.
///@{
[[nodiscard]] std::string_view to_string(course x);
[[nodiscard]] std::string_view to_string(obstacle_kind x);
[[nodiscard]] std::string_view to_string(remedy x);
[[nodiscard]] std::string_view to_string(ending_cause x);
[[nodiscard]] std::string_view to_string(instance_standing x);
[[nodiscard]] std::string_view to_string(instance_why x);
[[nodiscard]] std::string_view to_string(member_step x);
[[nodiscard]] std::string_view to_string(repair_why x);
///@}

/// The same as an obstacle.
[[nodiscard]] obstacle_kind to_obstacle(wait_reason x);

/// A limit of the policy that is in the way.
struct limit_in_the_way {
  /// Its key: `max_unhealthy_instance_percent`.
  std::string name;
  /// What it says; nothing: not known, or no number.
  std::optional<std::int64_t> value;
  /// What that comes to, of how many; 0 of 0: it is no count.
  std::uint32_t allowed = 0, of = 0;
};

/// An instance that is in the way.
struct holder {
  /// Who.
  instance_index instance = 0;
  /// Where it stands.
  instance_standing standing = instance_standing::pending;
  /// Its health; `initializing` where that is all that is known.
  health_state health = health_state::initializing;
  /// Its action was begun and did not succeed.
  bool action_failed = false;
  /// What it is at, if it is in hand.
  member_step step = member_step::none;
  /// Of the step; from 1.
  std::uint32_t attempt = 0;
  /// Since when it is so: at this step, or of this health.
  instant since{};
  /// Whom it replaces, or who replaces it.
  std::optional<instance_index> counterpart = {};
};

/// What is in the way.
struct obstacle {
  obstacle_kind kind = obstacle_kind::deciding;
  /// Since when.
  instant since{};
  /// When it ends, or gives way to another: the pause's end, the opening, the deadline.
  std::optional<instant> until;
  /// Which limit.
  std::optional<limit_in_the_way> limit;
  /// What it is about, for people: `checkpoint 50 %`, the guard or hook with what was
  /// said of it; empty: nothing to add.
  std::string subject;
  /// The batch in hand, or that a hook stands around; 0: none.
  std::uint32_t batch = 0;
  /// Who holds it, the slowest first where instances are in hand, else by position.
  std::vector<holder> holders;
  /// How many hold it; more than `holders` where not all are known by name.
  std::uint32_t holder_count = 0;
  /// What ends it, the best first.
  std::vector<remedy> remedies;
};

/// Why it ended as it did.
struct ending {
  upgrade_status status = upgrade_status::completed;
  ending_cause cause = ending_cause::completed;
  /// Azure's code; empty: nothing went wrong.
  std::string code;
  /// As the upgrade said it.
  std::string message;
  /// Of a breach: the numbers, and the key of the limit.
  std::optional<told::check_judged> check;
  std::string limit;
  /// Who cancelled or rejected; empty: nobody.
  std::string by;
  /// The checkpoint, guard or hook.
  std::string subject;
  /// Who made it end so: those that were unhealthy, or held what it waited for.
  std::vector<holder> instances;
  /// Of a deadline: what it waited for.
  std::optional<obstacle_kind> waited_for;
};

/// Why an instance is where it is.
struct instance_explanation {
  instance_index instance = 0;
  instance_standing standing = instance_standing::pending;
  instance_why why = instance_why::held;
  /// It was a member of; 0: of none.
  std::uint32_t batch = 0;
  /// Its phase, zone and update domain, as far as they are known.
  batch_place place{};
  /// What kept its batch from being larger; nothing without a batch.
  std::optional<batch_bound> bound;
  health_state health = health_state::initializing;
  /// What it is at, if it is in hand.
  member_step step = member_step::none;
  std::uint32_t attempt = 0;
  /// Since when it stands there.
  instant since{};
  /// Why it failed, and what was said.
  failure_reason reason = failure_reason::none;
  std::string message;
  /// How it stands with its repair.
  repair_why repair = repair_why::none;
  /// When its grace period ends, if that is it.
  std::optional<instant> repair_until;
  /// Repairs of it that helped, and that did not.
  std::uint32_t repairs_succeeded = 0, repairs_failed = 0;
  /// Whom it replaces or was to replace; who replaces it or was to.
  std::optional<instance_index> replaces, replaced_by;
};

/// Why a whole upgrade stands where it stands.
struct explanation {
  course state = course::waiting;
  /// Since when it is so.
  instant since{};
  /// The instant it is told for, and that of the last event.
  instant now{}, last_event{};
  /// What is in the way; the first counts, others come on top. Empty once it is over.
  std::vector<obstacle> obstacles;
  /// Once it is over.
  std::optional<ending> end;
  /// A cancel was asked for, by whom.
  bool cancelling = false;
  std::string cancelled_by;
  /// After a breach previous models are given back.
  bool rolling_back = false;
  /// Counts by `instance_standing`, and of those that no event names.
  std::uint32_t by_standing[standing_count] = {};
  std::uint32_t unnamed = 0;
  /// N: without deleted ones, and those that are in no count.
  std::uint32_t total = 0;
  /// Of pending ones: the phase whose turn it is.
  std::int64_t phase = 0;
  /// Of a batch that slides: why none of its place joins it; nothing: there is no such
  /// batch in hand, or nobody is left whom it could take.
  std::optional<instance_why> kept_back = {};
};

} // namespace drydock::inline v1::engine
