// SPDX-License-Identifier: Apache-2.0
// What a rollout machine hears and says.
#pragma once

#include "drydock/engine/events.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/guard.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/hooks.hpp"
#include "drydock/engine/recovery.hpp"
#include "drydock/engine/shared_budget.hpp"
#include "drydock/engine/step.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace drydock::inline v1::engine {

/// What happens to an upgrade.
namespace input {

struct started {};
/// Committed health, or the metrics that came with it, changed.
struct health_changed {
  instance_index instance = 0;
  health_state health = health_state::initializing;
  custom_metrics metrics;
};
struct member_settled {
  instance_index instance = 0;
  failure_reason reason = failure_reason::none; // none: succeeded
  bool action_failed = false;
  bool action_begun = false;
  std::string message;
};
/// A cancelled member on which nothing was begun.
struct member_released {
  instance_index instance = 0;
};
struct step_started {
  told::step_started what;
};
struct step_finished {
  told::step_finished what;
};
struct timer_fired {
  std::uint32_t timer = 0;
};
struct cancel_requested {
  std::string by;
  bool now = false;
};
struct instance_deleted {
  instance_index instance = 0;
};
/// Something that must not happen did: a part of the engine died.
struct internal_error {
  std::string message;
};
/// The hook that was asked for as number `request` has ended.
struct hook_finished {
  std::uint32_t request = 0;
  step_outcome outcome = step_outcome::succeeded;
  std::string error;
};
/// Somebody lets the upgrade go on from where it waits for that, or does not.
struct approval {
  std::string by;
  bool approved = true;
  std::string message;
  /// Which question it answers (`told::waiting::question`); 0: whatever is asked.
  std::uint32_t question = 0;
};
/// A guard was looked at.
struct guard_reported {
  std::uint32_t guard = 0;
  guard_state state = guard_state::unknown;
  std::string message;
};
/// Another process goes on with the upgrade: nobody watched since the last input, and
/// timers, members under work and the health of everybody are to be taken up again.
struct resumed {};
/// `rollout_options::keep`: no more repairs are begun, and once those in hand are over
/// the run is.
struct stop_keeping {};
/// Somebody wants no more repairs to begin.
struct repairs_suspended {
  std::string by;
};
/// Somebody wants repairs to go on.
struct repairs_resumed {
  std::string by;
};
/// What the set may have of a budget that several share.
struct budget_given {
  /// The number of the last `command::ask_budget` that was heard before it was given.
  std::uint32_t request = 0;
  /// The most instances that may be unavailable by the set's own decision.
  std::uint32_t share = 0;
  /// Of the budget.
  std::uint32_t ceiling = 0;
  /// Who holds how much of it.
  std::vector<budget_holder> holders;
};

} // namespace input

using rollout_input =
  std::variant<input::started, input::health_changed, input::member_settled,
               input::member_released, input::step_started, input::step_finished,
               input::timer_fired, input::cancel_requested, input::instance_deleted,
               input::internal_error, input::resumed, input::hook_finished,
               input::approval, input::guard_reported, input::stop_keeping,
               input::repairs_suspended, input::repairs_resumed, input::budget_given>;

/// What the shell around an upgrade is told to do.
namespace command {

struct start_members {
  std::vector<instance_index> instances;
  work_kind work = work_kind::upgrade;
};
/// Take up the work on members that were under work when the upgrade was resumed.
struct recover_members {
  std::vector<member_recovery> members;
};
struct cancel_members {
  bool now = false;
};
struct drop_member {
  instance_index instance = 0;
};
struct arm_timer {
  std::uint32_t timer = 0;
  instant at{};
};
/// Run a hook; its end comes as `input::hook_finished`.
struct run_hook {
  upgrade_hook hook = upgrade_hook::before_upgrade;
  /// 0: none.
  std::uint32_t batch = 0;
  std::uint32_t attempt = 1;
  std::uint32_t request = 0;
};
/// End it; an answer means nothing any more.
struct end_hook {
  std::uint32_t request = 0;
};
/// Have the user's command decide on a checkpoint; its word comes as `input::approval`.
struct ask_approval {
  /// Percent.
  int checkpoint = 0;
  std::uint32_t question = 0;
};
struct publish {
  upgrade_event event;
};
/// The upgrade is over; `report()` tells how.
struct finish {};
/// Tell what the set has of a budget that several share, and what it could use; the
/// answer, and whatever changes it later, comes as `input::budget_given`.
struct ask_budget {
  std::uint32_t request = 0;
  /// Instances that are unavailable, or of which nobody knows.
  std::uint32_t unavailable = 0;
  /// What it keeps of its share.
  std::uint32_t kept = 0;
  /// The share that it could use.
  std::uint32_t wanted = 0;
};

} // namespace command

using rollout_command =
  std::variant<command::start_members, command::recover_members,
               command::cancel_members, command::drop_member, command::arm_timer,
               command::run_hook, command::end_hook, command::ask_approval,
               command::publish, command::finish, command::ask_budget>;

} // namespace drydock::inline v1::engine
