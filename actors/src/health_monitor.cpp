// SPDX-License-Identifier: Apache-2.0
#include "health_monitor.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace drydock::inline v1::actors {

using namespace protocol;

namespace {

/// Turns a prober's answers, from whatever thread, into messages.
class monitor_port : public probe_port {
public:
  explicit monitor_port(health_monitor_actor to) : to_(std::move(to)) {}

  void answered(std::vector<probe_answer> answers) override {
    caf::anon_send(to_, probes_answered{std::move(answers)});
  }

private:
  health_monitor_actor to_;
};

} // namespace

void health_monitor_state::start(const watch_health& m) {
  const auto at = now();
  auto& first_round = due[at];
  first_round.reserve(instances.size());
  for (std::uint32_t slot = 0; slot < instances.size(); ++slot) {
    if (context->setup.instances->is_beyond(first + slot))
      break; // nobody is there, and the rest are such as well
    if (context->setup.prober->is_new(first + slot))
      instances[slot].machine =
        engine::health_machine::fresh(context->setup.health, at);
    first_round.push_back({slot, instances[slot].epoch});
  }
  for (const auto i : m.replacements)
    first_round.push_back({i - first, instances[i - first].epoch});
  probe_due();
}

engine::instant health_monitor_state::now() const {
  return to_instant(self->clock().now());
}

void health_monitor_state::hold(engine::instance_index instance) {
  auto& x = instances[instance - first];
  x.held = true;
  x.awaited = false;
  ++x.epoch;
}

void health_monitor_state::resume(const resume_probes& m) {
  const auto at = now();
  for (const auto& wish : m.wishes)
    restart(wish, at);
  ask(at);
  tell();
  arm();
}

void health_monitor_state::restart(const probe_wish& wish, engine::instant at) {
  const auto slot = wish.instance - first;
  auto& x = instances[slot];
  const auto before = x.machine.committed();
  x.held = false;
  x.awaited = false;
  ++x.epoch;
  x.generation = wish.generation;
  x.each = wish.each;
  if (wish.afresh) {
    x.machine = engine::health_machine::fresh(context->setup.health, at);
    if (before != x.machine.committed()) {
      health_update update;
      update.instance = wish.instance;
      update.generation = wish.generation;
      update.health = x.machine.committed();
      news.push_back(update);
    }
  }
  x.probed_at = at;
  requests.push_back({wish.instance, x.epoch});
  resumed.push_back(wish.instance);
}

void health_monitor_state::schedule(std::uint32_t slot, engine::instant at) {
  if (last_due == nullptr || last_due_at != at) {
    last_due = &due[at];
    last_due_at = at;
  }
  last_due->push_back({slot, instances[slot].epoch});
}

void health_monitor_state::probe_due() {
  const auto at = now();
  while (!due.empty() && due.begin()->first <= at) {
    for (const auto& d : due.begin()->second) {
      auto& x = instances[d.slot];
      if (d.epoch != x.epoch || x.held)
        continue;
      if (x.awaited) {
        silent.push_back(d.slot);
        continue;
      }
      x.probed_at = at;
      requests.push_back({first + d.slot, x.epoch});
    }
    due.erase(due.begin());
    last_due = nullptr;
  }
  for (const auto slot : std::exchange(silent, {}))
    take_silence(slot, at);
  ask(at);
  tell();
  arm();
}

/// Sends the requests out, and takes what is known at once.
void health_monitor_state::ask(engine::instant at) {
  if (requests.empty())
    return;
  std::vector<probe_answer> answers;
  const auto asked = std::exchange(requests, {});
  context->setup.prober->probe(asked, at, answers, port);
  if (answers.size() < asked.size())
    expect(asked, at);
  for (const auto& answer : answers)
    take(answer, at);
}

/// Probers have timeouts of their own; this is a net for one that never answers.
void health_monitor_state::expect(std::span<const probe_request> asked,
                                  engine::instant at) {
  const auto latest = at + 2 * context->setup.health.timeout + std::chrono::seconds(1);
  for (const auto& r : asked) {
    auto& x = instances[r.instance - first];
    if (x.epoch != r.generation || x.held)
      continue;
    x.awaited = true;
    schedule(r.instance - first, latest);
  }
}

