// SPDX-License-Identifier: Apache-2.0
// A control plane that is killed in the middle of an upgrade, and the next one, which
// goes on with it. A machine is a file with one line for each time that it was
// replaced.
#include <drydock/drydock.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace fs = std::filesystem;

constexpr int machines = 12;

/// Lines of the file: how often the machine was replaced.
int replaced(const fs::path& machine) {
  std::ifstream in(machine);
  int lines = 0;
  for (std::string line; std::getline(in, line);)
    ++lines;
  return lines;
}

struct machine_park : drydock::driver, drydock::prober {
  explicit machine_park(fs::path where) : folder(std::move(where)) {}

  void upgrade(const drydock::instance& target, const drydock::action&,
               drydock::completion done) override {
    std::ofstream(folder / target.id(), std::ios::app) << "replaced\n";
    done.succeed(std::chrono::milliseconds(20)); // it takes its time
  }

  // Asked after a resume, of those that were in hand when the other one was killed.
  // What is still at work would be waited for before there is an answer.
  void inspect_action(const drydock::instance& target, const drydock::action&,
                      drydock::action_inspection done) override {
    const auto is_done = replaced(folder / target.id()) > 0;
    done.answer(is_done ? drydock::action_fate::done : drydock::action_fate::not_done);
  }

  void probe(const drydock::instance&, drydock::probe_completion done) override {
    done.answer(drydock::health_state::healthy);
  }

  fs::path folder;
};

/// Goes on with what is unfinished, or begins anew.
drydock::upgrade_report bring_to_version_2(const fs::path& folder) {
  const auto park = std::make_shared<machine_park>(folder);
  drydock::scale_set_options options;
  options.name = "web";
  options.policy.mode =
    drydock::upgrade_mode::rolling; // 20 % of the machines at a time
  options.driver = park;
  options.prober = park;
  options.health.interval = std::chrono::milliseconds(50);
  for (int i = 0; i < machines; ++i)
    options.instances.add({.id = "web-" + std::to_string(i)});

  drydock::engine_options how;
  how.store = drydock::store_options::sqlite(folder / "upgrades.db");
  drydock::upgrade_engine engine(how);
  auto set = engine.add(std::move(options)).value();
  if (const auto left = set.unfinished().value()) {
    std::cout << left->progress.successful << " of " << machines << " were done, "
              << left->in_hand.size() << " in hand; going on\n";
    return set.resume_upgrade().value().wait();
  }
  drydock::change to_2;
  to_2.patch.set("settings.version", 2);
  return set.start_upgrade(to_2).value().wait();
}

int main() {
  auto name = (fs::temp_directory_path() / "drydock-resume-XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());

  const auto first = fork(); // before there are threads
  if (first == 0) {
    bring_to_version_2(folder);
    return 0;
  }
  while (replaced(folder / "web-4") == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  kill(first, SIGKILL);
  waitpid(first, nullptr, 0);

  const auto report = bring_to_version_2(folder);
  int once = 0;
  for (int i = 0; i < machines; ++i)
    once += replaced(folder / ("web-" + std::to_string(i))) == 1 ? 1 : 0;
  std::cout << report.progress.successful << " of " << machines << " upgraded, " << once
            << " of them replaced once\n";
  fs::remove_all(folder);
  return report.progress.successful == machines && once == machines ? 0 : 1;
}
