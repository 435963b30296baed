// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What stands along the axes of a chart.
namespace drydock::cli {

struct tick {
  double at = 0.0;
  std::string text;
};

/// Ticks at round numbers within [low, high], `most` or fewer; ≥ 2. `low < high`.
[[nodiscard]] std::vector<tick> number_ticks(double low, double high, int most);

/// The same for whole numbers alone; there may be one only.
[[nodiscard]] std::vector<tick> whole_ticks(double low, double high, int most);

/// The unit of a time axis.
struct time_unit {
  /// `ms`, `s`, `min`, `h` or `d`.
  std::string_view name;
  engine::duration one{1};

  [[nodiscard]] double of(engine::duration d) const;
  /// Round in the way people count this unit: 15 min, 6 h.
  [[nodiscard]] std::vector<tick> ticks(double low, double high, int most) const;
};

/// The unit that says lengths up to `most` in numbers that are easy to read.
[[nodiscard]] time_unit unit_for(engine::duration most);

} // namespace drydock::cli
