// SPDX-License-Identifier: Apache-2.0
// Checkpoints, at which an upgrade bakes and may have to be approved:
// docs/semantics.md, 4.12.
#include "drydock/engine/rollout.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace drydock::inline v1::engine {

namespace {

std::string percent_text(int percent) {
  return std::to_string(percent) + " %";
}

} // namespace

const checkpoint* rollout::next_checkpoint() const {
  const auto& all = options_.policy.rolling.checkpoints;
  return options_.policy.mode == upgrade_mode::rolling && next_checkpoint_ < all.size()
           ? &all[next_checkpoint_]
           : nullptr;
}

/// How many instances that is; rounded up, so that a checkpoint is never short.
std::uint32_t rollout::target_of(const checkpoint& c) const {
  const auto part = std::uint64_t{tally_.total} * static_cast<unsigned>(c.percent);
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (part + 99) / 100));
}

std::uint32_t rollout::dealt_with() const {
  const auto in = [&](standing s) {
    return tally_.by_state[static_cast<std::size_t>(s)];
  };
  return in(standing::up_to_date) + in(standing::succeeded) + in(standing::failed);
}

/// How many more instances may be taken in hand before the next checkpoint.
std::uint32_t rollout::room_to_checkpoint() const {
  const auto* next = next_checkpoint();
  if (next == nullptr)
    return std::numeric_limits<std::uint32_t>::max();
  const auto taken = dealt_with() + tally_.in_hand;
  const auto target = target_of(*next);
  return target > taken ? target - taken : 0;
}

/// Those that lie behind an upgrade when it begins were never its own. New instances
/// are: they have the latest model.
void rollout::pass_early_checkpoints() {
  const auto came = static_cast<std::uint32_t>(report_.scaling.created.size());
  const auto behind = dealt_with() - std::min(came, dealt_with());
  while (next_checkpoint() != nullptr && behind >= target_of(*next_checkpoint()))
    ++next_checkpoint_;
}

/// Whether the upgrade has to stop here; nobody is in hand. When nobody is left, the
/// last checkpoint is reached, whoever was skipped.
bool rollout::at_checkpoint() {
  if (tally_.attempted == 0)
    pass_early_checkpoints(); // the set may have shrunk since
  const auto* next = next_checkpoint();
  const auto came =
    options_.action != apply_class::none && !report_.scaling.created.empty();
  const auto begun = tally_.attempted > 0 || came;
  if (next == nullptr || !begun)
    return false;
  if (pool_.size() == 0 && dealt_with() < target_of(*next))
    next_checkpoint_ = options_.policy.rolling.checkpoints.size() - 1;
  return pool_.size() == 0 || dealt_with() >= target_of(*next);
}

void rollout::hold(instant now, commands& out) {
  const auto& at = *next_checkpoint();
  stage_ = stage::holding;
  deadline_timer_ = 0;
  held_since_ = now;
  approved_ = asking_ = false;
  approved_by_.clear();
  approved_why_.clear();
  question_ = at.approval == checkpoint_approval::none ? 0 : ++last_question_;
  out.push_back(command::publish{told::checkpoint_reached{
    at.percent, dealt_with(), tally_.total, at.bake, at.approval}});
  if (at.bake == duration{0}) {
    ask_approval(now, out);
    return;
  }
  hold_until_ = now + at.bake;
  hold_timer_ = arm(hold_until_, out);
  say_held(now, out);
}

/// What is waited for at the checkpoint; whoever has to decide is asked.
void rollout::say_held(instant now, commands& out) {
  const auto& at = *next_checkpoint();
  say_waiting(asking_ ? wait_reason::checkpoint_approval : wait_reason::checkpoint_bake,
              hold_timer_ != 0 ? std::optional(std::max(now, hold_until_))
                               : std::nullopt,
              "checkpoint " + percent_text(at.percent), {}, 0, now, out);
  if (asking_ && at.approval == checkpoint_approval::command)
    out.push_back(command::ask_approval{at.percent, question_});
}

