// SPDX-License-Identifier: Apache-2.0
#include "sections.hpp"

namespace drydock::config {

using namespace std::chrono_literals;

namespace {

bool can_do(const engine::change_request& request, engine::repair_action action) {
  if (action == engine::repair_action::replace)
    return request.driver_can_create;
  return request.driver_can[static_cast<std::size_t>(engine::class_of(action))];
}

} // namespace

engine::repair_policy read_repairs(table_reader& root, engine::compatibility limits) {
  auto table = root.table("automatic_repairs");
  engine::repair_policy x;
  table.read("enabled", x.enabled);
  const auto azure = limits == engine::compatibility::azure;
  table.read("grace_period", x.grace_period,
             azure ? length_range{10min, 90min, whose_limits(limits)}
                   : length_range{0s, 24h, whose_limits(limits)});
  table.read("repair_action", x.action,
             {{"replace", engine::repair_action::replace},
              {"reimage", engine::repair_action::reimage},
              {"restart", engine::repair_action::restart}});
  table.finish();
  return x;
}

void check_repairs(table_reader& root, const node& tree, const fleet_file& file) {
  if (!file.repairs.enabled)
    return;
  const auto at = locate(tree, "automatic_repairs.enabled");
  const auto& request = file.request;
  if (request.health_sources.empty())
    root.sink().add(
      at,
      "automatic repairs go by health, and there is no health source; add "
      "[health.application_health_extension], or leave them out",
      "BadRequest");
  if (request.service_fabric)
    root.sink().add(at,
                    "a Service Fabric cluster repairs its own instances; leave "
                    "[automatic_repairs] out",
                    "OperationNotAllowed");
  if (can_do(request, file.repairs.action))
    return;
  const auto action = std::string(engine::to_string(file.repairs.action));
  root.report(locate(tree, "automatic_repairs.repair_action"),
              file.repairs.action == engine::repair_action::replace
                ? std::string("the driver has no commands to create and delete "
                              "instances, which repair_action = \"replace\" needs; add "
                              "driver.command.create and driver.command.delete, or "
                              "choose \"reimage\" or \"restart\"")
                : "the driver has no command for " + action
                    + ", which repair_action = \"" + action
                    + "\" needs; add driver.command." + action
                    + ", or choose another one");
}

} // namespace drydock::config
