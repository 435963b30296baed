// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"
#include "drydock/engine/repairs.hpp"
#include "drydock/engine/step.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace drydock::inline v1::engine {

/// What became of a repair.
enum class repair_outcome : std::uint8_t {
  /// The instance is healthy again, or its replacement serves.
  succeeded,
  /// It did not help.
  failed,
  /// It was not begun, was cancelled, or was not needed any more; it counts for
  /// nothing.
  dropped,
};
/// As in events: `succeeded`.
[[nodiscard]] std::string_view to_string(repair_outcome x);

namespace told {

/// An instance that is ill is repaired.
struct repair_started {
  /// Who.
  instance_index instance = 0;
  /// What is done to it.
  repair_action action = repair_action::replace;
};
/// A repair is over.
struct repair_finished {
  /// Who; of one that was replaced, whom it was begun on.
  instance_index instance = 0;
  /// What became of it.
  repair_outcome outcome = repair_outcome::succeeded;
  /// Why it failed; `none` for others.
  failure_reason reason = failure_reason::none;
  /// What went wrong, for people; may be empty.
  std::string message;
};
/// No repair is begun any more.
struct repairs_suspended {
  /// Who asked for it; empty: too many did not help.
  std::string by;
  /// Repairs that did not help, since the last one that did.
  std::uint32_t failed_in_a_row = 0;
};
/// Repairs are begun again.
struct repairs_resumed {
  /// Who asked for it.
  std::string by;
};

} // namespace told

} // namespace drydock::inline v1::engine
