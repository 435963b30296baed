// SPDX-License-Identifier: Apache-2.0
// Changes of capacity as JSON.
#include "scale_json.hpp"

namespace drydock::cli {

using namespace engine;

namespace {

json placed_json(const std::vector<instance_index>& list, const fleet& instances) {
  auto out = json::array();
  for (const auto i : list) {
    const auto zone = instances.zone_name(i);
    out.push_back({{"instance", instances.id(i)},
                   {"zone", zone.empty() ? json(nullptr) : json(zone)}});
  }
  return out;
}

} // namespace

json scaling_json(const upgrade_plan& plan, const fleet& instances,
                  scale_in_rule rule) {
  if (!plan.scaling)
    return nullptr;
  const auto& x = *plan.scaling;
  return {{"capacityBefore", x.capacity_before},
          {"capacity", x.capacity},
          {"rule", to_string(rule)},
          {"delete", placed_json(x.leaving, instances)},
          {"create", placed_json(x.arriving, instances)}};
}

json scaling_json(const scaling_record& x, const fleet& instances) {
  if (!x.begun)
    return nullptr;
  return {{"capacityBefore", x.capacity_before},
          {"capacity", x.capacity},
          {"created", ids_json(x.created, instances)},
          {"deleted", ids_json(x.deleted, instances)},
          {"failed", ids_json(x.failed, instances)}};
}

} // namespace drydock::cli
