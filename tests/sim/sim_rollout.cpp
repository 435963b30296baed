// SPDX-License-Identifier: Apache-2.0
// Runs whole upgrades with the real actors in virtual time, each in a world drawn
// from a seed: faults, failing and lost answers, flapping health, cancels,
// deletions, any interleaving of messages. Fails on the first broken rule and
// prints the seed that shows it again.
#include "scenario.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <iostream>

int main(int argc, char** argv) {
  // Where CAF writes a line for each actor that dies, as it is meant to here.
  std::cout.setstate(std::ios::failbit);
  using namespace drydock;
  std::uint64_t first = 1, count = 200, one = 0;
  CLI::App app{"Simulates upgrades in worlds drawn from seeds"};
  app.add_option("--seeds", count, "How many seeds");
  app.add_option("--from", first, "The first seed");
  app.add_option("--seed", one, "Just this one, with what was drawn");
  CLI11_PARSE(app, argc, argv);
  if (one != 0) {
    first = one;
    count = 1;
  }
  std::uint64_t events = 0, endings[4] = {}, unseed = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    const auto scenario = sim::draw_scenario(seed);
    if (one != 0)
      std::printf("%s\n", scenario.to_text().c_str());
    auto verdict = sim::run_scenario(scenario);
    // Hidden nondeterminism shows when the same seed tells something else.
    if (verdict.violation.empty() && seed % 10 == 0
        && sim::run_scenario(scenario).unseed != verdict.unseed)
      verdict.violation = "the same seed ran differently the second time";
    if (!verdict.violation.empty()) {
      std::printf("%s\nBROKEN: %s\nsee it again: sim_rollout --seed %llu\n",
                  scenario.to_text().c_str(), verdict.violation.c_str(),
                  static_cast<unsigned long long>(seed));
      return 1;
    }
    events += verdict.events;
    ++endings[static_cast<std::size_t>(verdict.report.status)];
    unseed = unseed * 31 + verdict.unseed;
  }
  std::printf(
    "%llu seeds from %llu: %llu completed, %llu faulted, %llu cancelled; %llu "
    "events; unseed %016llx\n",
    static_cast<unsigned long long>(count), static_cast<unsigned long long>(first),
    static_cast<unsigned long long>(endings[1]),
    static_cast<unsigned long long>(endings[2]),
    static_cast<unsigned long long>(endings[3]),
    static_cast<unsigned long long>(events), static_cast<unsigned long long>(unseed));
  return endings[1] > 0 ? 0 : 1;
}
