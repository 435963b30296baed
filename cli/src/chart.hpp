// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chart_axis.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Charts as gnuplot scripts, and gnuplot's answers as parts of a page.
namespace drydock::cli {

/// What a part of a chart is drawn with. The page's style sheet says which colour
/// that is, in light and in dark; gnuplot draws with a number.
enum class ink : std::uint8_t {
  text,
  strong,
  muted,
  axis,
  grid,
  main,
  middle,
  faint,
  good,
  warn,
  bad,
  other,
  settling,
  action,
  slowest,
  health,
  pause,
  budget,
  rollback,
};
inline constexpr std::size_t inks = 19;
/// The ink's name in the style sheet: class `i-NAME`, colour `--NAME`.
[[nodiscard]] std::string_view to_string(ink x);
/// The colour that stands for an ink in gnuplot's scripts: `#0a0bNN`.
[[nodiscard]] std::string gnuplot_colour(ink x);

/// The size of a chart in pixels and that of its letters.
struct canvas {
  int width = 0;
  int height = 0;
  double font = 0.0;
  /// For small screens: fewer ticks, shorter texts.
  bool narrow = false;

  /// How wide a text can become in any usual font.
  [[nodiscard]] double width_of(std::string_view text) const;
  /// How many columns fit into so many pixels; ≥ 1.
  [[nodiscard]] std::size_t columns_in(double pixels) const;
  [[nodiscard]] double line_height() const { return font * 1.4; }
};

/// Where a rectangle of the canvas ends, in pixels from the upper left corner.
struct area {
  double left = 0.0;
  double top = 0.0;
  double right = 0.0;
  double bottom = 0.0;
};

/// A chart in the making. Boxes, lines and bands are in the axes' own units, texts
/// in pixels. gnuplot never sees a text: its script has `tNt` in the place of the
/// N-th, so that no name can be taken for a command.
class chart {
public:
  /// `x_high > x_low`; `y_high` may be less than `y_low`: then y runs downwards.
  chart(const canvas& size, const area& plot, double x_low, double x_high, double y_low,
        double y_high);

  enum class side : std::uint8_t { left, middle, right };

  /// Numbers below the chart, with lines upwards, and the axis's name below them.
  void x_axis(const std::vector<tick>& ticks, std::string_view name);
  /// Numbers at the left with lines to the right; the name stands above them.
  void y_axis(const std::vector<tick>& ticks, std::string_view name);

  void box(ink with, double x0, double x1, double y0, double y1);
  void line(ink with, double width, double x0, double y0, double x1, double y1);
  /// Ends the line that `bend` went on with.
  void begin_curve(ink with, double width);
  void bend(double x, double y);
  void begin_band(ink with);
  void band_at(double x, double low, double high);

  /// `anchor` is the part of the text that stands at `x`; `y` is its middle.
  void write(ink with, double x, double y, side anchor, std::string_view text);

  [[nodiscard]] double x_pixel(double x) const;
  /// What stands on the y axis at this height of the canvas.
  [[nodiscard]] double y_value(double pixel) const;
  /// How much of the x axis so many pixels are.
  [[nodiscard]] double x_of_pixels(double pixels) const;

  /// gnuplot commands that draw it, and the texts they name.
  [[nodiscard]] std::string script() const;
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }
  [[nodiscard]] const canvas& size() const { return size_; }

private:
  enum class shape : std::uint8_t { boxes, lines, curve, band };
  struct layer {
    shape what = shape::boxes;
    ink with = ink::main;
    double width = 0.0;
    std::string rows;
  };

  layer& layer_for(shape what, ink with, double width);
  [[nodiscard]] std::string token(std::string_view text);
  [[nodiscard]] std::string tick_list(const std::vector<tick>& ticks);

  canvas size_;
  area plot_;
  double x_low_, x_high_, y_low_, y_high_;
  std::string settings_;
  std::vector<layer> layers_;
  std::vector<std::string> texts_;
};

} // namespace drydock::cli
