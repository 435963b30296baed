// SPDX-License-Identifier: Apache-2.0
#include "recorded_upgrade.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::journal::testing {

using namespace engine;
using namespace std::chrono_literals;

recorded_upgrade::recorded_upgrade(header begun)
  : begun_(std::move(begun)), machine_(begun_.rollout, begun_.instances),
    health_(begun_.instances->size(), health_state::healthy) {}

void recorded_upgrade::run() {
  queue_ = also;
  std::vector<rollout_input> inputs{input::started{}};
  for (instance_index i = 0; i < health_.size(); ++i)
    inputs.emplace_back(input::health_changed{i, health_state::healthy, {}});
  apply({}, inputs);
  while (!queue_.empty() && !machine_.finished()) {
    const auto at = queue_.begin()->first;
    if (crash && at > *crash) {
      go_on(*crash + downtime);
      continue;
    }
    inputs.clear();
    for (; !queue_.empty() && queue_.begin()->first == at; queue_.erase(queue_.begin()))
      inputs.push_back(queue_.begin()->second);
    for (const auto& in : inputs)
      if (const auto* e = std::get_if<input::health_changed>(&in))
        health_[e->instance] = e->health;
    apply(at, inputs);
  }
}

/// What was armed and asked for is gone; health is seen again, member by member.
void recorded_upgrade::go_on(instant at) {
  crash.reset();
  queue_.clear();
  queue_ = also;
  queue_.erase(queue_.begin(), queue_.lower_bound(at));
  apply(at, {input::resumed{}});
  std::vector<rollout_input> inputs;
  for (instance_index i = 0; i < health_.size(); ++i)
    inputs.emplace_back(input::health_changed{i, health_[i], {}});
  apply(at + 1s, inputs);
}

void recorded_upgrade::apply(instant at, const std::vector<rollout_input>& inputs) {
  std::vector<rollout_command> commands;
  machine_.apply(inputs, at, commands);
  writer_.begin(at, 1'893'553'445'000'000 + at.time_since_epoch() / 1us, inputs);
  for (const auto& c : commands)
    if (const auto* p = std::get_if<command::publish>(&c))
      writer_.told(p->event);
  records_.emplace_back(writer_.finish(commands));
  for (const auto& c : commands) {
    if (const auto* start = std::get_if<command::start_members>(&c)) {
      for (const auto i : start->instances)
        work_on(i, at);
    } else if (const auto* again = std::get_if<command::recover_members>(&c)) {
      for (const auto& m : again->members)
        work_on(m.instance, at);
    } else if (const auto* timer = std::get_if<command::arm_timer>(&c)) {
      queue_.emplace(timer->at, input::timer_fired{timer->timer});
    }
  }
}

void recorded_upgrade::work_on(instance_index i, instant at) {
  const auto how = fate ? fate(i) : outcome{};
  const auto by_action = how.reason == failure_reason::action_failed;
  queue_.emplace(at,
                 input::step_started{{i, step_kind::action, begun_.rollout.action, 1}});
  queue_.emplace(at + how.work, input::health_changed{i, how.health, {}});
  queue_.emplace(
    at + how.work,
    input::member_settled{i, how.reason, by_action, true,
                          how.reason == failure_reason::none ? "" : "bad image"});
}

std::vector<turn> recorded_upgrade::turns() const {
  std::vector<turn> list;
  for (const auto& bytes : records_) {
    auto x = read_turn(bytes);
    list.push_back(std::get<turn>(std::move(x))); // throws where it is none
  }
  return list;
}

header rolling_header(std::uint32_t count, int batch_percent) {
  header x;
  x.scale_set = "web";
  x.upgrade_id = "web-1";
  x.rollout.policy.mode = upgrade_mode::rolling;
  x.rollout.policy.rolling.max_batch_instance_percent = batch_percent;
  x.rollout.action = apply_class::reimage;
  x.rollout.has_health = true;
  auto instances = std::make_shared<fleet>();
  for (std::uint32_t i = 0; i < count; ++i)
    instances->add({.id = "web-" + std::to_string(i)});
  x.instances = instances;
  return x;
}

} // namespace drydock::inline v1::journal::testing
