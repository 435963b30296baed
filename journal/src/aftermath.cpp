// SPDX-License-Identifier: Apache-2.0
#include "aftermath.hpp"

#include "drydock/journal/text.hpp"

#include <algorithm>
#include <numeric>

namespace drydock::inline v1::journal {

using namespace engine;

void aftermath::assume(instance_index i, health_state health, instant at) {
  words_.push_back(
    {i, false, at.time_since_epoch(), input::health_changed{i, health, {}}});
}

void aftermath::hear(const turn& x, const start_list& recorded) {
  if (closed_)
    return;
  record_end_ = x.at;
  for (const auto& in : x.inputs) {
    if (const auto* health = std::get_if<input::health_changed>(&in)) {
      add(health->instance, x.at, recorded, in);
    } else if (const auto* settled = std::get_if<input::member_settled>(&in)) {
      add(settled->instance, x.at, recorded, in);
    } else if (const auto* gone = std::get_if<input::instance_deleted>(&in)) {
      words_.push_back({gone->instance, false, x.at.time_since_epoch(), in});
    } else if (std::holds_alternative<input::cancel_requested>(in)
               || std::holds_alternative<input::internal_error>(in)) {
      closed_ = x.at;
      return;
    }
  }
}

void aftermath::add(instance_index i, instant at, const start_list& recorded,
                    const rollout_input& in) {
  if (i < undone_.size() && undone_[i])
    return;
  const auto of_work = recorded.has(i);
  words_.push_back(
    {i, of_work, of_work ? at - recorded.at(i) : at.time_since_epoch(), in});
}

void aftermath::undo(std::span<const instance_index> members) {
  for (const auto i : members) {
    if (undone_.size() <= i)
      undone_.resize(std::size_t{i} + 1);
    undone_[i] = true;
  }
}

void aftermath::prepare() {
  for (std::size_t n = 0; n < words_.size(); ++n)
    if (words_[n].of_work)
      of_work_.push_back(n);
    else
      queue_.push({instant(words_[n].when), n});
  std::stable_sort(of_work_.begin(), of_work_.end(), [&](std::size_t a, std::size_t b) {
    return words_[a].instance < words_[b].instance;
  });
  for (auto n = of_work_.begin(); n != of_work_.end();) {
    const auto i = words_[*n].instance;
    if (begun_.has(i))
      schedule(i);
    n = std::find_if(n, of_work_.end(),
                     [&](std::size_t other) { return words_[other].instance != i; });
  }
}

void aftermath::schedule(instance_index i) {
  // An upgrade and its undoing, and repairs: past that the same few words would be
  // taken for an answer again and again, and the guess would never end.
  constexpr std::uint8_t answers_max = 8;
  if (answers_.size() <= i)
    answers_.resize(std::size_t{i} + 1);
  if (answers_[i] == answers_max)
    return;
  ++answers_[i];
  auto n = std::lower_bound(
    of_work_.begin(), of_work_.end(), i,
    [&](std::size_t one, instance_index x) { return words_[one].instance < x; });
  for (; n != of_work_.end() && words_[*n].instance == i; ++n)
    queue_.push({begun_.at(i) + words_[*n].when, *n});
}

std::optional<instant> aftermath::next() const {
  if (queue_.empty() && timers_.empty())
    return std::nullopt;
  if (queue_.empty())
    return timers_.begin()->first;
  return timers_.empty() ? queue_.top().at
                         : std::min(queue_.top().at, timers_.begin()->first);
}

void aftermath::gather(instant at, std::vector<rollout_input>& inputs) {
  for (; !queue_.empty() && queue_.top().at == at; queue_.pop()) {
    const auto& heard = words_[queue_.top().word];
    // What it did untouched means nothing once it is touched; being gone does.
    if (heard.of_work || !begun_.has(heard.instance)
        || std::holds_alternative<input::instance_deleted>(heard.what))
      inputs.push_back(heard.what);
  }
  while (!timers_.empty() && timers_.begin()->first == at) {
    inputs.emplace_back(input::timer_fired{timers_.begin()->second});
    timers_.erase(timers_.begin());
  }
}

void aftermath::advance(std::span<const rollout_input> inputs, instant at) {
  other_.step(inputs, at);
  for (const auto& timer : other_.armed())
    timers_.emplace(timer.at, timer.timer);
  begun_.note(other_.begun(), at);
  for (const auto i : other_.begun())
    schedule(i);
}

/// Hooks succeed at once, and whoever is asked lets it go on.
void aftermath::answer(instant at) {
  constexpr auto rounds_max = 1000; // each checkpoint may ask, and each batch has hooks
  for (auto round = 0; !other_.over() && round < rounds_max; ++round) {
    rollout_input said;
    if (const auto hook = other_.hook())
      said = input::hook_finished{*hook, step_outcome::succeeded, {}};
    else if (other_.asks())
      said = input::approval{"the guess", true, {}, 0};
    else
      return;
    advance(std::span(&said, 1), at);
  }
}

policy_course aftermath::run() {
  prepare();
  answer(parted_);
  std::vector<rollout_input> inputs;
  auto last = other_.course().at;
  // A repair whose end nobody tells puts the deadline off again and again.
  constexpr auto in_vain_max = 100;
  auto in_vain = 0;
  while (!other_.over() && in_vain < in_vain_max) {
    const auto at = next();
    if (!at || (closed_ && *at >= *closed_))
      break;
    inputs.clear();
    gather(*at, inputs);
    if (inputs.empty()) // words of those that it has touched already
      continue;
    advance(inputs, *at);
    // A timer that nobody waits for any more says nothing.
    const auto only_timers =
      std::all_of(inputs.begin(), inputs.end(), [](const rollout_input& in) {
        return std::holds_alternative<input::timer_fired>(in);
      });
    const auto comes_of_it = !only_timers || !other_.decisions().empty();
    answer(*at);
    in_vain = comes_of_it ? 0 : in_vain + 1;
    if (comes_of_it)
      last = *at;
  }
  auto course = other_.course();
  const auto late_deadline =
    course.code == "RollingUpgradeTimeoutError" && course.at > record_end_;
  if (other_.over() && !late_deadline)
    return course;
  course.at = other_.over() ? record_end_ : last;
  course.end = policy_course::ending::open;
  course.code.clear();
  course.reason = why_open();
  return course;
}

std::string aftermath::why_open() const {
  if (closed_ && next())
    return "the recorded upgrade was cancelled, or failed by itself, at "
           + to_text(*closed_) + ": nobody knows what would have come then";
  const auto n = other_.in_hand();
  if (n > 0)
    return "the record does not tell how work on " + std::to_string(n)
           + (n == 1 ? " instance" : " instances") + " would have ended";
  return "the record ends at " + to_text(record_end_)
         + ": nobody knows who would have been healthy then";
}

} // namespace drydock::inline v1::journal
