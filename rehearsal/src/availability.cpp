// SPDX-License-Identifier: Apache-2.0
#include "availability.hpp"

#include <algorithm>

namespace drydock::inline v1::rehearsal {

availability_bands::availability_bands(std::uint32_t instances)
  : instances_(std::max(instances, 1U)), counts_(moments) {}

std::size_t availability_bands::level_of(std::uint32_t available) const {
  return std::size_t{available} * (levels - 1) / instances_;
}

/// Every second moment goes, so that the rest span twice the time.
void availability_bands::widen() {
  // All runs that were added before have ended by the last moment.
  const auto ended = counts_.back();
  for (std::size_t i = 1; i < moments; ++i)
    counts_[i] = 2 * i < moments ? counts_[2 * i] : ended;
  step_ *= 2;
}

void availability_bands::add(const run_facts& run) {
  if (runs_++ == 0)
    step_ = std::max(duration{1},
                     run.length * 3 / 2 / static_cast<std::int64_t>(moments - 1));
  longest_ = std::max(longest_, run.length);
  while (run.length > step_ * static_cast<std::int64_t>(moments - 1))
    widen();
  std::size_t at = 0;
  for (std::size_t i = 0; i < moments; ++i) {
    while (at + 1 < run.available.size()
           && run.available[at + 1].first <= step_ * static_cast<std::int64_t>(i))
      ++at;
    ++counts_[i][level_of(run.available[at].second)];
  }
}

availability_point availability_bands::point(std::size_t moment) const {
  availability_point result;
  result.at = step_ * static_cast<std::int64_t>(moment);
  std::uint64_t sum = 0;
  const auto total = std::uint64_t{runs_};
  std::array<std::pair<double, double*>, 5> wanted{{{0.05, &result.p5},
                                                    {0.25, &result.p25},
                                                    {0.50, &result.p50},
                                                    {0.75, &result.p75},
                                                    {0.95, &result.p95}}};
  std::size_t next = 0;
  for (std::size_t level = 0; level < levels && next < wanted.size(); ++level) {
    sum += counts_[moment][level];
    while (next < wanted.size()
           && static_cast<double>(sum)
                >= wanted[next].first * static_cast<double>(total))
      *wanted[next++].second = static_cast<double>(level) / (levels - 1);
  }
  return result;
}

std::vector<availability_point> availability_bands::points() const {
  std::vector<availability_point> result;
  for (std::size_t i = 0; runs_ > 0 && i < moments; ++i) {
    result.push_back(point(i));
    if (result.back().at >= longest_)
      break;
  }
  return result;
}

} // namespace drydock::inline v1::rehearsal
