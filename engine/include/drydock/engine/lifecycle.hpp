// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/driver_spec.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/recovery.hpp"
#include "drydock/engine/step.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace drydock::inline v1::engine {

/// What the life of an instance under work depends on; the same for all members
/// of an upgrade.
struct lifecycle_options {
  apply_class action = apply_class::none;
  retry_policy retry;
  bool has_before_hook = false;
  bool has_after_hook = false;
  bool has_health = false;
  duration min_ready{0};
  duration health_timeout{0};
  /// Zero for health sources without one.
  duration grace_period{0};
  /// Spreads retries; the same seed gives the same delays.
  std::uint64_t jitter_seed = 0;
  /// How much longer than `retry.timeout` a driver may take to answer before the
  /// attempt counts as timed out: drivers that keep the timeout themselves get some.
  duration driver_grace = std::chrono::seconds(15);
  /// How long before its deletion an instance is told of it; nothing: it is not told.
  std::optional<duration> terminate_delay = {};
};

/// What happens to an instance under work.
namespace life {

/// The driver began the step that was asked for as number `request`.
struct step_begun {
  std::uint32_t request = 0;
};
struct step_finished {
  std::uint32_t request = 0;
  step_outcome outcome = step_outcome::succeeded;
  std::string error;
};
/// The driver's answer to `order::inspect_action`.
struct action_inspected {
  std::uint32_t request = 0;
  action_fate fate = action_fate::unknown;
  /// Why it is unknown.
  std::string error;
};
/// Committed health changed, as seen by probes begun after the action.
struct health_changed {
  health_state health = health_state::initializing;
};
/// One probe begun after an in-place action answered.
struct probe_answered {
  raw_health raw = health_state::unknown;
  health_state committed = health_state::initializing;
};
struct timer_fired {
  std::uint32_t timer = 0;
};
/// The upgrade is cancelled; `now`: what runs is ended.
struct abandoned {
  bool now = false;
};
/// The instance is gone.
struct deleted {};

} // namespace life

using lifecycle_event =
  std::variant<life::step_begun, life::step_finished, life::action_inspected,
               life::health_changed, life::probe_answered, life::timer_fired,
               life::abandoned, life::deleted>;

/// What the shell around an instance is told to do.
namespace order {

struct run_step {
  step_kind step = step_kind::action;
  std::uint32_t attempt = 1;
  std::uint32_t request = 0;
};
/// Find out what became of the action, which an earlier process may have begun.
struct inspect_action {
  std::uint32_t attempt = 1;
  std::uint32_t request = 0;
};
struct withdraw_step {
  std::uint32_t request = 0;
};
struct kill_step {
  std::uint32_t request = 0;
};
/// Answers to probes mean nothing until `resume_probes`.
struct hold_probes {};
/// Probe at once and every interval from now; `afresh`: the health state machine
/// starts anew; `each`: tell of every answer until one is healthy.
struct resume_probes {
  bool afresh = false;
  bool each = false;
};
struct arm_timer {
  std::uint32_t timer = 0;
  instant at{};
};
struct report_step_started {
  step_kind step = step_kind::action;
  std::uint32_t attempt = 1;
};
struct report_step_finished {
  step_kind step = step_kind::action;
  std::uint32_t attempt = 1;
  step_outcome outcome = step_outcome::succeeded;
  std::string error;
};
/// The work is over.
struct settle {
  failure_reason reason = failure_reason::none;
  std::string message;
  /// Whether the last action on the instance failed.
  bool action_failed = false;
  /// Whether an action was begun at all, so that there is something to undo.
  bool action_begun = false;
};
/// Nothing was begun; the instance is pending again.
struct release {};

} // namespace order

using lifecycle_order =
  std::variant<order::run_step, order::inspect_action, order::withdraw_step,
               order::kill_step, order::hold_probes, order::resume_probes,
               order::arm_timer, order::report_step_started,
               order::report_step_finished, order::settle, order::release>;

/// The life of one instance while it is worked on: hook, action with retries,
/// health, hook. A rollback is the same life without the first hook. One that is made
/// has no hooks; one that is deleted is over with its action. Every event is legal
/// in every state; what does not fit is ignored as stale. Not thread safe. Source of
/// the rules: docs/semantics.md, 4.5, 4.7, 4.8, 5 and 5a.
class instance_lifecycle {
public:
  /// `instance` only spreads the retries of different instances.
  instance_lifecycle(const lifecycle_options& options, instance_index instance,
                     work_kind work)
    : options_(&options), instance_(instance), work_(work) {}

  /// Begins the work.
  void start(instant now, std::vector<lifecycle_order>& out);

