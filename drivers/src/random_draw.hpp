// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/driver_spec.hpp"

#include <cstdint>
#include <vector>

namespace drydock::drivers {

/// What a random number is for; different purposes give independent numbers.
enum class purpose : std::uint8_t {
  action_duration,
  boot_duration,
  action_failure,
  transient_failure,
  unhealthy_after_upgrade,
  before_hook_duration,
  after_hook_duration,
  bad_image,
  bad_image_effect,
  time_to_failure,
  time_to_recover,
  outage,
  outage_zone,
  outage_begin,
  outage_length,
  upgrade_hook_duration,
  deletion_duration,
  terminate_approval,
};

/// Names one draw; equal keys give equal numbers.
struct draw_key {
  std::uint64_t seed = 0;
  engine::instance_index instance = 0;
  engine::apply_class action = engine::apply_class::none;
  std::uint32_t attempt = 0;
};

/// A number in [0, 1).
[[nodiscard]] double draw_unit(const draw_key& key, purpose what,
                               std::uint32_t nth = 0);

/// The length that a share `u` of what `points` describe lies below: ascending,
/// evenly spaced, straight between two of them. `u` in [0, 1].
[[nodiscard]] engine::duration quantile_at(const std::vector<engine::duration>& points,
                                           double u);

/// A length of time from a distribution; ≥ 0.
[[nodiscard]] engine::duration draw_duration(const engine::duration_distribution& from,
                                             const draw_key& key, purpose what);

} // namespace drydock::drivers
