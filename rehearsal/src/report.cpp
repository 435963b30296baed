// SPDX-License-Identifier: Apache-2.0
#include "drydock/rehearsal/report.hpp"

#include <algorithm>
#include <cmath>

namespace drydock::inline v1::rehearsal {

std::string_view to_string(phase x) {
  switch (x) {
  case phase::settling:
    return "settling";
  case phase::action:
    return "action";
  case phase::slowest:
    return "slowest";
  case phase::health:
    return "health";
  case phase::pause:
    return "pause";
  case phase::budget:
    return "budget";
  case phase::rollback:
    return "rollback";
  }
  return "";
}

proportion report::odds(fate::kind what, std::string_view code) const {
  for (const auto& f : fates)
    if (f.what == what && f.code == code)
      return f.odds;
  return wilson(0, runs);
}

proportion report::faulted() const {
  std::uint32_t count = 0;
  for (const auto& f : fates)
    if (f.what == fate::kind::faulted)
      count += f.odds.count;
  return wilson(count, runs);
}

duration remaining_at(const progress_curve& curve, const progress_so_far& so_far) {
  constexpr double stretch_max = 4.0;
  const auto percent = so_far.taking_part == 0
                         ? std::size_t{100}
                         : std::min<std::size_t>(
                           std::size_t{so_far.settled} * 100 / so_far.taking_part, 100);
  const auto expected = curve.elapsed[percent];
  auto stretch = 1.0;
  if (so_far.settled > 0 && expected > duration{0})
    stretch = std::clamp(static_cast<double>(so_far.last_settled.count())
                           / static_cast<double>(expected.count()),
                         1.0 / stretch_max, stretch_max);
  const auto rest = static_cast<double>(curve.remaining[percent].count()) * stretch;
  const auto gone = so_far.now - so_far.last_settled;
  return std::max(duration{0}, duration{std::llround(rest)} - gone);
}

namespace {

bool is_completed(const run_outcome& x) {
  return x.what == fate::kind::completed
         || x.what == fate::kind::completed_with_failures;
}

/// The median of `gaps`, and the ranks between which it lies: binomial, as a normal
/// distribution.
void put_median(const std::vector<duration>& gaps, difference& out) {
  out.length = quantile(gaps, 0.5);
  if (!out.has_interval())
    return;
  const auto n = static_cast<double>(gaps.size());
  const auto reach = 1.96 * std::sqrt(n) / 2.0;
  const auto rank = [&](double x) {
    return static_cast<std::size_t>(std::clamp(x, 1.0, n)) - 1;
  };
  out.length_low = gaps[rank(std::floor(n / 2.0 - reach))];
  out.length_high = gaps[rank(std::ceil(n / 2.0 + 1.0 + reach))];
}

} // namespace

difference compare(const report& here, const report& there) {
  difference result;
  const auto runs = std::min(here.outcomes.size(), there.outcomes.size());
  std::vector<duration> gaps;
  std::uint32_t shorter = 0;
  double available = 0;
  for (std::size_t i = 0; i < runs; ++i) {
    const auto& a = here.outcomes[i];
    const auto& b = there.outcomes[i];
    if (is_completed(a) && is_completed(b)) {
      gaps.push_back(a.length - b.length);
      shorter += a.length < b.length ? 1 : 0;
    }
    available += static_cast<double>(a.minimum_available) - b.minimum_available;
    const auto a_faulted = a.what == fate::kind::faulted;
    const auto b_faulted = b.what == fate::kind::faulted;
    result.faulted_here += a_faulted && !b_faulted ? 1 : 0;
    result.faulted_there += b_faulted && !a_faulted ? 1 : 0;
  }
  std::sort(gaps.begin(), gaps.end());
  result.pairs = static_cast<std::uint32_t>(gaps.size());
  result.shorter = wilson(shorter, result.pairs);
  put_median(gaps, result);
  if (runs > 0)
    result.minimum_available = available / static_cast<double>(runs);
  return result;
}

} // namespace drydock::inline v1::rehearsal