  /// Takes up work that an earlier process began, instead of `start`. Nothing that is
  /// known to have succeeded is done again; before an action that may have been begun
  /// is done once more, the driver is asked what became of it.
  void recover(const member_recovery& known, instant now,
               std::vector<lifecycle_order>& out);

  /// Takes one event and appends what is to be done.
  void apply(const lifecycle_event& event, instant now,
             std::vector<lifecycle_order>& out);

  [[nodiscard]] bool over() const { return state_ == state::over; }

private:
  enum class state : std::uint8_t {
    created,
    asked,
    running,
    backing_off,
    inspecting,
    between_questions, // an inspection told nothing; it is asked again
    watching,
    notified, // its deletion begins when its time is over
    over
  };

  void on(const life::step_begun& e, instant now, std::vector<lifecycle_order>& out);
  void on(const life::step_finished& e, instant now, std::vector<lifecycle_order>& out);
  void on(const life::action_inspected& e, instant now,
          std::vector<lifecycle_order>& out);
  void on(const life::health_changed& e, instant now,
          std::vector<lifecycle_order>& out);
  void on(const life::probe_answered& e, instant now,
          std::vector<lifecycle_order>& out);
  void on(const life::timer_fired& e, instant now, std::vector<lifecycle_order>& out);
  void on(const life::abandoned& e, instant now, std::vector<lifecycle_order>& out);
  void on(const life::deleted& e, instant now, std::vector<lifecycle_order>& out);

  // lifecycle_recovery.cpp: work that an earlier process began.
  void inspect(instant now, std::vector<lifecycle_order>& out);
  void take_as_done(instant now, std::vector<lifecycle_order>& out);
  void begin_anew(std::vector<lifecycle_order>& out);
  void repeat(instant now, std::vector<lifecycle_order>& out);
  void abandon_question(bool at_once, std::vector<lifecycle_order>& out);
  void ask_again(instant now, std::vector<lifecycle_order>& out);

  // lifecycle_terminate.cpp: one that is to be deleted is told so.
  [[nodiscard]] bool notifies() const;
  void begin_notice(instant now, std::vector<lifecycle_order>& out);
  void end_notice(step_outcome outcome, const std::string& error,
                  std::vector<lifecycle_order>& out);
  void notice_over(std::vector<lifecycle_order>& out);

  [[nodiscard]] bool drains() const;
  [[nodiscard]] step_kind first_step(bool drained) const;
  [[nodiscard]] bool starts_afresh() const;
  void abandon_deletion(bool at_once, std::vector<lifecycle_order>& out);
  void ask(step_kind step, std::vector<lifecycle_order>& out);
  void end_attempt(step_outcome outcome, const std::string& error, instant now,
                   std::vector<lifecycle_order>& out);
  void retry_or_fail(step_outcome outcome, const std::string& error, instant now,
                     std::vector<lifecycle_order>& out);
  void step_done(instant now, std::vector<lifecycle_order>& out);
  void watch(instant now, std::vector<lifecycle_order>& out);
  void judge_health(instant now, std::vector<lifecycle_order>& out);
  void health_deadline(instant now, std::vector<lifecycle_order>& out);
  void healthy_enough(std::vector<lifecycle_order>& out);
  void settle(failure_reason reason, std::string message,
              std::vector<lifecycle_order>& out);
  [[nodiscard]] duration backoff(std::uint32_t attempt) const;

  const lifecycle_options* options_;
  instance_index instance_;
  work_kind work_;
  state state_ = state::created;
  step_kind step_ = step_kind::before_instance;
  bool begun_ = false; // some hook or action has begun
  // An attempt whose end nobody saw may have made an instance: short quota is a failure
  // then, so that it is deleted.
  bool may_be_there_ = false;
  bool action_begun_ = false;
  bool abandon_now_ = false;  // a cancel waits for the answer to a withdrawal
  bool abandoned_ = false;    // a cancel, while nobody knew whether anything had begun
  bool last_attempt_ = false; // of a deletion that was cancelled at once
  bool probes_held_ = false;
  bool probe_seen_ = false; // the one more probe of an in-place change
  health_state health_ = health_state::initializing;
  std::uint32_t attempt_ = 1;
  std::uint32_t questions_ = 0; // how often it was asked what became of the action
  known_progress known_ = known_progress::nothing;
  std::uint32_t request_ = 0;
  std::uint32_t next_timer_ = 1;
  std::uint32_t step_timer_ = 0;
  std::uint32_t health_timer_ = 0;
  std::uint32_t ready_timer_ = 0;
  instant action_end_{};
};

} // namespace drydock::inline v1::engine
