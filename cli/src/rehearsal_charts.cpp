// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_charts.hpp"

#include "html_text.hpp"
#include "picture_book.hpp"

#include <algorithm>
#include <cmath>

namespace drydock::cli {

using engine::duration;
using rehearsal::report;

namespace {

canvas canvas_of(bool narrow, int height) {
  return narrow ? narrow_canvas(height) : wide_canvas(height);
}

double left_of(const canvas& size, const std::vector<tick>& ticks) {
  double widest = 0;
  for (const auto& each : ticks)
    widest = std::max(widest, size.width_of(each.text));
  return widest + 12;
}

struct bin {
  double from = 0, to = 0;
  double runs = 0, aborted = 0;
};

/// The histogram in the axis's unit.
struct binned {
  std::vector<bin> bins;
  double low = 0, high = 1, most = 1;
};

bool completes(rehearsal::fate::kind x) {
  return x == rehearsal::fate::kind::completed
         || x == rehearsal::fate::kind::completed_with_failures;
}

binned bins_of(const report& of, const time_unit& unit) {
  binned result;
  const auto& lengths = of.lengths;
  for (std::size_t i = 0; i < lengths.counts.size(); ++i) {
    const auto from = lengths.first + lengths.width * static_cast<std::int64_t>(i);
    result.bins.push_back(
      {unit.of(from), unit.of(from + lengths.width), double(lengths.counts[i]), 0});
    result.most = std::max(result.most, result.bins.back().runs);
  }
  for (const auto& each : of.outcomes) {
    if (completes(each.what) || result.bins.empty() || each.length < lengths.first)
      continue;
    const auto at =
      static_cast<std::size_t>((each.length - lengths.first) / lengths.width);
    auto& here = result.bins[std::min(at, result.bins.size() - 1)];
    here.aborted = std::min(here.aborted + 1, here.runs);
  }
  if (result.bins.empty())
    return result;
  result.low = result.bins.front().from;
  result.high = result.bins.back().to;
  const auto reach = result.high > 1e-3 ? result.high * 0.05 : 0.5;
  if (result.high - result.low >= reach)
    return result;
  // Runs that are all about equally long are one bar in the middle.
  bin all{result.low, result.high, 0, 0};
  for (const auto& each : result.bins) {
    all.runs += each.runs;
    all.aborted += each.aborted;
  }
  const auto centre = (result.low + result.high) / 2;
  result.bins = {all};
  result.most = std::max(1.0, all.runs);
  result.low = std::max(0.0, centre - reach);
  result.high = centre + reach;
  return result;
}

/// A text with a line down from it.
struct length_mark {
  double at = 0;
  std::string text;
  bool leftwards = false;

