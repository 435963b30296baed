// SPDX-License-Identifier: Apache-2.0
// What a batch costs to decide: classes, limits, order, choice, the whole plan.
#include "worlds.hpp"

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/candidates.hpp"
#include "drydock/engine/plan.hpp"
#include "drydock/engine/policy.hpp"

#include <benchmark/benchmark.h>

#include <numeric>

namespace drydock::bench {

namespace {

using namespace engine;

void classify(benchmark::State& state) {
  const std::vector<std::string> paths{"image.version", "settings.greeting", "vm_size",
                                       "settings.kernel"};
  const class_overrides overrides{{"settings.kernel", apply_class::restart}};
  for (auto _ : state)
    benchmark::DoNotOptimize(classify_change(paths, overrides));
}
BENCHMARK(classify);

void limits(benchmark::State& state) {
  const rolling_policy policy;
  auto n = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(n);
    benchmark::DoNotOptimize(resolve_limits(policy, n));
  }
}
BENCHMARK(limits)->RangeMultiplier(10)->Range(10'000, 1'000'000);

std::vector<candidate_pool::candidate> candidates_of(std::size_t count) {
  std::vector<candidate_pool::candidate> result(count);
  for (std::size_t i = 0; i < count; ++i)
    result[i] = {static_cast<instance_index>(i), custom_metrics::no_phase,
                 i % 50 == 0 ? candidate_standing::unhealthy
                             : candidate_standing::healthy};
  return result;
}

void order(benchmark::State& state) {
  const auto instances = make_fleet(static_cast<std::uint32_t>(state.range(0)), true);
  const auto candidates = candidates_of(instances->size());
  for (auto _ : state)
    benchmark::DoNotOptimize(candidate_pool(*instances, candidates, false));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(order)
  ->RangeMultiplier(10)
  ->Range(10'000, 1'000'000)
  ->Unit(benchmark::kMillisecond);

/// Every batch of an upgrade, from the first to the last.
void select(benchmark::State& state) {
  const auto instances = make_fleet(static_cast<std::uint32_t>(state.range(0)), true);
  const auto candidates = candidates_of(instances->size());
  const auto most = resolve_limits(rolling_policy{}, instances->size());
  for (auto _ : state) {
    state.PauseTiming();
    candidate_pool pool(*instances, candidates, false);
    state.ResumeTiming();
    while (pool.size() > 0) {
      const auto choice = pool.select(most, 0, true);
      if (choice.members.empty()) {
        state.SkipWithError("no batch although candidates are left");
        return;
      }
      for (const auto i : choice.members)
        pool.update(i, candidate_standing::absent);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(select)
  ->RangeMultiplier(10)
  ->Range(10'000, 1'000'000)
  ->Unit(benchmark::kMillisecond);

/// The rollout machine from its start to its end, every member succeeding.
void plan(benchmark::State& state) {
  const auto instances = make_fleet(static_cast<std::uint32_t>(state.range(0)), true);
  rollout_options options;
  options.policy.mode = upgrade_mode::rolling;
  options.action = apply_class::reimage;
  options.has_health = true;
  for (auto _ : state) {
    const auto result = make_plan(options, instances, {});
    const auto members = std::accumulate(
      result.batches.begin(), result.batches.end(), std::size_t{0},
      [](std::size_t sum, const auto& b) { return sum + b.instances.size(); });
    if (members != instances->size())
      state.SkipWithError("the plan leaves instances out");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(plan)
  ->RangeMultiplier(10)
  ->Range(10'000, 1'000'000)
  ->Unit(benchmark::kMillisecond);

} // namespace

} // namespace drydock::bench
