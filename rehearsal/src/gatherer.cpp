// SPDX-License-Identifier: Apache-2.0
#include "gatherer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace drydock::inline v1::rehearsal {

namespace {

constexpr std::size_t worst_max = 10;

/// The greater, the worse.
int badness(fate::kind x) {
  switch (x) {
  case fate::kind::completed:
    return 0;
  case fate::kind::completed_with_failures:
    return 1;
  case fate::kind::cancelled:
    return 2;
  case fate::kind::faulted:
    return 3;
  }
  return 0;
}

histogram make_histogram(const std::vector<duration>& sorted) {
  histogram result;
  if (sorted.empty())
    return result;
  const auto range = sorted.back() - sorted.front();
  const auto wanted = std::clamp<std::int64_t>(
    std::llround(2.0 * std::cbrt(static_cast<double>(sorted.size()))), 8, 40);
  result.first = sorted.front();
  result.width = std::max(duration{1}, range / wanted);
  result.counts.resize(static_cast<std::size_t>(range / result.width) + 1);
  for (const auto x : sorted)
    ++result.counts[static_cast<std::size_t>((x - result.first) / result.width)];
  // The greatest values alone would fill a last bar of no width.
  if (result.counts.size() > 1 && range % result.width == duration{0}) {
    result.counts[result.counts.size() - 2] += result.counts.back();
    result.counts.pop_back();
  }
  return result;
}

} // namespace

gatherer::gatherer(std::uint32_t instances, bool has_bad_images)
  : instances_(instances), has_bad_images_(has_bad_images), bands_(instances) {}

void gatherer::add(const run_facts& run) {
  outcomes_.push_back({run.length, run.minimum_available, run.failed, run.what});
  seeds_.push_back(run.seed);
  const auto known = std::find(codes_.begin(), codes_.end(), run.code);
  code_of_.push_back(static_cast<std::uint32_t>(known - codes_.begin()));
  if (known == codes_.end())
    codes_.push_back(run.code);
  ++fates_[{run.what, run.code}];
  if (badness(run.what) >= badness(fate::kind::cancelled))
    ++ends_[{run.end.batch, run.end.check, run.end.code}];
  for (std::size_t i = 0; i < phases; ++i)
    spent_[i] += run.spent[i];
  for (std::size_t i = 0; i < watched_levels.size(); ++i)
    if (run.below[i] > duration{0})
      below_[i].push_back(run.below[i]);
  if (run.bad_image) {
    reached_.push_back(run.reached);
    stopped_ += run.what == fate::kind::faulted ? 1 : 0;
  }
  if (progress_.size() < progress_runs_max)
    progress_.push_back(run.progress);
  bands_.add(run);
}

std::vector<fate> gatherer::fates() const {
  std::vector<fate> result;
  for (const auto& [key, count] : fates_)
    result.push_back({key.first, key.second, wilson(count, runs())});
  for (const auto kind : {fate::kind::completed, fate::kind::completed_with_failures,
                          fate::kind::cancelled})
    if (fates_.count({kind, {}}) == 0)
      result.push_back({kind, {}, wilson(0, runs())});
  std::sort(result.begin(), result.end(), [](const fate& a, const fate& b) {
    if (a.what != b.what)
      return a.what < b.what;
    if (a.odds.count != b.odds.count)
      return a.odds.count > b.odds.count;
    return a.code < b.code;
  });
  return result;
}

bool gatherer::is_precise(double precision) const {
  const auto all = fates();
  return std::all_of(all.begin(), all.end(), [&](const fate& f) {
    return f.odds.high - f.odds.estimate <= precision
           && f.odds.estimate - f.odds.low <= precision;
  });
}

std::vector<duration> gatherer::sorted_lengths() const {
  std::vector<duration> result;
  result.reserve(outcomes_.size());
  for (const auto& x : outcomes_)
    result.push_back(x.length);
  std::sort(result.begin(), result.end());
  return result;
}

