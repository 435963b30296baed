// SPDX-License-Identifier: Apache-2.0
// The work on an instance that an earlier process began: docs/semantics.md, 4.9.
#include "drydock/engine/lifecycle.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

void instance_lifecycle::recover(const member_recovery& known, instant now,
                                 std::vector<lifecycle_order>& out) {
  if (state_ != state::created)
    return;
  known_ = known.known;
  may_be_there_ = known_ >= known_progress::acting;
  attempt_ = std::max<std::uint32_t>(known.attempt, 1);
  begun_ = known_ != known_progress::nothing;
  action_begun_ = known_ >= known_progress::acting;
  step_ = step_kind::action;
  if (work_ == work_kind::create || deletes(work_)) {
    repeat(now, out);
    return;
  }
  switch (known_) {
  case known_progress::acted:
    // Health is watched anew: what was seen of it went with who saw it.
    action_end_ = now;
    if (options_->has_health)
      watch(now, out);
    else
      healthy_enough(out);
    return;
  case known_progress::undraining:
    ask(step_kind::after_instance, out);
    return;
  case known_progress::nothing:
  case known_progress::draining:
  case known_progress::drained:
  case known_progress::acting:
    inspect(now, out);
    return;
  }
}

/// Making an instance that is there, and deleting one that is gone, succeeds: so nobody
/// need be asked. One that was made is made once more, as what was learnt of it, its
/// address say, went with the process before.
void instance_lifecycle::repeat(instant now, std::vector<lifecycle_order>& out) {
  if (known_ == known_progress::acted && deletes(work_)) {
    action_end_ = now;
    settle(failure_reason::none, {}, out);
    return;
  }
  // An earlier process may have begun to make it, whether or not that is written down.
  begun_ = begun_ || work_ == work_kind::create;
  action_begun_ = action_begun_ || work_ == work_kind::create;
  // Its time is over once its deletion was begun; an attempt at that is known by its
  // number. Else it is told again, and its time begins anew: never is it shorter.
  const auto told = known_ == known_progress::acting
                    || (known_ == known_progress::drained && attempt_ > 1);
  ask(told ? step_kind::action : first_step(known_ >= known_progress::drained), out);
}

void instance_lifecycle::inspect(instant now, std::vector<lifecycle_order>& out) {
  state_ = state::inspecting;
  ++request_;
  ++questions_;
  if (!probes_held_) {
    probes_held_ = true;
    out.emplace_back(order::hold_probes{});
  }
  out.emplace_back(order::inspect_action{attempt_, request_});
  if (options_->retry.timeout > duration{0}) {
    step_timer_ = next_timer_++;
    // What is left of the action may take its own time first.
    out.emplace_back(order::arm_timer{step_timer_, now + 2 * options_->retry.timeout
                                                     + 2 * options_->driver_grace});
  }
}

void instance_lifecycle::on(const life::action_inspected& e, instant now,
                            std::vector<lifecycle_order>& out) {
  if (e.request != request_ || state_ != state::inspecting)
    return;
  step_timer_ = 0;
  switch (e.fate) {
  case action_fate::done:
    take_as_done(now, out);
    return;
  case action_fate::not_done:
  case action_fate::cannot_tell:
    begin_anew(out);
    return;
  case action_fate::unknown:
    ask_again(now, out);
    return;
  }
}

void instance_lifecycle::take_as_done(instant now, std::vector<lifecycle_order>& out) {
  if (!action_begun_)
    out.emplace_back(order::report_step_started{step_kind::action, attempt_});
  begun_ = action_begun_ = true;
  step_ = step_kind::action;
  out.emplace_back(order::report_step_finished{
    step_kind::action, attempt_, step_outcome::succeeded, {}});
  step_done(now, out);
}

/// Goes on at the step that is not known to have ended. Where none is known to have
/// begun, the instance is not down, and others may be by now: whether it may go is to
/// be decided anew. A failed one that is rolled back is down anyway.
void instance_lifecycle::begin_anew(std::vector<lifecycle_order>& out) {
  if (!begun_
      && (work_ == work_kind::upgrade || work_ == work_kind::repair || abandoned_)) {
    state_ = state::over;
    out.emplace_back(order::resume_probes{false, false});
    out.emplace_back(order::release{});
    return;
  }
  const auto drained = known_ >= known_progress::drained;
  ask(first_step(drained), out);
}

/// A cancel while nobody knows what has been done: what has begun goes to its end.
void instance_lifecycle::abandon_question(bool at_once,
                                          std::vector<lifecycle_order>& out) {
  abandoned_ = true;
  if (!at_once)
    return;
  if (state_ == state::inspecting)
    out.emplace_back(order::kill_step{request_});
  begun_ = action_begun_ = true;
  settle(failure_reason::cancelled, "cancelled while it was worked on", out);
}

/// One that never tells, because what was begun on it has left it down, say, is worked
/// on like one that cannot.
void instance_lifecycle::ask_again(instant now, std::vector<lifecycle_order>& out) {
  if (questions_ >= std::max<std::uint32_t>(options_->retry.max_attempts, 1)) {
    begin_anew(out);
    return;
  }
  state_ = state::between_questions;
  step_timer_ = next_timer_++;
  out.emplace_back(order::arm_timer{step_timer_, now + backoff(questions_)});
}

} // namespace drydock::inline v1::engine
