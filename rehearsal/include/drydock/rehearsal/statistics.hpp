// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"

#include <cstdint>
#include <vector>

namespace drydock::inline v1::rehearsal {

/// A share, and where it lies with 95 % confidence; 0 ≤ low ≤ estimate ≤ high ≤ 1.
struct proportion {
  /// How many were seen.
  std::uint32_t count = 0;
  /// The share that was seen.
  double estimate = 0.0;
  /// The interval's lower end.
  double low = 0.0;
  /// The interval's upper end.
  double high = 1.0;
};

/// Wilson's score interval for `count` of `of`; [0, 1] for `of` = 0. Source:
/// E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209.
[[nodiscard]] proportion wilson(std::uint32_t count, std::uint32_t of);

/// Where the expected number of events lies with 95 % confidence; 0 ≤ low ≤ high.
struct count_interval {
  /// The interval's lower end.
  double low = 0.0;
  /// The interval's upper end.
  double high = 0.0;
};

/// For `count` events that happened at a constant rate: Byar's approximation to the
/// exact limits of Poisson's distribution. Source: N. E. Breslow and N. E. Day,
/// Statistical Methods in Cancer Research II (1987), section 2.3.
[[nodiscard]] count_interval byar(std::uint32_t count);

/// The value below which a share `p` of `sorted` lies, straight between two
/// neighbours (Hyndman and Fan's type 7); 0 for an empty list. `p` in [0, 1].
[[nodiscard]] double quantile(const std::vector<double>& sorted, double p);
/// The same for lengths of time, rounded to nanoseconds.
[[nodiscard]] engine::duration quantile(const std::vector<engine::duration>& sorted,
                                        double p);

} // namespace drydock::inline v1::rehearsal
