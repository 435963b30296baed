// SPDX-License-Identifier: Apache-2.0
#include "coordinator.hpp"

#include "shard.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace drydock::inline v1::actors {

using namespace protocol;
using subject = instance_update::subject;

void coordinator_state::start(const begin_upgrade& m) {
  const auto& setup = context->setup;
  const auto resumes = setup.journal && read_back();
  if (over)
    return;
  spawn_shards();
  turn_at = std::max(turn_at, now());
  if (!resumes) // the first turn's instant, as whoever resumes has no other
    started_at = turn_at;
  if (resumes)
    inputs.emplace_back(engine::input::resumed{});
  else
    inputs.emplace_back(engine::input::started{});
  if (m.cancelled)
    inputs.emplace_back(engine::input::cancel_requested{m.by, m.now});
  // Work that is taken up asks for probes of its own, after the first ones.
  const auto watch = [&] {
    if (over || !setup.prober)
      return;
    std::vector<watch_health> parts(shards.size());
    for (const auto i : rollout->replacements())
      parts[i / setup.shard_size].replacements.push_back(i);
    for (std::size_t s = 0; s < shards.size(); ++s)
      self->send(shards[s], std::move(parts[s]));
  };
  if (resumes)
    watch();
  take_turn(inputs);
  inputs.clear();
  if (!resumes)
    watch();
  if (!over)
    watch_guards();
}

void coordinator_state::spawn_shards() {
  const auto& setup = context->setup;
  const auto total = static_cast<std::uint32_t>(setup.instances->positions());
  for (std::uint32_t first = 0; first < total; first += setup.shard_size)
    shards.push_back(
      self->spawn<caf::monitored>(shard, context, coordinator_actor{self},
                                  static_cast<std::uint32_t>(shards.size()), first,
                                  std::min(setup.shard_size, total - first)));
  context->take_log_away();
  for (const auto i : setup.rollout.deleted)
    if (i < total)
      self->send(shard_of(i), forget_instance{i});
  for (const auto i : std::exchange(gone, {}))
    self->send(shard_of(i), forget_instance{i});
}

engine::instant coordinator_state::now() const {
  return to_instant(self->clock().now()) + clock_offset;
}

void coordinator_state::feed(const engine::rollout_input& in) {
  feed(std::span(&in, 1));
}

void coordinator_state::feed(std::span<const engine::rollout_input> what) {
  if (over)
    return;
  turn_at = std::max(turn_at, now());
  take_turn(what);
}

void coordinator_state::take_turn(std::span<const engine::rollout_input> what) {
  if (context->setup.journal)
    apply_and_write(what);
  else
    rollout->apply(what, turn_at, *this);
  if (!over) // after the end the listener may be gone
    context->listener->on_pause(rollout->progress());
}

void coordinator_state::take(engine::rollout_command&& command) {
  if (context->setup.journal) // not before it is written
    effects.push_back(std::move(command));
  else
    std::visit([this](auto& x) { perform(x); }, command);
}

void coordinator_state::perform(engine::command::start_members& command) {
  // Members are in order of upgrades; a shard gets its own in that order.
  std::vector<work_on_instances> parts(shards.size());
  for (const auto i : command.instances)
    parts[i / context->setup.shard_size].instances.push_back(i);
  for (std::size_t s = 0; s < parts.size(); ++s) {
    if (parts[s].instances.empty())
      continue;
    parts[s].work = command.work;
    unsent.push_back({s, std::move(parts[s])});
  }
  send_parts();
}

void coordinator_state::perform(const engine::command::recover_members& command) {
  // A message a shard and kind of work; there is more than one kind only after a breach
  // and where members are replaced.
  constexpr std::size_t kinds = 6;
  static_assert(static_cast<std::size_t>(engine::work_kind::repair) == kinds - 1);
  std::vector<work_on_instances> parts(kinds * shards.size());
  for (const auto& m : command.members) {
    auto& mine = parts[kinds * (m.instance / context->setup.shard_size)
                       + static_cast<std::size_t>(m.work)];
    mine.work = m.work;
    mine.instances.push_back(m.instance);
    mine.known.push_back({m.known, m.attempt});
  }
  for (std::size_t p = 0; p < parts.size(); ++p)
    if (!parts[p].instances.empty())
      unsent.push_back({p / kinds, std::move(parts[p])});
  send_parts();
}

void coordinator_state::send_parts() {
  for (; activating < activating_max && !unsent.empty(); unsent.pop_front()) {
    ++activating;
    const auto shard = unsent.front().shard;
    self->send(shards[shard], std::move(unsent.front().work));
    if (abandoned)
      self->send(shards[shard], *abandoned);
  }
}

/// Nothing was begun on members that no shard has yet, but for those that an earlier
/// process may have begun. Deletions are not taken back.
void coordinator_state::take_back_parts() {
  shard_report back;
  std::deque<part> kept;
  for (auto& p : std::exchange(unsent, {})) {
    if (!p.work.known.empty() || engine::deletes(p.work.work)) {
      kept.push_back(std::move(p));
      continue;
    }
    for (const auto i : p.work.instances) {
      auto& update = back.updates.emplace_back();
      update.kind = subject::released;
      update.instance = i;
    }
  }
  unsent = std::move(kept);
  if (!back.updates.empty())
    self->send(self, std::move(back)); // a turn of its own
}

