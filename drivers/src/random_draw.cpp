// SPDX-License-Identifier: Apache-2.0
#include "random_draw.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace drydock::drivers {

using engine::duration;

namespace {

/// SplitMix64's finisher: every bit of the input moves every bit of the output.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// A standard normal number, by Box and Muller: it takes two draws and no state,
/// which the standard library's generators would keep.
double draw_normal(const draw_key& key, purpose what) {
  const auto u = 1.0 - draw_unit(key, what, 0);
  const auto v = draw_unit(key, what, 1);
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

/// Rounds to a nanosecond; three years are the most that is drawn.
duration to_duration(double ns) {
  constexpr double most = 1e17;
  return duration{static_cast<duration::rep>(std::llround(std::clamp(ns, 0.0, most)))};
}

} // namespace

duration quantile_at(const std::vector<duration>& points, double u) {
  if (points.empty())
    return duration{0};
  const auto at = u * static_cast<double>(points.size() - 1);
  const auto lower = std::min(static_cast<std::size_t>(at), points.size() - 1);
  const auto upper = std::min(lower + 1, points.size() - 1);
  const auto gap = static_cast<double>((points[upper] - points[lower]).count());
  return points[lower] + to_duration(gap * (at - static_cast<double>(lower)));
}

double draw_unit(const draw_key& key, purpose what, std::uint32_t nth) {
  auto x = mix(key.seed);
  x = mix(x ^ key.instance);
  x = mix(x
          ^ (std::uint64_t{key.attempt} << 32
             | static_cast<std::uint64_t>(key.action) << 16
             | static_cast<std::uint64_t>(what) << 8 | nth));
  return static_cast<double>(x >> 11) * 0x1p-53;
}

duration draw_duration(const engine::duration_distribution& from, const draw_key& key,
                       purpose what) {
  using shape = engine::duration_distribution::shape;
  const auto first = static_cast<double>(from.first.count());
  const auto second = static_cast<double>(from.second.count());
  switch (from.kind) {
  case shape::fixed:
    return from.first;
  case shape::normal:
    return to_duration(first + second * draw_normal(key, what));
  case shape::uniform:
    return to_duration(first + (second - first) * draw_unit(key, what));
  case shape::lognormal:
    return to_duration(first * std::exp(from.sigma * draw_normal(key, what)));
  case shape::exponential:
    return to_duration(-first * std::log(1.0 - draw_unit(key, what)));
  case shape::quantiles:
    return quantile_at(from.points, draw_unit(key, what));
  }
  return from.first;
}

} // namespace drydock::drivers
