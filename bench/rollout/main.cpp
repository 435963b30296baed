// SPDX-License-Identifier: Apache-2.0
// Whole upgrades beside the floor that the bare framework sets.
#include "comparison.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>

using namespace drydock::bench;

int main(int argc, char** argv) {
  CLI::App app{"Measures whole upgrades beside bare CAF: each measurement in a process "
               "of its own, in alternating rounds, medians."};
  comparison_options options;
  std::string child, clock = "real";
  bool json = false;
  app.add_option("--instances", options.work.instances, "Instances of the fleet")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_option("--threads", options.work.threads,
                 "Threads of the scheduler; 0: one a core");
  app.add_option("--rounds", options.rounds, "Rounds; the medians are told")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  app.add_option("--events", options.work.events_file,
                 "Also measure with the events written to this file");
  app.add_option("--journal", options.work.journal_file,
                 "Also measure with a journal in this SQLite store, and going on with "
                 "an upgrade that was cut short half-way");
  app.add_flag("--library", options.library,
               "Also measure the same upgrade through the public interface");
  app.add_option("--clock", clock, "real: with the floors; virtual: drydock alone")
    ->check(CLI::IsMember({"real", "virtual"}));
  app.add_flag("--json", json, "One JSON object on standard output");
  app.add_option("--child", child, "For the program itself: one measurement")
    ->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const auto status = app.exit(e);
    return status == 0 ? 0 : 2;
  }
  options.work.virtual_clock = clock == "virtual";
  if (!child.empty()) {
    options.work.kind = child;
    print_for_parent(measure_here(options.work));
    // The rest is freeing what the system frees anyway.
    std::_Exit(0);
  }
  const auto result = compare(options);
  if (!result.problem.empty()) {
    std::fprintf(stderr, "bench_rollout: %s\n", result.problem.c_str());
    return 1;
  }
  std::fputs((json ? to_json(result) : to_table(result)).c_str(), stdout);
  return 0;
}
