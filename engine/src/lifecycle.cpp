// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/lifecycle.hpp"

#include "backoff.hpp"

namespace drydock::inline v1::engine {

namespace {

using orders = std::vector<lifecycle_order>;

/// A deadline is over when it has passed, so that what happens at that very
/// instant still counts.
constexpr instant just_after(instant deadline) {
  return deadline + duration{1};
}

/// SplitMix64: spreads nearby numbers over the whole range.
constexpr std::uint64_t scramble(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

} // namespace

std::string_view action_name(step_kind step, apply_class action, work_kind work) {
  switch (step) {
  case step_kind::before_instance:
    return "before_instance";
  case step_kind::after_instance:
    return "after_instance";
  case step_kind::terminate_notification:
    return "terminate_notification";
  case step_kind::action:
    break;
  }
  if (work == work_kind::create)
    return "create";
  return deletes(work) ? "delete" : to_string(action);
}

std::string_view to_string(step_outcome x) {
  switch (x) {
  case step_outcome::succeeded:
    return "succeeded";
  case step_outcome::failed:
    return "failed";
  case step_outcome::transient:
    return "transient";
  case step_outcome::timed_out:
    return "timed_out";
  case step_outcome::withdrawn:
    return "withdrawn";
  case step_outcome::quota_short:
    return "quota_short";
  }
  return "";
}

std::string_view to_string(failure_reason x) {
  switch (x) {
  case failure_reason::none:
    return "";
  case failure_reason::action_failed:
    return "ActionFailed";
  case failure_reason::action_timed_out:
    return "ActionTimedOut";
  case failure_reason::hook_failed:
    return "HookFailed";
  case failure_reason::health_timeout:
    return "HealthTimeout";
  case failure_reason::cancelled:
    return "RollingUpgradeCanceled";
  case failure_reason::quota_short:
    return "QuotaShort";
  }
  return "";
}

void instance_lifecycle::start(instant, orders& out) {
  if (state_ != state::created)
    return;
  ask(first_step(false), out);
}

/// What comes first, where the hook before the action is over or not.
step_kind instance_lifecycle::first_step(bool drained) const {
  if (drains() && !drained)
    return step_kind::before_instance;
  return notifies() ? step_kind::terminate_notification : step_kind::action;
}

/// A failed instance has nothing to drain, and one that never served neither.
bool instance_lifecycle::drains() const {
  return options_->has_before_hook
         && (work_ == work_kind::upgrade || work_ == work_kind::remove
             || work_ == work_kind::repair);
}

/// Whether the health state machine starts anew after the action.
bool instance_lifecycle::starts_afresh() const {
  return work_ == work_kind::create || work_ == work_kind::repair
         || options_->action >= apply_class::restart;
}

void instance_lifecycle::apply(const lifecycle_event& event, instant now, orders& out) {
  if (state_ == state::created || state_ == state::over)
    return;
  std::visit([&](const auto& e) { on(e, now, out); }, event);
}

void instance_lifecycle::ask(step_kind step, orders& out) {
  step_ = step;
  state_ = state::asked;
  ++request_;
  if (step == step_kind::action && !probes_held_) {
    probes_held_ = true;
    out.emplace_back(order::hold_probes{});
  }
  out.emplace_back(order::run_step{step, attempt_, request_});
}

void instance_lifecycle::on(const life::step_begun& e, instant now, orders& out) {
  if (e.request != request_ || state_ != state::asked)
    return;
  begun_ = true;
  action_begun_ = action_begun_ || step_ == step_kind::action;
  state_ = state::running;
  out.emplace_back(order::report_step_started{step_, attempt_});
  if (abandon_now_) {
    on(life::abandoned{true}, now, out);
    return;
  }
  if (step_ == step_kind::terminate_notification) {
    begin_notice(now, out);
    return;
  }
  if (options_->retry.timeout > duration{0}) {
    step_timer_ = next_timer_++;
    out.emplace_back(order::arm_timer{step_timer_, now + options_->retry.timeout
                                                     + options_->driver_grace});
  }
}

void instance_lifecycle::on(const life::step_finished& e, instant now, orders& out) {
  if (e.request != request_ || (state_ != state::asked && state_ != state::running))
    return;
  if (e.outcome == step_outcome::withdrawn) {
    if (state_ != state::asked)
      return;
    state_ = state::over;
    if (probes_held_ && work_ != work_kind::create)
      out.emplace_back(order::resume_probes{false, false});
    out.emplace_back(order::release{});
    return;
  }
  if (state_ == state::asked) // a driver that tells only the end
    on(life::step_begun{e.request}, now, out);
  if (state_ == state::running)
    end_attempt(e.outcome, e.error, now, out);
}

void instance_lifecycle::end_attempt(step_outcome outcome, const std::string& error,
                                     instant now, orders& out) {
  if (step_ == step_kind::terminate_notification) {
    end_notice(outcome, error, out);
    return;
  }
  step_timer_ = 0;
  out.emplace_back(order::report_step_finished{step_, attempt_, outcome, error});
  if (outcome == step_outcome::succeeded)
    step_done(now, out);
  else
    retry_or_fail(outcome, error, now, out);
}

void instance_lifecycle::retry_or_fail(step_outcome outcome, const std::string& error,
                                       instant now, orders& out) {
  const auto may_retry =
    outcome == step_outcome::transient
    || (outcome == step_outcome::timed_out && options_->retry.retry_timeouts);
  if (may_retry && !last_attempt_ && attempt_ < options_->retry.max_attempts) {
    state_ = state::backing_off;
    may_be_there_ = may_be_there_ || outcome == step_outcome::timed_out;
    step_timer_ = next_timer_++;
    out.emplace_back(order::arm_timer{step_timer_, now + backoff(attempt_)});
    ++attempt_;
    return;
  }
  if (work_ == work_kind::rollback && step_ == step_kind::after_instance)
    settle(failure_reason::none, error, out); // the model and health are back
  else if (step_ != step_kind::action)
    settle(failure_reason::hook_failed, error, out);
  else if (outcome == step_outcome::timed_out)
    settle(failure_reason::action_timed_out, error, out);
  else if (outcome == step_outcome::quota_short && work_ == work_kind::create
           && !may_be_there_)
    settle(failure_reason::quota_short, error, out);
  else
    settle(failure_reason::action_failed, error, out);
}

duration instance_lifecycle::backoff(std::uint32_t attempt) const {
  const auto base = longest_wait(options_->retry, attempt);
  // Half of it is certain and half is spread, so that instances that failed
  // together do not come back together.
  const auto draw = scramble(options_->jitter_seed
                             ^ scramble((std::uint64_t{instance_} << 32) | request_));
  const auto half = base / 2;
  return half
         + duration{static_cast<duration::rep>(static_cast<double>(half.count())
                                               * static_cast<double>(draw >> 11)
                                               * 0x1p-53)};
}

void instance_lifecycle::step_done(instant now, orders& out) {
  attempt_ = 1;
  switch (step_) {
  case step_kind::before_instance:
    ask(first_step(true), out);
    return;
  case step_kind::terminate_notification:
    ask(step_kind::action, out);
    return;
  case step_kind::action:
    action_end_ = now;
    if (deletes(work_))
      settle(failure_reason::none, {}, out);
    else if (options_->has_health)
      watch(now, out);
    else
      healthy_enough(out);
    return;
  case step_kind::after_instance:
    settle(failure_reason::none, {}, out);
    return;
  }
}

void instance_lifecycle::watch(instant now, orders& out) {
  const auto afresh = starts_afresh();
  state_ = state::watching;
  health_ = health_state::initializing;
  probe_seen_ = afresh;
  probes_held_ = false;
  health_timer_ = next_timer_++;
  ready_timer_ = 0;
  out.emplace_back(
    order::arm_timer{health_timer_, just_after(now + options_->health_timeout)});
  out.emplace_back(order::resume_probes{afresh, !afresh});
}

void instance_lifecycle::on(const life::health_changed& e, instant now, orders& out) {
  if (state_ != state::watching)
    return;
  health_ = e.health;
  judge_health(now, out);
}

void instance_lifecycle::on(const life::probe_answered& e, instant now, orders& out) {
  if (state_ != state::watching)
    return;
  health_ = e.committed;
  probe_seen_ = probe_seen_ || e.raw == health_state::healthy;
  judge_health(now, out);
}

void instance_lifecycle::judge_health(instant now, orders& out) {
  if (health_ != health_state::healthy || !probe_seen_) {
    ready_timer_ = 0; // a break; readiness starts over
    // Only one that is still initializing may go on until its grace period ends.
    if (now > action_end_ + options_->health_timeout
        && (health_timer_ == 0 || health_ != health_state::initializing))
      health_deadline(now, out);
    return;
  }
  if (options_->min_ready <= duration{0}) {
    healthy_enough(out);
    return;
  }
  if (ready_timer_ == 0) {
    ready_timer_ = next_timer_++;
    out.emplace_back(order::arm_timer{ready_timer_, now + options_->min_ready});
  }
}

void instance_lifecycle::health_deadline(instant now, orders& out) {
  health_timer_ = 0;
  if (ready_timer_ != 0)
    return; // healthy, only not for long enough yet: a relapse decides
  // An in-place change keeps the health state, and starts no grace period.
  const auto afresh = starts_afresh();
  const auto grace_end = action_end_ + options_->grace_period;
  if (afresh && health_ == health_state::initializing && now <= grace_end) {
    health_timer_ = next_timer_++;
    out.emplace_back(order::arm_timer{health_timer_, just_after(grace_end)});
    return;
  }
  settle(failure_reason::health_timeout,
         probe_seen_ ? "not healthy in time after its action: its health is "
                         + std::string(to_string(health_))
                     : "no probe after its action was healthy in time",
         out);
}

void instance_lifecycle::on(const life::timer_fired& e, instant now, orders& out) {
  if (e.timer == 0)
    return;
  if (e.timer == health_timer_ && state_ == state::watching) {
    health_deadline(now, out);
  } else if (e.timer == ready_timer_ && state_ == state::watching) {
    healthy_enough(out);
  } else if (e.timer == step_timer_ && state_ == state::backing_off) {
    step_timer_ = 0;
    ask(step_, out);
  } else if (e.timer == step_timer_ && step_ == step_kind::terminate_notification) {
    notice_over(out);
  } else if (e.timer == step_timer_ && state_ == state::running) {
    out.emplace_back(order::kill_step{request_});
    end_attempt(step_outcome::timed_out, "the driver did not answer in time", now, out);
  } else if (e.timer == step_timer_ && state_ == state::inspecting) {
    out.emplace_back(order::kill_step{request_});
    ask_again(now, out);
  } else if (e.timer == step_timer_ && state_ == state::between_questions) {
    inspect(now, out);
  }
}

void instance_lifecycle::healthy_enough(orders& out) {
  health_timer_ = ready_timer_ = 0;
  if (options_->has_after_hook && work_ != work_kind::create)
    ask(step_kind::after_instance, out);
  else
    settle(failure_reason::none, {}, out);
}

void instance_lifecycle::on(const life::abandoned& e, instant, orders& out) {
  if (deletes(work_)) {
    abandon_deletion(e.now, out);
    return;
  }
  if (state_ == state::inspecting || state_ == state::between_questions) {
    abandon_question(e.now, out);
    return;
  }
  if (!begun_) { // so the first step still waits in a queue
    if (!abandon_now_)
      out.emplace_back(order::withdraw_step{request_});
    abandon_now_ = abandon_now_ || e.now;
    return;
  }
  if (!e.now)
    return; // what has begun goes to its end
  if (state_ == state::running || state_ == state::asked)
    out.emplace_back(order::kill_step{request_});
  if (state_ == state::running)
    out.emplace_back(
      order::report_step_finished{step_, attempt_, step_outcome::failed, "cancelled"});
  settle(failure_reason::cancelled, "cancelled while it was worked on", out);
}

/// What is half deleted is in nobody's count, so that it goes to its end; at once means
/// no further attempt.
void instance_lifecycle::abandon_deletion(bool at_once, orders& out) {
  last_attempt_ = last_attempt_ || at_once;
  if (last_attempt_ && state_ == state::backing_off)
    ask(step_, out); // the one it waits for is the last
}

void instance_lifecycle::on(const life::deleted&, instant, orders& out) {
  if (state_ == state::running || state_ == state::asked || state_ == state::inspecting)
    out.emplace_back(order::kill_step{request_});
  state_ = state::over;
}

void instance_lifecycle::settle(failure_reason reason, std::string message,
                                orders& out) {
  const auto action_failed = reason != failure_reason::none
                             && step_ == step_kind::action && state_ != state::watching
                             && action_begun_;
  state_ = state::over;
  // One that is gone, or is to go next, is probed no more.
  const auto probed_again =
    !deletes(work_) && (work_ != work_kind::create || reason == failure_reason::none);
  if (probes_held_ && probed_again)
    out.emplace_back(order::resume_probes{false, false});
  out.emplace_back(
    order::settle{reason, std::move(message), action_failed, action_begun_});
}

} // namespace drydock::inline v1::engine
