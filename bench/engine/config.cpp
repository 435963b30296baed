// SPDX-License-Identifier: Apache-2.0
// What a fleet file costs to read and check.
#include "drydock/config/fleet_file.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace drydock::bench {

namespace {

std::string fleet_text(const std::string& instances) {
  return R"([scale_set]
name = "web"
zones = ["1", "2", "3"]
features = ["ImageReferenceUpgradeForVmoVMs"]
[scale_set.model]
vm_size = "Standard_D2s_v5"
image = { publisher = "contoso", offer = "web", sku = "stable", version = "1.0.0" }
)" + instances
         + R"(
[change]
image = { version = "2.0.0" }
[upgrade_policy]
mode = "rolling"
[health.application_health_extension]
states = "rich"
protocol = "http"
request_path = "/health"
[driver]
kind = "simulated"
)";
}

void read(benchmark::State& state, const std::string& text) {
  const auto count = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    const auto result = config::parse(text, "fleet.toml", {});
    const auto* file = std::get_if<config::fleet_file>(&result);
    if (file == nullptr || file->instances.size() != count) {
      state.SkipWithError("the fleet file was refused");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void config_generated(benchmark::State& state) {
  read(state, fleet_text("[scale_set.instances]\nid = \"web-{index}\"\ncount = "
                         + std::to_string(state.range(0)) + "\n"));
}
BENCHMARK(config_generated)
  ->RangeMultiplier(10)
  ->Range(10'000, 1'000'000)
  ->Unit(benchmark::kMillisecond);

void config_listed(benchmark::State& state) {
  std::string list;
  for (int i = 0; i < state.range(0); ++i)
    list += "[[scale_set.instance]]\nid = \"web-" + std::to_string(i) + "\"\nzone = \""
            + std::to_string(1 + i % 3) + "\"\nport = 8080\n";
  read(state, fleet_text(list));
}
BENCHMARK(config_listed)
  ->RangeMultiplier(10)
  ->Range(1'000, 100'000)
  ->Unit(benchmark::kMillisecond);

} // namespace

} // namespace drydock::bench
