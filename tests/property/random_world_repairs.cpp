// SPDX-License-Identifier: Apache-2.0
// Instances that fall ill, and what is done about it beside an upgrade.
#include "random_world.hpp"

#include <algorithm>

namespace drydock::testing {

using namespace engine;

/// What comes of restarting or reimaging one that is ill.
void random_world::end_repair(instance_index i, bool well) {
  if (well) {
    flap(i, health_state::healthy);
    queue(input::member_settled{i, failure_reason::none, false, true, {}});
    return;
  }
  if (roll(2) == 0)
    flap(i, static_cast<health_state>(roll(4)));
  const auto by_action = roll(2) == 0;
  queue(input::member_settled{i,
                              cancelled_  ? failure_reason::cancelled
                              : by_action ? failure_reason::action_failed
                                          : failure_reason::health_timeout,
                              by_action, true, "it is still ill"});
}

void random_world::steer_repairs() {
  if (roll(3) == 0)
    queue(input::repairs_suspended{"dice"});
  else
    queue(input::repairs_resumed{"dice"});
}

/// What ends a run that keeps; false: it is none.
bool random_world::stop_keeping() {
  if (scenario_.options.keep)
    queue(input::stop_keeping{});
  return scenario_.options.keep;
}

bool random_world::is_for_repair(instance_index i, work_kind work) const {
  if (work == work_kind::repair)
    return true;
  if (work == work_kind::upgrade || work == work_kind::rollback)
    return false;
  const auto& f = *scenario_.instances;
  const auto named = f.is_replacement(i) ? f.replaced_by(i) : i;
  return repairing_.contains(named)
         || (work != work_kind::create && known_[i].for_repair);
}

void random_world::heard_of_repairs(const upgrade_event& event) {
  if (const auto* begun = std::get_if<told::repair_started>(&event)) {
    repairing_.insert(begun->instance);
    if (repairing_.size() > std::max<std::uint32_t>(1, total() * 5 / 100))
      broken("more than five percent are repaired at once");
    if (suspended_)
      broken("a repair begins while repairs are suspended");
  } else if (const auto* over = std::get_if<told::repair_finished>(&event)) {
    if (repairing_.erase(over->instance) == 0)
      broken("a repair ends that did not begin");
  } else if (std::holds_alternative<told::repairs_suspended>(event)) {
    suspended_ = true;
  } else if (std::holds_alternative<told::repairs_resumed>(event)) {
    suspended_ = false;
  } else if (std::holds_alternative<told::upgrade_finished>(event)) {
    if (!repairing_.empty())
      broken("the upgrade is over with repairs in hand");
  }
  if (auditor_.bad_repairs() > 0)
    broken("the auditor saw a repair that is not allowed");
}

/// Only who is ill, and whom nobody else works on or is to.
void random_world::judge_repair(instance_index i) {
  const auto& k = known_[i];
  const auto& f = *scenario_.instances;
  if (!scenario_.options.repairs)
    broken("an instance is repaired, and nobody is to be");
  if (!is_ill(i))
    broken("an instance is repaired that is not ill");
  if (!k.counts || k.gone)
    broken("an instance is repaired that is not there");
  if (f.is_arrival(i))
    broken("an instance is repaired that has just come");
  const auto& leaving = scenario_.options.scale_in;
  if (!scaled_ && !scenario_.options.keep
      && std::find(leaving.begin(), leaving.end(), i) != leaving.end())
    broken("an instance is repaired that is to go");
  if (unseen_.contains(i))
    broken("an instance is repaired whose health was not seen again");
  if (f.protected_from_actions(i) || f.protected_from_scale_in(i))
    broken("a protected instance is repaired");
  if (k.takes_part && !k.started)
    broken("an instance is repaired that waits for its upgrade");
  if (k.takes_part && !f.is_replacement(i) && !k.succeeded)
    broken("an instance is repaired whose upgrade has not succeeded");
}

/// Whoever is in hand but for a repair.
std::size_t random_world::members_in_hand() const {
  return static_cast<std::size_t>(
    std::count_if(in_hand_.begin(), in_hand_.end(),
                  [&](instance_index i) { return !known_[i].for_repair; }));
}

/// Whether the process at hand has seen the health of all, but for those that count as
/// unavailable whatever it is.
bool random_world::all_seen() const {
  return std::all_of(unseen_.begin(), unseen_.end(), [&](instance_index i) {
    return repairing_.contains(i) && known_[i].work == work_kind::repair;
  });
}

} // namespace drydock::testing
