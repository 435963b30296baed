// SPDX-License-Identifier: Apache-2.0
#include "watch_arguments.hpp"

#include "drydock/config/duration_text.hpp"

#include <string>
#include <vector>

namespace drydock::cli {

namespace {

void add_settings(const std::vector<std::string>& all,
                  std::vector<config::setting>& to) {
  for (const auto& text : all) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw CLI::ValidationError(
        "--set", text + " is not KEY=VALUE: say --set max_batch_instance_percent=10");
    to.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
}

} // namespace

void add_watch(CLI::App& app, watch_options& to) {
  auto* command = app.add_subcommand(
    "watch", "Keep a fleet as its file asks: upgrade it when the file changes or there "
             "is a newer image, and repair it");
  command->add_option("FILE", to.file, "The fleet file")->required();
  command
    ->add_option_function<std::vector<std::string>>(
      "--set",
      [&to](const std::vector<std::string>& all) { add_settings(all, to.settings); },
      "KEY=VALUE: put over the file; a key of [upgrade_policy.rolling], or the dotted "
      "path of any other")
    ->delimiter('\0');
  command->add_flag("--json", to.json,
                    "Print what was done as JSON on standard output at the end");
  command->add_option("--events", to.events,
                      "Append events as JSON Lines; - for standard output");
  command->add_flag("--quiet", to.quiet, "Show no progress");
  command->add_option_function<std::string>(
    "--time-limit",
    [&to](const std::string& text) {
      to.time_limit = config::parse_duration(text);
      if (!to.time_limit || *to.time_limit <= engine::duration{0})
        throw CLI::ValidationError("--time-limit",
                                   text + " is no length of time: say 90s, 10m or 24h");
    },
    "Stop after that long, such as 24h; a fleet with a virtual clock needs it");
}

void add_repairs(CLI::App& app, repairs_options& to) {
  auto* command =
    app.add_subcommand("repairs", "Tell how automatic repairs stand, or steer them");
  command->add_option("FILE", to.file, "The fleet file")->required();
  command->add_flag("--json", to.json, "Print it as JSON");
  auto* suspend = command->add_flag("--suspend", to.suspend, "Begin no more repairs");
  command->add_flag("--resume", to.resume, "Begin repairs again")->excludes(suspend);
}

} // namespace drydock::cli
