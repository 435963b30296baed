// SPDX-License-Identifier: Apache-2.0
// What changes for an explainer when another process takes an upgrade up.
#include "drydock/engine/explainer.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

namespace {

/// Those that go on by themselves when another process takes the upgrade up; all
/// others are told again.
bool outlives_a_process(wait_reason x) {
  return x == wait_reason::pause || x == wait_reason::checkpoint_bake
         || x == wait_reason::checkpoint_approval || x == wait_reason::hook_failed;
}

} // namespace

void explainer::resumed(const told::upgrade_resumed& e, instant at) {
  for (const auto i : e.in_hand)
    of(i);
  resumed_ = true;
  if (!hears_)
    forget_guards(at);
  if (waits_ && !outlives_a_process(waits_->what.reason))
    waits_.reset();
  // The time for which it may stand still begins anew.
  if (waits_ && waits_->what.reason == wait_reason::hook_failed && waits_->until)
    waits_->until = at + *waits_->what.remaining;
  else if (waits_ && waits_->until) // what was over in between ends now
    waits_->until = std::max(*waits_->until, at);
  if (in_hand_ == 0)
    idle_since_ = at;
}

} // namespace drydock::inline v1::engine
