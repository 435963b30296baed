// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "machine_fixture.hpp"

namespace drydock::inline v1::engine::testing {

inline constexpr auto ill = health_state::unhealthy;
inline constexpr auto well = health_state::healthy;

inline repair_options repair_by(repair_action action,
                                duration grace_period = std::chrono::minutes(10)) {
  repair_options result;
  result.action = action;
  result.grace_period = grace_period;
  return result;
}

/// A run that keeps, in which everybody is healthy at first.
inline rollout_options keeping(repair_options repairs) {
  auto options = plain_options(upgrade_mode::rolling);
  options.has_health = true;
  options.keep = true;
  options.repairs = std::move(repairs);
  return options;
}

inline fleet_shape plain_set(std::uint32_t count,
                             std::vector<instance_index> up_to_date = {}) {
  fleet_shape shape;
  shape.count = count;
  shape.up_to_date = std::move(up_to_date);
  return shape;
}

/// A set with positions for replacements.
inline fleet_shape with_spares(std::uint32_t count,
                               std::vector<instance_index> up_to_date = {}) {
  auto shape = plain_set(count, std::move(up_to_date));
  shape.replacements = true;
  return shape;
}

} // namespace drydock::inline v1::engine::testing
