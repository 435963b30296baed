// SPDX-License-Identifier: Apache-2.0
// Who is asked for the upgrade as a whole: hooks, approvals, guards.
#include "random_world.hpp"

#include <algorithm>

namespace drydock::testing {

using namespace engine;

/// Every guard is seen; when all is well all of them hold.
void random_world::look_at_guards(bool well) {
  for (std::uint32_t g = 0; g < guards_.size(); ++g) {
    guards_[g] = well || roll(3) != 0 ? guard_state::holds : guard_state::fails;
    queue(input::guard_reported{g, guards_[g], "seen"});
  }
}

bool random_world::end_hook(bool well) {
  if (hook_ == 0)
    return false;
  constexpr step_outcome outcomes[] = {step_outcome::failed, step_outcome::transient,
                                       step_outcome::timed_out};
  queue(input::hook_finished{std::exchange(hook_, 0),
                             well ? step_outcome::succeeded : outcomes[roll(3)],
                             well ? "" : "it broke"});
  return true;
}

bool random_world::answer(bool yes) {
  if (question_ == 0)
    return false;
  queue(input::approval{"whoever is asked", yes, {}, std::exchange(question_, 0)});
  return true;
}

/// What gets an upgrade going again that waits for somebody; false: nothing does.
bool random_world::surroundings_help() {
  if (end_hook(true) || answer(true))
    return true;
  if (std::all_of(guards_.begin(), guards_.end(),
                  [](guard_state x) { return x == guard_state::holds; }))
    return false;
  look_at_guards(true);
  return true;
}

/// One of the things that may happen at any time.
void random_world::surroundings_happen() {
  const auto well = scenario_.kind || roll(4) != 0;
  switch (roll(4)) {
  case 0:
    look_at_guards(well);
    return;
  case 1:
    end_hook(well);
    return;
  case 2:
    answer(well);
    return;
  default: // stale ones, and those that nobody asked for
    if (scenario_.kind)
      return;
    queue(input::hook_finished{roll(4) + 1'000'000, step_outcome::failed, "stale"});
    queue(input::approval{"nobody", roll(2) == 0, {}, 1'000'000});
    queue(input::guard_reported{1'000'000, guard_state::fails, {}});
  }
}

} // namespace drydock::testing
