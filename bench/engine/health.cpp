// SPDX-License-Identifier: Apache-2.0
// What one answer to a probe costs the health state machines.
#include "drydock/engine/health.hpp"

#include <benchmark/benchmark.h>

#include <vector>

namespace drydock::bench {

namespace {

using namespace engine;

void health_transitions(benchmark::State& state) {
  health_source source;
  source.kind = health_kind::rich_extension;
  source.number_of_probes = 2;
  source.grace_period = source.interval * 2;
  std::vector<health_machine> machines(static_cast<std::size_t>(state.range(0)));
  constexpr raw_health answers[] = {health_state::healthy, health_state::healthy,
                                    health_state::unhealthy, health_state::unknown};
  instant now{};
  std::size_t round = 0, healthy = 0;
  for (auto _ : state) {
    now += source.interval;
    for (std::size_t i = 0; i < machines.size(); ++i)
      healthy +=
        machines[i].next(source, answers[(round + i) % 4], now) == health_state::healthy
          ? 1
          : 0;
    ++round;
  }
  benchmark::DoNotOptimize(healthy);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(health_transitions)->RangeMultiplier(10)->Range(10'000, 1'000'000);

} // namespace

} // namespace drydock::bench
