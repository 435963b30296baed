// SPDX-License-Identifier: Apache-2.0
// Changes of capacity, for people.
#include "scale_text.hpp"

#include "text.hpp"

#include <algorithm>

namespace drydock::cli {

using namespace engine;

namespace {

/// A sentence names no more.
constexpr std::size_t names_max = 8;

std::string placed(instance_index i, const fleet& instances) {
  const auto zone = instances.zone_name(i);
  return printable(instances.id(i))
         + (zone.empty() ? std::string() : " in zone " + printable(zone));
}

std::string placed(const std::vector<instance_index>& list, const fleet& instances) {
  std::string text;
  const auto shown = std::min(names_max, list.size());
  for (std::size_t n = 0; n < shown; ++n)
    text += (n == 0 ? "" : ", ") + placed(list[n], instances);
  if (list.size() > shown)
    text += " and " + std::to_string(list.size() - shown) + " more";
  return text;
}

std::string_view who_goes(scale_in_rule x) {
  switch (x) {
  case scale_in_rule::highest_id:
    return "the newest of the fullest zone";
  case scale_in_rule::oldest_vm:
    return "the oldest of the fullest zone";
  case scale_in_rule::newest_vm:
    break;
  }
  return "the newest of the fullest zone";
}

} // namespace

std::string describe_scaling(const told::scaling_started& e, const fleet& instances) {
  auto text = "capacity " + std::to_string(e.capacity_before) + " to "
              + std::to_string(e.capacity);
  if (!e.leaving.empty())
    text += ": " + name_instances(e.leaving, e.leaving.size(), instances)
            + (e.leaving.size() == 1 ? " is deleted" : " are deleted");
  if (!e.arriving.empty())
    text += (e.leaving.empty() ? ": " : "; ")
            + name_instances(e.arriving, e.arriving.size(), instances)
            + (e.arriving.size() == 1 ? " is created" : " are created");
  return text;
}

std::string describe_scaling(const told::scaling_finished& e) {
  auto text = "capacity changed: " + std::to_string(e.created) + " created, "
              + std::to_string(e.deleted) + " deleted";
  return e.failed == 0 ? text : text + ", " + std::to_string(e.failed) + " failed";
}

std::string scaling_lines(const upgrade_plan& plan, const fleet& instances,
                          scale_in_rule rule) {
  if (!plan.scaling)
    return {};
  const auto& x = *plan.scaling;
  auto text = "capacity goes from " + std::to_string(x.capacity_before) + " to "
              + std::to_string(x.capacity) + ", before anything else\n";
  if (!x.leaving.empty())
    text += "  deleted: " + placed(x.leaving, instances) + " (each time "
            + std::string(who_goes(rule)) + ")\n";
  if (!x.arriving.empty())
    text += "  created: " + placed(x.arriving, instances)
            + (instances.zones().empty() ? "" : " (each time in the emptiest zone)")
            + '\n';
  return text;
}

} // namespace drydock::cli
