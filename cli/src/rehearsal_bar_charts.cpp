// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_charts.hpp"

#include "bar_rows.hpp"
#include "html_text.hpp"
#include "picture_book.hpp"

#include "drydock/rehearsal/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace drydock::cli {

using engine::duration;
using rehearsal::fate;
using rehearsal::phase;
using rehearsal::proportion;
using rehearsal::report;
using rehearsal::variant;

namespace {

proportion odds_of(const report& of, bool (*belongs)(fate::kind)) {
  std::uint32_t count = 0;
  for (const auto& each : of.fates)
    if (belongs(each.what))
      count += each.odds.count;
  return rehearsal::wilson(count, of.runs);
}

duration mean_of(const report& of) {
  duration sum{0};
  for (const auto& each : of.phases)
    sum += each.mean;
  return sum;
}

} // namespace

proportion abort_odds(const report& of) {
  return odds_of(of, [](fate::kind x) { return x == fate::kind::faulted; });
}

proportion completing_odds(const report& of) {
  return odds_of(of, [](fate::kind x) {
    return x == fate::kind::completed || x == fate::kind::completed_with_failures;
  });
}

ink ink_of(phase x) {
  return static_cast<ink>(static_cast<std::size_t>(ink::settling)
                          + static_cast<std::size_t>(x));
}

ink ink_of(fate::kind x) {
  switch (x) {
  case fate::kind::completed:
    return ink::good;
  case fate::kind::completed_with_failures:
    return ink::warn;
  case fate::kind::faulted:
    return ink::bad;
  case fate::kind::cancelled:
    break;
  }
  return ink::other;
}

chart fates_chart(const report& of, bool narrow) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& each : of.fates)
    texts.emplace_back(fate_text(each.what, each.code),
                       percent_text(each.odds.estimate));
  const bar_rows all(narrow, texts);
  auto result = all.begin(100);
  result.x_axis(number_ticks(0, 100, narrow ? 6 : 11), "Share of the runs (%)");
  for (std::size_t i = 0; i < of.fates.size(); ++i)
    all.bar(result, i, ink_of(of.fates[i].what), 0, of.fates[i].odds.estimate * 100);
  for (std::size_t i = 0; i < of.fates.size(); ++i)
    all.interval(result, i, of.fates[i].odds.low * 100, of.fates[i].odds.high * 100);
  return result;
}

chart phases_chart(const report& of, bool narrow) {
  auto size = narrow ? narrow_canvas(0) : wide_canvas(0);
  const auto top = size.line_height() + 4;
  const area plot{8, 0, size.width - 22.0, top + 44};
  size.height = static_cast<int>(std::ceil(plot.bottom + 3.0 * size.line_height()));
  chart result(size, plot, 0, 100, plot.bottom, plot.top);
  result.x_axis(number_ticks(0, 100, narrow ? 6 : 11), "Share of the time (%)");
  double from = 0;
  for (const auto& each : of.phases) {
    const auto to = from + each.share * 100;
    const auto pixels = (to - from) / result.x_of_pixels(1);
    if (to > from) {
      // A gap tells neighbours apart, whatever their colours.
      const auto gap = pixels > 4 ? result.x_of_pixels(1) : 0.0;
      result.box(ink_of(each.what), from + gap, to - gap, top, plot.bottom - 6);
    }
    auto text =
      std::string(to_string(ink_of(each.what))) + " " + percent_text(each.share);
    if (size.width_of(text) + 4 > pixels)
      text = percent_text(each.share);
    if (size.width_of(text) + 4 < pixels)
      result.write(ink::text, result.x_pixel((from + to) / 2), size.line_height() / 2,
                   chart::side::middle, text);
    from = to;
  }
  return result;
}

chart compare_durations_chart(std::span<const variant> all, bool narrow) {
  std::vector<std::pair<std::string, std::string>> texts;
  duration most{1};
  for (const auto& each : all) {
    const auto& length = each.result.length;
    texts.emplace_back(each.name, narrow ? length_text(length.p50)
                                         : length_text(length.p50) + " – "
                                             + length_text(length.p90));
    most = std::max({most, length.p50, length.p90});
  }
  const auto unit = unit_for(most);
  const bar_rows layout(narrow, texts);
  const auto high = unit.of(most) * 1.02;
  auto result = layout.begin(high);
  result.x_axis(unit.ticks(0, high, narrow ? 5 : 10),
                "Duration of a run (" + std::string(unit.name) + ")");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& length = all[i].result.length;
    layout.bar(result, i, ink::main, 0, unit.of(length.p50));
    layout.bar(result, i, ink::middle, unit.of(length.p50), unit.of(length.p90));
  }
  return result;
}

chart compare_odds_chart(std::span<const variant> all, bool narrow) {
  std::vector<std::pair<std::string, std::string>> texts;
  double most = 0.05;
  for (const auto& each : all) {
    const auto odds = abort_odds(each.result);
    texts.emplace_back(each.name, percent_text(odds.estimate));
    most = std::max(most, odds.high);
  }
  const bar_rows layout(narrow, texts);
  const auto high = std::min(most * 1.03, 1.0) * 100;
  auto result = layout.begin(high);
  result.x_axis(number_ticks(0, high, narrow ? 5 : 11), "Runs that abort (%)");
  for (std::size_t i = 0; i < all.size(); ++i)
    layout.bar(result, i, ink::bad, 0, abort_odds(all[i].result).estimate * 100);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto odds = abort_odds(all[i].result);
    layout.interval(result, i, odds.low * 100, odds.high * 100);
  }
  return result;
}

chart compare_phases_chart(std::span<const variant> all, bool narrow) {
  std::vector<std::pair<std::string, std::string>> texts;
  duration most{1};
  for (const auto& each : all) {
    texts.emplace_back(each.name, length_text(mean_of(each.result)));
    most = std::max(most, mean_of(each.result));
  }
  const auto unit = unit_for(most);
  const bar_rows layout(narrow, texts);
  const auto high = unit.of(most) * 1.02;
  auto result = layout.begin(high);
  result.x_axis(unit.ticks(0, high, narrow ? 5 : 10),
                "Mean duration of a run (" + std::string(unit.name) + ")");
  for (std::size_t i = 0; i < all.size(); ++i) {
    duration from{0};
    for (const auto& each : all[i].result.phases) {
      const auto low = unit.of(from);
      const auto to = unit.of(from + each.mean);
      const auto gap = std::min(result.x_of_pixels(0.75), (to - low) / 4);
      layout.bar(result, i, ink_of(each.what), low + gap, to - gap);
      from += each.mean;
    }
  }
  return result;
}

} // namespace drydock::cli
