// SPDX-License-Identifier: Apache-2.0
#include "chart_axis.hpp"

#include "html_text.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace drydock::cli {

using namespace std::chrono;
using engine::duration;

namespace {

std::vector<tick> ticks_every(double step, double low, double high) {
  const auto decimals =
    std::clamp(static_cast<int>(std::ceil(-std::log10(step))), 0, 9);
  std::vector<tick> result;
  // A hair's breadth, so that rounding never takes an end's tick away.
  const auto first = std::ceil(low / step - 1e-6);
  for (auto i = first; i * step <= high + step * 1e-6; i += 1.0)
    result.push_back({i * step, number_text(i * step, decimals)});
  return result;
}

/// The least step of 1, 2 or 5 times a power of ten that makes at most `most` ticks.
double decimal_step(double span, int most) {
  const auto least = span / static_cast<double>(std::max(most - 1, 1));
  const auto power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1.0 - 1e-9))
      return factor * power;
  return 10.0 * power;
}

} // namespace

std::vector<tick> number_ticks(double low, double high, int most) {
  return ticks_every(decimal_step(high - low, most), low, high);
}

std::vector<tick> whole_ticks(double low, double high, int most) {
  return ticks_every(std::max(1.0, decimal_step(high - low, most)), low, high);
}

double time_unit::of(duration d) const {
  return static_cast<double>(d.count()) / static_cast<double>(one.count());
}

std::vector<tick> time_unit::ticks(double low, double high, int most) const {
  static constexpr double sixty[] = {1, 2, 5, 10, 15, 30, 60};
  static constexpr double day[] = {1, 2, 3, 6, 12, 24, 48};
  const auto steps = name == "s" || name == "min" ? std::span<const double>(sixty)
                     : name == "h"                ? std::span<const double>(day)
                                                  : std::span<const double>();
  const auto least = (high - low) / static_cast<double>(std::max(most - 1, 1));
  if (!steps.empty() && least > steps.front() / 2)
    for (const auto step : steps)
      if (step >= least)
        return ticks_every(step, low, high);
  return number_ticks(low, high, most);
}

time_unit unit_for(duration most) {
  if (most < seconds(2))
    return {"ms", milliseconds(1)};
  if (most < minutes(3))
    return {"s", seconds(1)};
  if (most < hours(3))
    return {"min", minutes(1)};
  if (most < hours(96))
    return {"h", hours(1)};
  return {"d", hours(24)};
}

} // namespace drydock::cli
