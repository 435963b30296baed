// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/batch.hpp"
#include "drydock/engine/events.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/repairs.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <vector>

namespace drydock::inline v1::engine {

/// One batch, as reports show it.
struct batch_record {
  /// From 1.
  std::uint32_t index = 1;
  /// What it was cut from.
  batch_place place;
  /// Its members; those that a cancel took back are not among them.
  std::vector<instance_index> instances;
  /// Members that failed, in the order in which they did.
  std::vector<instance_index> failed;
  /// When it began.
  instant start{};
  /// When its last member had settled.
  instant end{};
  /// Its members were replaced; false once one of them was upgraded in place.
  bool surge = false;
};

/// What became of a change of capacity.
struct scaling_record {
  /// Whether it has begun; nothing else counts before.
  bool begun = false;
  /// N when it began.
  std::uint32_t capacity_before = 0;
  /// What N was to be.
  std::uint32_t capacity = 0;
  /// Who is new and healthy, who is gone, and who could not be made or deleted; in the
  /// order in which that was settled.
  ///@{
  std::vector<instance_index> created;
  std::vector<instance_index> deleted;
  std::vector<instance_index> failed;
  ///@}
};

/// How an upgrade stands, or ended.
struct upgrade_report {
  /// `rolling_forward` while it runs.
  upgrade_status status = upgrade_status::rolling_forward;
  /// Instances by how far they are.
  upgrade_progress progress;
  /// Why it ended so, or which instances failed; no code: nothing went wrong.
  upgrade_error error;
  /// When it began, on its own clock.
  instant start{};
  /// When it ended, on the same clock.
  instant end{};
  /// Azure's `lastAction` is `Cancel`, not `Start`.
  bool cancel_was_last_action = false;
  /// When it was started, or cancelled.
  instant last_action{};
  /// Whether a breach made it give failed instances their previous model back.
  bool rolled_back = false;
  /// Instances that have the previous model back and are healthy.
  std::uint32_t rollbacks_succeeded = 0;
  /// Instances for which that did not work out.
  std::uint32_t rollbacks_failed = 0;
  /// In the order in which they began; one at most in manual and automatic mode.
  std::vector<batch_record> batches;
  /// Instances that fell ill and were repaired.
  repair_report repairs;
  /// A change of capacity, which comes before the first batch.
  scaling_record scaling;
};

} // namespace drydock::inline v1::engine
