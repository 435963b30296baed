// SPDX-License-Identifier: Apache-2.0
#include "made_reports.hpp"

#include "drydock/rehearsal/statistics.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <random>

namespace drydock::cli::made {

using namespace std::chrono_literals;
using namespace drydock::rehearsal;

namespace {

constexpr const char* breach =
  "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade";

struct made_run {
  run_outcome outcome;
  std::vector<batch_span> batches;
  std::string code;
  std::array<duration, phases> spent{};
};

/// Numbers that are the same with every standard library.
class dice {
public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}
  double draw() { return static_cast<double>(engine_() >> 11U) / 9007199254740992.0; }
  duration around(duration d) {
    const auto tail = draw();
    return duration(
      static_cast<std::int64_t>(static_cast<double>(d.count())
                                * (1.0 + 0.3 * draw() + 0.9 * tail * tail * tail)));
  }

private:
  std::mt19937_64 engine_;
};

made_run run_once(const world& of, std::uint64_t seed) {
  dice random(seed);
  made_run run;
  auto spend = [&](phase what, duration d) {
    run.spent[static_cast<std::size_t>(what)] += d;
    run.outcome.length += d;
  };
  spend(phase::settling, random.around(of.action / 6));
  const auto total = (of.instances + of.batch - 1) / of.batch;
  run.outcome.minimum_available = of.instances;
  for (std::uint32_t i = 0; i < total && of.instances > 0; ++i) {
    batch_span span;
    span.index = i + 1;
    if (!of.zones.empty())
      span.zone = of.zones[i * of.zones.size() / total];
    span.instances = std::min(of.batch, of.instances - i * of.batch);
    span.begins = run.outcome.length;
    spend(phase::action, of.action);
    spend(phase::slowest, random.around(of.action) - of.action);
    span.actions_end = run.outcome.length;
    spend(phase::health, random.around(of.action / 4));
    span.ends = run.outcome.length;
    const auto fails = random.draw() < of.failure_odds * span.instances;
    const auto stops = random.draw() < of.fault_odds;
    span.failed = stops ? span.instances / 2 : fails ? 1 : 0;
    run.outcome.failed += span.failed;
    run.outcome.minimum_available = std::min(
      run.outcome.minimum_available,
      of.instances - std::min(of.instances, run.outcome.failed + span.instances));
    run.batches.push_back(span);
    if (stops) {
      run.outcome.what = fate::kind::faulted;
      run.code = i % 3 == 2 ? "RollingUpgradeTimeoutError" : breach;
      spend(phase::rollback, random.around(of.action / 2));
      break;
    }
    spend(phase::pause, of.action / 12);
    spend(phase::budget, fails ? random.around(of.action / 4) : 0ns);
  }
  if (run.outcome.what != fate::kind::faulted && run.outcome.failed > 0)
    run.outcome.what = fate::kind::completed_with_failures;
  return run;
}

/// The share of the instances that are available at `at`.
double available_at(const made_run& run, const world& of, duration at) {
  std::uint32_t gone = 0;
  for (const auto& batch : run.batches) {
    if (batch.ends <= at)
      gone += batch.failed;
    else if (batch.begins <= at && batch.ends > batch.begins)
      gone += batch.instances;
  }
  return of.instances == 0 ? 1.0 : 1.0 - static_cast<double>(gone) / of.instances;
}

void add_fates(report& result, const std::vector<made_run>& runs) {
  std::map<std::string, std::uint32_t> faults;
  std::uint32_t completed = 0;
  std::uint32_t with_failures = 0;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> ends;
  for (const auto& run : runs) {
    completed += run.outcome.what == fate::kind::completed ? 1 : 0;
    with_failures += run.outcome.what == fate::kind::completed_with_failures ? 1 : 0;
    if (run.outcome.what == fate::kind::faulted) {
      ++faults[run.code];
      ++ends[{run.batches.empty() ? 0 : run.batches.back().index, run.code}];
    }
  }
  const auto add = [&](fate::kind what, const std::string& code, std::uint32_t count) {
    result.fates.push_back({what, code, wilson(count, result.runs)});
  };
  add(fate::kind::completed, "", completed);
  add(fate::kind::completed_with_failures, "", with_failures);
  for (const auto& [code, count] : faults)
    add(fate::kind::faulted, code, count);
  for (const auto& [where, count] : ends)
    result.bad_ends.push_back(
      {where.first, where.second == breach ? "afterBatch" : "", where.second, count});
  std::stable_sort(result.bad_ends.begin(), result.bad_ends.end(),
                   [](const auto& a, const auto& b) { return a.runs > b.runs; });
}

void add_lengths(report& result, std::vector<duration>& lengths) {
  std::sort(lengths.begin(), lengths.end());
  duration sum{0};
  for (const auto each : lengths)
    sum += each;
  const auto at = [&](double p) { return quantile(lengths, p); };
  result.length = {at(0.05),
                   at(0.5),
                   at(0.9),
                   at(0.99),
                   lengths.front(),
                   lengths.back(),
                   sum / static_cast<std::int64_t>(lengths.size())};
  const auto bins = lengths.size() == 1 ? 1 : 24;
  result.lengths.first = lengths.front();
  result.lengths.width = (lengths.back() - lengths.front()) / bins + 1ns;
  result.lengths.counts.resize(static_cast<std::size_t>(bins));
  for (const auto each : lengths)
    ++result.lengths.counts[static_cast<std::size_t>((each - lengths.front())
                                                     / result.lengths.width)];
}

void add_availability(report& result, const std::vector<made_run>& runs,
                      const world& of) {
  const auto least = [&](double p) {
    std::vector<double> all;
    all.reserve(runs.size());
    for (const auto& run : runs)
      all.push_back(run.outcome.minimum_available);
    std::sort(all.begin(), all.end());
    return static_cast<std::uint32_t>(quantile(all, p));
  };
  result.minimum_available_p1 = least(0.01);
  result.minimum_available_p50 = least(0.5);
  for (int i = 0; i <= 160; ++i) {
    const auto at = result.length.most / 160 * i;
    std::vector<double> all;
    all.reserve(runs.size());
    for (const auto& run : runs)
      all.push_back(available_at(run, of, at));
    std::sort(all.begin(), all.end());
    result.availability.push_back({at, quantile(all, 0.05), quantile(all, 0.25),
                                   quantile(all, 0.5), quantile(all, 0.75),
                                   quantile(all, 0.95)});
  }
  for (const int percent : {95, 90, 85, 80}) {
    const auto share = 1.0 - (100 - percent) / 40.0;
    const auto count = static_cast<std::uint32_t>(result.runs * std::max(0.0, share));
    result.below.push_back({percent, wilson(count, result.runs),
                            duration(static_cast<std::int64_t>(
                              static_cast<double>(result.length.p50.count()) * share)),
                            result.length.p90});
  }
}

void add_phases(report& result, const std::vector<made_run>& runs) {
  duration all{0};
  for (const auto& run : runs)
    all += run.outcome.length;
  for (std::size_t i = 0; i < phases; ++i) {
    duration sum{0};
    for (const auto& run : runs)
      sum += run.spent.at(i);
    result.phases.push_back(
      {static_cast<phase>(i),
       all == 0ns ? 0.0
                  : static_cast<double>(sum.count()) / static_cast<double>(all.count()),
       sum / static_cast<std::int64_t>(runs.size())});
  }
}

void add_notable(report& result, const std::vector<made_run>& runs) {
  const auto notable = [&](std::size_t i) {
    const auto& run = runs[i];
    return notable_run{static_cast<std::uint32_t>(i + 1),
                       6364136223846793ULL + i * 7919,
                       run.outcome.what,
                       run.code,
                       run.outcome.length,
                       run.outcome.failed,
                       run.outcome.minimum_available};
  };
  std::vector<std::size_t> order(runs.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  const auto rank = [&](std::size_t i) {
    return std::tuple(runs[i].outcome.what != fate::kind::faulted,
                      ~runs[i].outcome.failed, -runs[i].outcome.length);
  };
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return rank(a) < rank(b); });
  for (std::size_t i = 0; i < std::min<std::size_t>(10, order.size()); ++i)
    result.worst.push_back(notable(order[i]));
  std::sort(order.begin(), order.end(), [&](auto a, auto b) {
    return runs[a].outcome.length < runs[b].outcome.length;
  });
  const auto median = order[(order.size() - 1) / 2];
  result.median = notable(median);
  result.median_batches = runs[median].batches;
}

