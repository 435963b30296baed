// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/replaced_instances.hpp"
#include "drydock/config/store_spec.hpp"
#include "drydock/engine/admission.hpp"
#include "drydock/engine/driver_spec.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/image_upgrade.hpp"
#include "drydock/engine/maintenance.hpp"
#include "drydock/engine/repairs.hpp"
#include "drydock/engine/scale.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace drydock::config {

/// A value put in place of the file's.
struct setting {
  /// A key of `[upgrade_policy.rolling]` (`max_surge`), or the dotted path of any key:
  /// `health.application_health_extension.interval`. A part that holds dots stands in
  /// quotes, as in TOML.
  std::string key;
  /// As in the file; strings may stand without quotes: `30s`.
  std::string value;
};

/// One problem of a fleet file, or of a setting.
struct diagnostic {
  /// The fleet file; of a setting, `key=value` on one line.
  std::string file;
  /// From 1; 0: the file as a whole, or a setting.
  std::size_t line = 0;
  std::size_t column = 0;
  /// Azure's code for a refused change; empty for a mistake.
  std::string code;
  std::string text;
};

/// `file:line:column: error: text`, or `…: error: CODE: text` for a refusal; without
/// line and column where there are none.
[[nodiscard]] std::string to_string(const diagnostic& x);

/// A fleet file, checked and with every default filled in.
struct fleet_file {
  std::filesystem::path path;
  std::string name;
  /// As they are now: with those that upgrades put in place of the file's. It has
  /// positions for replacements where the policy asks for `max_surge`, or repairs
  /// replace.
  engine::fleet instances;
  /// What upgrades have replaced; entries of instances that the file does not have
  /// (any more) are kept, and mean nothing.
  replaced_instances replaced;
  /// Numbers that names of replacements had.
  given_numbers given;
  /// What is known of replacements whose upgrade is not over, by id.
  std::map<std::string, engine::instance_spec, std::less<>> made;
  name_scheme names;
  /// By which name of the file each replaced one is known, where it is another.
  std::map<engine::instance_index, std::string> origins;
  /// Whom a change of capacity deletes, in the order in which they were chosen; whom it
  /// makes are arrivals of `instances`.
  std::vector<engine::instance_index> scale_in;
  /// How they were chosen.
  engine::scale_in_rule scale_in_rule = engine::scale_in_rule::highest_id;
  /// The name under which each arrival is to be kept in `replaced`.
  std::vector<std::string> arrival_keys;
  /// Whether instances are told of by an inventory.
  bool has_inventory = false;
  /// Instances that an inventory tells of: they are what it says.
  std::set<engine::instance_index> from_inventory;
  /// Rules, models and policy; `request.policy` is the policy of the upgrade.
  engine::change_request request;
  /// The images of those who have another one than `request.current_model`; by id.
  std::map<std::string, std::string, std::less<>> own_images;
  /// Class and paths of the accepted change.
  engine::apply_class action = engine::apply_class::none;
  std::vector<std::string> changed_paths;
  engine::health_source health;
  engine::driver_spec driver;
  /// `[upgrade_policy.automatic_os_upgrade]`.
  engine::automatic_os_upgrade os_upgrade;
  /// When batches may begin; empty: at any time.
  std::vector<engine::maintenance_window> windows;
  /// What must be true all the while.
  std::vector<engine::guard_spec> guards;
  /// `[automatic_repairs]`.
  engine::repair_policy repairs;
  /// How long before its deletion an instance is told of it; nothing: it is not told.
  std::optional<engine::duration> terminate_delay;
  /// `[rehearsal]`, on top of what a simulated driver says.
  engine::rehearsal_spec rehearsal;
  store_spec store;
  /// Whether any instance, or an `inspect` command, says what is on the latest
  /// model; without, every instance counts as lagging.
  bool knows_latest_model = false;
  /// FNV-1a of the file's bytes and of the settings, if any, for ids that must not
  /// change from run to run.
  std::uint64_t fingerprint = 0;
  /// Whether the file has `[[set]]` tables, of which this is one.
  bool one_of_several = false;
  /// `[budget] max_unavailable_instances`; 0: there is none.
  std::uint32_t shared_budget = 0;
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
///
/// `settings` are put over what the file says, one after the other, before anything
/// is checked: a table replaces a table, and the last setting of a key wins. They are
/// checked like the file's own values; their problems come first.
[[nodiscard]] load_result load(const std::filesystem::path& path,
                               const inventory_runner& run_inventory,
                               std::span<const setting> settings = {});

/// All scale sets of a fleet file. Each element of `[[set]]` is merged over the rest of
/// the file (tables merge, all else replaces) and then read as if it were a file.
struct fleet_document {
  /// In the order of the file; one, where it has no `[[set]]`.
  std::vector<fleet_file> sets;
  /// For each the positions of those that it comes after; no cycles.
  std::vector<std::vector<std::size_t>> after;
  /// How many instances of all sets together may be unavailable; 0: no such limit.
  std::uint32_t budget = 0;
  /// Whether the file has `[[set]]`.
  bool several = false;
};
using document_result = std::variant<fleet_document, std::vector<diagnostic>>;

/// Like `load`, all of its scale sets. `only`, unless empty: this one alone, which
/// comes after nobody; inventories of others are not read.
[[nodiscard]] document_result load_all(const std::filesystem::path& path,
                                       const inventory_runner& run_inventory,
                                       std::string_view only = {},
                                       std::span<const setting> settings = {});

/// The same for text that is already in memory; `path` names it.
[[nodiscard]] document_result parse_all(std::string_view text,
                                        const std::filesystem::path& path,
                                        const inventory_runner& run_inventory,
                                        std::string_view only = {},
                                        std::span<const setting> settings = {});

/// Says that the file has several scale sets where one is wanted, to a command that
/// takes `--scale-set`.
[[nodiscard]] std::string refuse_several(const std::vector<std::string>& names);

/// Says that a file with `[[set]]`, which has these scale sets, can neither be watched
/// nor have its repairs steered.
[[nodiscard]] std::string refuse_sets(const std::vector<std::string>& names);

/// The same for text that is already in memory; `path` names it.
[[nodiscard]] load_result parse(std::string_view text,
                                const std::filesystem::path& path,
                                const inventory_runner& run_inventory,
                                std::span<const setting> settings = {});

} // namespace drydock::config
