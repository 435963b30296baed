// SPDX-License-Identifier: Apache-2.0
#include "instance.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace drydock::inline v1::actors {

using namespace protocol;
using subject = instance_update::subject;

namespace {

/// The instance whose driver is being called on this thread: an answer that
/// comes at once needs no message.
thread_local const instance_state* calling = nullptr;

struct call_mark {
  explicit call_mark(const instance_state* state) { calling = state; }
  ~call_mark() { calling = nullptr; }
  call_mark(const call_mark&) = delete;
  call_mark& operator=(const call_mark&) = delete;
};

/// Turns a driver's calls, from whatever thread, into messages.
class instance_port : public step_port {
public:
  instance_port(instance_state* state, instance_actor to)
    : state_(state), to_(std::move(to)) {}

  void begun(ticket id, engine::duration after) override {
    if (after > engine::duration{0})
      caf::delayed_anon_send(to_, after, step_begun{id});
    else if (calling == state_ && state_->is_asking(id))
      state_->answers.emplace_back(engine::life::step_begun{id.request});
    else
      caf::anon_send(to_, step_begun{id});
  }

  void finished(ticket id, step_result result, engine::duration after) override {
    step_ended message{id, std::move(result)};
    if (after > engine::duration{0})
      caf::delayed_anon_send(to_, after, std::move(message));
    else if (calling == state_ && state_->is_asking(id))
      state_->answers.push_back(instance_state::to_event(message));
    else
      caf::anon_send(to_, std::move(message));
  }

  void inspected(ticket id, engine::action_fate fate, std::string error,
                 engine::duration after) override {
    step_inspected message{id, fate, std::move(error)};
    if (after > engine::duration{0})
      caf::delayed_anon_send(to_, after, std::move(message));
    else if (calling == state_ && state_->is_asking(id))
      state_->answers.emplace_back(engine::life::action_inspected{
        id.request, message.fate, std::move(message.error)});
    else
      caf::anon_send(to_, std::move(message));
  }

private:
  instance_state* state_; // only touched while it calls, so while it lives
  instance_actor to_;
};

} // namespace

void instance_state::start(const work_on_instance& w) {
  work = w;
  timers.clear();
  life.emplace(context->setup.lifecycle, w.instance, w.work);
  turn_at = now();
  if (w.recovers)
    life->recover({w.instance, w.known.attempt, w.known.known, w.work}, turn_at,
                  orders);
  else
    life->start(turn_at, orders);
  perform_all();
  end_turn(true);
}

engine::instant instance_state::now() const {
  return to_instant(self->clock().now());
}

void instance_state::feed(const engine::lifecycle_event& event) {
  if (!life)
    return;
  turn_at = now();
  life->apply(event, turn_at, orders);
  perform_all();
  end_turn(false);
}

/// Performs the orders, and those that follow from what is answered at once.
void instance_state::perform_all() {
  for (;;) {
    for (auto& order : orders)
      std::visit([this](auto& x) { perform(x); }, order);
    orders.clear();
    if (answers.empty())
      return;
    for (const auto& answer : answers)
      life->apply(answer, turn_at, orders);
    answers.clear();
  }
}

/// `always_report`: the shard waits for a word, even for none.
void instance_state::end_turn(bool always_report) {
  // Probes that are resumed in the turn that held them were never missed.
  if (std::exchange(hold, false) && !news.resume_probes && monitor)
    self->send(monitor, hold_probes{work.instance});
  if (always_report || news.resume_probes || !news.updates.empty()) {
    news.instance = work.instance;
    news.generation = work.generation;
    self->send(shard, std::exchange(news, {}));
  }
  wake_in_time();
}

/// Sends a reminder for the earliest timer, unless one under way comes before
/// it: reminders cannot be taken back, and most timers are never needed.
void instance_state::wake_in_time() {
  if (life->over())
    timers.clear();
  if (timers.empty())
    return;
  auto first = timers.front().at;
  for (const auto& t : timers)
    first = std::min(first, t.at);
  for (const auto at : reminders)
    if (at <= first)
      return;
  reminders.push_back(first);
  self->delayed_send(self, first - turn_at,
                     work_timer{first.time_since_epoch().count()});
}

void instance_state::take_due(engine::instant due) {
  std::erase(reminders, due);
  if (!life)
    return;
  turn_at = now();
  const auto split = std::stable_partition(timers.begin(), timers.end(),
                                           [&](const timer& t) { return t.at > due; });
  std::vector<timer> rung(split, timers.end());
  timers.erase(split, timers.end());
  std::stable_sort(rung.begin(), rung.end(),
                   [](const timer& a, const timer& b) { return a.at < b.at; });
  for (const auto& t : rung) {
    life->apply(engine::life::timer_fired{t.number}, turn_at, orders);
    perform_all();
  }
  end_turn(false);
}

step_request instance_state::request_for(std::uint32_t request, step_kind step,
                                         std::uint32_t attempt) const {
  const auto& options = context->setup.lifecycle;
  step_request result{ticket_for(request),
                      step,
                      engine::action_of(context->setup.rollout, work.work),
                      attempt,
                      work.work,
                      turn_at};
  if (step == step_kind::terminate_notification)
    result.not_before = options.terminate_delay.value_or(engine::duration{0});
  return result;
}