void health_monitor_state::take_silence(std::uint32_t slot, engine::instant at) {
  probe_answer answer;
  answer.instance = first + slot;
  answer.generation = instances[slot].epoch;
  answer.raw = engine::interpret_silence(context->setup.health);
  take(answer, at);
}

void health_monitor_state::take(const std::vector<probe_answer>& late) {
  const auto at = now();
  for (const auto& answer : late)
    take(answer, at);
  tell();
  arm();
}

void health_monitor_state::take(const probe_answer& answer, engine::instant at) {
  const auto slot = answer.instance - first;
  if (slot >= instances.size())
    return;
  auto& x = instances[slot];
  if (answer.generation != x.epoch || x.held)
    return; // the answer to a probe begun before a hold
  if (std::exchange(x.awaited, false))
    ++x.epoch; // its silence is due no more
  const auto before = x.machine.committed();
  const auto after = x.machine.next(context->setup.health, answer.raw, at);
  auto news_of_metrics = false;
  if (answer.metrics != engine::custom_metrics{}
      || (!metrics.empty() && metrics.count(slot) > 0)) {
    auto& known = metrics[slot];
    news_of_metrics = known != answer.metrics;
    known = answer.metrics;
  }
  if (before != after || news_of_metrics || x.each)
    news.push_back(
      {answer.instance, x.generation, after, answer.raw, x.each, answer.metrics});
  if (x.each && answer.raw == engine::health_state::healthy
      && after == engine::health_state::healthy)
    x.each = false;
  // The interval counts from start to start; a slow probe delays the next.
  auto next = std::max(x.probed_at + context->setup.health.interval, at);
  if (x.machine.rests_on(answer.raw)) {
    if (answer.unchanged_until == engine::instant::max())
      return; // until it is worked on
    // The probe before the change is made, so that the change's own is due among
    // other timers of its instant as it would be without any of this.
    if (answer.unchanged_until > at)
      next = skip_to(next, answer.unchanged_until - context->setup.health.interval);
  }
  schedule(slot, next);
}

/// The first probe at `next`, or whole intervals later, that may see a change.
engine::instant health_monitor_state::skip_to(engine::instant next,
                                              engine::instant change) const {
  const auto interval = context->setup.health.interval;
  if (change <= next || interval <= engine::duration{0})
    return next;
  return next + (change - next + interval - engine::duration{1}) / interval * interval;
}

void health_monitor_state::tell() {
  if (!news.empty() || !resumed.empty())
    self->send(shard,
               health_report{std::exchange(news, {}), std::exchange(resumed, {})});
}

void health_monitor_state::arm() {
  if (due.empty())
    return;
  const auto next = due.begin()->first;
  if (armed && *armed <= next)
    return;
  armed = next;
  self->delayed_send(self, next - now(), probe_tick{next.time_since_epoch().count()});
}

health_monitor_actor::behavior_type health_monitor_state::make_behavior() {
  return {
    [this](const watch_health& m) { start(m); },
    [this](const hold_probes& m) { hold(m.instance); },
    [this](const resume_probes& m) { resume(m); },
    [this](const forget_instance& m) { hold(m.instance); },
    [this](const probe_tick& m) {
      if (!armed || armed->time_since_epoch().count() != m.due)
        return; // an earlier reminder took its place
      armed.reset();
      probe_due();
    },
    [this](const probes_answered& m) { take(m.answers); },
  };
}

health_monitor_actor::behavior_type
health_monitor(health_monitor_state::self_pointer self, context_ptr context,
               shard_actor shard, engine::instance_index first, std::uint32_t count) {
  auto& state = self->state;
  state.context = std::move(context);
  state.shard = std::move(shard);
  state.first = first;
  state.instances.resize(count);
  state.port = std::make_shared<monitor_port>(self);
  return state.make_behavior();
}

} // namespace drydock::inline v1::actors
