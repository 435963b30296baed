// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/auditor.hpp"
#include "drydock/engine/rollout.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace drydock::testing {

using namespace engine;
using namespace std::chrono_literals;

/// What happens beside the work on instances.
enum class joint_weather {
  /// Nothing does, and answers about the budget are slow.
  slow,
  /// Instances fall ill, upgrades are cancelled, and answers come at once.
  storm,
};

class dice {
public:
  explicit dice(std::uint64_t seed) : random_(seed) {}
  std::uint32_t roll(std::uint32_t sides) {
    return static_cast<std::uint32_t>(random_() % sides);
  }

private:
  std::mt19937_64 random_;
};

inline rollout_options options_for(dice& d, std::uint32_t ceiling) {
  rollout_options o;
  o.action = apply_class::reimage;
  o.has_health = true;
  o.shared_budget = ceiling;
  constexpr upgrade_mode modes[] = {upgrade_mode::rolling, upgrade_mode::rolling,
                                    upgrade_mode::rolling, upgrade_mode::automatic,
                                    upgrade_mode::manual};
  o.policy.mode = modes[d.roll(5)];
  o.policy.max_parallel = d.roll(3);
  o.selected_all = true;
  auto& p = o.policy.rolling;
  p.max_batch_instance_percent = 20 + static_cast<int>(d.roll(80));
  p.max_unhealthy_instance_percent = 20 + static_cast<int>(d.roll(80));
  p.max_unhealthy_upgraded_instance_percent = static_cast<int>(d.roll(100));
  p.prioritize_unhealthy_instances = d.roll(2) == 0;
  p.ignore_unhealthy_before_start = d.roll(2) == 0;
  p.rollback = static_cast<rollback_scope>(d.roll(3));
  if (d.roll(3) == 0)
    p.batching = batching_mode::sliding;
  if (d.roll(3) == 0)
    p.pause_time_between_batches = 30s;
  o.hooks.before_batch = d.roll(4) == 0;
  return o;
}

/// One scale set: its machine, and the world around it.
struct joint_member {
  std::shared_ptr<const fleet> instances;
  std::unique_ptr<rollout> machine;
  std::unique_ptr<actors::auditor> auditor;
  std::map<instance_index, health_state> health;
  std::set<instance_index> in_hand;
  std::multimap<instant, std::uint32_t> timers;
  std::deque<input::budget_given> answers;
  std::vector<rollout_input> soon;
  std::uint32_t request = 0;
};

/// Two or three rollouts, the worlds around them, and the budget that they share. Who
/// is unavailable is counted from the events alone.
class joint_world {
public:
  joint_world(std::uint64_t seed, joint_weather w) : dice_(seed), weather_(w) {
    const auto sets = 2 + dice_.roll(2);
    ceiling_ = 1 + dice_.roll(5);
    budget_.emplace(ceiling_, sets);
    for (std::uint32_t s = 0; s < sets; ++s) {
      auto& x = members_.emplace_back();
      auto list = std::make_shared<fleet>(std::vector<std::string>{});
      const auto count = 1 + dice_.roll(12);
      for (std::uint32_t i = 0; i < count; ++i) {
        instance_spec spec;
        spec.id = std::to_string(s) + '-' + std::to_string(i);
        list->add(spec);
        x.health[i] = health_state::healthy;
      }
      x.instances = list;
      x.machine = std::make_unique<rollout>(options_for(dice_, ceiling_), list);
      x.auditor = std::make_unique<actors::auditor>(count, true);
    }
  }

  /// What was broken; empty: nothing.
  std::string run() {
    for (std::size_t s = 0; s < members_.size(); ++s)
      budget_->enter(s);
    for (std::size_t s = 0; s < members_.size(); ++s) {
      std::vector<rollout_input> first{input::started{}};
      for (const auto& [i, h] : members_[s].health)
        first.emplace_back(input::health_changed{i, h, {}});
      feed(s, std::move(first));
    }
    if (weather_ == joint_weather::storm)
      deliver_all();
    for (auto step = 0; step < 200 && broken_.empty(); ++step)
      happen();
    for (auto step = 0; step < 5000 && broken_.empty() && !all_over(); ++step)
      calm();
    if (broken_.empty() && !all_over())
      broken_ = "some upgrade never ends";
    return broken_;
  }

