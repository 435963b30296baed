// SPDX-License-Identifier: Apache-2.0
// Members that are replaced instead of upgraded: docs/semantics.md, 5. A member's
// replacement is made at a position of its own, beside the counts; once it is healthy
// it takes the member's place in them, and the member leaves them and is deleted. While
// it is in no count `record::attempted` says that it has settled, or, of one that is to
// be discarded, that this was asked for.
#include "drydock/engine/rollout.hpp"

#include "rollout_change.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

bool rollout::surges() const {
  return options_.policy.mode == upgrade_mode::rolling
         && options_.policy.rolling.max_surge && instances_->has_replacements();
}

/// Whether there are positions of replacements, for whatever use.
bool rollout::has_spares() const {
  return surges() || (replaces_ill() && instances_->has_replacements());
}

std::vector<instance_index> rollout::replacements() const {
  std::vector<instance_index> result;
  for (auto i = instances_->size(); i < records_.size(); ++i)
    if (!is_absent(records_[i]))
      result.push_back(static_cast<instance_index>(i));
  return result;
}

work_kind rollout::work_on(instance_index i) const {
  const auto& r = records_[i];
  switch (r.state) {
  case standing::arriving:
    return work_kind::create;
  case standing::discarding:
    return work_kind::discard;
  case standing::leaving:
    return work_kind::remove;
  default:
    return r.repairing      ? work_kind::repair
           : r.rolling_back ? work_kind::rollback
                            : work_kind::upgrade;
  }
}

/// Who counts for the position that the member `i` had when its batch began.
const rollout::record& rollout::holder_of(instance_index i) const {
  const auto& r = records_[i];
  const auto out = r.state == standing::leaving || r.state == standing::deleted;
  if (!out || !has_spares() || instances_->is_beyond(i))
    return r;
  const auto& next = records_[instances_->replacement_of(i)];
  return next.state == standing::spare ? r : next;
}

void rollout::create_replacements(std::span<const instance_index> members,
                                  commands& out) {
  command::start_members go{{}, work_kind::create};
  go.instances.reserve(members.size());
  for (const auto i : members) {
    change(i, [](record& r) { r.surge = true; });
    const auto next = instances_->replacement_of(i);
    change(next, [](record& r) {
      r = {};
      r.state = standing::arriving;
    });
    go.instances.push_back(next);
  }
  out.push_back(std::move(go));
}

/// Takes the end of work on a replacement, or of a member's deletion; false: it is
/// about neither.
bool rollout::take_surge_settled(const input::member_settled& e, instant now,
                                 commands& out) {
  switch (records_[e.instance].state) {
  case standing::arriving:
    still_since_ = now;
    if (!records_[e.instance].attempted) // else it has settled before
      take_created(e, out);
    return true;
  case standing::discarding:
    still_since_ = now;
    if (records_[e.instance].attempted) // else it is not asked for yet
      take_discarded(e, out);
    return true;
  case standing::leaving:
    still_since_ = now;
    take_removed(e, out);
    return true;
  case standing::working:
    return records_[e.instance].surge; // nothing was begun on it
  default:
    return false;
  }
}

/// The replacement is made and healthy. It takes its place once all that happened at
/// this instant is known.
void rollout::note_made(instance_index next, commands& out) {
  tell_created(next, out);
  records_[next].attempted = true;
  ready_.push_back(next);
}

void rollout::take_created(const input::member_settled& e, commands& out) {
  const auto next = e.instance;
  const auto member = instances_->replaced_by(next);
  const auto alone = records_[next].alone;
  if (e.reason == failure_reason::none) {
    note_made(next, out);
    return;
  }
  const auto made = e.reason != failure_reason::quota_short && e.action_begun;
  if (!made)
    make_spare(next);
  if (e.reason == failure_reason::quota_short) {
    if (!alone)
      short_.push_back(member);
    return;
  }
  if (!alone)
    blame(next, e.reason, e.message);
  if (made)
    discard(next);
  else if (!alone)
    settle_replaced(member, out);
}

/// The member that was to be replaced stays as it was, and counts as failed.
void rollout::blame(instance_index next, failure_reason reason,
                    const std::string& why) {
  const auto member = instances_->replaced_by(next);
  records_[member].reason = reason;
  messages_[member] = "its replacement " + std::string(instances_->id(next))
                      + " failed, and it stays as it was: " + why;
}

