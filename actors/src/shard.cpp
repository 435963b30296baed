// SPDX-License-Identifier: Apache-2.0
#include "shard.hpp"

#include "health_monitor.hpp"
#include "instance.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace drydock::inline v1::actors {

using namespace protocol;
using subject = instance_update::subject;

void shard_state::start(const watch_health& m) {
  if (monitor)
    self->send(monitor, m);
}

void shard_state::work_on(const work_on_instances& m) {
  for (std::size_t n = 0; n < m.instances.size(); ++n) {
    const auto i = m.instances[n];
    auto& position = worker_of[i - first];
    if (position != nobody)
      continue; // never twice at the same time
    position = queued;
    const auto recovers = n < m.known.size();
    waiting.push_back(
      {i, m.work, recovers, recovers ? m.known[n] : recovery_note{}, {}});
  }
  ++parts_waiting;
  activate_some();
}

void shard_state::activate_some() {
  while (starting < starting_max && waiting_head < waiting.size()) {
    const auto next = waiting[waiting_head++];
    if (worker_of[next.instance - first] == queued)
      activate(next);
  }
  if (waiting_head == waiting.size() && parts_waiting > 0) {
    waiting.clear();
    waiting_head = 0;
    parts_activated += std::exchange(parts_waiting, 0);
    gather();
  }
}

void shard_state::activate(const member& m) {
  const auto slot = m.instance - first;
  if (idle.empty()) {
    idle.push_back(static_cast<std::uint32_t>(workers.size()));
    auto handle =
      self->spawn<instance_shell, caf::monitored>(context, shard_actor{self}, monitor);
    context->take_log_away();
    workers.push_back({std::move(handle), nobody, false});
  }
  const auto position = idle.back();
  idle.pop_back();
  auto& w = workers[position];
  w.instance = m.instance;
  w.starting = true;
  ++starting;
  worker_of[slot] = position;
  self->send(w.handle, work_on_instance{m.instance, ++generation[slot], m.work,
                                        m.recovers, m.known});
  if (m.abandoned)
    self->send(w.handle, *m.abandoned);
}

void shard_state::has_started(worker& w) {
  if (std::exchange(w.starting, false))
    --starting;
}

void shard_state::pass_on(const abandon_work& m) {
  std::vector<member> kept;
  for (; waiting_head < waiting.size(); ++waiting_head) {
    auto& waits = waiting[waiting_head];
    auto& position = worker_of[waits.instance - first];
    if (position != queued)
      continue; // gone meanwhile
    // Somebody may have begun, and that goes to its end, as deletions do.
    if (waits.recovers || engine::deletes(waits.work)) {
      waits.abandoned = m;
      kept.push_back(waits);
      continue;
    }
    position = nobody;
    instance_update update;
    update.kind = subject::released;
    update.instance = waits.instance;
    tell(std::move(update));
  }
  waiting = std::move(kept);
  waiting_head = 0;
  activate_some();
  for (const auto position : worker_of)
    if (position < queued)
      self->send(workers[position].handle, m);
}

void shard_state::forget(engine::instance_index instance) {
  if (monitor)
    self->send(monitor, forget_instance{instance});
  // A wish to be probed again would reach the monitor after this.
  std::erase_if(wishes, [&](const auto& w) { return w.instance == instance; });
  auto& position = worker_of[instance - first];
  if (position == queued)
    position = nobody;
  if (position == nobody)
    return;
  self->send(workers[position].handle, forget_instance{instance});
  let_go(instance);
}

void shard_state::let_go(engine::instance_index instance) {
  auto& position = worker_of[instance - first];
  auto& w = workers[position];
  w.instance = nobody;
  has_started(w);
  idle.push_back(std::exchange(position, nobody));
  activate_some();
}

void shard_state::take(work_report& m) {
  const auto slot = m.instance - first;
  if (slot >= generation.size() || m.generation != generation[slot]
      || worker_of[slot] >= queued)
    return;
  if (m.resume_probes) {
    wishes.push_back({m.instance, m.generation, m.afresh, m.each});
    gather();
  }
  auto over = false;
  for (auto& update : m.updates) {
    over = over || update.kind == subject::settled || update.kind == subject::released;
    tell(std::move(update));
  }
  if (over) {
    let_go(m.instance);
  } else if (!m.resume_probes) {
    has_started(workers[worker_of[slot]]);
    activate_some();
  }
}

