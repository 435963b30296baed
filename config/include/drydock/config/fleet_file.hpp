// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/admission.hpp"
#include "drydock/engine/driver_spec.hpp"
#include "drydock/engine/fleet.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace drydock::config {

/// One problem of a fleet file.
struct diagnostic {
  std::string file;
  /// From 1; 0: the file as a whole.
  std::size_t line = 0;
  std::size_t column = 0;
  /// Azure's code for a refused change; empty for a mistake.
  std::string code;
  std::string text;
};

/// `file:line:column: error: text`, or `…: error: CODE: text` for a refusal.
[[nodiscard]] std::string to_string(const diagnostic& x);

/// A fleet file, checked and with every default filled in.
struct fleet_file {
  std::filesystem::path path;
  std::string name;
  engine::fleet instances;
  /// Rules, models and policy; `request.policy` is the policy of the upgrade.
  engine::change_request request;
  /// Class and paths of the accepted change.
  engine::apply_class action = engine::apply_class::none;
  std::vector<std::string> changed_paths;
  engine::health_source health;
  engine::driver_spec driver;
  /// `[rehearsal]`, on top of what a simulated driver says.
  engine::rehearsal_spec rehearsal;
  /// Whether any instance, or an `inspect` command, says what is on the latest
  /// model; without, every instance counts as lagging.
  bool knows_latest_model = false;
  /// FNV-1a of the file's bytes, for ids that must not change from run to run.
  std::uint64_t fingerprint = 0;
};

/// The standard output of the inventory command `argv`, run in `directory`, or
/// the reason why there is none.
struct inventory_output {
  bool ok = false;
  std::string text;
};
using inventory_runner = std::function<inventory_output(
  const std::vector<std::string>& argv, const std::filesystem::path& directory)>;

/// Either a fleet file that may start, or all that is wrong with it.
using load_result = std::variant<fleet_file, std::vector<diagnostic>>;

/// Reads and checks the fleet file at `path`. Nothing is started but the
/// inventory command, through `run_inventory`. Every problem is reported in one
/// go, sorted by position; a TOML syntax error is reported alone.
[[nodiscard]] load_result load(const std::filesystem::path& path,
                               const inventory_runner& run_inventory);

/// The same for text that is already in memory; `path` names it.
[[nodiscard]] load_result parse(std::string_view text,
                                const std::filesystem::path& path,
                                const inventory_runner& run_inventory);

} // namespace drydock::config
