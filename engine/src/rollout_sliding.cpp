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
/// They are told when something comes of them.
void rollout::slide(instant now, commands& out) {
  if (doom_ || tally_.stale > 0 || looked_)
    return;
  looked_ = true;
  auto after = judge_after();
  if (!after.code.empty()) {
    out.push_back(command::publish{after});
    doom(std::move(after.code), after_batch_message());
    return;
  }
  auto before = judge_before();
  if (is_judged() && !before.code.empty()) {
    out.push_back(command::publish{before});
    doom(std::move(before.code), before_batch_message());
    return;
  }
  if (closed_now(now)) {
    watch_window(next_opening, now, out);
    return;
  }
  if (first_without_hold())
    return;
  auto choice = choose_more();
  if (choice.members.empty())
    return;
  if (std::exchange(settled_one_, false))
    out.push_back(command::publish{after});
  if (is_judged())
    out.push_back(command::publish{before});
  join_batch({report_.batches.back().index, std::move(choice.members)}, out);
  looked_ = true;
}

/// Who may join the batch. It is of one place and one kind, so that others wait for
/// another batch, which begins when this one is over.
batch_choice rollout::choose_more() {
  auto limits = resolve_limits(options_.policy.rolling, tally_.total);
  if (tally_.in_hand >= limits.batch_instances_max || room_to_checkpoint() == 0
      || !short_.empty() || in_place_next_)
    return {};
  limits.batch_instances_max -= tally_.in_hand;
  auto choice = choose(limits, report_.batches.back().surge);
  const auto same = choice.place == report_.batches.back().place
                    && choice.unhealthy_first == slides_first_;
  if (same)
    return choice;
  share_.more = 0;
  return {};
}

} // namespace drydock::inline v1::engine
