// SPDX-License-Identifier: Apache-2.0
// Instances that fall ill and are repaired, beside whatever else is under way:
// docs/semantics.md, 7. One under repair keeps its standing. Where it is replaced, its
// replacement is made and takes its place as those of a batch do (rollout_surge.cpp);
// `record::repairing` is on both of them then, and the one that counts is in hand.
#include "rollout_change.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

bool rollout::replaces_ill() const {
  return options_.repairs && options_.repairs->action == repair_action::replace;
}

/// Nothing happens to repairs that stand as they should.
void rollout::steer_repairs(const std::string& by, bool go_on, commands& out) {
  auto& x = report_.repairs;
  if (!running() || !options_.repairs || x.suspended != go_on)
    return;
  if (!announced_ && stage_ == stage::settling && tally_.unsettled > 0)
    tell_settling(now_, out); // nothing is told before that
  assign_if_new();
  announce(out);
  x.suspended = !go_on;
  if (!go_on) {
    out.push_back(command::publish{told::repairs_suspended{by, x.failed_in_a_row}});
    return;
  }
  x.failed_in_a_row = 0;
  out.push_back(command::publish{told::repairs_resumed{by}});
}

void rollout::begin_repairs(instant now) {
  if (!options_.repairs)
    return;
  const auto& known = options_.repairs->unchanged_for;
  repairs_.changed.assign(records_.size(), now);
  for (std::size_t i = 0; i < std::min(known.size(), records_.size()); ++i)
    repairs_.changed[i] = now - std::min(known[i], options_.repairs->grace_period);
}

/// The grace period of an instance runs from now.
void rollout::note_changed(instance_index i) {
  if (!repairs_.changed.empty())
    repairs_.changed[i] = now_;
}

/// Whether it is to be repaired, as soon as there is time and room: it is ill, and
/// nobody else works on it or is to.
bool rollout::wants_repair(instance_index i) const {
  const auto& r = records_[i];
  const auto left_alone =
    (r.state == standing::up_to_date || r.state == standing::succeeded) && !r.repairing
    && !r.rolling_back;
  const auto ill =
    r.health == health_state::unhealthy || r.health == health_state::unknown;
  if (!left_alone || !ill || r.stale || r.goes || instances_->is_arrival(i)
      || instances_->protected_from_actions(i)
      || instances_->protected_from_scale_in(i))
    return false;
  return !replaces_ill()
         || (instances_->has_replacements() && !instances_->is_replacement(i)
             && records_[instances_->replacement_of(i)].state == standing::spare);
}

/// Keeps the list of those who are to be repaired.
void rollout::list_ill(instance_index i) {
  auto& r = records_[i];
  const auto wants = wants_repair(i);
  if (wants == r.listed || repairs_.changed.empty())
    return;
  r.listed = wants;
  const auto from = repairs_.changed[i] + options_.repairs->grace_period;
  if (wants)
    repairs_.ill.put(i, from);
  else
    repairs_.ill.remove(i, from);
}

/// Whether repairs may begin now: not before the health of all is known, nor once the
/// end is sure.
bool rollout::may_begin_repairs() const {
  const auto ends =
    stage_ == stage::cancelling || stage_ == stage::rolling_back
    || stage_ == stage::ending || stage_ == stage::finished
    || (stage_ == stage::hooking && hook_ == upgrade_hook::after_upgrade);
  return opened_ && !ends && !doom_ && !report_.cancel_was_last_action
         && !repairs_.stopping && !report_.repairs.suspended;
}

void rollout::look_after_ill(instant now, commands& out) {
  if (!options_.repairs || !may_begin_repairs())
    return;
  repairs_.ill.ripen(now);
  command::start_members go{{}, replaces_ill() ? work_kind::create : work_kind::repair};
  const auto most = repairs_at_once(tally_.total);
  while (tally_.repairs < most) {
    const auto i = repairs_.ill.first();
    if (!i)
      break;
    go.instances.push_back(begin_repair(*i, out));
  }
  if (!go.instances.empty())
    out.push_back(std::move(go));
  const auto next = repairs_.ill.next();
  if (next && (repairs_.timer == 0 || *next < repairs_.timer_at)) {
    repairs_.timer_at = *next;
    repairs_.timer = arm(*next, out);
  }
}

/// Who is worked on for it: the instance, or its replacement.
instance_index rollout::begin_repair(instance_index i, commands& out) {
  const auto by_another = replaces_ill();
  if (tally_.repairs == 0)
    repairs_.busy_since = now_;
  change(i, [&](record& r) {
    r.repairing = true;
    r.surge = by_another;
    r.known = known_progress::nothing;
    r.attempt = 1;
  });
  out.push_back(command::publish{told::repair_started{i, options_.repairs->action}});
  if (!by_another)
    return i;
  const auto next = instances_->replacement_of(i);
  change(next, [](record& r) {
    r = {};
    r.state = standing::arriving;
    r.repairing = true;
  });
  return next;
}

void rollout::take_repair_settled(const input::member_settled& e, commands& out) {
  const auto& r = records_[e.instance];
  switch (r.state) {
  case standing::arriving:
    if (!r.attempted) // else it has settled before
      take_repair_created(e, out);
    return;
  case standing::discarding:
    if (r.attempted) // else it is not asked for yet
      take_repair_discarded(e, out);
    return;
  case standing::leaving:
    take_ill_removed(e, out);
    return;
  default:
    break;
  }
  if (r.surge) // nothing is done to it itself
    return;
  const auto ended = e.reason == failure_reason::cancelled;
  const auto ok = e.reason == failure_reason::none;
  end_repair(e.instance, e.instance,
             {ended ? repair_outcome::dropped
              : ok  ? repair_outcome::succeeded
                    : repair_outcome::failed,
              ended ? failure_reason::none : e.reason, e.message},
             out);
}