difference against(const report& here, const report& there) {
  const auto gap = here.length.p50 - there.length.p50;
  return {here.runs,
          wilson(here.runs * 2 / 3, here.runs),
          gap,
          gap - 70s,
          gap + 95s,
          static_cast<double>(here.minimum_available_p50)
            - static_cast<double>(there.minimum_available_p50),
          9,
          3};
}

} // namespace

report report_of(const world& of) {
  report result;
  result.runs = of.runs;
  result.seed = of.seed;
  result.instances = of.instances;
  std::vector<made_run> runs;
  std::vector<duration> lengths;
  for (std::uint32_t i = 0; i < of.runs; ++i) {
    runs.push_back(run_once(of, of.seed + i));
    lengths.push_back(runs.back().outcome.length);
    result.outcomes.push_back(runs.back().outcome);
  }
  add_fates(result, runs);
  add_lengths(result, lengths);
  add_availability(result, runs, of);
  add_phases(result, runs);
  add_notable(result, runs);
  if (of.bad_images)
    result.blast = blast_radius{23, 12, 24, 36, wilson(22, 23)};
  return result;
}

const std::string& awkward_name() {
  static const std::string name =
    "<b>&\"'`touch pwned`_{}^@x $(id)\\ ]]></script><svg onload=alert(1)>\n\t\x01"
    "0\x01 EOD zone–é";
  return name;
}

