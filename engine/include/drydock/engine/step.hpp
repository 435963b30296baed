// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"

#include <cstdint>
#include <string_view>

namespace drydock::inline v1::engine {

/// What is done to an instance: the first three in this order.
enum class step_kind : std::uint8_t {
  /// The hook that takes it out of service.
  before_instance,
  /// What the change asks for.
  action,
  /// The hook that puts it back, once it is healthy.
  after_instance,
  /// One that is to be deleted is told so: after `before_instance`, before the action.
  terminate_notification,
};

/// What the steps of an instance are for.
enum class work_kind : std::uint8_t {
  /// It is brought to the latest model.
  upgrade,
  /// It is brought back to its previous model.
  rollback,
  /// It is made, from the latest model, to replace another one.
  create,
  /// It is taken out of service and deleted, as its replacement serves.
  remove,
  /// It was made to replace another one, did not serve, and is deleted.
  discard,
  /// It is ill, and its repair restarts or reimages it.
  repair,
};

/// Whether the work ends with the instance deleted.
[[nodiscard]] constexpr bool deletes(work_kind x) {
  return x == work_kind::remove || x == work_kind::discard;
}

/// What a step is called in events, logs and the environment of commands: the
/// hook's name, or the action's (`reimage`, `create`, `delete`).
[[nodiscard]] std::string_view action_name(step_kind step, apply_class action,
                                           work_kind work = work_kind::upgrade);

/// What became of one attempt at a step.
enum class step_outcome : std::uint8_t {
  /// Done.
  succeeded,
  /// For good.
  failed,
  /// May be tried again.
  transient,
  /// `retry_policy::timeout` was over before an answer came.
  timed_out,
  /// Never begun, because it was withdrawn first.
  withdrawn,
  /// There is no quota for one more instance, and none was made; of `create` only.
  quota_short,
};

/// The name as it is written here: `timed_out`.
[[nodiscard]] std::string_view to_string(step_outcome x);

/// Why an instance did not make it.
enum class failure_reason : std::uint8_t {
  /// There is no failure.
  none,
  /// The action failed for good, or for now in its last attempt.
  action_failed,
  /// The action's last attempt reached its timeout.
  action_timed_out,
  /// A hook failed or reached its timeout.
  hook_failed,
  /// It was not healthy in time: `rolling_policy::health_timeout`.
  health_timeout,
  /// Ended by `cancel --now`.
  cancelled,
  /// There was no quota for its replacement, or for a new instance. No upgrade ends a
  /// member with it: the member is upgraded in place then.
  quota_short,
};

/// Azure's style of code: `ActionFailed`, `HealthTimeout`.
[[nodiscard]] std::string_view to_string(failure_reason x);

} // namespace drydock::inline v1::engine
