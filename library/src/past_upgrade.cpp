// SPDX-License-Identifier: Apache-2.0
// An unfinished upgrade, read back from its store.
#include "engine_store.hpp"
#include "set_keeper.hpp"

#include "drydock/store/stored_journal.hpp"

#include <set>
#include <utility>
#include <variant>

namespace drydock::inline v1::detail {

using namespace engine;

namespace {

/// Follows what is told.
class follower {
public:
  void take(const upgrade_event& event) {
    namespace t = engine::told;
    if (const auto* batch = std::get_if<t::batch_started>(&event)) {
      in_hand.insert(batch->instances.begin(), batch->instances.end());
    } else if (const auto* more = std::get_if<t::batch_extended>(&event)) {
      in_hand.insert(more->instances.begin(), more->instances.end());
    } else if (const auto* step = std::get_if<t::step_finished>(&event)) {
      if (step->step == step_kind::action && step->outcome == step_outcome::succeeded)
        upgraded.insert(step->instance);
    } else if (const auto* settled = std::get_if<t::instance_settled>(&event)) {
      in_hand.erase(settled->instance);
      if (settled->reason == failure_reason::none)
        upgraded.insert(settled->instance);
    } else if (const auto* released = std::get_if<t::instance_released>(&event)) {
      in_hand.erase(released->instance);
    } else if (const auto* undo = std::get_if<t::rollback_started>(&event)) {
      in_hand.insert(undo->instance);
    } else if (const auto* undone = std::get_if<t::rollback_finished>(&event)) {
      in_hand.erase(undone->instance);
      if (undone->succeeded)
        upgraded.erase(undone->instance);
    } else if (const auto* gone = std::get_if<t::instance_deleted>(&event)) {
      in_hand.erase(gone->instance);
      deleted.insert(gone->instance);
    }
  }

  std::set<instance_index> in_hand, upgraded, deleted;
};

std::vector<instance_index> list_of(const std::set<instance_index>& x) {
  return {x.begin(), x.end()};
}

} // namespace

unfinished_upgrade past_upgrade::describe() const {
  unfinished_upgrade x;
  x.id = header.upgrade_id;
  x.begun = std::chrono::system_clock::time_point(
    std::chrono::duration_cast<std::chrono::system_clock::duration>(
      std::chrono::microseconds(header.started_us)));
  x.latest_model = header.latest_model;
  x.previous_model = header.previous_model;
  x.policy = header.rollout.policy;
  x.progress = report.progress;
  x.in_hand = in_hand;
  return x;
}

result<past_upgrade> set_keeper::read_unfinished() {
  const auto id = unfinished();
  const auto about = "upgrade " + id + " cannot be read";
  auto bytes = store_->header(id);
  if (auto* failed = std::get_if<store::store_error>(&bytes))
    return to_error(std::move(*failed), about);
  auto read = journal::read_header(std::get<std::string>(bytes));
  if (const auto* bad = std::get_if<journal::bad_record>(&read))
    return error{error_code::store_unavailable, {}, about + ": " + bad->text};
  past_upgrade x;
  x.header = std::move(std::get<journal::header>(read));
  follower seen;
  seen.deleted.insert(x.header.rollout.deleted.begin(), x.header.rollout.deleted.end());
  journal::replayer again(
    x.header, [&](const upgrade_event& event, instant) { seen.take(event); });
  if (auto failed = store::read_turns(*store_, id, [&](journal::turn&& turn) {
        if (auto parts = again.take(turn); parts && !x.difference)
          x.difference = std::move(parts);
        return true;
      }))
    return to_error(std::move(*failed), about);
  x.report = again.report();
  x.in_hand = list_of(seen.in_hand);
  x.upgraded = list_of(seen.upgraded);
  x.deleted = list_of(seen.deleted);
  return x;
}

} // namespace drydock::inline v1::detail
