// SPDX-License-Identifier: Apache-2.0
// A change of capacity, as an explainer hears of it.
#include "drydock/engine/explainer.hpp"

namespace drydock::inline v1::engine {

/// Those who come and who go are in hand until they have settled, or are gone.
void explainer::begin_scaling(const told::scaling_started& e, instant at) {
  waits_.reset();
  opened_ = true;
  batch_since_ = at;
  scaling_ = e;
  const auto take = [&](instance_index i, instance_why why) {
    change_standing(i, instance_standing::in_hand, at);
    auto& r = of(i);
    r.why = why;
    r.step = member_step::asked;
    r.step_since = at;
  };
  for (const auto i : e.leaving)
    take(i, instance_why::scale_in);
  for (const auto i : e.arriving)
    take(i, instance_why::scale_out);
}

/// Whoever is left was taken back by a cancel, and was never there.
void explainer::end_scaling(instant at) {
  if (!scaling_)
    return;
  for (const auto i : scaling_->arriving)
    if (of(i).standing == instance_standing::in_hand)
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