  [[nodiscard]] double left(const chart& onto) const {
    const auto x = onto.x_pixel(at);
    return leftwards ? x - 6 - onto.size().width_of(text) : x;
  }
  [[nodiscard]] double right(const chart& onto) const {
    const auto x = onto.x_pixel(at);
    return leftwards ? x : x + 6 + onto.size().width_of(text);
  }
  void write(chart& onto, ink with, double y) const {
    onto.write(with, onto.x_pixel(at) + (leftwards ? -6 : 6), y,
               leftwards ? chart::side::right : chart::side::left, text);
  }
};

/// Median and 90th percentile in two rows above the bars, so that they do not meet.
void mark_lengths(chart& onto, const area& plot, const report& of,
                  const time_unit& unit) {
  const auto& size = onto.size();
  const auto row = size.line_height();
  length_mark p50{unit.of(of.length.p50), "median " + length_text(of.length.p50)};
  length_mark p90{unit.of(of.length.p90), std::string("90\u00a0% ")
                                            + (size.narrow ? "in " : "within ")
                                            + length_text(of.length.p90)};
  p50.leftwards = onto.x_pixel(p50.at) > size.width_of(p50.text) + 6;
  p90.leftwards = p90.right(onto) > size.width;
  const auto line = [&](ink with, double at, double from, double to) {
    onto.line(with, 1.5, at, onto.y_value(from), at, onto.y_value(to));
  };
  line(ink::text, p50.at, plot.bottom, plot.top + row);
  p50.write(onto, ink::strong, plot.top + 1.5 * row);
  // The line from above is broken where the lower text stands.
  const auto x = onto.x_pixel(p90.at);
  if (x > p50.left(onto) - 3 && x < p50.right(onto) + 3) {
    line(ink::muted, p90.at, plot.bottom, plot.top + 2 * row);
    line(ink::muted, p90.at, plot.top + row, plot.top);
  } else {
    line(ink::muted, p90.at, plot.bottom, plot.top);
  }
  p90.write(onto, ink::muted, plot.top + row / 2);
}

/// Where an axis of percentages begins that shows all from `least` on, with some room.
double axis_floor(double least) {
  const auto reach = (1.0 - least) * 110.0;
  for (const double span : {1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0})
    if (reach <= span)
      return 100.0 - span;
  return 0.0;
}

} // namespace

chart durations_chart(const report& of, bool narrow) {
  const auto size = canvas_of(narrow, narrow ? 280 : 320);
  const auto unit = unit_for(of.length.most);
  const auto data = bins_of(of, unit);
  const auto rows = whole_ticks(0, data.most, narrow ? 4 : 6);
  const area plot{left_of(size, rows), 1.4 * size.line_height(), size.width - 20.0,
                  size.height - 3.0 * size.line_height()};
  // The two texts stand above the bars.
  const auto texts = 2.3 * size.line_height() / (plot.bottom - plot.top);
  chart result(size, plot, data.low, data.high, 0, data.most / (1.0 - texts));
  result.y_axis(rows, "Number of runs");
  result.x_axis(unit.ticks(data.low, data.high, narrow ? 5 : 11),
                "Duration of a run (" + std::string(unit.name) + ")");
  const auto gap =
    std::min(result.x_of_pixels(0.5),
             (data.high - data.low) / 8
               / static_cast<double>(std::max<std::size_t>(data.bins.size(), 1)));
  for (const bool aborted : {true, false})
    for (const auto& each : data.bins) {
      // Wide enough to be seen, however short the time it stands for.
      const auto thin = std::max(0.0, result.x_of_pixels(12) - (each.to - each.from));
      const auto widen = data.bins.size() == 1 ? thin / 2 : 0.0;
      const auto low = aborted ? 0.0 : each.aborted;
      const auto high = aborted ? each.aborted : each.runs;
      if (high > low)
        result.box(aborted ? ink::bad : ink::main, each.from + gap - widen,
                   each.to - gap + widen, low, high);
    }
  mark_lengths(result, plot, of, unit);
  return result;
}

chart availability_chart(const report& of, bool narrow) {
  const auto size = canvas_of(narrow, narrow ? 270 : 320);
  const auto& points = of.availability;
  const auto last = points.empty() ? duration{0} : points.back().at;
  const auto unit = unit_for(last);
  double least = 1.0;
  for (const auto& each : points)
    least = std::min(least, each.p5);
  const auto floor = axis_floor(least);
  const auto rows = number_ticks(floor, 100, narrow ? 5 : 6);
  const area plot{left_of(size, rows), 1.9 * size.line_height(), size.width - 20.0,
                  size.height - 3.0 * size.line_height()};
  const auto high = last > duration{0} ? unit.of(last) : 1.0;
  chart result(size, plot, 0, high, floor, 100);
  result.y_axis(rows, "Available instances (%)");
  result.x_axis(unit.ticks(0, high, narrow ? 5 : 11),
                "Time since the start (" + std::string(unit.name) + ")");
  if (points.empty())
    return result;
  result.begin_band(ink::faint);
  for (const auto& each : points)
    result.band_at(unit.of(each.at), each.p5 * 100, each.p95 * 100);
  result.begin_band(ink::middle);
  for (const auto& each : points)
    result.band_at(unit.of(each.at), each.p25 * 100, each.p75 * 100);
  result.begin_curve(ink::main, 2.2);
  for (const auto& each : points)
    result.bend(unit.of(each.at), each.p50 * 100);
  return result;
}

} // namespace drydock::cli
