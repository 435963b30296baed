// SPDX-License-Identifier: Apache-2.0
// An instance that is to be deleted is told so, and may agree at once:
// docs/semantics.md, 5a.
#include "drydock/engine/lifecycle.hpp"

namespace drydock::inline v1::engine {

bool instance_lifecycle::notifies() const {
  return deletes(work_) && options_->terminate_delay;
}

/// Its time runs from now on, whatever becomes of the command.
void instance_lifecycle::begin_notice(instant now, std::vector<lifecycle_order>& out) {
  step_timer_ = next_timer_++;
  out.emplace_back(order::arm_timer{step_timer_, now + *options_->terminate_delay});
}

/// Only success is an approval. Nothing is tried again: who was not reached has the
/// same time as who is silent.
void instance_lifecycle::end_notice(step_outcome outcome, const std::string& error,
                                    std::vector<lifecycle_order>& out) {
  out.emplace_back(order::report_step_finished{step_, attempt_, outcome, error});
  if (outcome != step_outcome::succeeded) {
    state_ = state::notified;
    return;
  }
  step_timer_ = 0;
  ask(step_kind::action, out);
}

/// No word can put the deletion off any longer.
void instance_lifecycle::notice_over(std::vector<lifecycle_order>& out) {
  step_timer_ = 0;
  if (state_ == state::running) {
    out.emplace_back(order::kill_step{request_});
    out.emplace_back(order::report_step_finished{
      step_, attempt_, step_outcome::timed_out, "it was not approved in its time"});
  }
  ask(step_kind::action, out);
}

} // namespace drydock::inline v1::engine
