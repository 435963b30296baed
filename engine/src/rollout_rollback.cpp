// SPDX-License-Identifier: Apache-2.0
// Breach and rollback: docs/semantics.md, 4.7.
#include "rollout_change.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

void rollout::breach(std::string code, std::string message, instant now,
                     commands& out) {
  breach(std::move(code), std::move(message),
         rollback_on_breach(options_.policy.rolling), now, out);
}

void rollout::breach(std::string code, std::string message, rollback_scope scope,
                     instant now, commands& out) {
  undo_ = to_be_undone(scope);
  undo_head_ = 0;
  fell_ill_ = true;
  undoes_all_ = scope == rollback_scope::all;
  looked_ = false;
  if (undo_.empty()) {
    finish(upgrade_status::faulted, std::move(code), std::move(message), now, out);
    return;
  }
  report_.rolled_back = true;
  pending_end_ = {upgrade_status::faulted, std::move(code), std::move(message)};
  stage_ = stage::rolling_back;
  said_waiting_ = false;
  deadline_timer_ = 0;
  still_since_ = now;
  continue_rollback(now, out);
}

std::vector<instance_index> rollout::to_be_undone(rollback_scope scope) const {
  std::vector<instance_index> result;
  const auto add = [&](standing s) {
    for (instance_index i = 0; i < records_.size(); ++i)
      if (records_[i].state == s && records_[i].action_begun)
        result.push_back(i);
  };
  if (scope != rollback_scope::none)
    add(standing::failed);
  if (scope == rollback_scope::all)
    add(standing::succeeded);
  return result;
}

/// Unavailable ones cost nothing and go before others; one that serves is held to the
/// limits of a batch.
std::vector<instance_index> rollout::next_to_undo() {
  const auto limits = resolve_limits(options_.policy.rolling, tally_.total);
  auto unavailable = tally_.unavailable;
  auto in_hand = tally_.in_hand;
  // What was true before a resume need not be now, but for what nobody mends.
  const auto costs_nothing = [&](const record& r) {
    return is_unavailable(r) && (!r.stale || r.action_failed);
  };
  if (in_hand == 0 && std::exchange(fell_ill_, false))
    std::stable_partition(undo_.begin() + static_cast<std::ptrdiff_t>(undo_head_),
                          undo_.end(),
                          [&](instance_index i) { return costs_nothing(records_[i]); });
  std::vector<instance_index> go;
  for (; undo_head_ < undo_.size(); ++undo_head_) {
    const auto i = undo_[undo_head_];
    const auto& r = records_[i];
    if (r.state == standing::deleted)
      continue;
    if (r.repairing) { // once that is over; no share would help
      share_.more = 0;
      return go;
    }
    const auto free = costs_nothing(r);
    if (!free
        && (unavailable >= allowed(limits.unavailable_instances_max)
            || in_hand >= limits.batch_instances_max || tally_.stale > 0))
      break;
    unavailable += free ? 0 : 1;
    ++in_hand;
    go.push_back(i);
  }
  const auto left = [](std::uint32_t most, std::uint32_t taken) {
    return most > taken ? most - taken : 0;
  };
  if (options_.shared_budget > 0 && tally_.stale == 0)
    share_.more = static_cast<std::uint32_t>(std::min<std::size_t>(
      {left(limits.unavailable_instances_max, unavailable),
       left(limits.batch_instances_max, in_hand), undo_.size() - undo_head_}));
  return go;
}

/// Its previous model is to be given back.
void rollout::begin_undo(instance_index i, commands& out) {
  change(i, [](record& r) {
    r.rolling_back = true;
    r.known = known_progress::nothing;
    r.attempt = 1;
  });
  out.push_back(command::publish{told::rollback_started{i}});
}

void rollout::continue_rollback(instant now, commands& out) {
  const auto go = looked_ ? std::vector<instance_index>{} : next_to_undo();
  for (const auto i : go)
    begin_undo(i, out);
  looked_ = true;
  if (!go.empty()) {
    out.push_back(command::start_members{go, work_kind::rollback});
    said_waiting_ = false; // to stand still again is told again
  }
  if (tally_.in_hand > 0) {
    still_since_ = now;
    deadline_timer_ = 0;
    return;
  }
  // None of the rest may go yet: those that serve wait for room, but that somebody who
  // had failed serves again while there is none is as good.
  if (undo_head_ < undo_.size()
      && (undoes_all_ || tally_.stale > 0 || share_.more > 0)) {
    if (deadline_timer_ == 0)
      deadline_timer_ = arm(deadline(), out);
    if (share_.more > 0)
      wait_for_share(now, out);
    return;
  }
  give_up_rollbacks();
  auto end = std::exchange(pending_end_, {});
  finish(end.status, std::move(end.code), std::move(end.message), now, out);
}

void rollout::give_up_rollbacks() {
  for (; undo_head_ < undo_.size(); ++undo_head_)
    report_.rollbacks_failed +=
      records_[undo_[undo_head_]].state == standing::deleted ? 0 : 1;
  looked_ = false;
}

} // namespace drydock::inline v1::engine
