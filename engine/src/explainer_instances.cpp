// SPDX-License-Identifier: Apache-2.0
// Why single instances are where they are.
#include "drydock/engine/explainer.hpp"

namespace drydock::inline v1::engine {

namespace {

/// What holds the whole upgrade, whoever runs it.
obstacle_kind first_of(const explanation& whole) {
  for (const auto& x : whole.obstacles)
    if (x.kind != obstacle_kind::no_controller)
      return x.kind;
  return obstacle_kind::deciding;
}

} // namespace

bool explainer::is_in_hand(const record& r) const {
  return is_busy(r.standing);
}

bool explainer::is_unhealthy(const record& r) const {
  const auto ill =
    r.health == health_state::unhealthy || r.health == health_state::unknown;
  return r.action_failed || (what_.has_health && ill);
}

bool explainer::is_unavailable(const record& r) const {
  if (!is_counted(r.standing))
    return false;
  const auto unsettled = what_.has_health && r.health == health_state::initializing;
  return unsettled || is_unhealthy(r) || (is_in_hand(r) && !r.surge) || r.repaired;
}

bool explainer::is_unsettled(const record& r) const {
  return is_counted(r.standing) && what_.has_health
         && (r.stale || r.health == health_state::initializing);
}

holder explainer::holder_of(instance_index i) const {
  const auto& r = records_[i];
  holder x{i, r.standing, r.health, r.action_failed, r.step, r.attempt, r.health_since};
  if (is_in_hand(r) || r.repaired)
    x.since = r.step_since;
  else if (r.action_failed)
    x.since = r.since;
  if ((r.surge && r.step != member_step::allowance) || uncounted_.contains(i)) {
    const auto member = member_of(i);
    x.counterpart = member ? member : next_of(i);
  }
  return x;
}

instance_explanation explainer::explain(instance_index i,
                                        const explanation& whole) const {
  const auto& r = records_[i];
  instance_explanation x;
  x.instance = i;
  x.standing = r.standing;
  x.why = r.why;
  x.batch = r.batch;
  x.place = place_of(r, i);
  if (r.batch > 0 && r.batch <= batches_.size())
    x.bound = batches_[r.batch - 1].bound;
  x.health = r.health;
  x.since = is_in_hand(r) ? r.step_since : r.since;
  x.step = r.step;
  x.attempt = r.attempt;
  x.replaces = member_of(i);
  if (const auto next = next_of(i); next && knows(*next))
    x.replaced_by = next;
  x.reason = r.reason;
  if (const auto text = messages_.find(i); text != messages_.end())
    x.message = text->second;
  const auto all_done = end_ && end_->status == upgrade_status::completed && announced_
                        && announced_->mode != upgrade_mode::manual;
  if (x.standing == instance_standing::untouched && all_done) {
    x.standing = instance_standing::up_to_date;
    x.why = announced_->action == apply_class::none ? instance_why::nothing_to_change
                                                    : instance_why::latest_model;
  } else if (x.standing == instance_standing::pending
             || x.standing == instance_standing::untouched) {
    x.why = why_left(r, i, whole);
  }
  explain_repair(x, whole.now);
  return x;
}

batch_place explainer::place_of(const record& r, instance_index i) const {
  if (what_.instances == nullptr || i >= what_.instances->positions())
    return {r.phase, fleet::no_zone, fleet::no_update_domain};
  return {r.phase, what_.instances->zone(i), what_.instances->update_domain(i)};
}

instance_why explainer::why_left(const record& r, instance_index i,
                                 const explanation& whole) const {
  if (r.why == instance_why::not_named || r.why == instance_why::rolled_back)
    return r.why;
  if (end_ || cancel_)
    return r.why == instance_why::taken_back && cancel_ ? r.why
                                                        : instance_why::upgrade_ended;
  const auto first = first_of(whole);
  if (doomed_ || first == obstacle_kind::settling_health)
    return instance_why::held;
  if (r.phase > whole.phase)
    return instance_why::later_phase;
  if (is_unsettled(r))
    return instance_why::initializing;
  if (first == obstacle_kind::unavailable_instances)
    return instance_why::allowance;
  return first == obstacle_kind::in_hand ? why_behind(r, i, whole) : instance_why::held;
}

/// Why it could not be a member of the batch in hand, whose place is another one.
std::optional<instance_why> explainer::why_elsewhere(const record& r,
                                                     instance_index i) const {
  const auto& now = batches_.back();
  auto place = place_of(r, i);
  if (now.place.zone == fleet::no_zone) // zones do not matter, or there are none
    place.zone = fleet::no_zone;
  if (place.phase > now.place.phase)
    return instance_why::later_phase;
  if (place.phase == now.place.phase && place.zone > now.place.zone)
    return instance_why::later_zone;
  if (place.phase == now.place.phase && place.zone == now.place.zone
      && place.update_domain > now.place.update_domain)
    return instance_why::later_update_domain;
  return place != now.place ? std::optional(instance_why::batch_in_hand) : std::nullopt;
}

/// Why it is no member of the batch in hand.
instance_why explainer::why_behind(const record& r, instance_index i,
                                   const explanation& whole) const {
  if (batches_.empty())
    return instance_why::batch_in_hand;
  if (const auto why = why_elsewhere(r, i))
    return *why;
  if (whole.kept_back)
    return *whole.kept_back;
  switch (batches_.back().bound) {
  case batch_bound::batch_instances:
    // Events alone do not tell of one that slides before somebody has joined it.
    if (!what_.options && in_hand_ < batches_.back().limits.batch_instances_max)
      break;
    return instance_why::batch_full;
  case batch_bound::unavailable_instances:
  case batch_bound::shared_budget:
    return instance_why::allowance;
  case batch_bound::checkpoint:
    return instance_why::checkpoint;
  case batch_bound::group:
    break;
  }
  return instance_why::batch_in_hand;
}

} // namespace drydock::inline v1::engine
