// SPDX-License-Identifier: Apache-2.0
// What tests of rollbacks say and ask.
#pragma once

#include "machine_fixture.hpp"

#include <cstdint>
#include <string>

namespace drydock::inline v1::engine::testing {

inline fleet_shape of(std::uint32_t count) {
  fleet_shape shape;
  shape.count = count;
  return shape;
}

/// The rollback of `i` has ended.
inline input::member_settled undone(instance_index i,
                                    failure_reason reason = failure_reason::none) {
  return {i, reason, reason == failure_reason::action_failed, true, {}};
}

/// Of rollbacks: those that succeeded, and those that did not.
inline std::string counts(const driven_rollout& d) {
  const auto report = d.machine().report();
  return std::to_string(report.rollbacks_succeeded) + '+'
         + std::to_string(report.rollbacks_failed);
}

} // namespace drydock::inline v1::engine::testing