void instance_state::perform(const engine::order::run_step& order) {
  const auto& setup = context->setup;
  const auto request = request_for(order.request, order.step, order.attempt);
  asking = order.request;
  const call_mark mark(this);
  try {
    // One that has ended already has begun.
    if (setup.driver->start(request, port) && answers.empty())
      answers.emplace_back(engine::life::step_begun{order.request});
  } catch (const std::exception& e) {
    // Drivers are other people's code; one that throws has failed this step.
    answers.emplace_back(
      engine::life::step_finished{order.request, step_outcome::failed, e.what()});
  }
}

void instance_state::perform(const engine::order::inspect_action& order) {
  const auto request = request_for(order.request, step_kind::action, order.attempt);
  asking = order.request;
  const call_mark mark(this);
  try {
    if (!context->setup.driver->inspect(request, port))
      answers.emplace_back(engine::life::action_inspected{
        order.request, engine::action_fate::cannot_tell, {}});
  } catch (const std::exception& e) {
    answers.emplace_back(engine::life::action_inspected{
      order.request, engine::action_fate::unknown, e.what()});
  }
}

void instance_state::perform(const engine::order::withdraw_step& order) {
  context->setup.driver->withdraw(ticket_for(order.request));
}

void instance_state::perform(const engine::order::kill_step& order) {
  context->setup.driver->kill(ticket_for(order.request));
}

void instance_state::perform(const engine::order::hold_probes&) {
  hold = true;
}

void instance_state::perform(const engine::order::resume_probes& order) {
  news.resume_probes = monitor != nullptr;
  news.afresh = order.afresh;
  news.each = order.each;
}

void instance_state::perform(const engine::order::arm_timer& order) {
  timers.push_back({order.timer, order.at});
}

void instance_state::perform(const engine::order::report_step_started& order) {
  if (!context->setup.tell_steps)
    return;
  auto& update = report(subject::step_started);
  update.step = order.step;
  update.attempt = order.attempt;
}

void instance_state::perform(engine::order::report_step_finished& order) {
  if (!context->setup.tell_steps)
    return;
  auto& all = news.updates;
  if (!all.empty() && all.back().kind == subject::step_started)
    all.back().kind = subject::step_passed; // steps do not overlap
  else
    report(subject::step_finished);
  auto& update = all.back();
  update.step = order.step;
  update.attempt = order.attempt;
  update.outcome = order.outcome;
  update.text = std::move(order.error);
}

void instance_state::perform(engine::order::settle& order) {
  auto& update = report(subject::settled);
  update.reason = order.reason;
  update.action_failed = order.action_failed;
  update.action_begun = order.action_begun;
  update.text = std::move(order.message);
}

void instance_state::perform(const engine::order::release&) {
  report(subject::released);
}

instance_update& instance_state::report(subject kind) {
  auto& update = news.updates.emplace_back();
  update.kind = kind;
  update.instance = work.instance;
  return update;
}

ticket instance_state::ticket_for(std::uint32_t request) const {
  return {work.instance, work.generation, request};
}

bool instance_state::is_mine(const ticket& id) const {
  return id.instance == work.instance && id.generation == work.generation;
}

bool instance_state::is_asking(const ticket& id) const {
  return is_mine(id) && id.request == asking;
}

engine::lifecycle_event instance_state::to_event(step_ended& answer) {
  return engine::life::step_finished{answer.id.request, answer.result.outcome,
                                     std::move(answer.result.error)};
}

instance_actor::behavior_type instance_state::make_behavior() {
  using namespace engine;
  return {
    [this](const work_on_instance& w) { start(w); },
    [this](const health_update& m) {
      if (m.instance != work.instance || m.generation != work.generation)
        return;
      if (m.probed)
        feed(life::probe_answered{m.raw, m.health});
      else
        feed(life::health_changed{m.health});
    },
    [this](const step_begun& m) {
      if (is_mine(m.id))
        feed(life::step_begun{m.id.request});
    },
    [this](step_ended& m) {
      if (is_mine(m.id))
        feed(to_event(m));
    },
    [this](step_inspected& m) {
      if (is_mine(m.id))
        feed(life::action_inspected{m.id.request, m.fate, std::move(m.error)});
    },
    [this](const work_timer& m) { take_due(instant{duration{m.due}}); },
    [this](const abandon_work& m) { feed(life::abandoned{m.now}); },
    [this](const forget_instance& m) {
      if (m.instance == work.instance)
        feed(life::deleted{});
    },
  };
}

instance_shell::instance_shell(caf::actor_config& config, context_ptr context,
                               shard_actor shard, health_monitor_actor monitor)
  : super(config) {
  state_.emplace(this);
  state_->context = std::move(context);
  state_->shard = std::move(shard);
  state_->monitor = std::move(monitor);
}

void instance_shell::initialize() {
  super::initialize();
  setf(is_initialized_flag);
  state_->port = std::make_shared<instance_port>(
    &*state_, caf::actor_cast<instance_actor>(caf::strong_actor_ptr{ctrl()}));
  do_become(std::move(state_->make_behavior().unbox()), true);
}

} // namespace drydock::inline v1::actors
