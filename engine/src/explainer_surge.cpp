// SPDX-License-Identifier: Apache-2.0
// Members that are replaced, those that replace them, and those that go.
#include "drydock/engine/explainer.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

/// Whether it is one of N.
bool explainer::is_counted(instance_standing x) {
  return x != instance_standing::deleted && x != instance_standing::arriving
         && x != instance_standing::discarding && x != instance_standing::leaving;
}

bool explainer::is_busy(instance_standing x) {
  return x == instance_standing::in_hand || x == instance_standing::rolling_back
         || (x != instance_standing::deleted && !is_counted(x));
}

bool explainer::is_next(instance_index i) const {
  return what_.instances != nullptr && what_.instances->has_replacements()
         && what_.instances->is_replacement(i);
}

std::optional<instance_index> explainer::next_of(instance_index member) const {
  if (what_.instances != nullptr && what_.instances->has_replacements())
    return what_.instances->is_beyond(member)
             ? std::nullopt
             : std::optional(what_.instances->replacement_of(member));
  const auto found = next_.find(member);
  return found == next_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<instance_index> explainer::member_of(instance_index next) const {
  if (is_next(next))
    return what_.instances->replaced_by(next);
  const auto found = member_.find(next);
  return found == member_.end() ? std::nullopt : std::optional(found->second);
}

void explainer::link(instance_index next, instance_index member) {
  if (is_next(next))
    return;
  next_[member] = next;
  member_[next] = member;
}

/// A batch has the member, which is to be replaced.
void explainer::await_replacement(instance_index member, instant at) {
  auto& r = records_[member];
  r.surge = true;
  r.step = member_step::replacement;
  next_.erase(member); // one of an earlier batch
  const auto next = next_of(member);
  if (!next)
    return; // who it will be is told later
  const auto of_batch = r.batch;
  records_.resize(std::max(records_.size(), std::size_t{*next} + 1));
  records_[*next] = {};
  change_standing(*next, instance_standing::arriving, at);
  auto& n = records_[*next];
  n.health_since = n.step_since = at;
  n.step = member_step::asked;
  n.why = instance_why::replaces_member;
  n.batch = of_batch;
}

void explainer::created(const told::instance_created& e, instant at) {
  if (e.reason == creation_reason::scale_out) { // it is known, and replaces nobody
    of(e.instance).made = true;
    return;
  }
  link(e.instance, e.replaces);
  if (is_counted(of(e.instance).standing))
    change_standing(e.instance, instance_standing::arriving, at);
  const auto of_batch = of(e.replaces).batch;
  auto& r = of(e.instance);
  r.made = true;
  r.why = instance_why::replaces_member;
  r.batch = of_batch;
  match_short(at);
}

void explainer::replaced(const told::instance_replaced& e, instant at) {
  link(e.replacement, e.instance);
  // The replacement of one that is repaired is no member: it stands where that one did.
  const auto mended = mended_.find(e.instance);
  const auto mends = mended != mended_.end() && mended->second.in_hand;
  const auto was = of(e.instance);
  change_standing(e.replacement, mends ? was.standing : instance_standing::in_hand, at);
  change_standing(e.instance, instance_standing::leaving, at);
  auto& next = of(e.replacement);
  next.step = mends ? member_step::none : member_step::deletion;
  next.surge = !mends;
  next.attempted = !mends || was.attempted;
  next.stale = false;
  next.why = instance_why::replaces_member;
  next.batch = of(e.instance).batch;
  auto& r = of(e.instance);
  r.step = member_step::asked;
  r.surge = r.attempted = r.stale = false;
  r.why = instance_why::replaced;
  r.step_since = next.step_since = at;
}

void explainer::fell_short(const told::surge_short& e, instant at) {
  if (!batches_.empty())
    batches_.back().surge = false;
  for (const auto i : e.instances) {
    auto& r = of(i);
    // Whose replacement is not to be made is not known: one of them is not.
    const auto others = short_ones();
    if (r.step != member_step::allowance && !next_of(i) && !others.empty())
      forget(others.front(), at);
    r.surge = false;
    r.step = member_step::asked;
    r.step_since = at;
    r.why = instance_why::quota_short;
    forget(next_of(i), at);
  }
}

void explainer::deleted(const told::instance_deleted& e, instant at) {
  const auto was = of(e.instance).standing;
  // Those that were gone at the announcement are not in its total.
  if (!what_.options && at != announced_at_ && total_ > 0 && is_counted(was))
    --total_;
  change_standing(e.instance, instance_standing::deleted, at);
  auto& r = of(e.instance);
  r.surge = false;
  const auto came = r.why != instance_why::scale_out || is_counted(was);
  if (e.reason == deletion_reason::deleted && came)
    r.why = instance_why::deleted;
  else if (e.reason == deletion_reason::scale_in)
    r.why = instance_why::scale_in;
  else if (e.reason == deletion_reason::scale_out || !came)
    r.why = instance_why::scale_out;
  else
    r.why = member_of(e.instance) && r.why != instance_why::replaced
              ? instance_why::discarded
              : instance_why::replaced;
}

/// What is begun on those that are in no count.
void explainer::note_work(const told::step_started& e, instant at) {
  const auto was = of(e.instance).standing;
  const auto member = member_of(e.instance);
  // Whatever was said of its quota, an attempt before may have made it.
  const auto short_of_it = member && records_[*member].step == member_step::allowance;
  if (e.work == work_kind::create && was != instance_standing::arriving) {
    change_standing(e.instance, instance_standing::arriving, at);
    of(e.instance).why = instance_why::replaces_member;
    if (short_of_it)
      of(*member).step = member_step::replacement;
  }
  if (!deletes(e.work) || (was != instance_standing::arriving && !short_of_it))
    return;
  change_standing(e.instance, instance_standing::discarding, at);
  if (of(e.instance).why != instance_why::scale_out)
    of(e.instance).why = instance_why::discarded;
  if (!member || !of(*member).surge)
    return;
  of(*member).step = member_step::deletion;
  of(*member).step_since = at;
}

/// What ends the making of a replacement: there is no quota for it, which nobody tries
/// to change; or it is gone, which nobody tells of one that was not told to be made.
/// False: it is about something else.
bool explainer::end_making(const told::step_finished& e, instant at) {
  auto& r = of(e.instance);
  if (e.outcome == step_outcome::succeeded && e.step == step_kind::action
      && r.standing == instance_standing::discarding && !r.made
      && r.why == instance_why::discarded) {
    forget(e.instance, at);
    return true;
  }
  if (e.outcome != step_outcome::quota_short
      || r.standing != instance_standing::arriving
      || r.why != instance_why::replaces_member)
    return false;
  const auto member = member_of(e.instance);
  if (member ? !records_[*member].surge : repairs_ > 0)
    return false; // it is, or may be, for one that is repaired; or that one is gone
  r.step = member_step::allowance;
  r.step_since = at;
  if (!member) {
    match_short(at);
    return true;
  }
  records_[*member].step = member_step::allowance;
  records_[*member].step_since = at;
  forget(e.instance, at);
  return true;
}

/// Replacements without quota of which it is not known whose they were to be.
std::vector<instance_index> explainer::short_ones() const {
  std::vector<instance_index> result;
  for (const auto i : uncounted_)
    if (records_[i].step == member_step::allowance)
      result.push_back(i);
  return result;
}

/// If as many members wait for replacements that nobody has heard of, they are those.
void explainer::match_short(instant at) {
  const auto nobody = short_ones();
  if (nobody.empty())
    return;
  std::vector<instance_index> members;
  for (instance_index i = 0; i < records_.size(); ++i)
    if (records_[i].surge && records_[i].step == member_step::replacement
        && !next_of(i))
      members.push_back(i);
  if (members.size() != nobody.size())
    return;
  for (const auto i : members) {
    records_[i].step = member_step::allowance;
    records_[i].step_since = at;
  }
  for (const auto i : nobody)
    forget(i, at);
}

/// Nothing is done any more to `i`, if it was in no count: it was never made, or is to
/// be there no more. Of one whose deletion was not told nobody knows.
void explainer::forget(std::optional<instance_index> i, instant at) {
  if (!i || !uncounted_.contains(*i))
    return;
  const auto leaves = records_[*i].standing == instance_standing::leaving;
  const auto known = leaves || records_[*i].made;
  change_standing(*i, instance_standing::deleted, at);
  if (known)
    records_[*i].why = instance_why::left_over;
  else
    records_[*i].named = false;
}

void explainer::forget_all(instant at) {
  for (const auto i : std::set(uncounted_))
    forget(i, at);
}

/// At the end of a batch; repairs go on.
void explainer::forget_members(instant at) {
  for (const auto i : std::set(uncounted_))
    if (!mended_.contains(member_of(i).value_or(i)))
      forget(i, at);
}

/// One that is in no count, and that nobody waits for: what becomes of it is told to
/// nobody.
void explainer::hear_of_uncounted(instance_index i, bool released, bool made,
                                  instant at) {
  if (!uncounted_.contains(i))
    return;
  const auto next = next_of(i);
  if (next && records_[i].standing == instance_standing::leaving
      && !is_counted(of(*next).standing))
    forget(i, at); // it is told only that it is gone
  const auto member = member_of(i);
  if (!member || of(*member).standing != instance_standing::deleted)
    return; // the member's end is told
  if (records_[i].standing == instance_standing::arriving && made && !released) {
    change_standing(i, instance_standing::discarding, at);
    records_[i].step = member_step::asked;
    records_[i].step_since = at;
  } else if (records_[i].standing == instance_standing::arriving) {
    forget(i, at);
  }
}

/// What a member waits for is done to another one.
holder explainer::worked_on_for(instance_index i) const {
  const auto& r = records_[i];
  const auto next = next_of(i);
  const auto member = member_of(i);
  const auto other = next && uncounted_.contains(*next)       ? next
                     : member && uncounted_.contains(*member) ? member
                                                              : std::nullopt;
  return holder_of(r.surge && other ? *other : i);
}

} // namespace drydock::inline v1::engine