html_facts facts_of(const std::string& name) {
  return {name + ".toml",
          name,
          {{"max_batch_instance_percent", "10"},
           {"max_unhealthy_instance_percent", "20"},
           {"max_unhealthy_upgraded_instance_percent", "20"},
           {"pause_time_between_batches", "5s"},
           {"health_timeout", "10m"},
           {"zone_of_" + name, name}},
          {}};
}

std::vector<variant> alone(report result) {
  return {{"", std::move(result), std::nullopt}};
}

std::vector<variant> settings(std::size_t count) {
  std::vector<variant> result;
  for (std::size_t i = 0; i < count; ++i) {
    world each;
    each.batch = static_cast<std::uint32_t>(6 * (i + 1));
    each.fault_odds = 0.004 * static_cast<double>(i + 1);
    variant next{"max_batch_instance_percent = " + std::to_string(5 * (i + 1)),
                 report_of(each), std::nullopt};
    if (i > 0)
      next.against_first = against(next.result, result.front().result);
    result.push_back(std::move(next));
  }
  return result;
}

std::vector<page_case> page_cases() {
  world typical;
  typical.bad_images = true;
  world one;
  one.runs = 1;
  world doomed;
  doomed.fault_odds = 1.0;
  doomed.bad_images = true;
  world nothing;
  nothing.instances = 0;
  nothing.action = 0ns;
  world long_one;
  long_one.instances = 50'000;
  long_one.batch = 50;
  long_one.runs = 20;
  long_one.action = 15min;
  long_one.fault_odds = 0;
  world quick;
  quick.instances = 12;
  quick.batch = 2;
  quick.action = 40ms;
  quick.zones = {};
  world awkward;
  awkward.instances = 40;
  awkward.zones = {awkward_name(), "a", awkward_name() + "2"};
  std::vector<page_case> result;
  result.push_back({"typical", alone(report_of(typical)), facts_of("web")});
  result.push_back({"one", alone(report_of(one)), facts_of("web")});
  result.push_back({"doomed", alone(report_of(doomed)), facts_of("web")});
  result.push_back({"nothing", alone(report_of(nothing)), facts_of("web")});
  result.push_back({"long", alone(report_of(long_one)), facts_of("web")});
  result.push_back({"quick", alone(report_of(quick)), facts_of("web")});
  result.push_back({"awkward", alone(report_of(awkward)), facts_of(awkward_name())});
  for (auto& fate : result.back().variants.front().result.fates)
    if (!fate.code.empty())
      fate.code = awkward_name();
  result.push_back({"settings", settings(8), facts_of("web")});
  result.push_back({"awkward-settings", settings(2), facts_of(awkward_name())});
  for (auto& each : result.back().variants)
    each.name = awkward_name() + awkward_name();
  return result;
}

} // namespace drydock::cli::made