void rollout::take_repair_created(const input::member_settled& e, commands& out) {
  const auto next = e.instance;
  const auto member = instances_->replaced_by(next);
  const auto alone = records_[next].alone;
  if (e.reason == failure_reason::none) {
    note_made(next, out);
    return;
  }
  const auto ended = e.reason == failure_reason::cancelled;
  const auto short_quota = e.reason == failure_reason::quota_short;
  repair_verdict verdict{ended ? repair_outcome::dropped : repair_outcome::failed,
                         ended ? failure_reason::none : e.reason,
                         short_quota
                           ? "there is no quota for a replacement"
                           : "its replacement " + std::string(instances_->id(next))
                               + " failed, and it stays as it was: " + e.message};
  if (e.action_begun && !short_quota) {
    if (!alone)
      repairs_.verdicts[member] = std::move(verdict);
    discard(next);
    return;
  }
  make_spare(next);
  if (alone)
    note_repairs_over(out);
  else
    end_repair(member, member, std::move(verdict), out);
}

/// The replacement is made: it takes the place of the ill one, which is to be deleted
/// then; false: it does not do, or is not needed.
bool rollout::put_in_place(instance_index next, commands& out) {
  const auto member = instances_->replaced_by(next);
  const auto& r = records_[next];
  const auto name = std::string(instances_->id(next));
  if (!r.alone && r.health != health_state::healthy)
    repairs_.verdicts[member] = {repair_outcome::failed, failure_reason::health_timeout,
                                 "its replacement " + name
                                   + " was healthy only for a moment"};
  else if (!r.alone && records_[member].health == health_state::healthy)
    repairs_.verdicts[member] = {repair_outcome::dropped, failure_reason::none,
                                 "it was healthy again by itself, and its replacement "
                                   + name + " is deleted"};
  else if (!r.alone) {
    replace_ill(member, out);
    return true;
  }
  discard(next);
  return false;
}

void rollout::replace_ill(instance_index member, commands& out) {
  const auto next = instances_->replacement_of(member);
  out.push_back(command::publish{told::instance_replaced{member, next}});
  const auto was = records_[member];
  leave(member);
  note_changed(next);
  change(next, [&](record& r) {
    r.state = was.state;
    r.surge = true; // it waits for the deletion
    r.attempted = was.attempted;
    r.stale = false;
  });
  report_.repairs.replaced.push_back(member);
  std::replace(undo_.begin() + static_cast<std::ptrdiff_t>(undo_head_), undo_.end(),
               member, next);
}

void rollout::take_repair_discarded(const input::member_settled& e, commands& out) {
  const auto next = e.instance;
  const auto member = instances_->replaced_by(next);
  const auto alone = records_[next].alone;
  const auto was_told = records_[next].action_begun;
  leave_for_good(next);
  const auto gone = e.reason == failure_reason::none;
  if (gone && was_told)
    out.push_back(
      command::publish{told::instance_deleted{next, deletion_reason::repair}});
  if (alone) {
    note_repairs_over(out);
    return;
  }
  auto verdict = std::move(repairs_.verdicts[member]);
  if (!gone)
    verdict.message += "; " + left_over(next, e.message);
  end_repair(member, member, std::move(verdict), out);
}

void rollout::take_ill_removed(const input::member_settled& e, commands& out) {
  const auto member = e.instance;
  const auto alone = records_[member].alone;
  leave_for_good(member);
  const auto gone = e.reason == failure_reason::none;
  if (gone)
    out.push_back(
      command::publish{told::instance_deleted{member, deletion_reason::repair}});
  if (alone)
    note_repairs_over(out);
  else
    end_repair(instances_->replacement_of(member), member,
               {repair_outcome::succeeded, failure_reason::none,
                gone ? std::string() : left_over(member, e.message)},
               out);
}

/// It is in no count, and nothing is done to it any more.
void rollout::leave_for_good(instance_index i) {
  change(i, [](record& r) {
    r.state = standing::deleted;
    r.alone = r.repairing = r.surge = r.rolling_back = false;
  });
}

/// While a repair is in hand nothing stands still, and so the deadline is another one
/// after it. What waits for health looks again.
void rollout::note_repairs_over(commands& out) {
  if (tally_.repairs > 0)
    return;
  if (stage_ == stage::rolling_back)
    still_since_ = now_;
  else
    go_on_since(repairs_.busy_since, now_);
  looked_ = false;
  said_waiting_ =
    said_waiting_ && stage_ != stage::waiting && stage_ != stage::rolling_back;
  if (deadline_timer_ == 0)
    return;
  if (stage_ == stage::paused)
    say_paused(now_, out);
  else if (stage_ == stage::settling && announced_ && tally_.unsettled > 0)
    say_settling(now_, out);
}

/// `who` holds the place of `named`, on whom the repair was begun.
void rollout::end_repair(instance_index who, instance_index named,
                         repair_verdict verdict, commands& out) {
  repairs_.verdicts.erase(named);
  if (verdict.begun)
    note_changed(who);
  change(who, [](record& r) { r.repairing = r.surge = false; });
  auto& x = report_.repairs;
  out.push_back(command::publish{told::repair_finished{
    named, verdict.outcome, verdict.reason, std::move(verdict.message)}});
  note_repairs_over(out);
  if (verdict.outcome == repair_outcome::succeeded) {
    ++x.succeeded;
    x.failed_in_a_row = 0;
  } else if (verdict.outcome == repair_outcome::failed) {
    ++x.failed;
    if (++x.failed_in_a_row >= repairs_in_vain_max)
      steer_repairs({}, false, out);
  }
}

} // namespace drydock::inline v1::engine
