// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/journal/record.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drydock::inline v1::journal::testing {

/// An upgrade in a small world of its own, and its journal. Everybody is healthy at
/// second 0; who is worked on settles `work` later as `fate` says.
class recorded_upgrade {
public:
  struct outcome {
    engine::failure_reason reason = engine::failure_reason::none;
    engine::health_state health = engine::health_state::healthy;
    engine::duration work = std::chrono::seconds(10);
  };

  explicit recorded_upgrade(header begun);

  /// How work on each instance ends; all succeed where nothing is said. Called once
  /// an attempt.
  std::function<outcome(engine::instance_index)> fate;
  /// What else happens, and when.
  std::multimap<engine::instant, engine::rollout_input> also;
  /// When the process ends, and how long after that another one goes on; members that
  /// were in hand then settle `work` after that.
  std::optional<engine::instant> crash;
  engine::duration downtime = std::chrono::minutes(1);

  /// Runs to the end, or to where nothing happens any more.
  void run();

  [[nodiscard]] const std::vector<std::string>& records() const { return records_; }
  [[nodiscard]] std::vector<turn> turns() const;
  [[nodiscard]] const engine::rollout& machine() const { return machine_; }

private:
  void apply(engine::instant at, const std::vector<engine::rollout_input>& inputs);
  void work_on(engine::instance_index i, engine::instant at);
  void go_on(engine::instant at);

  header begun_;
  engine::rollout machine_;
  turn_writer writer_;
  std::vector<std::string> records_;
  std::multimap<engine::instant, engine::rollout_input> queue_;
  std::vector<engine::health_state> health_;
};

/// A header of a rolling upgrade of `count` instances: web-0, web-1, … in no zone.
[[nodiscard]] header rolling_header(std::uint32_t count, int batch_percent);

} // namespace drydock::inline v1::journal::testing
