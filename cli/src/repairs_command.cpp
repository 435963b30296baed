// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "controller.hpp"
#include "repair_record.hpp"
#include "run_lock.hpp"
#include "text.hpp"

#include <iostream>

#include <unistd.h>

namespace drydock::cli {

using namespace engine;

namespace {

/// Changes how repairs stand: by itself where nobody runs the file, else by a word to
/// whoever watches it.
int steer(const config::fleet_file& file, const repair_word& word) {
  const auto what = word.suspend ? "suspended" : "resumed";
  run_lock lock;
  if (lock.take(file.path)) { // somebody has it
    if (const auto why = leave_repair_word(file.path, word))
      return refuse(file.path, *why);
    std::cerr << "asked whoever runs " << file.path.string() << " that repairs be "
              << what << '\n';
    return exit_done;
  }
  // A word that nobody took is older than this one.
  static_cast<void>(take_repair_word(file.path));
  auto read = read_repair_record(file.path);
  if (const auto* why = std::get_if<std::string>(&read))
    return refuse(file.path, *why);
  auto& record = std::get<repair_record>(read);
  apply_word(record, word, wall_now());
  if (const auto why = write_repair_record(file.path, record))
    return refuse(file.path, *why);
  std::cerr << "repairs are " << what << "; nobody watches " << file.path.string()
            << " now\n";
  return exit_done;
}

/// Nothing is kept of repairs in a file with `[[set]]`, and no run of it hears words
/// about them.
std::shared_ptr<config::fleet_file> load_one(const std::filesystem::path& path,
                                             signal_watch& signals) {
  const auto sets = load_sets_or_complain(path, signals, {});
  if (!sets)
    return nullptr;
  if (!sets->several)
    return sets->files.front();
  std::vector<std::string> names;
  for (const auto& x : sets->files)
    names.push_back(x->name);
  refuse(path, config::refuse_sets(names));
  return nullptr;
}

void print(const config::fleet_file& file, const repair_record& x) {
  if (!file.repairs.enabled)
    std::cout << "automatic repairs are not enabled: [automatic_repairs] enabled = "
                 "true does that\n";
  std::cout << "repairs of " << printable(file.name) << ": "
            << repairs_json(file, x)["serviceState"].get<std::string>();
  // Who suspended or resumed them did not enable them.
  if (file.repairs.enabled && x.state_since)
    std::cout << " since " << to_iso_time(*x.state_since);
  if (file.repairs.enabled && !x.by.empty())
    std::cout << ", by " << printable(x.by);
  std::cout << "\n  " << x.succeeded << " helped, " << x.failed << " did not, "
            << x.failed_in_a_row << " of those in a row\n";
  if (x.suspended)
    std::cout << "  none is begun before `drydock repairs " << file.path.string()
              << " --resume`\n";
}

} // namespace

int repairs_command(const repairs_options& options, signal_watch& signals) {
  const auto file = load_one(options.file, signals);
  if (!file)
    return exit_refused;
  if (options.suspend || options.resume)
    return steer(*file, {options.suspend,
                         "drydock repairs (process " + std::to_string(getpid()) + ")"});
  const auto read = read_repair_record(file->path);
  if (const auto* why = std::get_if<std::string>(&read))
    return refuse(options.file, *why);
  const auto& record = std::get<repair_record>(read);
  if (options.json)
    std::cout << to_text(repairs_json(*file, record), 2) << '\n';
  else
    print(*file, record);
  return deliver(exit_done);
}

} // namespace drydock::cli
