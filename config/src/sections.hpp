// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/fleet_file.hpp"
#include "drydock/engine/template_text.hpp"
#include "table_reader.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::config {

/// `[scale_set]` but for its model and instances.
struct scale_set_section {
  std::string name;
  engine::orchestration_mode orchestration = engine::orchestration_mode::flexible;
  engine::compatibility limits = engine::compatibility::extended;
  bool service_fabric = false;
  std::vector<std::string> zones;
  std::vector<std::string> features;
};
[[nodiscard]] scale_set_section read_scale_set(table_reader& scale_set);

/// For messages about a range that depends on it.
[[nodiscard]] std::string_view whose_limits(engine::compatibility x);

/// The absolute folder of the fleet file at `path`: commands run there.
[[nodiscard]] std::filesystem::path folder_of(const std::filesystem::path& path);

/// The entries of `[scale_set.inventory]`, once they have been read.
struct inventory_list {
  /// Whose positions are all the inventory's own.
  node entries;
  position at;
  /// The file has no inventory.
  bool absent = true;
  /// There is an inventory, but its entries are not known (yet).
  bool missing = false;
};

/// One that may be made beside those of a set.
struct new_instance {
  engine::instance_spec spec;
  /// `fleet_file::arrival_keys`'.
  std::string key;
};

/// All instances of a set, and what checks elsewhere need to know of them.
struct instance_section {
  engine::fleet instances;
  /// Names of vars that at least one instance has, sorted.
  std::vector<std::string> var_names;
  bool every_port = true;
  bool any_latest = false;
  /// `fleet_file`'s.
  std::map<engine::instance_index, std::string> origins;
  std::set<engine::instance_index> from_inventory;
  name_scheme names;
  /// What those are that may replace the instances, one for each. Only when asked for:
  /// it costs as much as the instances.
  std::function<std::vector<engine::instance_spec>(const engine::fleet&)>
    make_replacements;
  /// What so many new instances are.
  std::function<std::vector<new_instance>(const engine::fleet&,
                                          const replaced_instances&, std::size_t)>
    make_arrivals;
  /// False when mistakes or an unread inventory hide instances.
  bool complete = true;
};
[[nodiscard]] instance_section read_instances(table_reader& scale_set,
                                              const scale_set_section& set,
                                              const inventory_list& inventory,
                                              const kept_instances& kept);

/// Fills in the models, class overrides and whatever else `[change]`,
/// `[scale_set.model]` and `[model_classes]` decide.
void read_models(table_reader& root, table_reader& scale_set,
                 const scale_set_section& set, engine::change_request& request);

/// Gives the current model the capacity that a change of it is measured
/// against.
void settle_capacity(engine::change_request& request, const node& tree,
                     std::size_t instances);

/// `[upgrade_policy]`; its table `automatic_os_upgrade` goes to `os_upgrade`.
[[nodiscard]] engine::upgrade_policy
read_policy(table_reader& root, const node& tree, engine::compatibility limits,
            engine::automatic_os_upgrade& os_upgrade);

/// `[upgrade_policy.automatic_os_upgrade]`.
[[nodiscard]] engine::automatic_os_upgrade read_os_upgrade(table_reader os_upgrade);

/// `images` of `[driver.simulated]`.
[[nodiscard]] std::vector<engine::image_release> read_images(table_reader& simulated);

/// Where `image.version` is `latest`: something must tell which one that is. What
/// upgrades that begin by themselves need.
void check_images(table_reader& root, const node& tree, const fleet_file& file);

/// What command templates are checked against.
struct template_scope {
  const engine::value* model = nullptr;
  const engine::value* previous = nullptr;
  const std::vector<std::string>* vars = nullptr;
  /// False: `{instance.vars.…}` may be known although it is not on the list.
  bool vars_complete = true;
};

