// SPDX-License-Identifier: Apache-2.0
#include "sections.hpp"

#include <set>
#include <system_error>

namespace drydock::config {

std::string_view whose_limits(engine::compatibility x) {
  return x == engine::compatibility::azure ? " with compatibility \"azure\"" : "";
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  std::error_code failed;
  const auto absolute = std::filesystem::absolute(path, failed);
  return (failed ? path : absolute).lexically_normal().parent_path();
}

namespace {

void check_zones(table_reader& scale_set, const std::vector<std::string>& zones) {
  std::set<std::string_view> seen;
  const auto* given = scale_set.find("zones");
  for (std::size_t i = 0; i < zones.size(); ++i) {
    const auto at = given->value.items[i].at;
    if (zones[i].empty())
      scale_set.report(at, "a zone must have a name");
    else if (!seen.insert(zones[i]).second)
      scale_set.report(at, "zone \"" + zones[i] + "\" is listed twice");
  }
}

} // namespace

scale_set_section read_scale_set(table_reader& scale_set) {
  scale_set_section result;
  scale_set.require("name", "; every scale set has one: name = \"web\"");
  if (scale_set.read("name", result.name) && result.name.empty())
    scale_set.report(scale_set.position_of("name"), "name must not be empty");
  scale_set.read("orchestration_mode", result.orchestration,
                 {{"flexible", engine::orchestration_mode::flexible},
                  {"uniform", engine::orchestration_mode::uniform}});
  scale_set.read("compatibility", result.limits,
                 {{"extended", engine::compatibility::extended},
                  {"azure", engine::compatibility::azure}});
  scale_set.read("service_fabric", result.service_fabric);
  scale_set.read("features", result.features);
  if (scale_set.read("zones", result.zones))
    check_zones(scale_set, result.zones);
  return result;
}

} // namespace drydock::config
