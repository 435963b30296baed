// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/what_if.hpp"

#include "aftermath.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace drydock::inline v1::journal {

using namespace engine;

namespace {

template <class Input>
bool has(const turn& x) {
  return std::any_of(x.inputs.begin(), x.inputs.end(), [](const rollout_input& in) {
    return std::holds_alternative<Input>(in);
  });
}

rollout_options with_policy(rollout_options options, const rolling_policy& other) {
  options.policy.rolling = other;
  return options;
}

bool outcomes_depend(const rolling_policy& a, const rolling_policy& b) {
  return a.min_ready != b.min_ready || a.health_timeout != b.health_timeout
         || a.max_surge != b.max_surge;
}

} // namespace

/// Both policies side by side, until they part.
struct policy_trial::state {
  struct timer {
    instant at{};
    bool shared = false; // the recorded upgrade has the same
  };

  std::shared_ptr<const fleet> instances;
  watched_rollout recorded, other;
  start_list recorded_begun, other_begun;
  std::map<std::uint32_t, timer> timers; // of the other policy
  std::optional<aftermath> after;
  policy_comparison result;
  std::uint64_t turns = 0;
  // Of each instance, as it was last seen, and whether that was since the last resume.
  std::vector<health_state> health;
  std::vector<bool> unseen;

  state(const header& begun, const rolling_policy& policy)
    : instances(begun.instances), recorded(begun.rollout, begun.instances),
      other(with_policy(begun.rollout, policy), begun.instances),
      recorded_begun(begun.instances->positions()),
      other_begun(begun.instances->positions()), health(begun.instances->positions()),
      unseen(begun.instances->positions()) {
    result.outcomes_assumed = outcomes_depend(begun.rollout.policy.rolling, policy);
  }

  void take(const turn& x);
  void follow(const turn& x);
  bool fire_own_before(instant at);
  void note_health(const turn& x);
  [[nodiscard]] std::vector<rollout_input> heard_by_other(const turn& x);
  void note_other(instant at, bool together);
  [[nodiscard]] std::string text_at(const watched_rollout& who, std::size_t n) const;
  void part(instant at, std::size_t n, bool recorded_was_asked);
};

void policy_trial::state::take(const turn& x) {
  ++turns;
  if (after) {
    follow(x);
    return;
  }
  if (has<input::resumed>(x)) {
    timers.clear(); // they ended with the process that had armed them
  } else if (!fire_own_before(x.at)) {
    follow(x);
    return;
  }
  note_health(x);
  const auto inputs = heard_by_other(x);
  recorded.step(x.inputs, x.at);
  other.step(inputs, x.at);
  recorded_begun.note(recorded.begun(), x.at);
  note_other(x.at, true);
  const auto& a = recorded.decisions();
  const auto& b = other.decisions();
  const auto [p, q] =
    std::mismatch(a.begin(), a.end(), b.begin(), b.end(), same_decision);
  if (p != a.end() || q != b.end())
    part(x.at, static_cast<std::size_t>(p - a.begin()), true);
}

void policy_trial::state::follow(const turn& x) {
  after->hear(x, recorded_begun);
  recorded.step(x.inputs, x.at);
  recorded_begun.note(recorded.begun(), x.at);
  after->undo(recorded.undone());
}

/// Timers that the other policy alone has armed, and that are due before the next
/// turn. False: one of them made it part.
bool policy_trial::state::fire_own_before(instant at) {
  while (true) {
    const auto next =
      std::min_element(timers.begin(), timers.end(), [](const auto& a, const auto& b) {
        return std::pair(a.second.shared, a.second.at)
               < std::pair(b.second.shared, b.second.at);
      });
    if (next == timers.end() || next->second.shared || next->second.at >= at)
      return true;
    const auto due = next->second.at;
    const rollout_input fired = input::timer_fired{next->first};
    timers.erase(next);
    other.step(std::span(&fired, 1), due);
    note_other(due, false);
    if (other.decisions().empty())
      continue;
    part(due, 0, false);
    return false;
  }
}

void policy_trial::state::note_health(const turn& x) {
  for (const auto& in : x.inputs) {
    if (std::holds_alternative<input::resumed>(in)) {
      unseen.assign(unseen.size(), true);
    } else if (const auto* e = std::get_if<input::health_changed>(&in)) {
      if (e->instance < health.size()) {
        health[e->instance] = e->health;
        if (e->instance < unseen.size())
          unseen[e->instance] = false;
      }
    }
  }
}

/// The same, but for timers: its own, and those that are armed by both.
std::vector<rollout_input> policy_trial::state::heard_by_other(const turn& x) {
  std::vector<rollout_input> inputs;
  inputs.reserve(x.inputs.size());
  for (const auto& in : x.inputs) {
    if (const auto* fired = std::get_if<input::timer_fired>(&in)) {
      // One that it never armed is stale to it, as all such are.
      const auto mine = timers.find(fired->timer);
      if (mine != timers.end() && !mine->second.shared)
        continue;
      timers.erase(fired->timer);
    }
    inputs.push_back(in);
  }
  for (auto i = timers.begin(); i != timers.end();)
    if (!i->second.shared && i->second.at == x.at) {
      inputs.emplace_back(input::timer_fired{i->first});
      i = timers.erase(i);
    } else {
      ++i;
    }
  return inputs;
}

void policy_trial::state::note_other(instant at, bool together) {
  other_begun.note(other.begun(), at);
  for (const auto& mine : other.armed()) {
    const auto& theirs = recorded.armed();
    const auto shared =
      together && std::any_of(theirs.begin(), theirs.end(), [&](const auto& x) {
        return x.timer == mine.timer && x.at == mine.at;
      });
    timers[mine.timer] = {mine.at, shared};
  }
}

std::string policy_trial::state::text_at(const watched_rollout& who,
                                         std::size_t n) const {
  if (n < who.decisions().size())
    return decision_text(who.decisions()[n], *instances);
  return who.waiting() ? decision_text(*who.waiting(), *instances)
                       : "nothing is decided yet";
}

void policy_trial::state::part(instant at, std::size_t n, bool recorded_was_asked) {
  // Its decisions are still those of the turn before where it was not asked.
  const auto past_all = recorded.decisions().size();
  result.first = {turns, at, text_at(recorded, recorded_was_asked ? n : past_all),
                  text_at(other, n)};
  timer_map waiting;
  for (const auto& [id, t] : timers)
    waiting.emplace(t.at, id);
  after.emplace(std::move(other), std::move(waiting), std::move(other_begun), at);
  for (instance_index i = 0; i < unseen.size(); ++i)
    if (unseen[i])
      after->assume(i, health[i], at);
}

policy_trial::policy_trial(const header& begun, const rolling_policy& other)
  : state_(std::make_unique<state>(begun, other)) {}
policy_trial::~policy_trial() = default;
policy_trial::policy_trial(policy_trial&&) noexcept = default;
policy_trial& policy_trial::operator=(policy_trial&&) noexcept = default;

void policy_trial::take(const turn& x) {
  state_->take(x);
}

policy_comparison policy_trial::finish() {
  auto& result = state_->result;
  result.recorded = state_->recorded.course();
  if (!state_->recorded.over())
    result.recorded.reason = "the record ends before the upgrade does";
  result.other = state_->after ? state_->after->run() : result.recorded;
  return std::move(result);
}

} // namespace drydock::inline v1::journal
