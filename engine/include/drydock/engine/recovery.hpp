// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"
#include "drydock/engine/step.hpp"

#include <cstdint>

namespace drydock::inline v1::engine {

/// How far the work on a member is known to have come.
enum class known_progress : std::uint8_t {
  /// Nothing is known to have begun.
  nothing,
  /// Its `before_instance` hook has begun.
  draining,
  /// That hook has succeeded.
  drained,
  /// An attempt at its action has begun.
  acting,
  /// Its action has succeeded.
  acted,
  /// Its `after_instance` hook has begun, so it was healthy.
  undraining,
};

/// A member whose work was cut short by the end of the process that did it.
struct member_recovery {
  /// Who.
  instance_index instance = 0;
  /// Of the step that was under way; from 1.
  std::uint32_t attempt = 1;
  /// What is known; more may have happened.
  known_progress known = known_progress::nothing;
  /// What was being done to it.
  work_kind work = work_kind::upgrade;

  friend bool operator==(const member_recovery&, const member_recovery&) = default;
};

/// What a driver finds out about an action that somebody else began.
enum class action_fate : std::uint8_t {
  /// The instance is as the action is to leave it, and nothing works on it any more.
  done,
  /// It is not, and nothing works on it any more.
  not_done,
  /// The driver has no way to tell.
  cannot_tell,
  /// It could not be found out just now.
  unknown,
};

} // namespace drydock::inline v1::engine
