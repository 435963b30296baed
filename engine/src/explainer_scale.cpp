// SPDX-License-Identifier: Apache-2.0
// A change of capacity, as an explainer hears of it.
#include "drydock/engine/explainer.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

/// Those who come and who go are in hand until they have settled, or are gone.
void explainer::begin_scaling(const told::scaling_started& e, instant at) {
  waits_.reset();
  opened_ = true;
  batch_since_ = at;
  scaling_ = e;
  if (!what_.options)
    total_ -= std::min(total_, static_cast<std::uint32_t>(e.leaving.size()));
  const auto take = [&](instance_index i, instance_standing as, instance_why why) {
    change_standing(i, as, at);
    auto& r = of(i);
    r.why = why;
    r.step = member_step::asked;
    r.step_since = at;
  };
  for (const auto i : e.leaving)
    take(i, instance_standing::leaving, instance_why::scale_in);
  for (const auto i : e.arriving)
    take(i, instance_standing::arriving, instance_why::scale_out);
}

/// One that came is in N now, and one that stayed is again; one that did not come is
/// not there. False: it is about somebody else.
bool explainer::settle_scaled(const told::instance_settled& e, instant at) {
  const auto& r = of(e.instance);
  if (!scaling_ || is_counted(r.standing))
    return false;
  const auto ok = e.reason == failure_reason::none;
  const auto comes = r.why == instance_why::scale_out;
  const auto to = ok      ? instance_standing::succeeded
                  : comes ? instance_standing::deleted
                          : instance_standing::failed;
  if (!what_.options && is_counted(to))
    ++total_;
  change_standing(e.instance, to, at);
  return true;
}

/// Whoever is left was taken back by a cancel, and was never there.
void explainer::end_scaling(instant at) {
  if (!scaling_)
    return;
  for (const auto i : scaling_->arriving)
    if (of(i).standing == instance_standing::arriving)
      change_standing(i, instance_standing::deleted, at);
  scaling_.reset();
}

/// In words, where a change of capacity is what is under way.
std::string explainer::scaling_text() const {
  return scaling_
           ? "the capacity goes from " + std::to_string(scaling_->capacity_before)
               + " to " + std::to_string(scaling_->capacity)
           : std::string();
}

} // namespace drydock::inline v1::engine
