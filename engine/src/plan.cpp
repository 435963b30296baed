// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/plan.hpp"

#include "drydock/engine/rollout.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace drydock::inline v1::engine {

namespace {

/// Plays the world around a rollout machine: members succeed at once, timers
/// fire in order, health changes as expected and in no other way.
class rehearsed_world : private command_sink {
public:
  rehearsed_world(const rollout_options& options,
                  std::shared_ptr<const fleet> instances,
                  std::span<const expected_health> health, duration work)
    : instances_(std::move(instances)), has_health_(options.has_health),
      shared_budget_(options.shared_budget), work_(work),
      machine_(options, instances_) {
    plan_.mode = options.policy.mode;
    plan_.action = options.action;
    plan_.terminate_delay = options.terminate_delay;
    for (const auto& x : health)
      if (x.health != health_state::healthy)
        ill_[x.instance] = x.health;
    queue_start(health, static_cast<std::uint32_t>(options.guards.size()));
  }

  upgrade_plan run() {
    for (instance_index i = 0; i < instances_->size(); ++i)
      if (plan_.action == apply_class::none || instances_->latest_model_applied(i))
        plan_.up_to_date.push_back(i);
    while (!machine_.finished()) {
      step();
      if (inputs_.empty() && later_.empty() && !machine_.finished())
        note_stand_still(); // only a rolling upgrade has a deadline
      if (plan_.blocked)
        break;
    }
    plan_.left_pending = machine_.report().progress.pending;
    return std::move(plan_);
  }

private:
  void queue_start(std::span<const expected_health> health, std::uint32_t guards) {
    inputs_.push_back(input::started{});
    for (std::uint32_t g = 0; g < guards; ++g)
      inputs_.emplace_back(input::guard_reported{g, guard_state::holds, {}});
    if (!has_health_)
      return;
    auto next = health.begin();
    for (instance_index i = 0; i < instances_->size(); ++i) {
      input::health_changed e{i, health_state::healthy, {}};
      if (next != health.end() && next->instance == i) {
        e.health = next->health;
        e.metrics = next->metrics;
        if (next->changes_after)
          later_[now_ + *next->changes_after].emplace_back(
            input::health_changed{i, next->then, next->metrics});
        if (next->heals_after)
          later_[now_ + *next->heals_after].emplace_back(
            input::health_changed{i, health_state::healthy, next->metrics});
        ++next;
      }
      inputs_.emplace_back(e);
    }
  }

  void step() {
    if (inputs_.empty())
      now_ = later_.begin()->first;
    // What happens at one instant is known before the next decision.
    for (auto at = later_.begin(); at != later_.end() && at->first <= now_;
         at = later_.erase(at)) {
      if (inputs_.empty())
        inputs_ = std::move(at->second);
      else
        std::move(at->second.begin(), at->second.end(), std::back_inserter(inputs_));
    }
    for (const auto& in : inputs_)
      if (const auto* e = std::get_if<input::health_changed>(&in))
        note_health(*e);
    const auto inputs = std::exchange(inputs_, {}); // commands bring new ones
    machine_.apply(inputs, now_, *this);
  }

  void take(rollout_command&& command) override {
    std::visit([&](auto& x) { perform(x); }, command);
  }

  void note_health(const input::health_changed& e) {
    if (e.health == health_state::healthy)
      ill_.erase(e.instance);
    else
      ill_[e.instance] = e.health;
  }

  void perform(const command::start_members& c) {
    auto& done = later_[deletes(c.work) ? now_ : now_ + work_];
    done.reserve(done.size() + c.instances.size() * (has_health_ ? 2 : 1));
    for (const auto i : c.instances) {
      if (has_health_ && !deletes(c.work))
        done.emplace_back(input::health_changed{i, health_state::healthy, {}});
      done.emplace_back(
        input::member_settled{i, failure_reason::none, false, true, {}});
    }
  }
  void perform(const command::recover_members&) {} // a plan has no past
  void perform(const command::cancel_members&) {}
  void perform(const command::drop_member&) {}
  void perform(const command::arm_timer& c) {
    later_[c.at].emplace_back(input::timer_fired{c.timer});
  }
  void perform(const command::run_hook& c) {
    inputs_.emplace_back(input::hook_finished{c.request, step_outcome::succeeded, {}});
  }
  void perform(const command::end_hook&) {}
  void perform(const command::ask_approval&) {} // as if a person were asked
  void perform(const command::publish& c) {
    if (const auto* skip = std::get_if<told::instance_skipped>(&c.event))
      plan_.skipped.push_back({skip->instance, skip->reason});
    else if (const auto* batch = std::get_if<told::batch_started>(&c.event))
      plan_.batches.push_back(*batch);
    else if (const auto* more = std::get_if<told::batch_extended>(&c.event))
      plan_.batches.back().instances.insert(plan_.batches.back().instances.end(),
                                            more->instances.begin(),
                                            more->instances.end());
    else if (const auto* stop = std::get_if<told::checkpoint_reached>(&c.event))
      plan_.checkpoints.push_back({{stop->percent, stop->bake, stop->approval},
                                   static_cast<std::uint32_t>(plan_.batches.size())});
    else if (const auto* wait = std::get_if<told::waiting>(&c.event);
             wait != nullptr && wait->reason == wait_reason::checkpoint_approval)
      inputs_.emplace_back(input::approval{"plan", true, {}, wait->question});
    else if (const auto* scaling = std::get_if<told::scaling_started>(&c.event))
      plan_.scaling = *scaling;
    else if (const auto* end = std::get_if<told::upgrade_finished>(&c.event))
      note_end(*end);
  }
  void perform(const command::finish&) {}
  void perform(const command::ask_budget& c) { // as if no other set wanted any of it
    inputs_.emplace_back(
      input::budget_given{c.request,
                          std::min(c.wanted, std::max(c.kept, shared_budget_)),
                          shared_budget_,
                          {}});
  }

  void note_end(const told::upgrade_finished& end) {
    if (end.status != upgrade_status::faulted)
      return;
    upgrade_plan::obstacle obstacle{end.error.code, end.error.message, {}};
    for (const auto& [i, health] : ill_)
      obstacle.instances.push_back(i);
    plan_.blocked = std::move(obstacle);
  }

  void note_stand_still() {
    upgrade_plan::obstacle obstacle{
      "RollingUpgradeTimeoutError",
      "the upgrade would not begin: it waits until the health of every instance is "
      "settled; mend those that are initializing",
      {}};
    for (const auto& [i, health] : ill_)
      if (health == health_state::initializing)
        obstacle.instances.push_back(i);
    plan_.blocked = std::move(obstacle);
  }

  std::shared_ptr<const fleet> instances_;
  bool has_health_;
  std::uint32_t shared_budget_;
  duration work_;
  rollout machine_;
  upgrade_plan plan_;
  instant now_{};
  std::vector<rollout_input> inputs_;
  std::map<instant, std::vector<rollout_input>> later_;
  std::map<instance_index, health_state> ill_;
};

} // namespace

upgrade_plan make_plan(const rollout_options& options,
                       std::shared_ptr<const fleet> instances,
                       std::span<const expected_health> health, duration work) {
  return rehearsed_world(options, std::move(instances), health, work).run();
}

} // namespace drydock::inline v1::engine
