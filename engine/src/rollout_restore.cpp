// SPDX-License-Identifier: Apache-2.0
// Members that get their previous model back as soon as they have failed:
// docs/semantics.md, 8.
#include "rollout_change.hpp"

#include <utility>

namespace drydock::inline v1::engine {

/// One that failed by a hook, or because it was ended, is left as it is.
bool blames_model(const input::member_settled& e) {
  const auto by_model = e.reason == failure_reason::action_failed
                        || e.reason == failure_reason::action_timed_out
                        || e.reason == failure_reason::health_timeout;
  return by_model && e.action_begun;
}

/// They are unavailable, so that it takes nobody down; the batch ends once that has
/// ended, too. One that serves meanwhile stays as it is.
void rollout::restore_failed(commands& out) {
  auto list = std::exchange(to_restore_, {});
  if (stage_ != stage::working) // a cancel starts nothing
    return;
  std::erase_if(list, [this](instance_index i) {
    return records_[i].state != standing::failed || !is_unavailable(records_[i]);
  });
  if (list.empty())
    return;
  report_.rolled_back = true;
  for (const auto i : list)
    begin_undo(i, out);
  out.push_back(command::start_members{std::move(list), work_kind::rollback});
}

} // namespace drydock::inline v1::engine
