// SPDX-License-Identifier: Apache-2.0
// Guards, as an explainer hears of them.
#include "drydock/engine/explainer.hpp"

namespace drydock::inline v1::engine {

/// Before the announcement it is not told.
void explainer::hear_guard(const input::guard_reported& g, instant at) {
  const auto& o = what_.options;
  if (!o || g.guard >= o->guards.size() || o->policy.mode != upgrade_mode::rolling
      || o->keep)
    return;
  const auto& rule = o->guards[g.guard];
  note_guard({g.guard, rule.name, g.state, g.message}, at);
  doom_if(g.state == guard_state::fails && rule.on_failure == guard_consequence::fault,
          at);
}

void explainer::take_guard(const told::guard_changed& e, instant at) {
  note_guard(e, at);
  const auto& o = what_.options;
  // A run that keeps the set has nobody to hold back.
  if (e.state != guard_state::fails || (o && o->keep))
    return;
  const auto ends = o && e.guard < o->guards.size()
                    && o->guards[e.guard].on_failure == guard_consequence::fault;
  if (o && !ends)
    return;
  faulting_guard_ = e;
  doom_if(ends, at);
}

void explainer::note_guard(const told::guard_changed& e, instant at) {
  if (e.state == guard_state::holds) {
    guards_.erase(e.guard);
    return;
  }
  const auto known = guards_.find(e.guard);
  if (known == guards_.end() || known->second.what.state != e.state)
    guards_[e.guard] = {e, at};
}

/// Another process looks at all of them again. Events do not tell which there are.
void explainer::forget_guards(instant at) {
  guards_.clear();
  const auto& o = what_.options;
  if (!o || o->policy.mode != upgrade_mode::rolling)
    return;
  for (std::uint32_t g = 0; g < o->guards.size(); ++g)
    guards_[g] = {{g, o->guards[g].name, guard_state::unknown, {}}, at};
}

/// The first of those that do not hold, as the upgrade names it; there is one.
obstacle explainer::failing_guard() const {
  const auto& first = guards_.begin()->second;
  obstacle x;
  x.kind = obstacle_kind::guard;
  x.since = first.since;
  x.subject = "guard " + first.what.name + ": "
              + (first.what.state == guard_state::unknown ? "nobody has looked yet"
                 : first.what.message.empty()             ? "it does not hold"
                                                          : first.what.message);
  x.remedies = {remedy::mend_guard};
  return x;
}

} // namespace drydock::inline v1::engine
