// SPDX-License-Identifier: Apache-2.0
// Hooks around the upgrade and its batches: docs/semantics.md, 4.13.
#include "drydock/engine/rollout.hpp"

#include "backoff.hpp"

#include <utility>

namespace drydock::inline v1::engine {

namespace {

/// How much longer than its timeout a hook may take to answer: whoever runs it keeps
/// the timeout itself.
constexpr duration grace = std::chrono::seconds(15);

/// What a hook that an earlier process left has beyond its timeout, until it is killed.
constexpr duration kill_after = std::chrono::seconds(10);

bool is_of_batch(upgrade_hook x) {
  return x == upgrade_hook::before_batch || x == upgrade_hook::after_batch;
}

} // namespace

std::string_view to_string(upgrade_hook x) {
  switch (x) {
  case upgrade_hook::before_upgrade:
    return "before_upgrade";
  case upgrade_hook::before_batch:
    return "before_batch";
  case upgrade_hook::after_batch:
    return "after_batch";
  case upgrade_hook::after_upgrade:
    break;
  }
  return "after_upgrade";
}

std::string rollout::hook_text() const {
  auto text = "the " + std::string(to_string(hook_)) + " hook";
  if (is_of_batch(hook_))
    text += " of batch " + std::to_string(hook_batch());
  return text;
}

std::uint32_t rollout::hook_batch() const {
  const auto batches = static_cast<std::uint32_t>(report_.batches.size());
  return !is_of_batch(hook_) ? 0
                             : batches + (hook_ == upgrade_hook::before_batch ? 1 : 0);
}

void rollout::run_hook(upgrade_hook which, instant now, commands& out) {
  stage_ = stage::hooking;
  question_ = 0;
  deadline_timer_ = 0;
  held_since_ = now;
  hook_ = which;
  hook_attempt_ = 1;
  work_begun_ = work_begun_ || is_of_batch(which);
  begin_hook(now, out);
}

void rollout::begin_hook(instant now, commands& out) {
  const auto timeout = options_.hook_retry.timeout;
  // Two never run at a time: what is left of an earlier one is waited for first, and
  // that must not be taken from this one's own time.
  const auto wait =
    std::exchange(hook_left_, false) ? timeout + kill_after : duration{0};
  hook_request_ = ++last_hook_request_;
  hook_timer_ = timeout > duration{0} ? arm(now + wait + timeout + grace, out) : 0;
  out.push_back(
    command::publish{told::hook_started{hook_, hook_batch(), hook_attempt_}});
  out.push_back(command::run_hook{hook_, hook_batch(), hook_attempt_, hook_request_});
}

void rollout::take_hook(const input::hook_finished& e, instant now, commands& out) {
  if (stage_ == stage::hooking && hook_request_ != 0 && e.request == hook_request_)
    end_hook_attempt(e.outcome, e.error, now, out);
}

void rollout::take_hook_timer(instant now, commands& out) {
  if (hook_request_ == 0) { // the wait before a further attempt
    begin_hook(now, out);
    return;
  }
  out.push_back(command::end_hook{hook_request_});
  end_hook_attempt(step_outcome::timed_out, "no answer within its timeout", now, out);
}

void rollout::end_hook_attempt(step_outcome outcome, const std::string& error,
                               instant now, commands& out) {
  const auto& retry = options_.hook_retry;
  hook_request_ = 0;
  hook_timer_ = 0;
  out.push_back(command::publish{
    told::hook_finished{hook_, hook_batch(), hook_attempt_, outcome, error}});
  const auto may_do_better =
    outcome == step_outcome::transient
    || (outcome == step_outcome::timed_out && retry.retry_timeouts);
  if (!may_do_better || hook_attempt_ >= retry.max_attempts
      || (report_.cancel_was_last_action && hook_ != upgrade_hook::after_upgrade)) {
    hook_over(outcome == step_outcome::succeeded, error, now, out);
    return;
  }
  const auto wait = longest_wait(retry, hook_attempt_);
  ++hook_attempt_;
  hook_timer_ = arm(now + wait, out);
  say_waiting(wait_reason::hook, now + wait, hook_text() + ": " + error, {}, 0, now,
              out);
}

/// A cancel that does not wait for it.
void rollout::end_hook_now(instant now, commands& out) {
  if (hook_request_ != 0) {
    out.push_back(command::end_hook{hook_request_});
    out.push_back(command::publish{
      told::hook_finished{hook_, hook_batch(), hook_attempt_, step_outcome::failed,
                          "ended, because the upgrade was cancelled"}});
  }
  hook_request_ = 0;
  hook_timer_ = 0;
  hook_over(false, "ended, because the upgrade was cancelled", now, out);
}

void rollout::hook_over(bool succeeded, const std::string& error, instant now,
                        commands& out) {
  go_on_since(held_since_, now);
  said_waiting_ = false;
  stage_ = stage::deciding;
  if (hook_ == upgrade_hook::after_upgrade) {
    auto end = std::exchange(pending_end_, {});
    end_upgrade(end.status, std::move(end.code), std::move(end.message), now, out);
    return;
  }
  work_begun_ = work_begun_ || succeeded; // before_upgrade
  if (report_.cancel_was_last_action) {
    finish_cancelled(now, out);
    return;
  }
  if (!succeeded && hook_ != upgrade_hook::before_upgrade) {
    pause_for_hook(error, now, out);
    return;
  }
  switch (hook_) {
  case upgrade_hook::before_upgrade:
    if (!succeeded)
      finish(upgrade_status::faulted, "HookFailed",
             "the before_upgrade hook failed, and nothing was touched: " + error
               + "; mend it and run again",
             now, out);
    return;
  case upgrade_hook::before_batch:
    batch_hook_done_ = true;
    return;
  case upgrade_hook::after_batch:
    batch_due_ = true;
    return;
  case upgrade_hook::after_upgrade:
    return;
  }
}

void rollout::pause_for_hook(const std::string& error, instant now, commands& out) {
  stage_ = stage::paused;
  question_ = ++last_question_;
  waits_on_ = hook_text() + ": " + error;
  if (options_.policy.mode == upgrade_mode::rolling) {
    still_since_ = now;
    deadline_timer_ = arm(deadline(), out);
  }
  say_paused(now, out);
}

void rollout::say_paused(instant now, commands& out) {
  say_waiting(wait_reason::hook_failed,
              deadline_timer_ != 0 ? std::optional(deadline() - duration{1})
                                   : std::nullopt,
              waits_on_, {}, 0, now, out);
}

} // namespace drydock::inline v1::engine
