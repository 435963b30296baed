// SPDX-License-Identifier: Apache-2.0
// fuzz_seeds FOLDER: writes the seeds of the journal's fuzz targets into the folders
// below FOLDER that have their names.
#include "recorded_upgrade.hpp"
#include "samples.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace drydock;
using namespace std::chrono_literals;
namespace samples = journal::testing;

namespace {

std::filesystem::path folder;

void write(const std::string& target, const std::string& name, std::string_view bytes) {
  std::filesystem::create_directories(folder / target);
  std::ofstream out(folder / target / name, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void write_turns() {
  write("journal_turn", "all_inputs", samples::record_of({}, 1, samples::all_inputs()));
  write("journal_turn", "all_commands",
        samples::record_of(engine::instant{5s}, -1, {}, samples::all_commands()));
  write("journal_turn", "everything",
        samples::record_of(engine::instant{5s}, 1'893'553'445'000'001,
                           samples::all_inputs(), samples::all_commands(),
                           samples::all_events()));
  write("journal_turn", "empty", samples::record_of({}, 0, {}));
}

void write_headers() {
  write("journal_header", "full", journal::write_header(samples::full_header()));
  write("journal_header", "defaults", journal::write_header({}));
  journal::header generated;
  generated.instances = samples::generated_fleet(60);
  write("journal_header", "generated", journal::write_header(generated));
}

/// All inputs of an upgrade as one turn; the instant chooses the policy, and the hour
/// of the wall how many come at once.
void write_upgrade(const std::string& name, std::int64_t policy, std::int64_t pace,
                   const samples::recorded_upgrade& x) {
  std::vector<engine::rollout_input> inputs;
  for (const auto& t : x.turns())
    inputs.insert(inputs.end(), t.inputs.begin(), t.inputs.end());
  write("rollout_inputs", name,
        samples::record_of(engine::instant(engine::duration(policy)), pace, inputs));
}

void write_upgrades() {
  const auto begun = samples::rolling_header(12, 10);
  samples::recorded_upgrade good(begun);
  good.run();
  write_upgrade("rolling", 1, 40, good);
  write_upgrade("automatic", 2 + 256, 40, good);
  write_upgrade("manual", 0, 43, good);
  samples::recorded_upgrade bad(begun);
  bad.fate = [](engine::instance_index /*i*/) {
    return samples::recorded_upgrade::outcome{engine::failure_reason::action_failed,
                                              engine::health_state::unhealthy, 10s};
  };
  bad.run();
  write_upgrade("rollback", 1 + 4 + 64, 40, bad);
  samples::recorded_upgrade resumed(begun);
  resumed.crash = engine::instant{15s};
  resumed.also.emplace(engine::instant{95s},
                       engine::input::cancel_requested{"ops", true});
  resumed.run();
  write_upgrade("resumed", 1 + 32, 40, resumed);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
    return 2;
  }
  folder = argv[1];
  write_turns();
  write_headers();
  write_upgrades();
  return 0;
}
