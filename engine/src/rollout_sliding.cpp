// SPDX-License-Identifier: Apache-2.0
// Sliding batches, which are filled up as their members settle: docs/semantics.md,
// 4.11.
#include "rollout_change.hpp"

#include <utility>

namespace drydock::inline v1::engine {

bool rollout::slides() const {
  return options_.policy.mode == upgrade_mode::rolling
         && options_.policy.rolling.batching == batching_mode::sliding;
}

/// The checks of a batch that goes on: after each settling, and before each admission.
/// Once nobody is in hand they are those of any batch.
void rollout::slide(instant now, commands& out) {
  if (tally_.in_hand == 0 || doom_ || tally_.stale > 0 || looked_)
    return;
  looked_ = true;
  if (std::exchange(settled_one_, false)) {
    auto verdict = judge_after();
    const auto over = !verdict.code.empty();
    out.push_back(command::publish{verdict});
    if (over) {
      doom(std::move(verdict.code), after_batch_message());
      return;
    }
  }
  if (is_judged()) {
    auto verdict = judge_before();
    if (!verdict.code.empty()) {
      out.push_back(command::publish{verdict});
      doom(std::move(verdict.code), before_batch_message());
      return;
    }
  }
  if (!closed_now(now) && !first_without_hold())
    fill_up(out);
}

void rollout::fill_up(commands& out) {
  auto limits = resolve_limits(options_.policy.rolling, tally_.total);
  if (tally_.in_hand >= limits.batch_instances_max || room_to_checkpoint() == 0)
    return;
  limits.batch_instances_max -= tally_.in_hand;
  auto choice = choose(limits);
  auto& batch = report_.batches.back();
  // A batch is of one place and one kind, so another one begins when this one is over.
  if (choice.members.empty() || choice.place != batch.place
      || choice.unhealthy_first != slides_first_)
    return;
  if (is_judged())
    out.push_back(command::publish{judge_before()});
  batch.instances.insert(batch.instances.end(), choice.members.begin(),
                         choice.members.end());
  take_in_hand(choice.members);
  looked_ = true;
  out.push_back(command::publish{told::batch_extended{batch.index, choice.members}});
  out.push_back(command::start_members{std::move(choice.members), false});
}

} // namespace drydock::inline v1::engine
