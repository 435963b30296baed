// SPDX-License-Identifier: Apache-2.0
// Cancel and the end: docs/semantics.md, 4.8.
#include "drydock/engine/rollout.hpp"

#include "rollout_change.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

bool rollout::anything_left() const {
  if (must_scale() || arrivals_released_ > 0)
    return true;
  for (instance_index i = 0; i < records_.size(); ++i)
    if (records_[i].state == standing::pending && is_to_take_part(i))
      return true;
  return false;
}

void rollout::take_cancel(const input::cancel_requested& e, instant now,
                          commands& out) {
  if (!running())
    return;
  assign_if_new();
  announce(out);
  report_.cancel_was_last_action = true;
  report_.last_action = now;
  cancelled_now_ = cancelled_now_ || e.now;
  out.push_back(command::publish{told::cancel_requested{e.by, e.now}});
  const auto repairs_only = stage_ != stage::working && stage_ != stage::cancelling
                            && stage_ != stage::rolling_back
                            && stage_ != stage::scaling;
  if (repairs_only && tally_.repairs > 0)
    out.push_back(command::cancel_members{e.now});
  switch (stage_) {
  case stage::working:
    stage_ = stage::cancelling;
    out.push_back(command::cancel_members{e.now});
    return;
  case stage::cancelling:
    if (e.now)
      out.push_back(command::cancel_members{true});
    return;
  case stage::rolling_back:
    // The upgrade has faulted already; the cancel only bounds the undoing.
    give_up_rollbacks();
    out.push_back(command::cancel_members{e.now});
    return;
  case stage::scaling:
    out.push_back(command::cancel_members{e.now});
    return;
  case stage::hooking:
    // Nothing runs between two attempts, and a further one is not begun.
    if (e.now || (hook_request_ == 0 && hook_ != upgrade_hook::after_upgrade))
      end_hook_now(now, out);
    return;
  case stage::ending: // what there was to end has ended, but for repairs
    return;
  case stage::created:
  case stage::settling:
  case stage::deciding:
  case stage::waiting:
  case stage::pausing:
  case stage::holding:
  case stage::paused:
  case stage::keeping:
  case stage::finished:
    if (std::exchange(judged_later_, false)) {
      end_cancel(now, out);
      return;
    }
    end_unjudged_batch(now, out);
    finish_cancelled(now, out);
    return;
  }
}

void rollout::assign_if_new() {
  if (!opened_)
    assign();
}

void rollout::end_cancel(instant now, commands& out) {
  end_batch(now, out);
  // What before_batch began is ended, however the batch ends.
  if (options_.hooks.after_batch)
    run_hook(upgrade_hook::after_batch, now, out);
  else
    finish_cancelled(now, out);
}

void rollout::finish_cancelled(instant now, commands& out) {
  if (options_.keep)
    finish(upgrade_status::cancelled, "RollingUpgradeCanceled",
           "the run that keeps the set was cancelled", now, out);
  else if (!anything_left() && !cut_short_)
    finish(upgrade_status::completed, {}, {}, now, out);
  else
    finish(upgrade_status::cancelled, "RollingUpgradeCanceled",
           "the upgrade was cancelled; run again to bring the rest to the latest model",
           now, out);
}

void rollout::fail_internally(const std::string& message, instant now, commands& out) {
  if (!running())
    return;
  assign_if_new();
  announce(out);
  if (tally_.in_hand + tally_.repairs > 0 || stage_ == stage::scaling)
    out.push_back(command::cancel_members{true});
  lose_scaling(message, out);
  const auto in_batch =
    stage_ == stage::working || stage_ == stage::cancelling || judged_later_;
  judged_later_ = false;
  lose_replacements(message);
  lose_repairs(message, out);
  for (instance_index i = 0; i < records_.size(); ++i) {
    if (records_[i].rolling_back)
      take_rolled_back({i, failure_reason::action_failed, true, true, message}, out);
    else if (records_[i].state == standing::working)
      lose_member(i, message, now, out);
  }
  if (in_batch)
    end_batch(now, out);
  if (hook_request_ != 0)
    out.push_back(command::end_hook{hook_request_});
  end_upgrade(upgrade_status::faulted, "InternalExecutionError", message, now, out);
}

