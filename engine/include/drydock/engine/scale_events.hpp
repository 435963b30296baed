// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"

#include <cstdint>
#include <vector>

namespace drydock::inline v1::engine::told {

/// A change of capacity begins. Those who go are in no count from now on; those who
/// come are in none before they have settled.
struct scaling_started {
  /// N now.
  std::uint32_t capacity_before = 0;
  /// What it is to be.
  std::uint32_t capacity = 0;
  /// Who is deleted; in the order in which they were chosen.
  std::vector<instance_index> leaving;
  /// Who is made.
  std::vector<instance_index> arriving;
};
/// All of them are made, deleted, or failed.
struct scaling_finished {
  /// New instances that are healthy, and count.
  std::uint32_t created = 0;
  /// Instances that are gone.
  std::uint32_t deleted = 0;
  /// Instances that could not be made, or not be deleted.
  std::uint32_t failed = 0;
};

} // namespace drydock::inline v1::engine::told