  [[nodiscard]] const std::string& transcript() const { return transcript_; }
  [[nodiscard]] bool was_crowded() const { return crowded_; }

private:
  [[nodiscard]] bool all_over() const {
    for (const auto& x : members_)
      if (!x.machine->finished())
        return false;
    return true;
  }

  [[nodiscard]] std::uint32_t unavailable() const {
    std::uint32_t sum = 0;
    for (const auto& x : members_)
      sum += x.auditor->counting() ? x.auditor->unavailable() : 0;
    return sum;
  }

  void happen() {
    const auto s = dice_.roll(static_cast<std::uint32_t>(members_.size()));
    auto& x = members_[s];
    switch (dice_.roll(weather_ == joint_weather::storm ? 12 : 8)) {
    case 0:
    case 1:
    case 2:
      settle(s, true);
      break;
    case 3:
      settle(s, dice_.roll(3) > 0);
      break;
    case 4:
    case 5:
      deliver(s);
      break;
    case 6:
      fire(s);
      break;
    case 7:
      if (dice_.roll(10) == 0)
        crash();
      break;
    case 8:
    case 9:
      flap(s);
      break;
    case 10:
      if (dice_.roll(20) == 0)
        feed(s, {input::cancel_requested{"dice", dice_.roll(2) == 0}});
      break;
    default:
      if (dice_.roll(4) == 0 && !x.machine->finished())
        feed(s, {input::instance_deleted{
                  dice_.roll(static_cast<std::uint32_t>(x.instances->size()))}});
      break;
    }
    if (weather_ == joint_weather::storm)
      deliver_all();
  }

  /// Everybody recovers, all work ends well, and time goes on.
  void calm() {
    deliver_all();
    for (std::size_t s = 0; s < members_.size(); ++s) {
      auto& x = members_[s];
      for (auto& [i, h] : x.health)
        if (h != health_state::healthy && !x.in_hand.contains(i)) {
          h = health_state::healthy;
          feed(s, {input::health_changed{i, h, {}}});
        }
      settle(s, true);
    }
    deliver_all();
    if (all_idle())
      for (std::size_t s = 0; s < members_.size(); ++s)
        fire(s);
  }

  [[nodiscard]] bool all_idle() const {
    for (const auto& x : members_)
      if (!x.in_hand.empty())
        return false;
    return true;
  }

  void settle(std::size_t s, bool well) {
    auto& x = members_[s];
    if (x.in_hand.empty())
      return;
    auto at = x.in_hand.begin();
    std::advance(at, dice_.roll(static_cast<std::uint32_t>(x.in_hand.size())));
    const auto i = *at;
    x.in_hand.erase(at);
    x.health[i] = well ? health_state::healthy : health_state::unhealthy;
    feed(s, {input::health_changed{i, x.health[i], {}},
             input::member_settled{
               i, well ? failure_reason::none : failure_reason::health_timeout, false,
               true, well ? "" : "broke"}});
  }

  void flap(std::size_t s) {
    auto& x = members_[s];
    const auto i = dice_.roll(static_cast<std::uint32_t>(x.instances->size()));
    if (x.in_hand.contains(i))
      return;
    auto& h = x.health[i];
    h = h == health_state::healthy ? health_state::unhealthy : health_state::healthy;
    feed(s, {input::health_changed{i, h, {}}});
  }

  void fire(std::size_t s) {
    auto& x = members_[s];
    if (x.timers.empty())
      return;
    const auto [at, timer] = *x.timers.begin();
    x.timers.erase(x.timers.begin());
    now_ = std::max(now_, at);
    feed(s, {input::timer_fired{timer}});
  }

  void deliver(std::size_t s) {
    auto& x = members_[s];
    if (x.answers.empty())
      return;
    auto answer = std::move(x.answers.front());
    x.answers.pop_front();
    feed(s, {std::move(answer)});
  }

  void deliver_all() {
    for (auto again = true; std::exchange(again, false);)
      for (std::size_t s = 0; s < members_.size(); ++s)
        while (!members_[s].answers.empty()) {
          deliver(s);
          again = true;
        }
  }

