// SPDX-License-Identifier: Apache-2.0
// What is left to an upgrade of a budget that several scale sets share:
// docs/semantics.md, 4.15. The share only ever covers what is unavailable now: whatever
// is not needed any more goes back before anybody new goes, so that all sets take
// turns.
#include "drydock/engine/rollout.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

/// How many may be unavailable by decision: by the own limit, and by the share.
std::uint32_t rollout::allowed(std::uint32_t own) const {
  return options_.shared_budget > 0 ? share_.bound(own) : own;
}

/// Those of the wish whom the share has room for, if the own limits alone gave `wish`.
batch_choice rollout::fit_share(batch_choice wish, const rollout_limits& within) {
  share_.more = static_cast<std::uint32_t>(
    std::count_if(wish.members.begin(), wish.members.end(),
                  [&](instance_index i) { return !is_unavailable(records_[i]); }));
  if (share_.more == 0 || share_.covers(tally_.unavailable + share_.more))
    return wish;
  auto bounded = within;
  bounded.unavailable_instances_max = allowed(within.unavailable_instances_max);
  auto choice = pool_.select(bounded, tally_.unavailable,
                             options_.policy.rolling.prioritize_unhealthy_instances);
  choice.bound = batch_bound::shared_budget;
  return choice;
}

/// The same without batches: the next ones in order. Whoever is unavailable anyway
/// costs nothing, and does not wait behind those who do.
rollout::queue_walk rollout::walk_queue(std::uint32_t most) const {
  queue_walk w{{}, {}, queue_head_, 0};
  auto unavailable = tally_.unavailable;
  const auto others_are_ill = tally_.unavailable > tally_.in_hand;
  for (; w.head < queue_.size() && w.go.size() < most; ++w.head) {
    const auto i = queue_[w.head];
    const auto& r = records_[i];
    if (r.state != standing::pending)
      continue;
    const auto free = is_unavailable(r) && !r.stale;
    if (!free && (!share_.covers(unavailable + 1) || tally_.stale > 0)) {
      if (!others_are_ill)
        break;
      w.stay.push_back(i);
      continue;
    }
    unavailable += free ? 0 : 1;
    w.go.push_back(i);
  }
  w.head -= w.stay.size();
  // While health is to be seen again, no share would help.
  const auto left = tally_.stale > 0 ? 0 : queue_.size() - w.head;
  w.more = static_cast<std::uint32_t>(std::min(most - w.go.size(), left));
  return w;
}

std::vector<instance_index> rollout::next_within_share(std::uint32_t most) {
  auto w = walk_queue(most);
  queue_head_ = w.head;
  std::ranges::copy(w.stay, queue_.begin() + static_cast<std::ptrdiff_t>(queue_head_));
  share_.more = w.more;
  return std::move(w.go);
}

/// Whether the queue has to stand still until there is more of the budget.
bool rollout::queue_waits_for_share() {
  if (options_.shared_budget == 0)
    return false;
  // Nobody is taken yet: the batch may have a hook, which comes first.
  const auto w = walk_queue(queue_places());
  share_.more =
    w.more
    + static_cast<std::uint32_t>(std::ranges::count_if(
      w.go, [&](instance_index i) { return !is_unavailable(records_[i]); }));
  return w.go.empty();
}

/// Before it is decided what comes next.
void rollout::cut_share() {
  share_.cut(tally_.unavailable + tally_.unseen);
  if (!looked_)
    share_.more = 0; // whoever looks will say
}

/// What it could use.
std::uint32_t rollout::wanted_share() const {
  const auto of_batch = stage_ == stage::waiting || stage_ == stage::working
                        || stage_ == stage::rolling_back;
  // The batch is chosen, and waits for its hook.
  const auto hooked = stage_ == stage::hooking && hook_ == upgrade_hook::before_batch;
  return tally_.unavailable + tally_.unseen + (of_batch || hooked ? share_.more : 0);
}

/// Whether it is still to be heard how much of what it could use there is.
bool rollout::awaits_share() const {
  const auto have = tally_.unavailable + tally_.unseen;
  return share_.more > 0 && share_.is_awaited(have, have + share_.more);
}

/// Nobody may go, for others hold the budget. It is told once that is known.
void rollout::wait_for_share(instant now, commands& out) {
  if (stage_ != stage::rolling_back)
    stage_ = stage::waiting;
  if (std::exchange(waits_for_, wait_reason::shared_budget)
      != wait_reason::shared_budget)
    said_waiting_ = false;
  if (share_.is_new()) { // it counts anew
    still_since_ = now;
    deadline_timer_ = 0;
  }
  if (deadline_timer_ == 0)
    deadline_timer_ = arm(deadline(), out);
  if (stage_ == stage::waiting)
    watch_window(next_closing, now, out);
  if (awaits_share() || (said_waiting_ && share_.text() == waits_on_))
    return;
  waits_on_ = share_.text();
  say_waiting(wait_reason::shared_budget, deadline() - duration{1}, waits_on_, {}, 0,
              now, out);
}

void rollout::ask_share(commands& out) {
  if (options_.shared_budget == 0)
    return;
  const auto keeps = stage_ == stage::hooking && hook_ == upgrade_hook::before_batch;
  if (const auto word =
        share_.say(tally_.unavailable + tally_.unseen, wanted_share(), keeps))
    out.push_back(command::ask_budget{*word});
}

} // namespace drydock::inline v1::engine
