// SPDX-License-Identifier: Apache-2.0
// Replacements that come to nothing, or to something else: short quota, cancels,
// deletions by others, and the end of whoever made them. docs/semantics.md, 5.
#include "drydock/engine/rollout.hpp"

#include "rollout_change.hpp"

#include <string>
#include <utility>

namespace drydock::inline v1::engine {

/// A replacement that was not begun, before a cancel or the end of a process.
bool rollout::take_surge_released(instance_index i, instant now, commands& out) {
  const auto state = records_[i].state;
  if (state == standing::discarding || state == standing::leaving) {
    // Deletions are not taken back; whoever does so has failed at them.
    take_surge_settled({i, failure_reason::cancelled, false, false, "not begun"}, now,
                       out);
    return true;
  }
  if (state == standing::arriving && records_[i].attempted)
    return true; // it has settled before
  if (state != standing::arriving)
    return records_[i].surge; // nothing was begun on it that could be taken back
  const auto member = instances_->replaced_by(i);
  const auto alone = records_[i].alone;
  make_spare(i);
  if (!alone)
    give_back(member, out);
  return true;
}

/// Takes the deletion of somebody who is replaced or replaces, by others; false: it is
/// nobody like that.
bool rollout::take_surge_deleted(instance_index i, commands& out) {
  auto& r = records_[i];
  switch (r.state) {
  case standing::spare:
    return true; // nobody is there
  case standing::arriving:
  case standing::discarding: {
    const auto member = instances_->replaced_by(i);
    const auto alone = r.alone;
    const auto was_told = r.action_begun;
    const auto arrived = r.state == standing::arriving;
    leave_for_good(i);
    out.push_back(command::drop_member{i});
    if (was_told && announced_)
      out.push_back(command::publish{told::instance_deleted{i}});
    if (alone)
      return true;
    if (arrived) {
      records_[member].reason = failure_reason::action_failed;
      messages_[member] = "its replacement " + std::string(instances_->id(i))
                          + " was deleted by others, and it stays as it was";
    }
    settle_replaced(member, out);
    return true;
  }
  case standing::leaving: { // as it was to be
    out.push_back(command::drop_member{i});
    take_removed({i, failure_reason::none, false, true, {}}, out);
    return true;
  }
  case standing::working:
    if (!r.surge)
      return false;
    if (instances_->is_replacement(i)) {
      change(instances_->replaced_by(i), [](record& x) { x.alone = true; });
    } else if (const auto next = instances_->replacement_of(i);
               records_[next].state == standing::arriving
               || records_[next].state == standing::discarding) {
      change(next, [](record& x) { x.alone = true; });
    }
    change(i, [](record& x) {
      x.state = standing::deleted;
      x.surge = false;
    });
    messages_.erase(i);
    if (announced_)
      out.push_back(command::publish{told::instance_deleted{i}});
    return true;
  default:
    return false;
  }
}

/// Members without quota for a replacement are upgraded in place, as the allowance lets
/// them. When nothing else is under way and none of them may go, they are candidates
/// again, and the next batch is one in place. So they are when the upgrade is to end.
void rollout::upgrade_short_in_place(instant now, commands& out) {
  if (short_.empty())
    return;
  if (doom_) {
    release_short(out);
    gather_again();
    return;
  }
  const auto limits = resolve_limits(options_.policy.rolling, tally_.total);
  // Nothing was done to them, so that they begin as those of a batch do.
  const auto held = closed_now(now) || first_without_hold();
  std::vector<instance_index> go, stay;
  for (const auto i : std::exchange(short_, {})) {
    if (records_[i].state != standing::working || !records_[i].surge)
      continue; // deleted meanwhile
    const auto free = is_unavailable(records_[i]);
    if (held
        || (!free
            && (tally_.unavailable >= allowed(limits.unavailable_instances_max)
                || tally_.stale > 0))) {
      stay.push_back(i);
      continue;
    }
    change(i, [](record& r) {
      r.surge = false;
      r.known = known_progress::nothing;
      r.attempt = 1;
    });
    go.push_back(i);
  }
  auto& batch = report_.batches.back();
  if (!go.empty()) {
    batch.surge = false;
    out.push_back(command::publish{told::surge_short{batch.index, go}});
    out.push_back(command::start_members{std::move(go), work_kind::upgrade});
  } else if (tally_.in_hand == stay.size()) {
    in_place_next_ = true;
    for (const auto i : std::exchange(stay, {}))
      give_back(i, out, release_reason::quota_short);
    gather_again();
  }
  short_ = std::move(stay);
}

/// What a cancel leaves of those that still waited to be upgraded in place.
void rollout::release_short(commands& out) {
  for (const auto i : std::exchange(short_, {}))
    if (records_[i].state == standing::working && records_[i].surge)
      give_back(i, out, release_reason::quota_short);
}

/// Nobody will say any more what became of replacements, as a part of the engine ended.
void rollout::lose_replacements(const std::string& message) {
  if (!has_spares())
    return;
  for (instance_index i = 0; i < records_.size(); ++i) {
    const auto state = records_[i].state;
    if (state != standing::arriving && state != standing::discarding
        && state != standing::leaving)
      continue;
    if (records_[i].alone)
      leave_over(i, failure_reason::action_failed, message);
    leave_for_good(i);
  }
  short_.clear();
  ready_.clear();
  to_discard_.clear();
}

/// Ends the work on a member as a part of the engine did.
void rollout::lose_member(instance_index i, const std::string& message, instant now,
                          commands& out) {
  const auto surge = records_[i].surge;
  auto text = message;
  if (surge) {
    change(i, [](record& r) { r.surge = false; });
    const auto other = instances_->is_replacement(i) ? instances_->replaced_by(i)
                                                     : instances_->replacement_of(i);
    if (records_[other].state == standing::deleted)
      text += "; " + std::string(instances_->id(other)) + " may be left over";
  }
  take_settled({i, failure_reason::action_failed, !surge, !surge, std::move(text)}, now,
               out);
}

/// Whether work by itself is under way at the position, and how far it came.
std::optional<member_recovery> rollout::recovery_of(instance_index i) const {
  const auto& r = records_[i];
  const auto waits = (r.state == standing::working || r.repairing) && r.surge;
  if (!is_in_hand(i) || waits)
    return std::nullopt;
  return member_recovery{i, r.attempt, r.known, work_on(i)};
}

} // namespace drydock::inline v1::engine