/// All the while both checks are made whenever anything has changed.
void rollout::judge_held(instant now, commands& out) {
  if (looked_ || tally_.stale > 0)
    return;
  looked_ = true;
  if (auto verdict = judge_after(); !verdict.code.empty()) {
    out.push_back(command::publish{verdict});
    breach(std::move(verdict.code), after_batch_message(), now, out);
  } else if (verdict = judge_before(); is_judged() && !verdict.code.empty()) {
    out.push_back(command::publish{verdict});
    breach(std::move(verdict.code), before_batch_message(), now, out);
  }
}

void rollout::ask_approval(instant now, commands& out) {
  const auto& at = *next_checkpoint();
  hold_timer_ = 0;
  if (at.approval == checkpoint_approval::none || approved_) {
    leave_checkpoint(true, approved_by_, approved_why_, now, out);
    return;
  }
  asking_ = true;
  const auto timeout = options_.policy.rolling.approval_timeout;
  if (timeout > duration{0}) {
    hold_until_ = now + timeout;
    hold_timer_ = arm(hold_until_, out);
  }
  say_held(now, out);
}

void rollout::take_approval(const input::approval& e, instant now, commands& out) {
  if (question_ == 0 || (e.question != 0 && e.question != question_))
    return;
  if (stage_ == stage::paused) {
    question_ = 0;
    if (e.approved) {
      out.push_back(command::publish{told::pause_ended{e.by}});
      run_hook(hook_, now, out);
    } else {
      finish(upgrade_status::cancelled, "RollingUpgradeCanceled",
             hook_text() + " had failed, and " + e.by + " gave the upgrade up"
               + (e.message.empty() ? "" : ": " + e.message)
               + (anything_left() ? "; run again to bring the rest to the latest model"
                                  : ""),
             now, out);
    }
    return;
  }
  if (stage_ != stage::holding && !(stage_ == stage::settling && hold_due_))
    return;
  if (!e.approved) {
    leave_checkpoint(false, e.by, e.message, now, out);
    return;
  }
  approved_ = true;
  approved_by_ = e.by;
  approved_why_ = e.message;
  if (std::exchange(asking_, false)) // else the bake goes on
    end_hold(now, out);
}

void rollout::leave_checkpoint(bool passed, const std::string& by,
                               const std::string& message, instant now, commands& out) {
  const auto percent = next_checkpoint()->percent;
  go_on_since(held_since_, now);
  ++next_checkpoint_;
  question_ = 0;
  hold_due_ = false;
  hold_timer_ = 0;
  asking_ = approved_ = false;
  said_waiting_ = false;
  out.push_back(command::publish{told::checkpoint_left{percent, passed, by, message}});
  stage_ = stage::deciding;
  if (passed)
    return;
  const auto why = "checkpoint " + percent_text(percent) + " was rejected by " + by
                   + (message.empty() ? "" : ": " + message)
                   + "; mend what was found and run again";
  if (options_.policy.rolling.on_rejection == rejection::roll_back)
    doom("CheckpointRejected", why, rollback_scope::all);
  else
    finish(upgrade_status::cancelled, "RollingUpgradeCanceled", why, now, out);
}

void rollout::take_hold_timer(instant now, commands& out) {
  if (asking_)
    leave_checkpoint(false, "approval_timeout", {}, now, out);
  else
    end_hold(now, out);
}

/// The bake is over, or its approval is there; what it was for is health that somebody
/// has seen.
void rollout::end_hold(instant now, commands& out) {
  hold_due_ = tally_.stale > 0;
  if (hold_due_) {
    settle_again(now, out);
    return;
  }
  stage_ = stage::holding;
  looked_ = false;
  if (meet_doom(now, out)) // a guard failed while health was seen again
    return;
  judge_held(now, out);
  if (stage_ == stage::holding)
    ask_approval(now, out);
}

} // namespace drydock::inline v1::engine
