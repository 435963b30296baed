// SPDX-License-Identifier: Apache-2.0
// How work on members ended, and how the upgrade did.
#include "drydock/engine/explainer.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace drydock::inline v1::engine {

std::string hook_name(upgrade_hook which, std::uint32_t batch) {
  return "the " + std::string(to_string(which)) + " hook"
         + (batch == 0 ? "" : " of batch " + std::to_string(batch));
}

namespace {

/// The guard that an error of `GuardFailed` names; `last`, if it may be that one.
std::string named_guard(std::string_view message, const std::string& last) {
  constexpr std::string_view before = "guard ";
  constexpr std::string_view after = " does not hold";
  if (!message.starts_with(before))
    return last;
  message.remove_prefix(before.size());
  if (!last.empty() && message.starts_with(last + std::string(after)))
    return last; // names may hold those words
  const auto end = message.find(after);
  return end == std::string_view::npos ? last : std::string(message.substr(0, end));
}

} // namespace

ending explainer::end_of(const told::upgrade_finished& e) const {
  ending x;
  x.status = e.status;
  x.code = e.error.code;
  x.message = e.error.message;
  name_cause(x);
  if (x.cause == ending_cause::breach && breach_) {
    x.check = breach_;
    x.instances = breach_holders_;
    const auto by_percent =
      exceeds_percent(breach_->unhealthy, breach_->threshold_percent, breach_->total);
    x.limit = breach_->check == check_kind::after_batch
                ? "max_unhealthy_upgraded_instance_percent"
              : by_percent ? "max_unhealthy_instance_percent"
                           : "max_unhealthy_instances";
  } else if (x.cause == ending_cause::deadline) {
    auto last = find_obstacle();
    x.limit = "progress_deadline";
    x.waited_for = last.kind;
    x.subject = last.subject;
    x.instances = std::move(last.holders);
  } else if (x.cause == ending_cause::checkpoint_rejected) {
    x.by = rejected_->by;
    x.subject = "checkpoint " + std::to_string(rejected_->percent) + " %";
  } else if (x.cause == ending_cause::guard) {
    // Others may have failed after the one that ended it.
    x.subject =
      named_guard(e.error.message, faulting_guard_ ? faulting_guard_->name : "");
  } else if (x.cause == ending_cause::hook && hook_ended_) {
    x.subject = hook_name(hook_ended_->hook, hook_ended_->batch);
  } else if (x.cause == ending_cause::cancelled) {
    x.by = cancel_->by;
  }
  return x;
}

void explainer::name_cause(ending& x) const {
  if (x.status == upgrade_status::completed)
    x.cause = ending_cause::completed;
  else if (x.status == upgrade_status::cancelled)
    x.cause = cancel_     ? ending_cause::cancelled
              : rejected_ ? ending_cause::checkpoint_rejected
                          : ending_cause::hook;
  else if (x.code == "RollingUpgradeTimeoutError")
    x.cause = ending_cause::deadline;
  else if (x.code == "CheckpointRejected" && rejected_)
    x.cause = ending_cause::checkpoint_rejected;
  else if (x.code == "GuardFailed")
    x.cause = ending_cause::guard;
  else if (x.code == "HookFailed")
    x.cause = ending_cause::hook;
  else
    x.cause = breach_ && breach_->code == x.code ? ending_cause::breach
                                                 : ending_cause::internal_error;
}

void explainer::settle(const told::instance_settled& e, instant at) {
  const auto ok = e.reason == failure_reason::none;
  if (!settle_scaled(e, at))
    change_standing(e.instance,
                    ok ? instance_standing::succeeded : instance_standing::failed, at);
  auto& r = of(e.instance);
  r.reason = e.reason;
  r.action_failed = e.action_failed && !std::exchange(r.surge, false);
  r.surge = false;
  if (!ok)
    messages_[e.instance] = e.message;
  forget(next_of(e.instance), at);
  forget(member_of(e.instance), at);
  match_short(at);
}

void explainer::undo_finished(const told::rollback_finished& e, instant at) {
  auto& r = of(e.instance);
  const auto had_failed = r.reason != failure_reason::none;
  change_standing(e.instance,
                  e.lags       ? instance_standing::pending
                  : had_failed ? instance_standing::failed
                               : instance_standing::succeeded,
                  at);
  r.action_failed = e.action_failed;
  r.undone = e.succeeded;
  if (e.lags)
    r.why = instance_why::rolled_back;
  else if (!e.succeeded && !e.message.empty())
    messages_.try_emplace(e.instance, e.message);
}

} // namespace drydock::inline v1::engine
