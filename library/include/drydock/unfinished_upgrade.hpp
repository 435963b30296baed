// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/engine/policy.hpp>
#include <drydock/engine/report.hpp>
#include <drydock/engine/value.hpp>
#include <drydock/instance.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace drydock::inline v1 {

/// An upgrade that its engine did not bring to an end, as the store has it. An ordinary
/// value.
struct unfinished_upgrade {
  /// `upgrade::id`; the same again once it is resumed.
  std::string id = {};
  /// When it began, by the clock of the host that began it.
  std::chrono::system_clock::time_point begun = {};
  /// The model that it brings …
  value latest_model = {};
  /// … the one before it …
  value previous_model = {};
  /// … and how: it goes on under these, whatever the set has now.
  engine::upgrade_policy policy = {};
  /// Instances by how far they are known to be.
  engine::upgrade_progress progress = {};
  /// Instances that were worked on, in order of position: what became of these nobody
  /// knows until the driver is asked.
  std::vector<instance_index> in_hand = {};
};

} // namespace drydock::inline v1
