// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace drydock::inline v1::engine {

/// Counts in nanoseconds; every length of time in drydock has this type.
using duration = std::chrono::nanoseconds;

/// A clock type without `now()`: the decision core is told the time, and code
/// that asks for it does not compile.
struct timeline {
  /// What the standard asks of a clock.
  ///@{
  using duration = engine::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<timeline>;
  static constexpr bool is_steady = true;
  ///@}
};

/// A point in time, counted from the start of the process's own clock; only
/// differences mean anything.
using instant = timeline::time_point;

/// Seconds as a floating point number, for reports.
[[nodiscard]] constexpr double to_seconds(duration d) {
  return std::chrono::duration<double>(d).count();
}

} // namespace drydock::inline v1::engine