std::uint32_t gatherer::median_run() const {
  std::vector<std::uint32_t> order(outcomes_.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto middle =
    order.begin() + static_cast<std::ptrdiff_t>((order.size() - 1) / 2);
  std::nth_element(
    order.begin(), middle, order.end(), [this](std::uint32_t a, std::uint32_t b) {
      return std::pair(outcomes_[a].length, a) < std::pair(outcomes_[b].length, b);
    });
  return *middle + 1;
}

notable_run gatherer::notable(std::uint32_t run) const {
  const auto& x = outcomes_[run - 1];
  return {run,      seeds_[run - 1],    x.what, codes_[code_of_[run - 1]], x.length,
          x.failed, x.minimum_available};
}

void gatherer::put_lengths(report& out) const {
  const auto sorted = sorted_lengths();
  auto& q = out.length;
  q.p5 = quantile(sorted, 0.05);
  q.p50 = quantile(sorted, 0.50);
  q.p90 = quantile(sorted, 0.90);
  q.p99 = quantile(sorted, 0.99);
  q.least = sorted.front();
  q.most = sorted.back();
  long double sum = 0;
  for (const auto x : sorted)
    sum += static_cast<long double>(x.count());
  q.mean = duration{std::llround(sum / static_cast<long double>(sorted.size()))};
  out.lengths = make_histogram(sorted);
}

void gatherer::put_availability(report& out) const {
  std::vector<double> least;
  least.reserve(outcomes_.size());
  for (const auto& x : outcomes_)
    least.push_back(x.minimum_available);
  std::sort(least.begin(), least.end());
  // Instances come in whole ones; the lower neighbour promises no more than was seen.
  out.minimum_available_p1 = static_cast<std::uint32_t>(quantile(least, 0.01));
  out.minimum_available_p50 = static_cast<std::uint32_t>(quantile(least, 0.50));
  for (std::size_t i = 0; i < watched_levels.size(); ++i) {
    auto times = below_[i];
    const auto hit = static_cast<std::uint32_t>(times.size());
    times.resize(outcomes_.size()); // the others spent no time there
    std::sort(times.begin(), times.end());
    out.below.push_back({watched_levels[i], wilson(hit, runs()), quantile(times, 0.50),
                         quantile(times, 0.99)});
  }
  out.availability = bands_.points();
}

void gatherer::put_ends(report& out) const {
  for (const auto& [key, count] : ends_)
    out.bad_ends.push_back(
      {std::get<0>(key), std::get<1>(key), std::get<2>(key), count});
  std::stable_sort(out.bad_ends.begin(), out.bad_ends.end(),
                   [](const bad_end& a, const bad_end& b) { return a.runs > b.runs; });
}

void gatherer::put_worst(report& out) const {
  std::vector<std::uint32_t> order(outcomes_.size());
  std::iota(order.begin(), order.end(), 1U);
  const auto last =
    order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), worst_max));
  std::partial_sort(order.begin(), last, order.end(),
                    [this](std::uint32_t a, std::uint32_t b) {
                      const auto& x = outcomes_[a - 1];
                      const auto& y = outcomes_[b - 1];
                      if (badness(x.what) != badness(y.what))
                        return badness(x.what) > badness(y.what);
                      if (x.failed != y.failed)
                        return x.failed > y.failed;
                      if (x.length != y.length)
                        return x.length > y.length;
                      return a < b;
                    });
  for (auto at = order.begin(); at != last; ++at)
    out.worst.push_back(notable(*at));
}

void gatherer::put_blast(report& out) const {
  if (!has_bad_images_)
    return;
  auto reached = reached_;
  std::sort(reached.begin(), reached.end());
  auto& blast = out.blast.emplace();
  blast.runs = static_cast<std::uint32_t>(reached.size());
  blast.p50 = static_cast<std::uint32_t>(std::lround(quantile(reached, 0.50)));
  blast.p90 = static_cast<std::uint32_t>(std::lround(quantile(reached, 0.90)));
  blast.most = reached.empty() ? 0 : static_cast<std::uint32_t>(reached.back());
  blast.stopped = wilson(stopped_, blast.runs);
}

void gatherer::put_progress(report& out) const {
  auto& curve = out.progress;
  for (std::size_t percent = 0; percent < curve.elapsed.size(); ++percent) {
    std::vector<duration> elapsed, remaining;
    for (std::size_t run = 0; run < progress_.size(); ++run) {
      if (percent >= progress_[run].size())
        continue; // it ended before
      elapsed.push_back(progress_[run][percent]);
      remaining.push_back(outcomes_[run].length - progress_[run][percent]);
    }
    std::sort(elapsed.begin(), elapsed.end());
    std::sort(remaining.begin(), remaining.end());
    curve.elapsed[percent] = elapsed.empty() ? out.length.p50 : quantile(elapsed, 0.5);
    curve.remaining[percent] = quantile(remaining, 0.5);
  }
}

report gatherer::finish() const {
  report out;
  out.runs = runs();
  out.instances = instances_;
  if (outcomes_.empty())
    return out;
  out.fates = fates();
  put_lengths(out);
  put_availability(out);
  duration all{0};
  for (const auto x : spent_)
    all += x;
  for (std::size_t i = 0; i < phases; ++i)
    out.phases.push_back({static_cast<phase>(i),
                          all > duration{0} ? static_cast<double>(spent_[i].count())
                                                / static_cast<double>(all.count())
                                            : 0.0,
                          spent_[i] / runs()});
  put_ends(out);
  out.median = notable(median_run());
  put_worst(out);
  put_blast(out);
  put_progress(out);
  out.outcomes = outcomes_;
  return out;
}

} // namespace drydock::inline v1::rehearsal
