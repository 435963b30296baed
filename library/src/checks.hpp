// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine.hpp"
#include "drydock/result.hpp"
#include "drydock/scale_set.hpp"

#include <optional>
#include <string>
#include <vector>

namespace drydock::inline v1::detail {

/// Everything that is wrong with a scale set, in one error; nothing: it may be added.
[[nodiscard]] std::optional<error> find_problem(const scale_set_options& options);

/// What cannot work with a virtual clock, which does not wait for the world outside.
[[nodiscard]] std::optional<error> find_clock_problem(const scale_set_options& options,
                                                      clock_kind clock);

/// Whether a checkpoint is for a command to approve, and the set's driver has none.
[[nodiscard]] bool lacks_approve_command(const scale_set_options& options,
                                         const upgrade_policy& policy);

/// The model of a set as its rules see it: with the zones and the orchestration mode.
[[nodiscard]] value complete_model(const scale_set_options& options);

/// What an accepted change comes to.
struct accepted_change {
  value model;
  upgrade_policy policy;
  apply_class action = apply_class::none;
  /// Positions, sorted.
  std::vector<instance_index> selected;
};

/// Judges a change by all rules: all problems in one error. `features` are those of a
/// driver of the user's own.
[[nodiscard]] result<accepted_change> judge(const scale_set_options& options,
                                            const driver_features& features,
                                            std::size_t instances, const value& model,
                                            const upgrade_policy& policy,
                                            const change& what);

} // namespace drydock::inline v1::detail
