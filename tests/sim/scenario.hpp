// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/drivers/simulated.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drydock::sim {

/// How unkind the world is beyond what the simulated driver does by itself.
struct chaos {
  /// Odds that a driver's answer comes twice, or never.
  double duplicate_answer = 0.0;
  double lost_answer = 0.0;
  /// Odds that an instance answers unhealthy in one probe for no reason.
  double flap = 0.0;
  /// Odds that an actor dies of what its driver throws.
  double dying_actor = 0.0;
  /// The driver has no way to find out what earlier actions came to.
  bool cannot_tell = false;
};

struct cancel_plan {
  engine::duration after{0};
  bool now = false;
};

/// One upgrade in a world, drawn from a seed.
struct scenario {
  std::uint64_t seed = 0;
  std::shared_ptr<engine::fleet> instances;
  engine::rollout_options rollout;
  engine::lifecycle_options lifecycle;
  engine::health_source health;
  engine::simulated_spec driver;
  chaos unkind;
  /// Before and after each action.
  bool hooks = false;
  std::uint32_t shard_size = 1;
  std::vector<cancel_plan> cancels;
  std::vector<std::pair<engine::instance_index, engine::duration>> deletions;
  /// When somebody suspends repairs, and when somebody resumes them; nothing: nobody.
  std::optional<engine::duration> repairs_suspended, repairs_resumed;

  /// All that was drawn, in one line.
  [[nodiscard]] std::string to_text() const;
};

[[nodiscard]] scenario draw_scenario(std::uint64_t seed);

/// What a run came to.
struct verdict {
  /// Empty: every rule was kept.
  std::string violation;
  engine::upgrade_report report;
  std::uint32_t max_unavailable = 0;
  std::uint64_t events = 0;
  /// A digest of everything told, in order: equal seeds must give equal ones.
  std::uint64_t unseed = 0;
};

/// Runs a scenario with the real actors in virtual time and judges it.
[[nodiscard]] verdict run_scenario(const scenario& what);

} // namespace drydock::sim
