// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chart.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace drydock::cli {

/// The pictures in what gnuplot's svg terminal printed, each from `<svg` to `</svg>`.
[[nodiscard]] std::vector<std::string_view> split_svg(std::string_view printed);

/// What sets one picture of a page apart.
struct svg_names {
  /// Unique in the page.
  std::string id;
  std::string css_class;
  /// What the picture shows, for those who do not see it.
  std::string title;
};

/// gnuplot's picture of `of` as an `<svg>` element for a page: shapes and texts
/// alone, colours as classes (`f-NAME` fills, `s-NAME` strokes), the chart's own
/// texts in the places of their tokens. Well-formed as XML, too.
[[nodiscard]] std::string inline_svg(std::string_view drawn, const chart& of,
                                     const svg_names& names);

} // namespace drydock::cli
