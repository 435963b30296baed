// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "decisions.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace drydock::inline v1::journal {

/// When the work on each instance began, if it did.
class start_list {
public:
  explicit start_list(std::size_t instances) : at_(instances, never) {}

  void note(std::span<const engine::instance_index> begun, engine::instant at) {
    for (const auto i : begun)
      at_[i] = at;
  }
  [[nodiscard]] bool has(engine::instance_index i) const {
    return i < at_.size() && at_[i] != never;
  }
  [[nodiscard]] engine::instant at(engine::instance_index i) const { return at_[i]; }

private:
  static constexpr auto never = engine::instant::min();
  std::vector<engine::instant> at_;
};

using timer_map = std::multimap<engine::instant, std::uint32_t>;

/// What a record says beyond the first difference, and what another policy makes of
/// it: the guess that `policy_trial` describes.
class aftermath {
public:
  /// Takes over `other` as it stands at `now`, the timers it waits for, and whom it has
  /// begun.
  aftermath(watched_rollout other, timer_map timers, start_list begun,
            engine::instant now)
    : other_(std::move(other)), timers_(std::move(timers)), begun_(std::move(begun)),
      parted_(now), record_end_(now) {}

  /// Nobody has seen the instance since another process went on; it is as it was.
  void assume(engine::instance_index i, engine::health_state health,
              engine::instant at);
  /// What was heard in a recorded turn. `recorded` is whose upgrade had begun before
  /// it in the record.
  void hear(const turn& x, const start_list& recorded);
  /// These have their previous model brought back in the record: what is heard of them
  /// from now on is no answer to an upgrade.
  void undo(std::span<const engine::instance_index> members);
  /// The course of the other policy, once the record is at its end.
  [[nodiscard]] policy_course run();

private:
  /// Something heard of one instance.
  struct word {
    engine::instance_index instance = 0;
    bool of_work = false;    // `when` counts from the start of the work on it
    engine::duration when{}; // else from the clock's
    engine::rollout_input what;
  };
  struct due {
    engine::instant at{};
    std::size_t word = 0;
    friend bool operator>(const due& a, const due& b) {
      return a.at != b.at ? a.at > b.at : a.word > b.word;
    }
  };

  void add(engine::instance_index i, engine::instant at, const start_list& recorded,
           const engine::rollout_input& in);
  void prepare();
  void advance(std::span<const engine::rollout_input> inputs, engine::instant at);
  void answer(engine::instant at);
  void schedule(engine::instance_index i);
  [[nodiscard]] std::optional<engine::instant> next() const;
  void gather(engine::instant at, std::vector<engine::rollout_input>& inputs);
  [[nodiscard]] std::string why_open() const;

  watched_rollout other_;
  timer_map timers_;
  start_list begun_;
  std::vector<word> words_;
  std::vector<std::size_t> of_work_; // words, by instance and then as they were heard
  std::vector<bool> undone_;
  std::vector<std::uint8_t> answers_;     // how often the words of each were scheduled
  std::optional<engine::instant> closed_; // by a cancel or an error in the record
  engine::instant parted_, record_end_;
  std::priority_queue<due, std::vector<due>, std::greater<>> queue_;
};

} // namespace drydock::inline v1::journal
