// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/rehearsal/rehearse.hpp"

#include <memory>
#include <string>

namespace drydock::inline v1::rehearsal {

/// A rolling upgrade of a regional set with rich health, everything else at its
/// default: reimage, all fixed lengths 0, nothing fails.
inline scenario make_scenario(std::uint32_t instances) {
  scenario x;
  engine::fleet fleet;
  for (std::uint32_t i = 0; i < instances; ++i) {
    engine::instance_spec spec;
    spec.id = "web-" + std::to_string(i);
    fleet.add(spec);
  }
  x.instances = std::make_shared<const engine::fleet>(std::move(fleet));
  x.health.kind = engine::health_kind::rich_extension;
  x.rollout.policy.mode = engine::upgrade_mode::rolling;
  x.rollout.action = engine::apply_class::reimage;
  x.rollout.has_health = true;
  x.lifecycle.action = engine::apply_class::reimage;
  x.lifecycle.has_health = true;
  x.lifecycle.health_timeout = x.rollout.policy.rolling.health_timeout;
  x.lifecycle.grace_period = x.health.grace_period;
  x.spec.known = true;
  return x;
}

inline engine::duration_distribution fixed(engine::duration x) {
  return {engine::duration_distribution::shape::fixed, x, engine::duration{0}, 0.0, {}};
}

inline engine::duration_distribution& reimage_of(scenario& x) {
  return x.spec.world.durations[static_cast<std::size_t>(engine::apply_class::reimage)];
}

} // namespace drydock::inline v1::rehearsal
