// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/repair_events.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace drydock::inline v1::engine {

/// Instances that are ill and nobody works on: whose grace period runs, and who may be
/// repaired. Each call costs the logarithm of how many there are. Not thread safe.
class repair_queue {
public:
  /// May be repaired from `from` on.
  void put(instance_index i, instant from) { in_grace_.emplace(from, i); }

  /// Takes it out again; `from` as it was put.
  void remove(instance_index i, instant from) {
    if (ripe_.erase(i) == 0)
      in_grace_.erase({from, i});
  }

  /// Lets go of those whose time has come.
  void ripen(instant now);

  /// The first that may be repaired, by position.
  [[nodiscard]] std::optional<instance_index> first() const;

  /// When the next grace period ends.
  [[nodiscard]] std::optional<instant> next() const;

  [[nodiscard]] std::size_t size() const { return in_grace_.size() + ripe_.size(); }

private:
  std::set<std::pair<instant, instance_index>> in_grace_;
  std::set<instance_index> ripe_;
};

/// How a repair ends; for whoever has to wait for something before it is told.
struct repair_verdict {
  repair_outcome outcome = repair_outcome::succeeded;
  failure_reason reason = failure_reason::none;
  std::string message = {};
  /// Something was done to the instance.
  bool begun = true;
};

/// What a rollout machine knows of repairs, where there are any.
struct repair_state {
  repair_queue ill;
  /// By position: when it was changed last.
  std::vector<instant> changed;
  /// Of members whose replacement did not do, and is not deleted yet.
  std::map<instance_index, repair_verdict> verdicts;
  /// Since when there is a repair in hand, or that was accounted for last.
  instant busy_since{};
  /// For the next end of a grace period; 0: none.
  std::uint32_t timer = 0;
  instant timer_at{};
  /// A run that keeps is to end.
  bool stopping = false;
};

} // namespace drydock::inline v1::engine
