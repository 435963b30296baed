// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/rollout.hpp"

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace drydock::inline v1::engine::testing {

/// One line of text for what a machine did; equal things have equal lines.
[[nodiscard]] std::string print(const upgrade_event& event);
[[nodiscard]] std::string print(const rollout_command& command);
/// `[0 1 2]`.
[[nodiscard]] std::string print(const std::vector<instance_index>& list);
/// `successful/failed/in progress/pending/skipped`.
[[nodiscard]] std::string print(const upgrade_progress& p);

/// A generated fleet: web-0, web-1, … with zone = i mod zones and
/// update domain = ⌊i / zones⌋ mod domains.
struct fleet_shape {
  std::uint32_t count = 10;
  std::uint32_t zones = 0;
  std::uint32_t update_domains = 0;
  std::vector<instance_index> is_protected;
  std::vector<instance_index> up_to_date;
  /// There is a position for a replacement of each, called web-count and so on.
  bool replacements = false;
  /// From scale in.
  std::vector<instance_index> kept = {};
  /// Positions for so many new ones, behind all others.
  std::uint32_t arrivals = 0;
};
[[nodiscard]] std::shared_ptr<const fleet> make_fleet(const fleet_shape& shape);

/// A rolling reimage with a health source and the default policy.
[[nodiscard]] rollout_options rolling_options();
/// The same in rolling mode with the two percentages.
[[nodiscard]] rollout_options rolling_options(int batch_percent, int unhealthy_percent);
/// A reimage without a health source.
[[nodiscard]] rollout_options plain_options(upgrade_mode mode);

using health_map = std::map<instance_index, health_state>;
using metrics_map = std::map<instance_index, custom_metrics>;

/// Drives a rollout by hand: plays the members, keeps the clock and the timers,
/// and collects what is said. Invariants are checked after every input.
class driven_rollout {
public:
  driven_rollout(rollout_options options, const fleet_shape& shape);

  /// Sees every call of the machine: when, with what, and what it ordered.
  using witness = std::function<void(instant, const std::vector<rollout_input>&,
                                     const std::vector<rollout_command>&)>;
  void watch(witness w) { witness_ = std::move(w); }
  [[nodiscard]] instant now() const { return now_; }

  /// Takes inputs at the present instant, all at once.
  void feed(std::vector<rollout_input> inputs);
  void feed(rollout_input in) { feed(std::vector<rollout_input>{std::move(in)}); }

  /// Begins at second 0 and settles the health of everyone: healthy, or as told.
  void start(const health_map& health = {}, const metrics_map& metrics = {});
  /// Begins without any word about health.
  void begin() { feed(input::started{}); }

  void health(instance_index i, health_state state, custom_metrics metrics = {});
  /// Healthy, and settled as succeeded.
  void succeed(std::initializer_list<instance_index> members);
  /// Everyone in hand succeeds; says how many that were.
  std::size_t succeed_all();
  void fail(instance_index i, failure_reason reason = failure_reason::action_failed);
  void cancel(bool now = false);
  void erase(instance_index i) { feed(input::instance_deleted{i}); }

  /// Lets time pass; timers fire at their instants, in order.
  void advance(duration d) { advance_to(now_ + d); }
  void advance_to(instant at);
  /// Lets time pass in which nobody ran the upgrade: its timers are lost.
  void sleep_through(duration d) {
    timers_.clear();
    now_ += d;
  }

  /// What was said since the last call, a line each, without health, timers and
  /// the announcement.
  std::string said() { return std::exchange(said_, {}); }
  /// The members of every `start_members` so far, `[0 1][2]`.
  [[nodiscard]] const std::string& batches() const { return batches_; }
  [[nodiscard]] const std::vector<instance_index>& in_hand() const { return in_hand_; }
  /// The last event of type `T`, or null.
  template <class T>
  [[nodiscard]] const T* last() const {
    for (auto i = events_.rbegin(); i != events_.rend(); ++i)
      if (const auto* e = std::get_if<T>(&*i))
        return e;
    return nullptr;
  }
  template <class T>
  [[nodiscard]] std::size_t count() const {
    std::size_t n = 0;
    for (const auto& e : events_)
      n += std::holds_alternative<T>(e) ? 1 : 0;
    return n;
  }
  [[nodiscard]] const std::vector<std::pair<instant, std::uint32_t>>& timers() const {
    return timers_;
  }
  [[nodiscard]] const rollout& machine() const { return machine_; }
  /// `Completed 10/0/0/0/0`, with the error's code where there is one.
  [[nodiscard]] std::string outcome() const;

private:
  void perform(const rollout_command& c);
  void drop(instance_index i);

  std::shared_ptr<const fleet> fleet_;
  rollout machine_;
  instant now_{};
  std::string said_, batches_;
  std::vector<instance_index> in_hand_;
  std::vector<upgrade_event> events_;
  std::vector<std::pair<instant, std::uint32_t>> timers_;
  witness witness_;
};

} // namespace drydock::inline v1::engine::testing
