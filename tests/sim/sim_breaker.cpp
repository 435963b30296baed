// SPDX-License-Identifier: Apache-2.0
// Breaks upgrades: the process that runs one dies, at every record of its journal in
// turn or at records drawn from a seed, and another goes on. Fails on the first broken
// rule and prints how to see it again.
#include "breaker.hpp"
#include "scenario_file.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace {

using namespace drydock;

struct totals {
  std::uint64_t scenarios = 0, points = 0, lives = 0, records = 0, unseed = 0;
  std::uint64_t endings[4] = {};
};

void print_deaths(const std::vector<sim::death>& deaths) {
  for (const auto& d : deaths)
    std::printf("dies at record %llu, %s, for %.0f s\n",
                static_cast<unsigned long long>(d.record),
                d.written ? "written" : "not written", engine::to_seconds(d.gap));
}

/// Says what is broken; false when nothing is.
bool is_broken(const sim::scenario& what, const std::vector<sim::death>& deaths,
               const sim::wreckage& run, const char* mode) {
  auto text = run.last.violation;
  if (text.empty() && run.last.report.status == engine::upgrade_status::rolling_forward)
    text = "the upgrade did not end";
  if (text.empty())
    return false;
  std::printf("%s\n", what.to_text().c_str());
  print_deaths(deaths);
  std::printf("BROKEN: %s\nsee it again: sim_breaker %s --seed %llu\n", text.c_str(),
              mode, static_cast<unsigned long long>(what.seed));
  return true;
}

void add(totals& to, const sim::wreckage& run) {
  to.lives += run.lives;
  to.records += run.records;
  ++to.endings[static_cast<std::size_t>(run.last.report.status)];
  to.unseed = to.unseed * 31 + run.last.unseed;
}

/// A death at every record, before and after it is written.
bool break_everywhere(const sim::scenario& what, totals& to) {
  const auto whole = sim::run_with_deaths(what, {});
  if (is_broken(what, {}, whole, "--every"))
    return false;
  for (std::uint64_t record = 1; record <= whole.records; ++record)
    for (const bool written : {false, true}) {
      const std::vector<sim::death> once{{record, written, engine::duration{0}}};
      const auto run = sim::run_with_deaths(what, once);
      if (is_broken(what, once, run, "--every"))
        return false;
      add(to, run);
      ++to.points;
    }
  return true;
}

/// The deaths that a scenario file tells, or one everywhere.
bool break_as_told(const std::string& file, totals& to) {
  const auto read = sim::read_scenario(file);
  if (const auto* why = std::get_if<std::string>(&read)) {
    std::printf("%s\n", why->c_str());
    return false;
  }
  const auto& told = std::get<sim::told_scenario>(read);
  if (told.deaths.empty())
    return break_everywhere(told.what, to);
  const auto run = sim::run_with_deaths(told.what, told.deaths);
  if (is_broken(told.what, told.deaths, run, file.c_str()))
    return false;
  add(to, run);
  to.points += run.lives - 1;
  return true;
}

/// With a journal on a disk that goes wrong.
bool break_disk(const sim::scenario& what, totals& to) {
  char folder[] = "/tmp/sim_breaker-XXXXXX";
  if (mkdtemp(folder) == nullptr) {
    std::printf("cannot make a folder in /tmp\n");
    return false;
  }
  const auto run = sim::run_on_bad_disk(what, std::string(folder) + "/journal.db");
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (is_broken(what, {}, run, "--disk"))
    return false;
  add(to, run);
  to.points += run.lives - 1;
  return true;
}

/// Several deaths in one upgrade, as the seed has it.
bool break_somewhere(const sim::scenario& what, totals& to) {
  const auto whole = sim::run_with_deaths(what, {});
  const auto deaths = sim::draw_deaths(what.seed, whole.records);
  auto run = sim::run_with_deaths(what, deaths);
  if (what.seed % 10 == 0
      && sim::run_with_deaths(what, deaths).last.unseed != run.last.unseed)
    run.last.violation = "the same seed ran differently the second time";
  if (is_broken(what, deaths, run, ""))
    return false;
  add(to, run);
  to.points += run.lives - 1;
  return true;
}

} // namespace

int main(int argc, char** argv) {
  // Where CAF writes a line for each actor that dies, as it is meant to here.
  std::cout.setstate(std::ios::failbit);
  std::uint64_t first = 1, count = 200, one = 0;
  bool every = false, disk = false;
  std::vector<std::string> files;
  CLI::App app{"Breaks simulated upgrades and has others go on with them"};
  app.add_option("--seeds", count, "How many seeds");
  app.add_option("--from", first, "The first seed");
  app.add_option("--seed", one, "Just this one");
  app.add_flag("--every", every, "At every record in turn, instead of at drawn ones");
  app.add_flag("--disk", disk, "With a journal in a file, on a disk that goes wrong");
  app.add_option("FILE", files, "Scenario files, in place of seeds");
  CLI11_PARSE(app, argc, argv);
  if (one != 0) {
    first = one;
    count = 1;
  }
  totals all;
  if (!files.empty())
    count = 0;
  for (const auto& file : files) {
    const auto before = all.points;
    if (!break_as_told(file, all))
      return 1;
    std::printf("%s: %llu deaths\n", file.c_str(),
                static_cast<unsigned long long>(all.points - before));
    ++all.scenarios;
  }
  for (auto seed = first; seed < first + count; ++seed) {
    const auto scenario = sim::draw_scenario(seed);
    const auto kept = every  ? break_everywhere(scenario, all)
                      : disk ? break_disk(scenario, all)
                             : break_somewhere(scenario, all);
    if (!kept)
      return 1;
    ++all.scenarios;
  }
  std::printf("%llu scenarios, seeds from %llu: %llu deaths, %llu records; %llu "
              "completed, %llu faulted, %llu cancelled; unseed %016llx\n",
              static_cast<unsigned long long>(all.scenarios),
              static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(all.points),
              static_cast<unsigned long long>(all.records),
              static_cast<unsigned long long>(all.endings[1]),
              static_cast<unsigned long long>(all.endings[2]),
              static_cast<unsigned long long>(all.endings[3]),
              static_cast<unsigned long long>(all.unseed));
  return all.points > 0 && all.endings[1] > 0 ? 0 : 1;
}
