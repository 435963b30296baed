// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"

#include <cstdint>
#include <string_view>

namespace drydock::inline v1::engine {

/// The three things that are done to an instance, in this order.
enum class step_kind : std::uint8_t { before_instance, action, after_instance };

/// What a step is called in events, logs and the environment of commands: the
/// hook's name, or the action's (`reimage`).
[[nodiscard]] std::string_view action_name(step_kind step, apply_class action);

/// What became of one attempt at a step.
enum class step_outcome : std::uint8_t {
  succeeded,
  /// For good.
  failed,
  /// May be tried again.
  transient,
  timed_out,
  /// Never begun, because it was withdrawn first.
  withdrawn,
};

[[nodiscard]] std::string_view to_string(step_outcome x); // "timed_out"

/// Why an instance did not make it.
enum class failure_reason : std::uint8_t {
  none,
  action_failed,
  action_timed_out,
  hook_failed,
  health_timeout,
  /// Ended by `cancel --now`.
  cancelled,
};

/// Azure's style of code: `ActionFailed`, `HealthTimeout`.
[[nodiscard]] std::string_view to_string(failure_reason x);

} // namespace drydock::inline v1::engine
