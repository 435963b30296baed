// SPDX-License-Identifier: Apache-2.0
// What an upgrade as a whole asks of the outside world: hooks, approvals, guards.
#include "coordinator.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace drydock::inline v1::actors {

using namespace protocol;

namespace {

/// Sends a message now or later; the coordinator may be gone by then.
class coordinator_port : public attendant_port {
public:
  explicit coordinator_port(coordinator_actor to) : to_(std::move(to)) {}

  void hook_ended(std::uint32_t request, engine::step_outcome outcome,
                  std::string error, engine::duration after) override {
    tell(upgrade_hook_ended{request, outcome, std::move(error)}, after);
  }
  void answered(approval word, engine::duration after) override {
    tell(approve_upgrade{std::move(word.by), word.approved, std::move(word.message),
                         word.question},
         after);
  }
  void guard_stands(std::uint32_t guard, engine::guard_state state, std::string message,
                    engine::duration after) override {
    tell(guard_report{guard, state, std::move(message)}, after);
  }

private:
  template <class Message>
  void tell(Message message, engine::duration after) {
    if (after > engine::duration{0})
      caf::delayed_anon_send(to_, after, std::move(message));
    else
      caf::anon_send(to_, std::move(message));
  }

  coordinator_actor to_;
};

/// Whether nobody need decide on a checkpoint any more, if anybody had to.
bool ends_approval(const engine::upgrade_event& event) {
  namespace told = engine::told;
  if (const auto* hook = std::get_if<told::hook_started>(&event))
    return hook->hook == engine::upgrade_hook::after_upgrade;
  return std::holds_alternative<told::checkpoint_left>(event)
         || std::holds_alternative<told::cancel_requested>(event)
         || std::holds_alternative<told::rollback_started>(event)
         || std::holds_alternative<told::upgrade_finished>(event);
}

} // namespace

std::shared_ptr<attendant_port> coordinator_state::answers() {
  return std::make_shared<coordinator_port>(coordinator_actor{self});
}

void coordinator_state::watch_guards() {
  const auto& setup = context->setup;
  if (setup.attendant && !setup.rollout.guards.empty())
    setup.attendant->watch_guards(answers());
}

void coordinator_state::note_for_attendant(const engine::upgrade_event& event) {
  const auto& attendant = context->setup.attendant;
  if (!attendant)
    return;
  if (const auto* wait = std::get_if<engine::told::waiting>(&event)) {
    if (wait->question != 0
        && wait->reason != engine::wait_reason::checkpoint_bake) // too early
      attendant->stand_in(wait->question, answers());
  } else if (ends_approval(event)) {
    attendant->end_approval();
  }
}

void coordinator_state::perform(const engine::command::run_hook& command) {
  const auto& attendant = context->setup.attendant;
  if (attendant)
    attendant->run_hook({command.hook, command.batch, command.attempt, command.request},
                        answers());
  else // a missing hook succeeds without a call
    self->send(
      self, upgrade_hook_ended{command.request, engine::step_outcome::succeeded, {}});
}

void coordinator_state::perform(const engine::command::end_hook& command) {
  if (context->setup.attendant)
    context->setup.attendant->end_hook(command.request);
}

void coordinator_state::perform(const engine::command::ask_approval& command) {
  if (context->setup.attendant)
    context->setup.attendant->ask_approval(command.checkpoint, command.question,
                                           answers());
}

} // namespace drydock::inline v1::actors
