// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chart.hpp"

#include <string>
#include <utility>
#include <vector>

namespace drydock::cli {

/// A bar with what stands above it and beside it.
struct bar_row {
  std::vector<std::string> label;
  std::string value;
  double label_top = 0;
  double bar_top = 0;
  double bar_height = 0;

  [[nodiscard]] double middle() const { return bar_top + bar_height / 2; }
};

/// Bars below each other; the y axis counts the canvas's pixels, downwards. Labels
/// have lines of their own, so that a long one takes no room from the bars.
struct bar_rows {
  canvas size;
  area plot;
  std::vector<bar_row> all;

  /// `texts` are labels and what stands at the right of each bar; they may be empty.
  bar_rows(bool narrow, const std::vector<std::pair<std::string, std::string>>& texts,
           double bar_height = 16, double gap = 12);

  /// The chart with all texts, from 0 to `high` on its x axis.
  [[nodiscard]] chart begin(double high) const;

  void bar(chart& onto, std::size_t i, ink with, double from, double to) const;
  /// A line with caps, across the bar.
  void interval(chart& onto, std::size_t i, double low, double high) const;
};

} // namespace drydock::cli
