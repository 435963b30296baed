// SPDX-License-Identifier: Apache-2.0
// Repairs that come to nothing: cancels, deletions by others, and the end of whoever
// made them. docs/semantics.md, 7.
#include "rollout_change.hpp"

#include <utility>

namespace drydock::inline v1::engine {

/// Nothing was begun, before a cancel or the end of a process.
void rollout::take_repair_released(instance_index i, commands& out) {
  const auto& r = records_[i];
  if (r.state == standing::discarding || r.state == standing::leaving) {
    // Deletions are not taken back; whoever does so has failed at them.
    take_repair_settled({i, failure_reason::cancelled, false, false, "not begun"}, out);
    return;
  }
  const auto arrives = r.state == standing::arriving;
  if (arrives ? r.attempted : r.surge)
    return; // it has settled before, or nothing is done to it itself
  const auto who = arrives ? instances_->replaced_by(i) : i;
  const auto alone = r.alone;
  if (arrives)
    make_spare(i);
  if (alone)
    note_repairs_over(out);
  else
    end_repair(
      who, who,
      {repair_outcome::dropped, failure_reason::none, "nothing was begun", false}, out);
}

/// Takes the deletion of somebody who is repaired or replaces, by others.
void rollout::take_repair_deleted(instance_index i, commands& out) {
  const auto r = records_[i];
  if (r.state == standing::leaving) { // as it was to be
    out.push_back(command::drop_member{i});
    take_ill_removed({i, failure_reason::none, false, true, {}}, out);
    return;
  }
  const auto arrives = r.state == standing::arriving;
  if (!arrives && r.state != standing::discarding) {
    lose_repaired(i, out);
    return;
  }
  leave_for_good(i);
  out.push_back(command::drop_member{i});
  if (r.action_begun && announced_)
    out.push_back(command::publish{told::instance_deleted{i}});
  if (r.alone) {
    note_repairs_over(out);
    return;
  }
  const auto member = instances_->replaced_by(i);
  if (arrives)
    repairs_.verdicts[member] = {repair_outcome::failed, failure_reason::action_failed,
                                 "its replacement " + std::string(instances_->id(i))
                                   + " was deleted by others, and it stays as it was"};
  end_repair(member, member, std::move(repairs_.verdicts[member]), out);
}

/// Whoever counts for the position is gone; what is under way for it goes to its end.
void rollout::lose_repaired(instance_index i, commands& out) {
  auto named = i;
  if (!records_[i].surge) {
    out.push_back(command::drop_member{i});
  } else if (instances_->is_replacement(i)) {
    named = instances_->replaced_by(i);
    change(named, [](record& x) { x.alone = true; });
  } else {
    change(instances_->replacement_of(i), [](record& x) { x.alone = true; });
  }
  repairs_.verdicts.erase(named);
  leave_for_good(i);
  messages_.erase(i);
  out.push_back(command::publish{told::repair_finished{
    named, repair_outcome::dropped, failure_reason::none, "it was deleted by others"}});
  out.push_back(command::publish{told::instance_deleted{i}});
  note_repairs_over(out);
}

/// Nobody will say any more what became of repairs, as a part of the engine ended.
void rollout::lose_repairs(const std::string& message, commands& out) {
  for (instance_index i = 0; tally_.repairs > 0 && i < records_.size(); ++i) {
    const auto& r = records_[i];
    if (!r.repairing || is_absent(r))
      continue;
    const auto replaced = r.surge && instances_->is_replacement(i);
    end_repair(i, replaced ? instances_->replaced_by(i) : i,
               {repair_outcome::dropped, failure_reason::none, message}, out);
  }
}

} // namespace drydock::inline v1::engine
