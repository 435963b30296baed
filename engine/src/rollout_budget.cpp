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
  return shares() ? std::min(own, share_) : own;
}

/// Those of the wish whom the share has room for, if the own limits alone gave `wish`.
batch_choice rollout::choose_from_share(batch_choice wish,
                                        const rollout_limits& within) {
  more_ = static_cast<std::uint32_t>(
    std::count_if(wish.members.begin(), wish.members.end(),
                  [&](instance_index i) { return !is_unavailable(records_[i]); }));
  if (more_ == 0 || tally_.unavailable + more_ <= share_)
    return wish;
  auto bounded = within;
  bounded.unavailable_instances_max = share_;
  auto choice = pool_.select(bounded, tally_.unavailable,
                             options_.policy.rolling.prioritize_unhealthy_instances);
  choice.bound = batch_bound::shared_budget;
  return choice;
}

/// The same without batches: the next ones in order. Whoever is unavailable anyway
/// costs nothing, and does not wait behind those who do.
std::vector<instance_index> rollout::next_within_share(std::uint32_t most) {
  std::vector<instance_index> go, stay;
  auto unavailable = tally_.unavailable;
  const auto others_are_ill = tally_.unavailable > tally_.in_hand;
  for (; queue_head_ < queue_.size() && go.size() < most; ++queue_head_) {
    const auto i = queue_[queue_head_];
    const auto& r = records_[i];
    if (r.state != standing::pending)
      continue;
    const auto free = is_unavailable(r) && !r.stale;
    if (!free && (unavailable >= share_ || tally_.stale > 0)) {
      if (!others_are_ill)
        break;
      stay.push_back(i);
      continue;
    }
    unavailable += free ? 0 : 1;
    go.push_back(i);
  }
  queue_head_ -= stay.size();
  std::copy(stay.begin(), stay.end(),
            queue_.begin() + static_cast<std::ptrdiff_t>(queue_head_));
  more_ = static_cast<std::uint32_t>(
    std::min<std::size_t>(most - go.size(), queue_.size() - queue_head_));
  return go;
}

/// Whether the queue has to stand still until there is more of the budget.
bool rollout::queue_waits_for_share() {
  if (!shares())
    return false;
  // The wish is that of the batch, whose hook may come first.
  const auto places = queue_places();
  const auto before = queue_head_;
  auto left = queue_;
  const auto go = next_within_share(places);
  queue_ = std::move(left);
  queue_head_ = before;
  more_ += static_cast<std::uint32_t>(
    std::count_if(go.begin(), go.end(),
                  [&](instance_index i) { return !is_unavailable(records_[i]); }));
  return go.empty();
}

/// Of a rollback: how many more could go if there were more of the budget.
void rollout::note_undo_wish(std::uint32_t own_room) {
  if (shares())
    more_ = static_cast<std::uint32_t>(
      std::min<std::size_t>(own_room, undo_.size() - undo_head_));
}

void rollout::take_share(const input::budget_given& e) {
  // What was given before the last word was heard is not there any more.
  if (!shares() || e.request != asked_.request)
    return;
  share_answered_ = true;
  share_text_ = describe_budget(e.ceiling, e.holders);
  looked_ = false;
  if (e.share == share_)
    return;
  share_ = asked_.kept = e.share;
  share_given_ = true;
}

/// What became free goes back, unless it was given just now.
void rollout::cut_share() {
  if (!share_given_ && !keeps_share_)
    share_ = std::min(share_, tally_.unavailable + tally_.unseen);
}

/// How many more could go than are unavailable.
std::uint32_t rollout::wanted_more() const {
  switch (stage_) {
  case stage::waiting:
  case stage::working:
  case stage::rolling_back:
    return more_;
  case stage::hooking: // the batch is chosen, and waits for its hook
    return hook_ == upgrade_hook::before_batch ? more_ : 0;
  case stage::created:
  case stage::settling:
  case stage::deciding:
  case stage::pausing:
  case stage::holding:
  case stage::paused:
  case stage::cancelling:
  case stage::keeping:
  case stage::ending:
  case stage::finished:
    break;
  }
  return 0;
}

/// Whether the batch may be filled up once it is known how much there is left.
bool rollout::awaits_share() const {
  return shares() && more_ > 0
         && (!share_answered_
             || asked_.wanted != tally_.unavailable + tally_.unseen + more_);
}

void rollout::wait_for_share(instant now, commands& out) {
  const auto before = waits_for_;
  stage_ = stage::waiting;
  waits_for_ = wait_reason::shared_budget;
  if (before != waits_for_)
    said_waiting_ = false;
  if (std::exchange(share_given_, false)) { // it counts anew
    still_since_ = now;
    deadline_timer_ = 0;
  }
  if (deadline_timer_ == 0)
    deadline_timer_ = arm(deadline(), out);
  watch_window(now, out);
  say_share(now, out);
}

/// Once it is known that there is too little.
void rollout::say_share(instant now, commands& out) {
  if (awaits_share() || (said_waiting_ && share_text_ == waits_on_))
    return;
  waits_on_ = share_text_;
  say_waiting(wait_reason::shared_budget, deadline() - duration{1}, share_text_, {}, 0,
              now, out);
}

void rollout::ask_share(commands& out) {
  if (!shares())
    return;
  const auto have = tally_.unavailable + tally_.unseen;
  const auto wanted = have + wanted_more();
  keeps_share_ = stage_ == stage::hooking && hook_ == upgrade_hook::before_batch;
  share_given_ = false;
  if (!keeps_share_)
    share_ = std::min(share_, have);
  if (asked_.request != 0 && asked_.unavailable == have && asked_.kept == share_
      && asked_.wanted == wanted)
    return;
  share_answered_ = false;
  asked_ = {asked_.request + 1, have, share_, wanted};
  out.push_back(asked_);
}

} // namespace drydock::inline v1::engine
