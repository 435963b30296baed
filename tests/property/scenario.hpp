// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/plan.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace drydock::testing {

/// A fleet, a policy, and the dice that decide what happens and in which order.
struct scenario {
  engine::rollout_options options;
  std::shared_ptr<const engine::fleet> instances;
  /// What each instance answers at first, with its metrics.
  std::vector<engine::expected_health> health;
  std::vector<std::uint32_t> dice;
  /// Hooks succeed, guards hold, and nobody rejects anything.
  bool kind = false;
};

/// How wild a scenario is.
enum class mood : std::uint8_t {
  /// Anything.
  wild,
  /// Health that no check objects to, however long it lasts.
  gentle,
};

/// Draws a scenario; only inside a property. `surge`: max_surge may be set, and the
/// capacity may change.
[[nodiscard]] scenario draw_scenario(mood how, bool surge = true);

/// What a failure report shows of it.
[[nodiscard]] std::string describe(const scenario& s);

/// 300 cases a property, unless RC_PARAMS says otherwise.
void set_case_count();

} // namespace drydock::testing
