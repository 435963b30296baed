// SPDX-License-Identifier: Apache-2.0
// An upgrade that another process goes on with: docs/semantics.md, 4.9.
#include "drydock/engine/rollout.hpp"

#include "rollout_change.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace drydock::inline v1::engine {

namespace {

known_progress while_running(step_kind step) {
  switch (step) {
  case step_kind::before_instance:
    return known_progress::draining;
  case step_kind::terminate_notification:
    return known_progress::drained;
  case step_kind::action:
    return known_progress::acting;
  case step_kind::after_instance:
    break;
  }
  return known_progress::undraining;
}

/// What is known once an attempt at the step has ended.
known_progress after_end(step_kind step, bool succeeded) {
  switch (step) {
  case step_kind::before_instance:
    return succeeded ? known_progress::drained : known_progress::draining;
  case step_kind::terminate_notification:
    return known_progress::drained;
  case step_kind::action:
    return succeeded ? known_progress::acted : known_progress::drained;
  case step_kind::after_instance:
    break;
  }
  return succeeded ? known_progress::undraining : known_progress::acted;
}

bool is_before(upgrade_hook x) {
  return x == upgrade_hook::before_upgrade || x == upgrade_hook::before_batch;
}

template <class Step>
void put_work(Step& e, work_kind work, const rollout_options& options) {
  e.work = work;
  if (work == work_kind::repair)
    e.action = action_of(options, work);
}

std::uint8_t small(std::uint32_t attempt) {
  return static_cast<std::uint8_t>(
    std::min<std::uint32_t>(attempt, std::numeric_limits<std::uint8_t>::max()));
}

} // namespace

void rollout::note_begin(told::step_started e, commands& out) {
  if (!is_in_hand(e.instance))
    return;
  auto& r = records_[e.instance];
  r.known = while_running(e.step);
  r.attempt = small(e.attempt);
  put_work(e, work_on(e.instance), options_);
  if (e.step == step_kind::terminate_notification)
    e.not_before = options_.terminate_delay;
  out.push_back(command::publish{std::move(e)});
}

void rollout::note_end(told::step_finished e, commands& out) {
  if (!is_in_hand(e.instance))
    return;
  auto& r = records_[e.instance];
  const auto succeeded = e.outcome == step_outcome::succeeded;
  r.known = after_end(e.step, succeeded);
  const auto anew = succeeded || e.step == step_kind::terminate_notification;
  r.attempt = small(anew ? 1 : e.attempt + 1);
  put_work(e, work_on(e.instance), options_);
  const auto created =
    succeeded && r.state == standing::arriving && e.step == step_kind::action;
  const auto who = e.instance;
  out.push_back(command::publish{std::move(e)});
  if (created)
    tell_created(who, out);
}

void rollout::resume(instant now, commands& out) {
  if (!running())
    return;
  command::recover_members again;
  told::upgrade_resumed event;
  for (instance_index i = 0; i < records_.size(); ++i) {
    const auto& one = records_[i];
    const auto may_stay = // if its drain fails
      one.scales && one.state == standing::leaving;
    if (options_.has_health && (!is_absent(one) || may_stay))
      change(i, [](record& r) { r.stale = true; });
    const auto known = recovery_of(i);
    if (!known)
      continue;
    event.in_hand.push_back(i);
    again.members.push_back(*known);
  }
  for (auto& g : guards_)
    g = guard_state::unknown;
  share_.forget();
  repairs_.busy_since = now;
  hook_left_ = hook_left_ || hook_request_ != 0; // one runs, or may yet
  if (announced_)
    out.push_back(command::publish{std::move(event)});
  if (!again.members.empty())
    out.push_back(std::move(again));
  take_up(now, out);
}

/// What the process before had sent or armed and is gone with it.
void rollout::take_up(instant now, commands& out) {
  deadline_timer_ = window_timer_ = repairs_.timer = 0;
  said_waiting_ = looked_ = false;
  if (report_.cancel_was_last_action && tally_.repairs > 0
      && stage_ != stage::cancelling && stage_ != stage::rolling_back
      && stage_ != stage::scaling)
    out.push_back(command::cancel_members{cancelled_now_});
  switch (stage_) {
  case stage::settling:
    if (!announced_)
      announce_timer_ = arm(now + announcement_delay, out);
    settle_again(now, out);
    return;
  case stage::deciding:
  case stage::waiting:
    still_since_ = now;
    stage_ = stage::deciding;
    return;
  case stage::holding:
    if (asking_ && hold_timer_ != 0) // nobody could answer meanwhile
      hold_until_ = now + options_.policy.rolling.approval_timeout;
    if (hold_timer_ != 0)
      hold_timer_ = arm(std::max(now, hold_until_), out);
    say_held(now, out);
    return;
  case stage::hooking: // it may have run, and so hooks may run twice
    if (report_.cancel_was_last_action && is_before(hook_))
      end_hook_now(now, out);
    else
      begin_hook(now, out);
    return;
  case stage::paused:
    if (options_.policy.mode == upgrade_mode::rolling) {
      still_since_ = now;
      deadline_timer_ = arm(deadline(), out);
    }
    say_paused(now, out);
    return;
  case stage::pausing:
    pause_timer_ = arm(
      std::max(now, pause_begin_ + options_.policy.rolling.pause_time_between_batches),
      out);
    return;
  case stage::cancelling:
    out.push_back(command::cancel_members{cancelled_now_});
    return;
  case stage::scaling:
  case stage::rolling_back:
    still_since_ = now;
    if (report_.cancel_was_last_action)
      out.push_back(command::cancel_members{cancelled_now_});
    return;
  case stage::working:
  case stage::keeping:
  case stage::ending:
  case stage::created:
  case stage::finished:
    return;
  }
}

/// Waits until the health of everybody has been seen again.
void rollout::settle_again(instant now, commands& out) {
  stage_ = stage::settling;
  still_since_ = now;
  if (options_.policy.mode == upgrade_mode::rolling && deadline_timer_ == 0)
    deadline_timer_ = arm(deadline(), out);
  if (announced_ && tally_.unsettled > 0)
    say_settling(now, out);
}

void rollout::say_settling(instant now, commands& out) {
  std::uint32_t count = 0;
  auto holders = first_holders(true, count);
  say_waiting(wait_reason::settling_health,
              deadline_timer_ != 0 ? std::optional(deadline() - duration{1})
                                   : std::nullopt,
              "initializing health", std::move(holders), count, now, out);
}

/// The batch is over, but it cannot be judged by health that nobody has seen.
void rollout::judge_later(instant now, commands& out) {
  judged_later_ = true;
  settle_again(now, out);
}

void rollout::settled(instant now, commands& out) {
  if (!opened_) {
    open(now, out);
    return;
  }
  deadline_timer_ = 0;
  stage_ = stage::deciding;
  if (std::exchange(judged_later_, false)) {
    close_batch(now, out);
  } else if (std::exchange(batch_due_, false)) {
    judge_batch(now, out);
  } else if (hold_due_) {
    end_hold(now, out);
    if (stage_ == stage::deciding)
      look(now, out);
  } else {
    said_waiting_ = false;
    look(now, out);
  }
}

/// A member on which nothing was begun is a candidate again.
void rollout::take_back(instance_index i) {
  if (options_.policy.mode == upgrade_mode::rolling)
    regather_ = true;
  else
    queue_.push_back(i);
}

/// An end that comes before the batch could be judged.
void rollout::end_unjudged_batch(instant now, commands& out) {
  if (std::exchange(judged_later_, false))
    end_batch(now, out);
}

} // namespace drydock::inline v1::engine