void rollout::finish(upgrade_status status, std::string code, std::string message,
                     instant now, commands& out) {
  if (tally_.repairs > 0) { // those in hand go to their end first
    stage_ = stage::ending;
    deadline_timer_ = 0;
    pending_end_ = {status, std::move(code), std::move(message)};
    return;
  }
  if (!options_.hooks.after_upgrade || !work_begun_) {
    end_upgrade(status, std::move(code), std::move(message), now, out);
    return;
  }
  pending_end_ = {status, std::move(code), std::move(message)};
  run_hook(upgrade_hook::after_upgrade, now, out);
}

void rollout::end_upgrade(upgrade_status status, std::string code, std::string message,
                          instant now, commands& out) {
  stage_ = stage::finished;
  ask_share(out); // the last word: what stays unavailable is held for good
  report_.status = status;
  report_.end = now;
  report_.progress = progress();
  report_.error.code = std::move(code);
  report_.error.message = std::move(message);
  collect_details(report_.error);
  out.push_back(
    command::publish{told::upgrade_finished{status, report_.error, report_.progress}});
  out.push_back(command::finish{});
}

void rollout::collect_details(upgrade_error& error) const {
  for (instance_index i = 0; i < records_.size(); ++i) {
    if (records_[i].state != standing::failed)
      continue;
    const auto text = messages_.find(i);
    error.details.push_back({std::string(to_string(records_[i].reason)),
                             text == messages_.end() ? std::string() : text->second,
                             i});
  }
  name_failed(error);
  name_missing(error);
  name_left(error);
}

/// Who was to be deleted and may be there yet.
void rollout::name_left(upgrade_error& error) const {
  std::size_t left = 0;
  for (const auto& [i, text] : messages_)
    if (records_[i].state == standing::deleted && surges()
        && !instances_->is_arrival(i)) {
      error.details.push_back({std::string(to_string(records_[i].reason)), text, i});
      ++left;
    }
  if (!error.code.empty() || left == 0)
    return;
  error.code = "InstancesLeftOver";
  error.message = std::to_string(left) + (left == 1 ? " instance" : " instances")
                  + " could not be deleted and may be left over; look for "
                  + (left == 1 ? "it and delete it" : "them and delete them");
}

/// Failures within the limits end nothing, and are an error all the same.
void rollout::name_failed(upgrade_error& error) {
  if (error.code.empty() && !error.details.empty()) {
    error.code = "RollingUpgradeInProgressWithFailedUpgradedVMs";
    const auto one = error.details.size() == 1;
    error.message = std::to_string(error.details.size())
                    + (one ? " instance" : " instances")
                    + " failed within the limits of the policy; run again to try "
                    + (one ? "it" : "them") + " once more";
  }
}

upgrade_progress rollout::progress() const {
  const auto in = [&](standing s) {
    return tally_.by_state[static_cast<std::size_t>(s)];
  };
  return {in(standing::up_to_date) + in(standing::succeeded), in(standing::failed),
          in(standing::working), in(standing::pending), in(standing::skipped)};
}

upgrade_report rollout::report() const {
  auto result = report_;
  result.progress = progress();
  for (const auto changed : repairs_.changed)
    result.repairs.unchanged_for.push_back(now_ - changed);
  if (running())
    collect_details(result.error);
  return result;
}

std::string rollout::deadline_message() const {
  std::uint32_t count = 0;
  if (stage_ == stage::paused)
    return hook_text()
           + " had failed, and nobody let the upgrade go on within progress_deadline; "
             "mend it and run again";
  if (stage_ == stage::waiting && waits_for_ == wait_reason::shared_budget)
    return "nothing moved for the length of progress_deadline: "
           + (share_.text().empty() ? std::string("the shared budget") : share_.text())
           + "; mend what is unavailable there, or raise max_unavailable_instances of "
             "[budget], and run again";
  if (stage_ == stage::waiting && waits_for_ == wait_reason::guard)
    return "nothing moved for the length of progress_deadline: " + waits_on_
           + "; mend what it watches, and run again";
  const auto settling = stage_ == stage::settling;
  const auto holders = first_holders(settling, count);
  return std::string("nothing moved for the length of progress_deadline; ")
         + (settling ? "the health of these did not settle: "
                     : "no instance may go while these are unavailable: ")
         + name_some(holders, count);
}

std::string rollout::name_some(std::span<const instance_index> list,
                               std::uint32_t count) const {
  constexpr std::size_t most = 5;
  std::string text;
  const auto shown = std::min(most, list.size());
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0)
      text += ", ";
    text += instances_->id(list[i]);
  }
  if (count > shown)
    text += " and " + std::to_string(count - shown) + " more";
  return text;
}

} // namespace drydock::inline v1::engine
