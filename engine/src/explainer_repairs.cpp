// SPDX-License-Identifier: Apache-2.0
// Why instances that fall ill are repaired, or left.
#include "drydock/engine/explainer.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

void explainer::begin_repair(const told::repair_started& e, instant at) {
  auto& m = mended_[e.instance];
  m.in_hand = true;
  m.changed = at;
  ++repairs_;
  opened_ = true;
  auto& r = of(e.instance);
  r.repaired = e.action != repair_action::replace;
  r.step = member_step::asked;
  r.step_since = at;
}

void explainer::end_repair(const told::repair_finished& e, instant at) {
  auto& m = mended_[e.instance];
  m.in_hand = false;
  m.changed = at;
  m.succeeded += e.outcome == repair_outcome::succeeded ? 1 : 0;
  m.failed += e.outcome == repair_outcome::failed ? 1 : 0;
  --repairs_;
  auto& r = of(e.instance);
  r.repaired = false;
  r.step = member_step::none;
  forget(next_of(e.instance), at);
  if (in_hand_ == 0)
    idle_since_ = at;
  // Until when it may stand still from now on is told again.
  if (waits_ && ends_by_deadline(waits_->what.reason))
    waits_->until.reset();
}

/// The upgrade is about to end, unless it keeps the set.
obstacle explainer::repairs_in_hand() const {
  obstacle x;
  x.kind = obstacle_kind::repairs;
  x.since = idle_since_;
  x.remedies = {remedy::wait, remedy::look_at_step, remedy::cancel_now};
  if (!cancel_ && !doomed_ && announced_ && keeps()) {
    x = idle();
    x.remedies.push_back(remedy::look_at_step);
  }
  for (const auto& [i, m] : mended_)
    if (m.in_hand)
      x.holders.push_back(holder_of(i));
  x.holder_count = repairs_;
  return x;
}

/// Nothing is under way, and nothing was told that is waited for.
obstacle explainer::idle() const {
  obstacle x;
  x.since = last_;
  x.remedies = {remedy::wait};
  if (keeps())
    x.kind = obstacle_kind::keeping;
  return x;
}

/// Events do not tell it. An upgrade that has nobody to upgrade and does not keep the
/// set is over as soon as it has begun.
bool explainer::keeps() const {
  if (what_.options)
    return what_.options->keep && !stops_;
  return announced_->pending + announced_->skipped == 0 && batches_.empty();
}

void explainer::explain_repair(instance_explanation& x, instant now) const {
  const auto known = mended_.find(x.instance);
  if (known != mended_.end()) {
    x.repairs_succeeded = known->second.succeeded;
    x.repairs_failed = known->second.failed;
    if (known->second.in_hand)
      x.repair = repair_why::under_repair;
  }
  const auto ill =
    x.health == health_state::unhealthy || x.health == health_state::unknown;
  const auto left_alone = x.standing == instance_standing::up_to_date
                          || x.standing == instance_standing::succeeded;
  const auto& repairs = what_.options ? what_.options->repairs : std::nullopt;
  if (x.repair == repair_why::under_repair || !repairs || !ill || !left_alone)
    return;
  const auto& f = *what_.instances;
  const auto& r = records_[x.instance];
  auto changed = std::max(r.since, start_);
  if (r.since <= start_ && x.instance < repairs->unchanged_for.size())
    changed = start_ - repairs->unchanged_for[x.instance];
  if (known != mended_.end())
    changed = std::max(changed, known->second.changed);
  if (f.protected_from_actions(x.instance) || f.protected_from_scale_in(x.instance)) {
    x.repair = repair_why::is_protected;
  } else if (end_ || cancel_ || doomed_ || r.stale) {
    x.repair = repair_why::not_now;
  } else if (suspended_.value_or(repairs->suspended)) {
    x.repair = repair_why::suspended;
  } else if (now < changed + repairs->grace_period) {
    x.repair = repair_why::grace_period;
    x.repair_until = changed + repairs->grace_period;
  } else {
    x.repair = repair_why::bound;
  }
}

} // namespace drydock::inline v1::engine
