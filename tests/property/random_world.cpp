// SPDX-License-Identifier: Apache-2.0
// What happens in the world, by dice and then by itself.
#include "random_world.hpp"

#include "machine_fixture.hpp"

#include <algorithm>
#include <iterator>

namespace drydock::testing {

using namespace engine;
using namespace std::chrono_literals;

random_world::random_world(const scenario& s, weather w)
  : scenario_(s), weather_(w), machine_(s.options, s.instances),
    auditor_(s.instances->size(), s.options.has_health),
    known_(s.instances->positions()),
    suspended_(s.options.repairs && s.options.repairs->suspended),
    guards_(s.options.guards.size()) {
  const auto& o = s.options;
  const auto mode = o.policy.mode;
  for (instance_index i = 0; i < s.instances->size(); ++i) {
    known_[i].counts = true;
    const auto named = mode == upgrade_mode::manual
                       && std::binary_search(o.selected.begin(), o.selected.end(), i);
    const auto wanted = mode != upgrade_mode::manual || named || o.selected_all;
    const auto skips =
      mode == upgrade_mode::rolling && s.health[i].metrics.skip_upgrade;
    known_[i].takes_part = wanted && !skips && !o.keep && o.action != apply_class::none
                           && !s.instances->latest_model_applied(i)
                           && (named || !s.instances->protected_from_actions(i));
  }
}

std::string random_world::run() {
  begin();
  while (next_die_ < scenario_.dice.size() && !machine_.finished() && problem_.empty())
    happen();
  flush();
  calm_down();
  const auto at_the_end = machine_.report();
  if (machine_.finished() && at_the_end.progress.in_progress != 0)
    broken("the upgrade is over with instances in progress");
  if (machine_.finished() && auditor_.strays() > left_over_)
    broken("a replacement is left over");
  // Terminal is final, whatever still comes.
  for (int n = 0; n < 8 && problem_.empty() && machine_.finished(); ++n) {
    happen_in_storm(static_cast<std::uint32_t>(n));
    flush();
  }
  return problem_;
}

std::uint32_t random_world::roll(std::uint32_t sides) {
  return next_die_ < scenario_.dice.size() ? scenario_.dice[next_die_++] % sides : 0;
}

instance_index random_world::anyone() {
  return roll(static_cast<std::uint32_t>(known_.size()));
}

void random_world::begin() {
  queue(input::started{});
  if (roll(2) == 0)
    flush();
  for (instance_index i = 0; i < scenario_.health.size(); ++i) {
    known_[i].health = scenario_.health[i].health;
    queue(input::health_changed{i, known_[i].health, scenario_.health[i].metrics});
  }
  if (scenario_.kind || weather_ == weather::still)
    look_at_guards(true);
  flush();
}

void random_world::happen() {
  const auto what = roll(20);
  if (roll(6) == 0 && weather_ != weather::still)
    surroundings_happen();
  if (scenario_.options.repairs && roll(12) == 0)
    steer_repairs();
  if (weather_ == weather::wreck && roll(12) == 0) {
    die();
  } else if (weather_ == weather::wreck && roll(2) == 0 && see_one()) {
    return;
  } else if (weather_ == weather::storm || weather_ == weather::wreck) {
    happen_in_storm(what);
  } else if (what == 0 && weather_ == weather::fair) {
    recover_one();
  } else {
    settle_any(true);
  }
  // Several things may be told at once.
  if (roll(4) != 0)
    flush();
}

void random_world::happen_in_storm(std::uint32_t what) {
  switch (what) {
  case 0:
  case 1:
    settle_any(false);
    return;
  case 2:
    flap(anyone(), static_cast<health_state>(roll(4)));
    return;
  case 3:
    report_late();
    return;
  case 4:
    if (roll(3) == 0)
      erase(anyone());
    return;
  case 5:
    cancel_or_die();
    return;
  case 6:
    fire_next();
    return;
  case 7: // stale, foreign, or fired twice
    queue(input::timer_fired{roll(12) + (timers_.empty() ? 0 : 1'000'000)});
    return;
  case 8:
    queue(input::step_started{{anyone(), step_kind::action, apply_class::reimage, 1}});
    return;
  case 9: {
    const auto next = timers_.empty() ? now_ + 1min : timers_.begin()->first;
    now_ += (next - now_) / 2;
    return;
  }
  case 10:
    if (cancelled_ && !in_hand_.empty()) {
      const auto i = in_hand_[roll(static_cast<std::uint32_t>(in_hand_.size()))];
      if (deletes(known_[i].work) || known_[i].made)
        return; // those go to their end
      std::erase(in_hand_, i);
      known_[i].in_hand = false;
      queue(input::member_released{i});
    }
    return;
  case 11:
    recover_one();
    return;
  default:
    settle_any(true);
    return;
  }
}

void random_world::calm_down() {
  // Every round settles, heals or fires something; nothing comes back.
  auto rounds = 300 + 30 * known_.size() + timers_.size();
  while (!machine_.finished() && problem_.empty()) {
    if (rounds-- == 0) {
      broken("the upgrade does not end");
      return;
    }
    if (!in_hand_.empty())
      settle_any(true);
    else if (!surroundings_help() && !see_one()
             && (weather_ == weather::still || !recover_one()) && !fire_next()
             && !stop_keeping())
      broken("the upgrade stands still for good");
    flush();
  }
}

bool random_world::recover_one() {
  for (instance_index i = 0; i < known_.size(); ++i)
    if (known_[i].counts && !known_[i].gone && !known_[i].in_hand
        && known_[i].health != health_state::healthy) {
      flap(i, health_state::healthy);
      return true;
    }
  return false;
}

void random_world::settle_any(bool well) {
  if (!in_hand_.empty())
    settle(in_hand_[roll(static_cast<std::uint32_t>(in_hand_.size()))], well);
}

void random_world::settle(instance_index i, bool well) {
  std::erase(in_hand_, i);
  known_[i].in_hand = false;
  if (known_[i].work == work_kind::repair) {
    end_repair(i, well);
  } else if (well) {
    if (!deletes(known_[i].work))
      flap(i, health_state::healthy);
    known_[i].succeeded = true;
    queue(input::member_settled{i, failure_reason::none, false, true, {}});
  } else if (deletes(known_[i].work)) {
    fail_deletion(i);
  } else if (known_[i].work == work_kind::create && !known_[i].made && roll(2) == 0) {
    queue(
      input::member_settled{i, failure_reason::quota_short, true, true, "no quota"});
  } else {
    fail(i);
  }
}

void random_world::fail_deletion(instance_index i) {
  if (known_[i].work == work_kind::discard)
    ++left_over_;
  queue(
    input::member_settled{i, failure_reason::action_failed, true, true, "it stays"});
}

void random_world::fail(instance_index i) {
  constexpr failure_reason reasons[] = {
    failure_reason::action_failed, failure_reason::action_timed_out,
    failure_reason::hook_failed, failure_reason::health_timeout};
  const auto reason = cancelled_ ? failure_reason::cancelled : reasons[roll(4)];
  const auto by_action = reason == failure_reason::action_failed
                         || reason == failure_reason::action_timed_out;
  if (reason == failure_reason::health_timeout)
    flap(i, static_cast<health_state>(roll(2) * 2)); // initializing or unhealthy
  known_[i].failed = true;
  queue(input::member_settled{i, reason, by_action,
                              by_action || reason == failure_reason::health_timeout
                                || known_[i].made || roll(2) == 0,
                              "it broke"});
}

custom_metrics random_world::metrics_of(instance_index i) const {
  return i < scenario_.health.size() ? scenario_.health[i].metrics : custom_metrics{};
}

void random_world::flap(instance_index i, health_state to) {
  known_[i].health = to;
  known_[i].made = known_[i].made || known_[i].work == work_kind::create;
  unseen_.erase(i);
  queue(input::health_changed{i, to, metrics_of(i)});
}

void random_world::erase(instance_index i) {
  if (scenario_.instances->is_beyond(i) && !known_[i].counts && !known_[i].in_hand)
    return; // nobody is there
  known_[i].gone = true;
  unseen_.erase(i);
  queue(input::instance_deleted{i});
  std::erase(in_hand_, i);
  known_[i].in_hand = false;
}

void random_world::report_late() {
  const auto i = anyone();
  if (known_[i].in_hand)
    return;
  if (roll(2) == 0)
    queue(input::member_released{i});
  else
    queue(input::member_settled{i, static_cast<failure_reason>(roll(3)), roll(2) == 0,
                                roll(2) == 0, "late"});
}

void random_world::cancel_or_die() {
  const auto what = roll(40);
  if (what == 0) {
    queue(input::internal_error{"a part died"});
    left_over_ = static_cast<std::uint32_t>(known_.size());
  }
  if (what != 1 && what != 2)
    return;
  cancelled_ = true;
  queue(input::cancel_requested{"dice", what == 1});
}

bool random_world::fire_next() {
  if (timers_.empty())
    return false;
  const auto next = timers_.begin();
  now_ = std::max(now_, next->first);
  queue(input::timer_fired{next->second});
  timers_.erase(next);
  return true;
}

/// The process that runs the upgrade ends, before or after it has done what it wrote
/// down last, and another one goes on.
void random_world::die() {
  if (roll(2) == 0) {
    dying_ = true;
    flush();
    dying_ = false;
  }
  forget_unheard();
  timers_.clear();
  hook_ = 0;
  std::fill(guards_.begin(), guards_.end(), guard_state::unknown);
  now_ += std::chrono::seconds(roll(120));
  rebuild();
  if (!machine_.running())
    return;
  if (scenario_.options.has_health)
    for (instance_index i = 0; i < known_.size(); ++i)
      if ((known_[i].counts || known_[i].goes) && !known_[i].gone)
        unseen_.insert(i);
  // What is still to be told was asked for elsewhere, and is not lost.
  inputs_.insert(inputs_.begin(), input::resumed{});
  flush();
}

/// What happened and was not heard is not known to anybody.
void random_world::forget_unheard() {
  std::erase_if(inputs_, [](const rollout_input& in) {
    return !std::holds_alternative<input::cancel_requested>(in)
           && !std::holds_alternative<input::approval>(in)
           && !std::holds_alternative<input::stop_keeping>(in)
           && !std::holds_alternative<input::repairs_suspended>(in)
           && !std::holds_alternative<input::repairs_resumed>(in)
           && !std::holds_alternative<input::instance_deleted>(in);
  });
}

/// A machine made of the journal alone.
void random_world::rebuild() {
  rollout again(scenario_.options, scenario_.instances);
  std::vector<rollout_command> ignored;
  for (const auto& [at, what] : history_)
    again.apply(what, at, ignored);
  if (again.progress() != machine_.progress()
      || again.finished() != machine_.finished())
    broken("the journal gives another upgrade");
  machine_ = std::move(again);
}

/// The process at hand sees the health of one more instance.
bool random_world::see_one() {
  for (const auto i : unseen_)
    if (!known_[i].gone && known_[i].health != health_state::initializing) {
      flap(i, known_[i].health);
      return true;
    }
  return false;
}

void random_world::queue(rollout_input in) {
  inputs_.push_back(std::move(in));
}

void random_world::flush() {
  if (inputs_.empty())
    return;
  const auto was_finished = machine_.finished();
  std::vector<rollout_command> commands;
  machine_.apply(inputs_, now_, commands);
  if (witness_)
    witness_(now_, inputs_, commands);
  history_.emplace_back(now_, std::move(inputs_));
  inputs_.clear();
  if (was_finished && !commands.empty())
    broken("something was ordered after the end");
  for (const auto& c : commands)
    perform(c);
  judge_state();
}

} // namespace drydock::testing
