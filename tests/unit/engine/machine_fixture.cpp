// SPDX-License-Identifier: Apache-2.0
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace drydock::inline v1::engine::testing {

std::shared_ptr<const fleet> make_fleet(const fleet_shape& shape) {
  std::vector<std::string> zones;
  for (std::uint32_t z = 1; z <= shape.zones; ++z)
    zones.push_back(std::to_string(z));
  const auto zone_count = std::max<std::uint32_t>(shape.zones, 1);
  const auto has = [](const std::vector<instance_index>& list, instance_index i) {
    return std::find(list.begin(), list.end(), i) != list.end();
  };
  auto result = std::make_shared<fleet>(zones);
  for (instance_index i = 0; i < shape.count; ++i) {
    instance_spec spec;
    spec.id = "web-" + std::to_string(i);
    if (shape.zones > 0)
      spec.zone = zones[i % zone_count];
    if (shape.update_domains > 0)
      spec.update_domain = i / zone_count % shape.update_domains;
    spec.protect_from_scale_set_actions = has(shape.is_protected, i);
    spec.protect_from_scale_in = has(shape.kept, i);
    spec.latest_model_applied = has(shape.up_to_date, i);
    result->add(spec);
  }
  if (shape.replacements) {
    std::vector<instance_spec> next(shape.count);
    for (instance_index i = 0; i < shape.count; ++i)
      next[i].id = "web-" + std::to_string(shape.count + i);
    result->add_replacements(next);
  }
  for (std::uint32_t n = 0; n < shape.arrivals; ++n) {
    instance_spec spec;
    spec.id = "web-" + std::to_string(result->positions());
    if (shape.zones > 0)
      spec.zone = zones[n % zone_count];
    result->add_arrival(spec);
  }
  return result;
}

rollout_options rolling_options() {
  rollout_options options;
  options.policy.mode = upgrade_mode::rolling;
  options.action = apply_class::reimage;
  options.has_health = true;
  return options;
}

rollout_options rolling_options(int batch_percent, int unhealthy_percent) {
  auto options = rolling_options();
  options.policy.rolling.max_batch_instance_percent = batch_percent;
  options.policy.rolling.max_unhealthy_instance_percent = unhealthy_percent;
  return options;
}

rollout_options plain_options(upgrade_mode mode) {
  rollout_options options;
  options.policy.mode = mode;
  options.action = apply_class::reimage;
  return options;
}

driven_rollout::driven_rollout(rollout_options options, const fleet_shape& shape)
  : fleet_(make_fleet(shape)), machine_(std::move(options), fleet_) {}

void driven_rollout::feed(std::vector<rollout_input> inputs) {
  std::vector<rollout_command> commands;
  for (const auto& in : inputs) {
    if (const auto* settled = std::get_if<input::member_settled>(&in))
      drop(settled->instance);
    else if (const auto* released = std::get_if<input::member_released>(&in))
      drop(released->instance);
  }
  const auto was_finished = machine_.finished();
  machine_.apply(inputs, now_, commands);
  if (witness_)
    witness_(now_, inputs, commands);
  CHECK(machine_.check_invariants() == "");
  CHECK((!was_finished || commands.empty()));
  for (const auto& c : commands)
    perform(c);
}

namespace {

std::string name_of_batch(work_kind x) {
  constexpr const char* names[] = {"", "undo", "make", "remove", "discard", "repair"};
  return names[static_cast<std::size_t>(x)];
}

} // namespace

void driven_rollout::perform(const rollout_command& c) {
  if (const auto* start = std::get_if<command::start_members>(&c)) {
    batches_ += name_of_batch(start->work) + print(start->instances);
    in_hand_.insert(in_hand_.end(), start->instances.begin(), start->instances.end());
  } else if (const auto* gone = std::get_if<command::drop_member>(&c)) {
    drop(gone->instance);
  } else if (const auto* timer = std::get_if<command::arm_timer>(&c)) {
    timers_.emplace_back(timer->at, timer->timer);
    return;
  } else if (const auto* p = std::get_if<command::publish>(&c)) {
    events_.push_back(p->event);
    if (std::holds_alternative<told::health_changed>(p->event)
        || std::holds_alternative<told::upgrade_started>(p->event))
      return;
  }
  said_ += print(c) + '\n';
}

void driven_rollout::drop(instance_index i) {
  std::erase(in_hand_, i);
}

void driven_rollout::start(const health_map& health, const metrics_map& metrics) {
  std::vector<rollout_input> inputs{input::started{}};
  for (instance_index i = 0; i < fleet_->size(); ++i) {
    const auto state = health.find(i);
    const auto told = metrics.find(i);
    inputs.emplace_back(input::health_changed{
      i, state == health.end() ? health_state::healthy : state->second,
      told == metrics.end() ? custom_metrics{} : told->second});
  }
  feed(std::move(inputs));
}

void driven_rollout::health(instance_index i, health_state state,
                            custom_metrics metrics) {
  feed(input::health_changed{i, state, metrics});
}

void driven_rollout::succeed(std::initializer_list<instance_index> members) {
  std::vector<rollout_input> inputs;
  for (const auto i : members) {
    inputs.emplace_back(input::health_changed{i, health_state::healthy, {}});
    inputs.emplace_back(
      input::member_settled{i, failure_reason::none, false, true, {}});
  }
  feed(std::move(inputs));
}

std::size_t driven_rollout::succeed_all() {
  const auto members = in_hand_;
  for (const auto i : members)
    succeed({i});
  return members.size();
}

void driven_rollout::fail(instance_index i, failure_reason reason) {
  const auto by_action = reason == failure_reason::action_failed
                         || reason == failure_reason::action_timed_out
                         || reason == failure_reason::cancelled;
  feed(input::member_settled{i, reason, by_action,
                             reason != failure_reason::hook_failed, "it broke"});
}

void driven_rollout::cancel(bool now) {
  feed(input::cancel_requested{"test", now});
}

void driven_rollout::advance_to(instant at) {
  while (true) {
    const auto next = std::min_element(timers_.begin(), timers_.end());
    if (next == timers_.end() || next->first > at)
      break;
    now_ = next->first;
    const auto timer = next->second;
    timers_.erase(next);
    feed(input::timer_fired{timer});
  }
  now_ = at;
}

std::string driven_rollout::outcome() const {
  const auto report = machine_.report();
  auto text = std::string(to_string(report.status)) + ' ' + print(report.progress);
  return report.error.code.empty() ? text : text + ' ' + report.error.code;
}

} // namespace drydock::inline v1::engine::testing
