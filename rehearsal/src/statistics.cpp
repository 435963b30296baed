// SPDX-License-Identifier: Apache-2.0
#include "drydock/rehearsal/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace drydock::inline v1::rehearsal {

namespace {

/// The standard normal number that 97.5 % of all are below.
constexpr double z95 = 1.959963984540054;

struct place {
  std::size_t lower = 0;
  std::size_t upper = 0;
  double between = 0.0;
};

place locate(std::size_t size, double p) {
  const auto at = std::clamp(p, 0.0, 1.0) * static_cast<double>(size - 1);
  const auto lower = static_cast<std::size_t>(at);
  return {lower, std::min(lower + 1, size - 1), at - static_cast<double>(lower)};
}

} // namespace

proportion wilson(std::uint32_t count, std::uint32_t of) {
  if (of == 0)
    return {};
  const auto n = static_cast<double>(of);
  const auto share = static_cast<double>(count) / n;
  const auto shrink = 1.0 + z95 * z95 / n;
  const auto centre = (share + z95 * z95 / (2.0 * n)) / shrink;
  const auto reach =
    z95 / shrink * std::sqrt(share * (1.0 - share) / n + z95 * z95 / (4.0 * n * n));
  // At the ends rounding would leave the share just outside its interval.
  const auto low = count == 0 ? 0.0 : std::max(0.0, centre - reach);
  const auto high = count == of ? 1.0 : std::min(1.0, centre + reach);
  return {count, share, low, high};
}

count_interval byar(std::uint32_t count) {
  const auto limit = [](double n, double side) {
    const auto root = 1.0 - 1.0 / (9.0 * n) + side * z95 / (3.0 * std::sqrt(n));
    return n * root * root * root;
  };
  const auto n = static_cast<double>(count);
  return {count == 0 ? 0.0 : limit(n, -1.0), limit(n + 1.0, 1.0)};
}

double quantile(const std::vector<double>& sorted, double p) {
  if (sorted.empty())
    return 0.0;
  const auto at = locate(sorted.size(), p);
  return sorted[at.lower] + (sorted[at.upper] - sorted[at.lower]) * at.between;
}

engine::duration quantile(const std::vector<engine::duration>& sorted, double p) {
  if (sorted.empty())
    return engine::duration{0};
  const auto at = locate(sorted.size(), p);
  const auto gap = static_cast<double>((sorted[at.upper] - sorted[at.lower]).count());
  return sorted[at.lower] + engine::duration{std::llround(gap * at.between)};
}

} // namespace drydock::inline v1::rehearsal