/// Once all that happened at this instant is known: replacements that are healthy take
/// their places, and whoever is not needed is deleted.
void rollout::go_on_with_surge(commands& out) {
  command::start_members go{{}, work_kind::remove};
  for (const auto next : std::exchange(ready_, {})) {
    const auto& r = records_[next];
    if (r.state != standing::arriving)
      continue; // deleted meanwhile
    if (r.scales) {
      arrive(next, out);
      continue;
    }
    if (r.repairing) {
      if (put_in_place(next, out))
        go.instances.push_back(instances_->replaced_by(next));
      continue;
    }
    const auto serves = !options_.has_health || r.health == health_state::healthy;
    if (serves && !r.alone) {
      replace(instances_->replaced_by(next), out);
      go.instances.push_back(instances_->replaced_by(next));
      continue;
    }
    if (!r.alone)
      blame(next, failure_reason::health_timeout, "it was healthy only for a moment");
    discard(next);
  }
  if (!go.instances.empty())
    out.push_back(std::move(go));
  command::start_members drop{{}, work_kind::discard};
  for (const auto next : std::exchange(to_discard_, {}))
    if (records_[next].state == standing::discarding) {
      records_[next].attempted = true;
      drop.instances.push_back(next);
    }
  if (!drop.instances.empty())
    out.push_back(std::move(drop));
}

/// Nobody is at the position, and somebody may be made there yet.
void rollout::make_spare(instance_index next) {
  change(next, [](record& r) {
    r = {};
    r.state = standing::spare;
  });
}

/// The replacement takes the member's place in all counts; the member is to be deleted.
void rollout::replace(instance_index member, commands& out) {
  const auto next = instances_->replacement_of(member);
  out.push_back(command::publish{told::instance_replaced{member, next}});
  leave(member);
  change(next, [](record& r) {
    r.state = standing::working;
    r.surge = r.attempted = true;
    r.stale = false;
  });
}

/// It is in no count any more, and is to be deleted.
void rollout::leave(instance_index member) {
  change(member, [](record& r) {
    r.state = standing::leaving;
    r.surge = r.attempted = r.stale = false;
    r.known = known_progress::nothing;
    r.attempt = 1;
  });
}

void rollout::discard(instance_index next) {
  change(next, [](record& r) {
    r.state = standing::discarding;
    r.attempted = false;
    r.known = known_progress::nothing;
    r.attempt = 1;
  });
  to_discard_.push_back(next);
}

void rollout::take_discarded(const input::member_settled& e, commands& out) {
  const auto next = e.instance;
  const auto member = instances_->replaced_by(next);
  const auto alone = records_[next].alone;
  const auto was_told = records_[next].action_begun;
  leave_for_good(next);
  if (e.reason != failure_reason::none) {
    if (alone)
      leave_over(next, e.reason, e.message);
    else
      messages_[member] += "; " + left_over(next, e.message);
  } else if (was_told) {
    out.push_back(
      command::publish{told::instance_deleted{next, deletion_reason::surge}});
  }
  if (!alone)
    settle_replaced(member, out);
}

void rollout::take_removed(const input::member_settled& e, commands& out) {
  const auto member = e.instance;
  const auto next = instances_->replacement_of(member);
  const auto alone = records_[member].alone;
  const auto ok = e.reason == failure_reason::none;
  leave_for_good(member);
  if (ok)
    out.push_back(
      command::publish{told::instance_deleted{member, deletion_reason::surge}});
  if (alone) {
    if (!ok)
      leave_over(member, e.reason, e.message);
    return;
  }
  records_[next].reason = e.reason;
  if (!ok)
    messages_[next] =
      "it serves, but " + left_over(member, e.message) + ", whom it replaced";
  settle_replaced(next, out);
}

/// Nobody fails for one whose counterpart others have deleted: it speaks for itself.
void rollout::leave_over(instance_index i, failure_reason reason,
                         const std::string& why) {
  records_[i].reason = reason;
  messages_[i] = left_over(i, why);
}

std::string rollout::left_over(instance_index i, const std::string& why) const {
  const auto id = std::string(instances_->id(i));
  return id + " could not be deleted and may be left over" + (why.empty() ? "" : ": ")
         + why;
}

/// The work on a position is over: `i` holds it, and `reason` of its record says how.
void rollout::settle_replaced(instance_index i, commands& out) {
  const auto reason = records_[i].reason;
  const auto ok = reason == failure_reason::none;
  note_changed(i);
  change(i, [&](record& r) {
    r.state = ok ? standing::succeeded : standing::failed;
    r.surge = false;
    r.action_begun = ok; // else there is nothing to undo
  });
  if (!ok) // by the name that is among the batch's members
    report_.batches.back().failed.push_back(
      instances_->is_replacement(i) ? instances_->replaced_by(i) : i);
  settled_one_ = true;
  cut_short_ = cut_short_ || reason == failure_reason::cancelled;
  out.push_back(command::publish{
    told::instance_settled{i, reason, false, ok ? std::string() : messages_[i]}});
}

void rollout::tell_created(instance_index next, commands& out) {
  if (records_[next].action_begun)
    return;
  records_[next].action_begun = true;
  told::instance_created event{next, next, creation_reason::scale_out};
  if (instances_->is_replacement(next))
    event = {next, instances_->replaced_by(next),
             records_[next].repairing ? creation_reason::repair
                                      : creation_reason::surge};
  out.push_back(command::publish{event});
}

} // namespace drydock::inline v1::engine
