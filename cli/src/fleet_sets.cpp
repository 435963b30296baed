// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "drydock/drivers/capture.hpp"

#include <algorithm>
#include <iostream>

namespace drydock::cli {

using namespace engine;

namespace {

/// An inventory that takes longer than this is taken for stuck.
constexpr duration inventory_timeout = std::chrono::minutes(10);

/// Diagnostics are one line each, whatever a command printed.
std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

/// Runs inventory commands until `stop` is pressed.
config::inventory_runner inventory_until(drivers::capture_stop& stop) {
  return [&stop](const auto& argv, const auto& directory) {
    auto output =
      drivers::capture_output(argv, directory.string(), inventory_timeout, &stop);
    return config::inventory_output{output.ok,
                                    output.ok ? std::move(output.output)
                                              : on_one_line(std::move(output.error))};
  };
}

void print(const std::vector<config::diagnostic>& all) {
  for (const auto& x : all)
    std::cerr << to_string(x) << '\n';
}

} // namespace

std::string fleet_sets::refusal() const {
  std::vector<std::string> names;
  for (const auto& x : files)
    names.push_back(x->name);
  return config::refuse_several(names);
}

std::optional<fleet_sets>
load_sets_or_complain(const std::filesystem::path& file, signal_watch& signals,
                      const std::string& only,
                      std::span<const config::setting> settings) {
  drivers::capture_stop stop;
  signals.route([&](const char*, int) { stop.press(); });
  auto result = config::load_all(file, inventory_until(stop), only, settings);
  signals.route(nullptr);
  if (const auto* bad = std::get_if<std::vector<config::diagnostic>>(&result)) {
    print(*bad);
    return std::nullopt;
  }
  auto& good = std::get<config::fleet_document>(result);
  fleet_sets sets;
  sets.path = file;
  for (auto& x : good.sets)
    sets.files.push_back(std::make_shared<config::fleet_file>(std::move(x)));
  sets.after = std::move(good.after);
  sets.budget = good.budget;
  sets.several = good.several;
  return sets;
}

std::shared_ptr<config::fleet_file>
load_or_complain(const std::filesystem::path& file, signal_watch& signals,
                 std::span<const config::setting> settings, const std::string& only) {
  const auto sets = load_sets_or_complain(file, signals, only, settings);
  if (!sets)
    return nullptr;
  if (sets->files.size() == 1)
    return sets->files.front();
  refuse(file, sets->refusal());
  return nullptr;
}

std::shared_ptr<config::fleet_file>
parse_or_complain(std::string_view text, const std::filesystem::path& file,
                  signal_watch& signals, std::span<const config::setting> settings) {
  drivers::capture_stop stop;
  signals.route([&](const char*, int) { stop.press(); });
  auto result = config::parse(text, file, inventory_until(stop), settings);
  signals.route(nullptr);
  if (auto* good = std::get_if<config::fleet_file>(&result))
    return std::make_shared<config::fleet_file>(std::move(*good));
  print(std::get<std::vector<config::diagnostic>>(result));
  return nullptr;
}

} // namespace drydock::cli