/// Reports the first placeholder of `text` that no context can fill.
void check_template(std::string_view text, std::string_view key, position at,
                    const template_scope& scope, engine::template_use use,
                    table_reader& reader);

/// The argv under `key`: strings, at least one, without unknown placeholders.
/// Empty when there is none.
[[nodiscard]] engine::command_template read_command(table_reader& reader,
                                                    std::string_view key,
                                                    const template_scope& scope,
                                                    engine::template_use use);

/// `[health]`; the kinds of all sources given go to `kinds`, the first source is
/// returned.
[[nodiscard]] engine::health_source
read_health(table_reader& root, engine::compatibility limits, bool every_port,
            const template_scope& scope, std::vector<engine::health_kind>& kinds);

/// Health that can never be seen in time, where the action of the file is known.
/// `scales_out`: instances are made for a larger capacity.
void check_rhythm(table_reader& root, const node& tree, const fleet_file& file,
                  bool scales_out);

/// Whether the driver of the file can make and delete instances; it is read later.
[[nodiscard]] bool driver_makes_instances(const node& tree);

/// `[driver]`. `path` is the fleet file's.
[[nodiscard]] engine::driver_spec read_driver(table_reader& root,
                                              const std::filesystem::path& path,
                                              const instance_section& instances,
                                              const template_scope& scope,
                                              engine::change_request& request);

/// `[driver.simulated]`.
[[nodiscard]] engine::simulated_spec read_simulated(table_reader& simulated,
                                                    const instance_section& instances);

/// `[rehearsal]`, on top of what `driver` says. `action` is what the change needs,
/// where the policy does not surge: only a file that gives its duration, or that of a
/// creation, says how long an upgrade takes.
[[nodiscard]] engine::rehearsal_spec read_rehearsal(table_reader& root,
                                                    const instance_section& instances,
                                                    const engine::driver_spec& driver,
                                                    engine::apply_class action,
                                                    bool surges);

/// `[[maintenance_window]]`, with the offsets of its time zone.
[[nodiscard]] std::vector<engine::maintenance_window>
read_windows(table_reader& root, engine::upgrade_mode mode);

/// `[[guard]]`. A simulated fleet (`simulated`) needs no way to look at one.
[[nodiscard]] std::vector<engine::guard_spec> read_guards(table_reader& root,
                                                          const template_scope& scope,
                                                          engine::upgrade_mode mode,
                                                          bool simulated);

/// `approve` and `approve_interval`, and of the table `hooks` those around an upgrade.
void read_around(table_reader& command, table_reader& hooks,
                 const template_scope& scope, engine::upgrade_commands& out);

/// What surrounds the upgrade of a simulated fleet: in `[driver.simulated]`.
void read_around(table_reader& simulated, engine::simulated_surroundings& out);

/// `[automatic_repairs]`.
[[nodiscard]] engine::repair_policy read_repairs(table_reader& root,
                                                 engine::compatibility limits);

/// What else the file must have for them.
void check_repairs(table_reader& root, const node& tree, const fleet_file& file);

/// What the driver must have for the policy and the guards of the file.
void check_around(table_reader& root, const node& tree, const fleet_file& file);

/// `[terminate_notification]`: how long before its deletion an instance is told of it;
/// nothing: it is not told.
[[nodiscard]] std::optional<engine::duration>
read_terminate(table_reader& root, engine::compatibility limits,
               const engine::driver_spec& driver);

/// `terminate_approval` of a simulated fleet.
void read_terminate_approval(table_reader& simulated, engine::simulated_spec& out);

/// `[store]`. `path` is the fleet file's, `driver` decides what holds without it.
[[nodiscard]] store_spec read_store(table_reader& root,
                                    const std::filesystem::path& path,
                                    const engine::driver_spec& driver);

/// `[driver.command]`.
[[nodiscard]] engine::command_spec read_commands(table_reader& command,
                                                 const std::filesystem::path& path,
                                                 const template_scope& scope);

} // namespace drydock::config
