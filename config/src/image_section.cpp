// SPDX-License-Identifier: Apache-2.0
// Images whose version is `latest`, and upgrades that a newer one starts.
#include "sections.hpp"

namespace drydock::config {
namespace {

using namespace std::chrono_literals;

/// Where the version stands in the file.
position version_position(const node& tree) {
  const auto* change = tree.find("change");
  const auto* image = change != nullptr ? change->value.find("image") : nullptr;
  const auto changed = image != nullptr && image->value.find("version") != nullptr;
  return locate(tree,
                changed ? "change.image.version" : "scale_set.model.image.version");
}

bool has_source(const engine::driver_spec& driver) {
  if (const auto* commands = std::get_if<engine::command_spec>(&driver))
    return !commands->latest_image.empty();
  return !std::get<engine::simulated_spec>(driver).images.empty();
}

std::string source_hint(const engine::driver_spec& driver) {
  return std::holds_alternative<engine::command_spec>(driver)
           ? "add latest_image = [\"./latest.sh\"], which prints the version, to "
             "[driver.command]"
           : "add images = [{ version = \"1.0.0\" }, { version = \"1.1.0\", at = "
             "\"2h\" }] to [driver.simulated]";
}

void check_enabled(table_reader& root, const node& tree, const fleet_file& file) {
  const auto at = [&](const char* key) {
    return locate(tree, std::string("upgrade_policy.automatic_os_upgrade.") + key);
  };
  const auto enabled = at("enable_automatic_os_upgrade");
  if (!engine::wants_latest_image(file.request.latest_model))
    root.report(enabled, "automatic image upgrades need image.version = \"latest\", in "
                         "[scale_set.model] or in [change]; set it, or "
                         "enable_automatic_os_upgrade = false");
  if (file.request.health_sources.empty())
    root.sink().add(enabled,
                    "automatic image upgrades need a health source; add "
                    "[health.application_health_extension], "
                    "[health.load_balancer_probe] or [health.command]",
                    "BadRequest");
  if (file.request.limits == engine::compatibility::azure
      && file.request.orchestration == engine::orchestration_mode::flexible
      && file.request.policy.rolling.max_surge)
    root.sink().add(enabled,
                    "in azure compatibility a flexible scale set has either automatic "
                    "image upgrades or max_surge; leave one of them out",
                    "OperationNotAllowed");
}

} // namespace

engine::automatic_os_upgrade read_os_upgrade(table_reader os_upgrade) {
  engine::automatic_os_upgrade x;
  os_upgrade.read("enable_automatic_os_upgrade", x.enable_automatic_os_upgrade);
  os_upgrade.read("disable_automatic_rollback", x.disable_automatic_rollback);
  os_upgrade.read("use_rolling_upgrade_policy", x.use_rolling_upgrade_policy);
  os_upgrade.read("os_rolling_upgrade_deferral", x.os_rolling_upgrade_deferral);
  os_upgrade.read("check_interval", x.check_interval, length_range{50ms, 24h * 365});
  os_upgrade.finish();
  return x;
}

std::vector<engine::image_release> read_images(table_reader& simulated) {
  std::vector<engine::image_release> result;
  for (const auto* item : simulated.tables("images")) {
    table_reader image(item, item->at, simulated.sink());
    engine::image_release x;
    image.require("version", "; it is what latest stands for: version = \"1.1.0\"");
    if (image.read("version", x.version)
        && (x.version.empty() || x.version == engine::latest_image_version))
      image.report(image.position_of("version"),
                   "version is \"" + x.version
                     + "\"; give the version that latest stands for, such as "
                       "\"1.1.0\"");
    image.read("at", x.at, length_range{});
    image.finish();
    result.push_back(std::move(x));
  }
  if (!result.empty() && engine::newest_image(result, engine::duration{0}).empty())
    simulated.report(simulated.position_of("images"),
                     "no version is published at the start; give one without `at`");
  return result;
}

void check_images(table_reader& root, const node& tree, const fleet_file& file) {
  const auto& request = file.request;
  const auto wanted = engine::wants_latest_image(request.latest_model)
                      || engine::wants_latest_image(request.current_model);
  if (wanted && !has_source(file.driver))
    root.report(version_position(tree),
                "image.version is \"latest\", and nothing tells which version that is; "
                  + source_hint(file.driver));
  if (file.os_upgrade.enable_automatic_os_upgrade)
    check_enabled(root, tree, file);
}

} // namespace drydock::config
