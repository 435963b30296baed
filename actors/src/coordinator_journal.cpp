// SPDX-License-Identifier: Apache-2.0
// What a coordinator writes down before it acts, and how it goes on from what an
// earlier process has written.
#include "coordinator.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <utility>

namespace drydock::inline v1::actors {

using namespace engine;

namespace {

/// Tells again what was told, and does nothing else again.
class retelling : public command_sink {
public:
  retelling(upgrade_listener& listener, duration since_start,
            std::optional<command::ask_budget>& last_asked)
    : listener_(listener), since_start_(since_start), last_asked_(last_asked) {}

  void take(rollout_command&& command) override {
    if (auto* asked = std::get_if<command::ask_budget>(&command))
      last_asked_ = *asked;
  }
  void publish(upgrade_event&& event) override {
    listener_.on_event(event, since_start_);
  }

private:
  upgrade_listener& listener_;
  duration since_start_;
  std::optional<command::ask_budget>& last_asked_;
};

} // namespace

/// Brings the machine to where an earlier process left it; false: there was none.
/// Listeners hear all of it again, so that they know what there is to know.
bool coordinator_state::read_back() {
  auto& journal = *context->setup.journal;
  protocol::recorded_turn turn;
  std::optional<command::ask_budget> last_asked;
  auto any = false;
  while (journal.next(turn)) {
    if (!std::exchange(any, true))
      started_at = turn.at;
    turn_at = turn.at;
    retelling sink(*context->listener, turn_at - started_at, last_asked);
    rollout->apply(turn.inputs, turn_at, sink);
    context->listener->on_pause(rollout->progress());
    for (const auto& in : turn.inputs)
      if (const auto* e = std::get_if<input::instance_deleted>(&in))
        if (e->instance < context->setup.instances->positions())
          gone.push_back(e->instance);
  }
  if (!any)
    return false;
  for (const auto i : rollout->replacements()) // whose members are gone, or go
    if (context->setup.instances->is_replacement(i))
      gone.push_back(context->setup.instances->replaced_by(i));
  for (const auto i : rollout->departed())
    gone.push_back(i);
  clock_offset = turn_at + journal.since_last_turn() - to_instant(self->clock().now());
  if (rollout->finished()) { // it had ended, and only the word of it was lost
    if (last_asked)          // what is unavailable in it stays so
      perform(*last_asked);
    perform(command::finish{});
  }
  return true;
}

void coordinator_state::apply_and_write(std::span<const rollout_input> what) {
  auto& journal = *context->setup.journal;
  journal.begin(turn_at, what);
  rollout->apply(what, turn_at, *this);
  auto decided = std::exchange(effects, {});
  if (const auto why = journal.commit(decided)) {
    stop_unwritten(*why);
    return;
  }
  for (const auto& event : unsaid)
    context->listener->on_event(event, turn_at - started_at);
  unsaid.clear();
  for (auto& command : decided)
    std::visit([this](auto& x) { perform(x); }, command);
}

/// What cannot be written down is not done: the upgrade stops where it stands, for
/// another process to go on with.
void coordinator_state::stop_unwritten(const std::string& why) {
  over = true;
  for (const auto& s : shards)
    self->send_exit(s, caf::exit_reason::user_shutdown);
  auto report = rollout->report();
  report.status = upgrade_status::rolling_forward;
  report.error.code = "JournalUnavailable";
  report.error.message = why;
  report.end = turn_at;
  context->on_finish(std::move(report));
  self->quit();
}

} // namespace drydock::inline v1::actors
