// SPDX-License-Identifier: Apache-2.0
#include "bar_rows.hpp"

#include "html_text.hpp"
#include "picture_book.hpp"

#include <algorithm>
#include <cmath>

namespace drydock::cli {

namespace {

constexpr std::size_t label_lines = 3;

} // namespace

bar_rows::bar_rows(bool narrow,
                   const std::vector<std::pair<std::string, std::string>>& texts,
                   double bar_height, double gap)
  : size(narrow ? narrow_canvas(0) : wide_canvas(0)) {
  double beside = 20;
  double y = 2;
  for (const auto& [label, value] : texts) {
    bar_row next;
    if (!label.empty())
      next.label = wrapped(label, size.columns_in(size.width - 16.0), label_lines);
    next.value = value;
    next.label_top = y;
    next.bar_height = bar_height;
    next.bar_top = y + static_cast<double>(next.label.size()) * size.line_height() + 3;
    y = next.bar_top + bar_height + gap;
    if (!value.empty())
      beside = std::max(beside, size.width_of(value) + 18);
    all.push_back(std::move(next));
  }
  plot = {8, 0, size.width - beside, std::max(y - gap, bar_height) + 8};
  size.height = static_cast<int>(std::ceil(plot.bottom + 3.0 * size.line_height()));
}

chart bar_rows::begin(double high) const {
  chart result(size, plot, 0, high, plot.bottom, plot.top);
  for (const auto& each : all) {
    auto y = each.label_top + size.line_height() / 2;
    for (const auto& line : each.label) {
      result.write(ink::text, plot.left, y, chart::side::left, line);
      y += size.line_height();
    }
    if (!each.value.empty())
      result.write(ink::strong, size.width - 2.0, each.middle(), chart::side::right,
                   each.value);
  }
  return result;
}

void bar_rows::bar(chart& onto, std::size_t i, ink with, double from, double to) const {
  if (to > from)
    onto.box(with, from, to, all[i].bar_top, all[i].bar_top + all[i].bar_height);
}

void bar_rows::interval(chart& onto, std::size_t i, double low, double high) const {
  constexpr double cap = 4;
  const auto y = all[i].middle();
  onto.line(ink::text, 1.5, low, y, high, y);
  for (const auto end : {low, high})
    onto.line(ink::text, 1.5, end, y - cap, end, y + cap);
}

} // namespace drydock::cli