void shard_state::take(const health_report& m) {
  for (const auto& x : m.updates) {
    instance_update update;
    update.kind = subject::health;
    update.instance = x.instance;
    update.health = x.health;
    update.phase = x.metrics.phase;
    update.skip_upgrade = x.metrics.skip_upgrade;
    tell(std::move(update));
    const auto position = worker_of[x.instance - first];
    if (position < queued)
      self->send(workers[position].handle, x);
  }
  for (const auto instance : m.resumed)
    if (const auto position = worker_of[instance - first]; position < queued)
      has_started(workers[position]);
  activate_some();
}

/// An instance actor that dies takes its work with it; to the upgrade that is an
/// action that failed.
void shard_state::take_loss(const caf::actor_addr& address) {
  for (std::uint32_t position = 0; position < workers.size(); ++position) {
    auto& w = workers[position];
    if (!w.handle || w.handle.address() != address)
      continue;
    w.handle = nullptr;
    has_started(w);
    if (const auto instance = std::exchange(w.instance, nobody); instance != nobody) {
      worker_of[instance - first] = nobody;
      instance_update update;
      update.kind = subject::settled;
      update.instance = instance;
      update.reason = engine::failure_reason::action_failed;
      update.action_failed = update.action_begun = true;
      update.text = "the actor that worked on it died";
      tell(std::move(update));
      if (monitor) { // whose probes it may have held
        wishes.push_back({instance, generation[instance - first], false, false});
        gather();
      }
    } else {
      std::erase(idle, position);
    }
    activate_some();
    return;
  }
}

void shard_state::tell(instance_update&& update) {
  gather();
  if (news.empty())
    news.reserve(usual_news);
  news.push_back(std::move(update));
}

/// Everything that is in the mailbox already goes out together.
void shard_state::gather() {
  if (!std::exchange(gathering, true))
    self->send(self, flush_report{});
}

void shard_state::flush() {
  gathering = false;
  if (!wishes.empty())
    self->send(monitor, resume_probes{std::exchange(wishes, {})});
  usual_news = news.size();
  if (!news.empty() || parts_activated > 0)
    self->send(coordinator, shard_report{number, std::exchange(news, {}),
                                         std::exchange(parts_activated, 0)});
}

void shard_state::end() {
  for (auto& w : workers)
    if (w.handle)
      self->send_exit(w.handle, caf::exit_reason::user_shutdown);
  if (monitor)
    self->send_exit(monitor, caf::exit_reason::user_shutdown);
}

shard_actor::behavior_type shard_state::make_behavior() {
  return {
    [this](work_report& m) { take(m); },
    [this](const health_report& m) { take(m); },
    [this](const flush_report&) { flush(); },
    [this](const work_on_instances& m) { work_on(m); },
    [this](const watch_health& m) { start(m); },
    [this](const abandon_work& m) { pass_on(m); },
    [this](const forget_instance& m) { forget(m.instance); },
  };
}

shard_actor::behavior_type shard(shard_state::self_pointer self, context_ptr context,
                                 coordinator_actor coordinator, std::uint32_t number,
                                 engine::instance_index first, std::uint32_t count) {
  auto& state = self->state;
  state.coordinator = std::move(coordinator);
  state.number = number;
  state.first = first;
  state.generation.resize(count);
  state.worker_of.resize(count, shard_state::nobody);
  if (context->setup.prober)
    state.monitor = self->spawn<caf::monitored>(health_monitor, context,
                                                shard_actor{self}, first, count);
  context->take_log_away();
  state.context = std::move(context);
  self->monitor(state.coordinator);
  self->set_down_handler([self](const caf::down_msg& m) {
    const auto& own = self->state;
    const auto monitor_died = own.monitor && own.monitor.address() == m.source;
    if (!monitor_died && m.source != own.coordinator.address()) {
      self->state.take_loss(m.source);
      return;
    }
    // Without either a shard is of no use, and nobody else ends its actors.
    self->state.end();
    self->quit(caf::exit_reason::unhandled_exception);
  });
  self->set_exit_handler([self](const caf::exit_msg& m) {
    self->state.end();
    self->quit(m.reason);
  });
  self->set_exception_handler([self](std::exception_ptr&) -> caf::error {
    self->state.end();
    return caf::exit_reason::unhandled_exception;
  });
  return state.make_behavior();
}

} // namespace drydock::inline v1::actors
