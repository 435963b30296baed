// SPDX-License-Identifier: Apache-2.0
// A control plane that is killed in the middle of an upgrade, and the next one.
#include "kept.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace drydock;
using namespace drydock::testing;
using engine::upgrade_status;

namespace {

/// How often a machine, which is a file, was acted on.
int acts(const std::filesystem::path& machine) {
  std::ifstream in(machine);
  int lines = 0;
  for (std::string line; std::getline(in, line);)
    ++lines;
  return lines;
}

std::size_t count_files(const std::string& folder) {
  return static_cast<std::size_t>(
    std::distance(std::filesystem::directory_iterator(folder), {}));
}

} // namespace

TEST_CASE("another process goes on with what a killed one began") {
  for (int touched = 1; touched < 10; touched += 4) {
    CAPTURE(touched);
    const scratch_folder folder;
    const auto machines = folder.file("machines");
    std::filesystem::create_directory(machines);
    auto path = folder.file("s.db");
    auto place = machines;
    std::string program = LIBRARY_VICTIM;
    char* argv[] = {program.data(), path.data(), place.data(), nullptr};
    pid_t victim = 0;
    REQUIRE(posix_spawn(&victim, program.c_str(), nullptr, nullptr, argv, environ)
            == 0);
    REQUIRE(eventually(
      [&] { return count_files(machines) >= static_cast<std::size_t>(touched); }));
    kill(victim, SIGKILL);
    int status = 0;
    waitpid(victim, &status, 0);
    REQUIRE(WIFSIGNALED(status));

    const auto by = std::make_shared<scripted_driver>(
      [&](const instance& target, const action&, completion done) {
        std::ofstream(std::filesystem::path(machines) / target.id(), std::ios::app)
          << "2\n";
        done.succeed();
      });
    by->on_inspect_action = [&](const instance& target, const action&,
                                action_inspection done) {
      const auto is_done = acts(std::filesystem::path(machines) / target.id()) > 0;
      done.answer(is_done ? action_fate::done : action_fate::not_done);
    };
    engine_options how;
    how.store = store_options::sqlite(path);
    upgrade_engine engine(std::move(how));
    auto set = engine.add(make_set(12, by));
    REQUIRE(set); // its lease is free: the process is dead
    REQUIRE(*set->unfinished());
    const auto run = set->resume_upgrade();
    REQUIRE(run);
    const auto report = run->wait();
    CHECK(report.status == upgrade_status::completed);
    CHECK(report.progress.successful == 12);
    CHECK(run->status().max_unavailable_instances <= 2);
    for (int i = 0; i < 12; ++i)
      CHECK(acts(std::filesystem::path(machines) / ("i-" + std::to_string(i))) == 1);
  }
}
