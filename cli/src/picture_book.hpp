// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chart.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::cli {

/// Whether gnuplot can be started here. Starts it; blocks for some milliseconds.
[[nodiscard]] bool gnuplot_is_there();
/// What to say when it cannot.
inline constexpr std::string_view gnuplot_missing =
  "--html needs gnuplot: apt-get install gnuplot-nox";

/// How wide charts are drawn for large and small screens, and with what letters.
[[nodiscard]] canvas wide_canvas(int height);
[[nodiscard]] canvas narrow_canvas(int height);

/// The pictures of a page. They are all drawn by one gnuplot when the page is done;
/// until then marks stand in their places.
class picture_book {
public:
  /// A `<figure>` with `caption` (HTML, may be empty) below it. `draw` makes the
  /// chart twice, for large screens and for small ones; the page shows one of them.
  [[nodiscard]] std::string figure(std::string_view title, std::string_view caption,
                                   const std::function<chart(bool narrow)>& draw);

  /// Draws all and puts them into `page`. Returns one sentence if it cannot.
  [[nodiscard]] std::optional<std::string> fill(std::string& page) const;

private:
  struct picture {
    std::string title;
    chart wide;
    chart narrow;
  };

  std::vector<picture> pictures_;
};

} // namespace drydock::cli
