// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_charts.hpp"

#include "bar_rows.hpp"
#include "html_text.hpp"
#include "picture_book.hpp"
#include "text.hpp"

#include <algorithm>
#include <span>

namespace drydock::cli {

using rehearsal::batch_span;
using rehearsal::report;

namespace {

/// More batches than this are drawn without a line of text each.
constexpr std::size_t named_batches_max = 24;
constexpr std::size_t named_zones_max = 12;

/// Batches next to each other in the same zone.
struct zone_stretch {
  std::string zone;
  std::size_t from = 0;
  /// One past the last.
  std::size_t to = 0;
};

std::vector<zone_stretch> stretches_of(std::span<const batch_span> batches) {
  std::vector<zone_stretch> result;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    if (result.empty() || result.back().zone != batches[i].zone)
      result.push_back({batches[i].zone, i, i});
    result.back().to = i + 1;
  }
  return result;
}

std::string name_of(const batch_span& batch) {
  const auto text = std::to_string(batch.index);
  return batch.zone.empty() ? text : text + " · zone " + batch.zone;
}

std::string size_of(const batch_span& batch) {
  const auto text = count_text(batch.instances, "instance");
  return batch.failed == 0 ? text
                           : text + ", " + std::to_string(batch.failed) + " failed";
}

/// The two parts of each bar; `rows` tells where the i-th begins and how high it is.
template <class RowTop>
void draw_bars(chart& onto, const report& of, const time_unit& unit, double height,
               RowTop row_top) {
  for (const bool acting : {true, false})
    for (std::size_t i = 0; i < of.median_batches.size(); ++i) {
      const auto& batch = of.median_batches[i];
      const auto from = unit.of(acting ? batch.begins : batch.actions_end);
      auto to = unit.of(acting ? batch.actions_end : batch.ends);
      // What takes next to no time is to be seen all the same.
      if (acting)
        to = std::max(to, from + onto.x_of_pixels(1));
      if (to > from)
        onto.box(acting ? ink::action : ink::health, from, to, row_top(i),
                 row_top(i) + height);
    }
}

std::string time_axis(const time_unit& unit) {
  return "Time since the start (" + std::string(unit.name) + ")";
}

/// Every batch with its name at the left and its size at the right.
chart named_timeline(const report& of, const time_unit& unit, double high) {
  auto size = wide_canvas(0);
  const auto pitch = size.line_height() + 4;
  const auto count = static_cast<double>(of.median_batches.size());
  double left = 0;
  double right = 20;
  for (const auto& batch : of.median_batches) {
    left = std::max(left, size.width_of(name_of(batch)));
    right = std::max(right, size.width_of(size_of(batch)) + 14);
  }
  left = std::clamp(left, size.width_of("Batch"), size.width * 0.25) + 1;
  const auto top = 1.7 * size.line_height();
  const area plot{left + 12, top, size.width - right, top + count * pitch + 4};
  size.height = static_cast<int>(plot.bottom + 3.0 * size.line_height());
  chart result(size, plot, 0, high, plot.bottom, plot.top);
  result.write(ink::muted, left, size.line_height() / 2, chart::side::right, "Batch");
  result.x_axis(unit.ticks(0, high, 10), time_axis(unit));
  const auto row_top = [&](std::size_t i) {
    return plot.top + static_cast<double>(i) * pitch + 4;
  };
  draw_bars(result, of, unit, pitch - 6, row_top);
  for (std::size_t i = 0; i < of.median_batches.size(); ++i) {
    const auto& batch = of.median_batches[i];
    const auto middle = row_top(i) + (pitch - 6) / 2;
    result.write(ink::text, left, middle, chart::side::right,
                 truncated(name_of(batch), size.columns_in(left)));
    result.write(batch.failed > 0 ? ink::bad : ink::muted, plot.right + 12, middle,
                 chart::side::left, size_of(batch));
  }
  return result;
}

/// The same where there is no room beside the bars: the texts stand above them.
chart stacked_timeline(const report& of, const time_unit& unit, double high) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& batch : of.median_batches)
    texts.emplace_back("Batch " + name_of(batch) + " · " + size_of(batch), "");
  const bar_rows rows(true, texts, 10, 8);
  auto result = rows.begin(high);
  result.x_axis(unit.ticks(0, high, 5), time_axis(unit));
  draw_bars(result, of, unit, 10, [&](std::size_t i) { return rows.all[i].bar_top; });
  return result;
}