  /// The process dies, and another one takes everything up.
  void crash() {
    budget_.emplace(ceiling_, members_.size());
    for (std::size_t s = 0; s < members_.size(); ++s) {
      auto& x = members_[s];
      budget_->enter(s);
      x.answers.clear();
      x.timers.clear();
      if (!x.machine->finished())
        continue;
      budget_->report(s, x.auditor->unavailable(), 0, 0);
      budget_->leave(s);
    }
    for (std::size_t s = 0; s < members_.size(); ++s)
      feed(s, {input::resumed{}});
    for (std::size_t s = 0; s < members_.size(); ++s)
      for (const auto& [i, h] : members_[s].health)
        if (!members_[s].in_hand.contains(i))
          feed(s, {input::health_changed{i, h, {}}});
  }

  void feed(std::size_t s, std::vector<rollout_input> inputs) {
    auto& x = members_[s];
    while (!inputs.empty() && broken_.empty()) {
      if (x.machine->finished())
        return;
      std::vector<rollout_command> commands;
      x.machine->apply(inputs, now_, commands);
      inputs.clear();
      if (const auto why = x.machine->check_invariants(); !why.empty())
        broken_ = why;
      for (const auto& c : commands)
        perform(s, c, inputs);
    }
  }

  void perform(std::size_t s, const rollout_command& c,
               std::vector<rollout_input>& next) {
    auto& x = members_[s];
    if (const auto* p = std::get_if<command::publish>(&c)) {
      hear(s, p->event);
    } else if (const auto* start = std::get_if<command::start_members>(&c)) {
      transcript_ += std::to_string(s) + " starts";
      for (const auto i : start->instances)
        transcript_ += ' ' + std::to_string(i);
      transcript_ += '\n';
      x.in_hand.insert(start->instances.begin(), start->instances.end());
    } else if (const auto* timer = std::get_if<command::arm_timer>(&c)) {
      x.timers.emplace(timer->at, timer->timer);
    } else if (const auto* gone = std::get_if<command::drop_member>(&c)) {
      x.in_hand.erase(gone->instance);
    } else if (const auto* hook = std::get_if<command::run_hook>(&c)) {
      next.emplace_back(
        input::hook_finished{hook->request, step_outcome::succeeded, {}});
    } else if (const auto* cancel = std::get_if<command::cancel_members>(&c)) {
      if (cancel->now)
        for (const auto i : std::exchange(x.in_hand, {}))
          next.emplace_back(
            input::member_settled{i, failure_reason::cancelled, true, true, "cut"});
    } else if (const auto* ask = std::get_if<command::ask_budget>(&c)) {
      take_ask(s, *ask);
    }
  }

  /// A decision that makes more unavailable must leave the sum within the ceiling.
  void hear(std::size_t s, const upgrade_event& event) {
    const auto before = unavailable();
    const auto counted = members_[s].auditor->counting();
    members_[s].auditor->on_event(event);
    const auto decides = std::holds_alternative<told::batch_started>(event)
                         || std::holds_alternative<told::batch_extended>(event)
                         || std::holds_alternative<told::rollback_started>(event);
    const auto after = unavailable();
    if (const auto* wait = std::get_if<told::waiting>(&event))
      crowded_ = crowded_ || wait->reason == wait_reason::shared_budget;
    if (decides && counted && after > before && after > ceiling_)
      broken_ = "a decision makes " + std::to_string(after) + " unavailable, with a "
                + "ceiling of " + std::to_string(ceiling_);
    if (const auto* gone = std::get_if<told::instance_deleted>(&event))
      members_[s].health.erase(gone->instance);
  }

  void take_ask(std::size_t s, const command::ask_budget& ask) {
    auto& x = members_[s];
    std::vector<std::uint32_t> shares;
    for (std::size_t i = 0; i < members_.size(); ++i)
      shares.push_back(budget_->share(i));
    budget_->report(s, ask.unavailable, ask.kept, ask.wanted);
    x.request = ask.request;
    if (x.machine->finished())
      budget_->leave(s);
    transcript_ += std::to_string(s) + " asks " + std::to_string(ask.wanted) + '\n';
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const auto share = budget_->share(i);
      if (i == s || share != shares[i])
        members_[i].answers.push_back({members_[i].request, share, ceiling_, {}});
    }
  }

  dice dice_;
  joint_weather weather_;
  std::uint32_t ceiling_ = 1;
  std::optional<shared_budget> budget_;
  std::vector<joint_member> members_;
  instant now_{};
  std::string broken_, transcript_;
  bool crowded_ = false;
};

} // namespace drydock::testing
