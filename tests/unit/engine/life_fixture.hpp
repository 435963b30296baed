// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/lifecycle.hpp"

#include <string>
#include <utility>
#include <vector>

namespace drydock::inline v1::engine::testing {

/// Drives the life of one instance by hand; every call returns the orders that
/// came of it, as one line: `hold; run action#1 r1`.
class driven_life {
public:
  explicit driven_life(lifecycle_options options, work_kind work = work_kind::upgrade,
                       instance_index instance = 0)
    : options_(options), life_(options_, instance, work) {}
  driven_life(const driven_life&) = delete;
  driven_life& operator=(const driven_life&) = delete;

  std::string start();
  std::string recover(const member_recovery& known);
  std::string feed(const lifecycle_event& event);

  std::string begun() { return feed(life::step_begun{request}); }
  std::string ended(step_outcome outcome) {
    return feed(life::step_finished{request, outcome, "why"});
  }
  std::string succeed() { return ended(step_outcome::succeeded); }
  std::string health(health_state x) { return feed(life::health_changed{x}); }
  std::string probe(raw_health raw, health_state committed) {
    return feed(life::probe_answered{raw, committed});
  }
  std::string cancel(bool at_once = false) { return feed(life::abandoned{at_once}); }
  /// Waits for the timer that was armed last, and lets it fire.
  std::string fire();
  /// Lets time pass without a word, timers included.
  void wait(duration d) { now += d; }

  [[nodiscard]] bool over() const { return life_.over(); }

  instant now{};
  /// Of the step that was asked for last.
  std::uint32_t request = 0;
  /// The timers that were armed, with their instants, in order.
  std::vector<std::pair<std::uint32_t, instant>> timers;

private:
  std::string note(const std::vector<lifecycle_order>& orders);

  lifecycle_options options_;
  instance_lifecycle life_;
};

} // namespace drydock::inline v1::engine::testing