/// The zones along the top, each over the time its batches take.
void name_zones(chart& onto, const report& of, const time_unit& unit, double middle,
                double top) {
  const auto& size = onto.size();
  const auto stretches = stretches_of(of.median_batches);
  // Zones that take turns are too many to name.
  if (stretches.size() > named_zones_max)
    return;
  for (std::size_t i = 0; i < stretches.size(); ++i) {
    const auto& each = stretches[i];
    const auto from = unit.of(of.median_batches[each.from].begins);
    const auto to = unit.of(of.median_batches[each.to - 1].ends);
    if (i > 0)
      onto.line(ink::axis, 1, from, 0, from, top);
    const auto room = onto.x_pixel(to) - onto.x_pixel(from) - 8;
    const auto text = "zone " + each.zone;
    if (each.zone.empty()
        || room < std::min(size.width_of(text), size.width_of("zone 12")))
      continue;
    onto.write(ink::muted, onto.x_pixel((from + to) / 2), middle, chart::side::middle,
               truncated(text, size.columns_in(room + 1)));
  }
}

/// A bar for each batch over the time when it runs, as high as the time it takes: of
/// many batches this shows the slow ones.
chart dense_timeline(const report& of, const time_unit& unit, double high,
                     bool narrow) {
  const auto size = narrow ? narrow_canvas(300) : wide_canvas(340);
  auto longest = engine::duration{0};
  for (const auto& batch : of.median_batches)
    longest = std::max(longest, batch.ends - batch.begins);
  const auto bar_unit = unit_for(longest);
  const auto top = longest > engine::duration{0} ? bar_unit.of(longest) * 1.05 : 1.0;
  const auto numbers = bar_unit.ticks(0, top, narrow ? 4 : 6);
  double left = 0;
  for (const auto& each : numbers)
    left = std::max(left, size.width_of(each.text));
  const area plot{left + 12, 3.0 * size.line_height(), size.width - 20.0,
                  size.height - 3.0 * size.line_height()};
  chart result(size, plot, 0, high, 0, top);
  result.y_axis(numbers,
                "Time that a batch takes (" + std::string(bar_unit.name) + ")");
  result.x_axis(unit.ticks(0, high, narrow ? 5 : 10), time_axis(unit));
  for (const bool acting : {true, false})
    for (const auto& batch : of.median_batches) {
      const auto acts = bar_unit.of(batch.actions_end - batch.begins);
      const auto all = bar_unit.of(batch.ends - batch.begins);
      const auto from = unit.of(batch.begins);
      const auto to = std::max(unit.of(batch.ends), from + result.x_of_pixels(0.5));
      if (acting ? acts > 0 : all > acts)
        result.box(acting ? ink::action : ink::health, from, to, acting ? 0 : acts,
                   acting ? acts : all);
    }
  name_zones(result, of, unit, 2.2 * size.line_height(), top);
  return result;
}

} // namespace

chart timeline_chart(const report& of, bool narrow) {
  auto last = engine::duration{0};
  for (const auto& batch : of.median_batches)
    last = std::max(last, batch.ends);
  const auto unit = unit_for(last);
  const auto high = last > engine::duration{0} ? unit.of(last) * 1.01 : 1.0;
  if (of.median_batches.size() > named_batches_max)
    return dense_timeline(of, unit, high, narrow);
  return narrow ? stacked_timeline(of, unit, high) : named_timeline(of, unit, high);
}

} // namespace drydock::cli
