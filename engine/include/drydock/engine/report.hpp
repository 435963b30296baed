// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/batch.hpp"
#include "drydock/engine/events.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <vector>

namespace drydock::inline v1::engine {

/// One batch, as reports show it.
struct batch_record {
  std::uint32_t index = 1;
  batch_place place;
  std::vector<instance_index> instances;
  std::vector<instance_index> failed;
  instant start{};
  instant end{};
};

/// How an upgrade stands, or ended.
struct upgrade_report {
  upgrade_status status = upgrade_status::rolling_forward;
  upgrade_progress progress;
  upgrade_error error;
  instant start{};
  instant end{};
  bool cancel_was_last_action = false;
  instant last_action{};
  bool rolled_back = false;
  std::uint32_t rollbacks_succeeded = 0;
  std::uint32_t rollbacks_failed = 0;
  std::vector<batch_record> batches;
};

} // namespace drydock::inline v1::engine
