// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/policy.hpp"

#include <vector>

namespace drydock::inline v1::engine {

/// What an upgrade is to do; fixed once it has begun.
struct rollout_options {
  /// Its own copy: nothing alters it while the upgrade runs.
  upgrade_policy policy;
  /// What is done to an instance; `none`: all count as upgraded, and no batch runs.
  apply_class action = apply_class::none;
  /// Whether there is a health source.
  bool has_health = false;
  /// Manual mode: upgrade all that lag (`*`) …
  bool selected_all = false;
  /// … or these; sorted.
  std::vector<instance_index> selected;
  /// Positions of instances that are gone: in no count, and never touched.
  std::vector<instance_index> deleted;
};

} // namespace drydock::inline v1::engine
