// SPDX-License-Identifier: Apache-2.0
// A change of capacity, before the first batch: docs/semantics.md, 5b. Who goes is
// `standing::leaving` and who comes is `standing::arriving`, as where members are
// replaced, and `record::scales` tells them from those.
#include "drydock/engine/rollout.hpp"

#include "rollout_change.hpp"

#include <string>
#include <utility>

namespace drydock::inline v1::engine {

/// Whether there is something to make or to delete, and it was not begun.
bool rollout::must_scale() const {
  return !scaling_begun_ && (!options_.scale_in.empty() || instances_->arrivals() > 0);
}

/// Everything at once, as Azure does it: no batch, no allowance, no check.
void rollout::start_scaling(instant now, commands& out) {
  stage_ = stage::scaling;
  scaling_begun_ = work_begun_ = true;
  deadline_timer_ = 0;
  said_waiting_ = false;
  still_since_ = now;
  told::scaling_started event;
  for (const auto i : options_.scale_in)
    if (i < instances_->size() && !is_absent(records_[i]))
      event.leaving.push_back(i);
  for (auto i = instances_->first_arrival(); i < records_.size(); ++i)
    if (records_[i].state == standing::spare)
      event.arriving.push_back(i);
  event.capacity_before = tally_.total;
  event.capacity = tally_.total - static_cast<std::uint32_t>(event.leaving.size())
                   + static_cast<std::uint32_t>(event.arriving.size());
  report_.scaling.capacity_before = event.capacity_before;
  report_.scaling.capacity = event.capacity;
  report_.scaling.begun = true;
  scaling_left_ =
    static_cast<std::uint32_t>(event.leaving.size() + event.arriving.size());
  out.push_back(command::publish{event});
  for (const auto i : event.leaving)
    enter_scaling(i, standing::leaving);
  for (const auto i : event.arriving)
    enter_scaling(i, standing::arriving);
  if (!event.leaving.empty())
    out.push_back(command::start_members{std::move(event.leaving), work_kind::remove});
  if (!event.arriving.empty())
    out.push_back(command::start_members{std::move(event.arriving), work_kind::create});
  if (scaling_left_ == 0) // whoever was to go was deleted by others
    end_scaling(now, out);
}

void rollout::enter_scaling(instance_index i, standing as) {
  change(i, [&](record& r) {
    const auto health = r.health;
    r = {};
    r.state = as;
    r.scales = true;
    r.health = as == standing::leaving ? health : health_state::initializing;
  });
}

/// Takes the end of work of a change of capacity; false: it is about something else.
bool rollout::take_scale_settled(const input::member_settled& e, instant now,
                                 commands& out) {
  const auto& r = records_[e.instance];
  if (!r.scales)
    return false;
  still_since_ = now;
  if (r.state == standing::arriving && !r.attempted) // else it has settled before
    take_arrived(e, out);
  else if (r.state == standing::leaving)
    take_departed(e, out);
  else if (r.state == standing::discarding && r.attempted) // else not asked for yet
    take_undone_arrival(e, out);
  return true;
}

void rollout::take_arrived(const input::member_settled& e, commands& out) {
  const auto i = e.instance;
  if (e.reason == failure_reason::none) {
    note_made(i, out);
    return;
  }
  records_[i].reason = e.reason;
  messages_[i] = e.message;
  if (e.reason == failure_reason::quota_short || !e.action_begun) {
    fail_arrival(i, out);
    return;
  }
  discard(i); // what may be there of it does not stay
}

/// A new one counts once it is healthy, and has the latest model then: a rollback of
/// all brings its previous one back to it, too.
void rollout::arrive(instance_index i, commands& out) {
  if (options_.has_health && records_[i].health != health_state::healthy) {
    records_[i].reason = failure_reason::health_timeout;
    messages_[i] = "it was healthy only for a moment";
    discard(i);
    return;
  }
  change(i, [&](record& r) {
    r.state = standing::succeeded;
    r.scales = r.attempted = false;
    r.action_begun = options_.action != apply_class::none;
  });
  report_.scaling.created.push_back(i);
  --scaling_left_;
  out.push_back(
    command::publish{told::instance_settled{i, failure_reason::none, false, {}}});
}

void rollout::take_undone_arrival(const input::member_settled& e, commands& out) {
  if (e.reason != failure_reason::none)
    messages_[e.instance] += "; " + left_over(e.instance, e.message);
  else if (records_[e.instance].action_begun)
    out.push_back(
      command::publish{told::instance_deleted{e.instance, deletion_reason::scale_out}});
  fail_arrival(e.instance, out);
}

/// It is not there, and the set has one less than it was to have.
void rollout::fail_arrival(instance_index i, commands& out) {
  const auto reason = records_[i].reason;
  cut_short_ = cut_short_ || reason == failure_reason::cancelled;
  change(i, [](record& r) {
    r.state = standing::deleted;
    r.scales = r.attempted = r.action_begun = false;
  });
  arrivals_failed_[i] = reason;
  report_.scaling.failed.push_back(i);
  --scaling_left_;
  out.push_back(
    command::publish{told::instance_settled{i, reason, false, messages_[i]}});
}

/// One that could not be deleted is there yet, and nobody knows in what state: it
/// counts again, as failed.
void rollout::take_departed(const input::member_settled& e, commands& out) {
  const auto i = e.instance;
  --scaling_left_;
  if (e.reason == failure_reason::none) {
    change(i, [](record& r) {
      r.state = standing::deleted;
      r.scales = false;
    });
    report_.scaling.deleted.push_back(i);
    out.push_back(
      command::publish{told::instance_deleted{i, deletion_reason::scale_in}});
    return;
  }
  change(i, [&](record& r) {
    r.state = standing::failed;
    r.scales = r.action_begun = false; // there is nothing to give back
    r.reason = e.reason;
    r.action_failed = e.action_failed;
    r.stale = r.stale && !e.action_failed; // nobody asks for its health any more
  });
  messages_[i] = "it was to be deleted and may be there yet"
                 + (e.message.empty() ? std::string() : ": " + e.message);
  cut_short_ = cut_short_ || e.reason == failure_reason::cancelled;
  report_.scaling.failed.push_back(i);
  out.push_back(command::publish{
    told::instance_settled{i, e.reason, e.action_failed, messages_[i]}});
}

/// A cancel took it back before anything was done; deletions are not taken back.
bool rollout::take_scale_released(instance_index i, instant now, commands& out) {
  const auto& r = records_[i];
  if (!r.scales)
    return false;
  if (r.state != standing::arriving) {
    take_scale_settled({i, failure_reason::cancelled, false, false, "not begun"}, now,
                       out);
    return true;
  }
  if (r.attempted) // it has settled before
    return true;
  make_spare(i);
  ++arrivals_released_;
  --scaling_left_;
  return true;
}

/// Somebody else deletes one that comes or goes.
bool rollout::take_scale_deleted(instance_index i, commands& out) {
  auto& r = records_[i];
  if (!r.scales)
    return false;
  out.push_back(command::drop_member{i});
  if (r.state == standing::leaving) { // as it was to be
    take_departed({i, failure_reason::none, false, true, {}}, out);
    return true;
  }
  if (r.action_begun)
    out.push_back(command::publish{told::instance_deleted{i}});
  if (r.state == standing::arriving) {
    r.reason = failure_reason::action_failed;
    messages_[i] = "it was deleted by others while it was made";
  }
  fail_arrival(i, out);
  return true;
}

void rollout::tell_scaled(commands& out) {
  const auto& s = report_.scaling;
  const auto count = [](const auto& list) {
    return static_cast<std::uint32_t>(list.size());
  };
  out.push_back(command::publish{
    told::scaling_finished{count(s.created), count(s.deleted), count(s.failed)}});
}

void rollout::end_scaling(instant now, commands& out) {
  tell_scaled(out);
  next_checkpoint_ = 0; // what the set had reached may be gone
  still_since_ = now;
  stage_ = stage::deciding;
  if (report_.cancel_was_last_action)
    finish_cancelled(now, out);
  else
    look(now, out);
}

/// New ones that are not there end nothing, and are an error all the same.
void rollout::name_missing(upgrade_error& error) const {
  for (const auto& [i, reason] : arrivals_failed_)
    error.details.push_back({std::string(to_string(reason)), messages_.at(i), i});
  if (!error.code.empty() || arrivals_failed_.empty())
    return;
  error.code = "CapacityNotReached";
  error.message = std::to_string(arrivals_failed_.size()) + " of the "
                  + std::to_string(instances_->arrivals())
                  + " new instances could not be made; see the details, then run "
                    "again to make the rest";
}

/// Nobody will say any more what became of them, as a part of the engine ended.
void rollout::lose_scaling(const std::string& message, commands& out) {
  for (instance_index i = 0; i < records_.size(); ++i) {
    if (!records_[i].scales)
      continue;
    if (records_[i].state == standing::leaving) {
      take_departed({i, failure_reason::action_failed, true, true, message}, out);
    } else {
      records_[i].reason = failure_reason::action_failed;
      messages_[i] = left_over(i, message);
      fail_arrival(i, out);
    }
  }
  if (stage_ == stage::scaling)
    tell_scaled(out);
}

/// Those who are gone by a change of capacity; whoever takes the upgrade up has no
/// health of theirs to watch.
std::vector<instance_index> rollout::departed() const {
  std::vector<instance_index> result;
  for (const auto i : options_.scale_in)
    if (i < instances_->size() && records_[i].state == standing::deleted)
      result.push_back(i);
  return result;
}

} // namespace drydock::inline v1::engine
