// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace drydock::inline v1::engine {

/// Azure's `automaticRepairsPolicy.repairAction`.
enum class repair_action : std::uint8_t {
  /// A new instance of the latest model takes its place, and it is deleted.
  replace,
  /// It is reimaged, with the latest model.
  reimage,
  /// It is restarted as it is.
  restart,
};

/// As fleet files write it: `replace`.
[[nodiscard]] std::string_view to_string(repair_action x);

/// What the driver is asked for; `none` for `replace`, which creates and deletes.
[[nodiscard]] apply_class class_of(repair_action x);

/// Azure's `automaticRepairsPolicy`; the defaults are those of the fleet file.
struct repair_policy {
  /// Whether anybody is repaired.
  bool enabled = false;
  /// How long nobody repairs an instance after its last change; 0–24 h (azure: 10–90
  /// minutes).
  duration grace_period = std::chrono::minutes(10);
  /// What is done to one that is ill.
  repair_action action = repair_action::replace;

  friend bool operator==(const repair_policy&, const repair_policy&) = default;
};

/// How many instances of N may be under repair at the same time: 5 %, but one always.
[[nodiscard]] std::uint32_t repairs_at_once(std::uint32_t instances);

/// So many repairs in a row that do not help, and no more are begun.
inline constexpr std::uint32_t repairs_in_vain_max = 3;

/// The repairs of one run, and how they stood when it began.
struct repair_options {
  /// As in `repair_policy`.
  ///@{
  repair_action action = repair_action::replace;
  duration grace_period = std::chrono::minutes(10);
  ///@}
  /// Repairs that did not help, since the last one that did.
  std::uint32_t failed_in_a_row = 0;
  /// None is begun before somebody resumes them.
  bool suspended = false;
  /// How long before the start each instance was changed last, by position; for those
  /// beyond its end that is the start. `repair_report::unchanged_for` of the run before
  /// has it.
  std::vector<duration> unchanged_for = {};

  friend bool operator==(const repair_options&, const repair_options&) = default;
};

/// What came of the repairs of a run.
struct repair_report {
  /// Whether the run was to repair anybody.
  bool enabled = false;
  /// Instances that are healthy again, or whose replacement serves.
  std::uint32_t succeeded = 0;
  /// Repairs that did not help.
  std::uint32_t failed = 0;
  /// No more are begun before somebody resumes them.
  bool suspended = false;
  /// Repairs that did not help, since the last one that did.
  std::uint32_t failed_in_a_row = 0;
  /// Instances that were replaced. The position of a replacement is used up with it:
  /// who is there is not replaced again in the run, but a later one may.
  std::vector<instance_index> replaced;
  /// For each position, how long before the end its instance was changed last. Empty
  /// where nobody was to be repaired.
  std::vector<duration> unchanged_for;
};

} // namespace drydock::inline v1::engine