void coordinator_state::forget(engine::instance_index instance) {
  for (auto& [shard, work] : unsent) {
    const auto at = std::find(work.instances.begin(), work.instances.end(), instance);
    if (at == work.instances.end())
      continue;
    if (!work.known.empty())
      work.known.erase(work.known.begin() + (at - work.instances.begin()));
    work.instances.erase(at);
  }
  self->send(shard_of(instance), forget_instance{instance});
}

void coordinator_state::perform(const engine::command::cancel_members& command) {
  take_back_parts();
  abandoned = abandon_work{command.now || (abandoned && abandoned->now)};
  for (const auto& s : shards)
    self->send(s, *abandoned);
}

void coordinator_state::perform(const engine::command::drop_member&) {
  // `delete_instance` told the shard already.
}

void coordinator_state::perform(const engine::command::arm_timer& command) {
  self->delayed_send(self, command.at - turn_at, rollout_timer{command.timer});
}

void coordinator_state::perform(engine::command::publish& command) {
  publish(std::move(command.event));
}

void coordinator_state::publish(engine::upgrade_event&& event) {
  note_for_attendant(event);
  if (context->setup.journal) { // not said before it is written
    context->setup.journal->told(event);
    unsaid.push_back(std::move(event));
    return;
  }
  context->listener->on_event(event, turn_at - started_at);
}

void coordinator_state::perform(const engine::command::finish&) {
  over = true;
  for (const auto& s : shards)
    self->send_exit(s, caf::exit_reason::user_shutdown);
  context->listener->on_pause(rollout->progress());
  context->on_finish(rollout->report());
  self->quit();
}

const shard_actor& coordinator_state::shard_of(engine::instance_index instance) const {
  return shards[instance / context->setup.shard_size];
}

engine::rollout_input coordinator_state::translate(instance_update& u) const {
  using namespace engine;
  const auto action = context->setup.rollout.action;
  switch (u.kind) {
  case subject::health:
    return input::health_changed{u.instance, u.health, {u.phase, u.skip_upgrade}};
  case subject::step_started:
    return input::step_started{{u.instance, u.step, action, u.attempt}};
  case subject::step_finished:
  case subject::step_passed:
    return input::step_finished{
      {u.instance, u.step, action, u.attempt, u.outcome, std::move(u.text)}};
  case subject::settled:
    return input::member_settled{u.instance, u.reason, u.action_failed, u.action_begun,
                                 std::move(u.text)};
  case subject::released:
    break;
  }
  return input::member_released{u.instance};
}

void coordinator_state::hear(shard_report& m) {
  activating -= m.activated;
  for (auto& u : m.updates) {
    if (u.kind == subject::step_passed)
      inputs.emplace_back(engine::input::step_started{
        {u.instance, u.step, context->setup.rollout.action, u.attempt}});
    inputs.push_back(translate(u));
  }
  feed(inputs);
  inputs.clear();
  send_parts();
}

coordinator_actor::behavior_type coordinator_state::make_behavior() {
  using namespace engine;
  return {
    [this](shard_report& m) { hear(m); },
    [this](const begin_upgrade& m) {
      if (shards.empty()) // once
        start(m);
    },
    [this](const cancel_upgrade& m) {
      feed(input::cancel_requested{m.by, m.now});
    },
    [this](approve_upgrade& m) {
      feed(
        input::approval{std::move(m.by), m.approved, std::move(m.message), m.question});
    },
    [this](upgrade_hook_ended& m) {
      feed(input::hook_finished{m.request, m.outcome, std::move(m.error)});
    },
    [this](guard_report& m) {
      feed(input::guard_reported{m.guard, m.state, std::move(m.message)});
    },
    [this](budget_news& m) { hear_budget(m); },
    [this](const delete_instance& m) {
      if (m.instance >= context->setup.instances->positions() || shards.empty())
        return;
      forget(m.instance);
      feed(input::instance_deleted{m.instance});
    },
    [this](const rollout_timer& m) { feed(input::timer_fired{m.timer}); },
    [this](const protocol::stop_keeping&) { feed(input::stop_keeping{}); },
    [this](steer_repairs& m) {
      if (m.go_on)
        feed(input::repairs_resumed{std::move(m.by)});
      else
        feed(input::repairs_suspended{std::move(m.by)});
    },
  };
}

coordinator_actor::behavior_type coordinator(coordinator_state::self_pointer self,
                                             context_ptr context) {
  auto& state = self->state;
  state.rollout.emplace(context->setup.rollout, context->setup.instances);
  state.context = std::move(context);
  self->set_down_handler([self](const caf::down_msg& m) {
    if (self->state.over)
      return;
    self->state.feed(engine::input::internal_error{
      "a part of the engine ended by itself (" + caf::to_string(m.reason) + ")"});
  });
  self->set_exit_handler([self](const caf::exit_msg& m) {
    for (const auto& s : self->state.shards)
      self->send_exit(s, m.reason);
    self->quit(m.reason);
  });
  return state.make_behavior();
}

} // namespace drydock::inline v1::actors
