// SPDX-License-Identifier: Apache-2.0
// What a change of capacity comes to: docs/semantics.md, 5b.
#include "scale_section.hpp"

#include <algorithm>

namespace drydock::config {
namespace {

constexpr std::string_view not_allowed = "OperationNotAllowed";

/// The capacity that `[change]` asks for; nothing: it does not say.
std::optional<std::int64_t> wanted_capacity(const node& tree,
                                            const engine::change_request& request) {
  const auto* change = tree.find("change");
  if (change == nullptr || change->value.find("capacity") == nullptr)
    return std::nullopt;
  const auto* capacity = request.latest_model.find("capacity");
  const auto* number = capacity == nullptr ? nullptr : capacity->as_int();
  return number == nullptr || *number < 0 ? std::nullopt : std::optional(*number);
}

std::string are_protected(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " is" : " are") + " protected";
}

void scale_in(fleet_file& file, const instance_section& instances, std::size_t count,
              position at, diagnostics& sink) {
  const auto ages = ages_of(instances, file.replaced);
  auto choice =
    engine::select_scale_in(instances.instances, count, file.scale_in_rule, ages);
  if (choice.instances.size() < count) {
    sink.add(at,
             "capacity cannot go down by " + std::to_string(count) + ": of "
               + std::to_string(instances.instances.size()) + " instances "
               + are_protected(choice.is_protected)
               + " (protect_from_scale_in, protect_from_scale_set_actions); raise it, "
                 "or take the protection off some",
             std::string(not_allowed));
    return;
  }
  file.scale_in = std::move(choice.instances);
}

/// Whether a file that drydock only reads says who is there.
bool goes_by_inventory_file(const node& tree) {
  const auto* set = tree.find("scale_set");
  const auto* inventory = set == nullptr ? nullptr : set->value.find("inventory");
  return inventory != nullptr && inventory->value.find("file") != nullptr;
}

/// The zones that the latest model has and the set has not yet: `"2", "3"`.
std::string added_zones(const engine::value& latest, const engine::fleet& instances) {
  const auto* listed = latest.find("zones");
  if (listed == nullptr || listed->as_list() == nullptr)
    return {};
  const auto& has = instances.zones();
  std::string text;
  for (const auto& zone : *listed->as_list())
    if (std::find(has.begin(), has.end(), zone.to_text()) == has.end())
      text += (text.empty() ? "\"" : ", \"") + zone.to_text() + '"';
  return text;
}

void scale_out(fleet_file& file, instance_section& instances, std::size_t target,
               const node& tree, diagnostics& sink) {
  constexpr std::size_t capacity_max = 10'000'000;
  const auto at = locate(tree, "change.capacity");
  if (target > capacity_max) {
    sink.add(at, "capacity is " + std::to_string(target) + "; it must be "
                   + std::to_string(capacity_max) + " or less");
    return;
  }
  if (goes_by_inventory_file(tree)) {
    sink.add(at,
             "capacity cannot go up, since nothing would list the new instances: "
             "drydock does not write inventory.file; use inventory.command, which has "
             "to print them from then on",
             std::string(not_allowed));
    return;
  }
  if (const auto zones = added_zones(file.request.latest_model, instances.instances);
      !zones.empty()) {
    sink.add(
      at,
      "capacity cannot go up in the change that adds zones, since new instances "
      "come to those of scale_set.zones; leave capacity out until that change is "
      "made, then add "
        + zones + " to scale_set.zones and change capacity",
      std::string(not_allowed));
    return;
  }
  if (!instances.make_arrivals)
    return;
  const auto needs_port = instances.names.port_rises && !instances.names.id.empty();
  const auto count = target - instances.instances.size();
  for (auto& x : instances.make_arrivals(instances.instances, file.replaced, count)) {
    if (needs_port && x.spec.port == 0) {
      sink.add(at, "capacity is " + std::to_string(target)
                     + ", but the port of the new instance \"" + x.spec.id
                     + "\" would go past 65535; ask for less, or lower from of "
                       "scale_set.instances.port");
      return;
    }
    instances.instances.add_arrival(x.spec);
    file.arrival_keys.push_back(std::move(x.key));
  }
}

} // namespace

engine::scale_in_rule read_scale_in_rule(table_reader& root) {
  auto policy = root.table("scale_in_policy");
  auto rule = engine::scale_in_rule::highest_id;
  std::vector<std::string> rules;
  if (policy.read("rules", rules)) {
    const auto at = policy.position_of("rules");
    if (rules.size() > 1)
      policy.report(at, "rules has " + std::to_string(rules.size())
                          + " entries; a scale set has one: rules = [\"Default\"]");
    for (const auto& x : rules) {
      if (x == "Default")
        rule = engine::scale_in_rule::highest_id;
      else if (x == "OldestVM")
        rule = engine::scale_in_rule::oldest_vm;
      else if (x == "NewestVM")
        rule = engine::scale_in_rule::newest_vm;
      else
        policy.report(at, "rules has \"" + x
                            + "\"; it must be \"Default\", \"OldestVM\" or "
                              "\"NewestVM\"");
    }
  }
  policy.finish();
  return rule;
}

std::vector<std::uint64_t> ages_of(const instance_section& instances,
                                   const replaced_instances& replaced) {
  std::vector<std::uint64_t> ages;
  const auto size = instances.instances.size();
  for (const auto& [i, key] : instances.origins) {
    const auto found = replaced.find(key);
    if (found == replaced.end() || found->second.born == 0)
      continue;
    if (ages.empty())
      for (std::uint64_t n = 0; n < size; ++n)
        ages.push_back(n);
    ages[i] = size + found->second.born;
  }
  return ages;
}

void plan_capacity(fleet_file& file, instance_section& instances, const node& tree,
                   diagnostics& sink) {
  const auto wanted = wanted_capacity(tree, file.request);
  if (!wanted || !instances.complete || !file.request.driver_can_scale)
    return;
  const auto at = locate(tree, "change.capacity");
  const auto size = instances.instances.size();
  const auto target = static_cast<std::size_t>(*wanted);
  if (target == 0)
    sink.add(at,
             "capacity cannot become 0, since a fleet file without instances is "
             "none; keep one, or delete the set with what made it",
             std::string(not_allowed));
  else if (target < size)
    scale_in(file, instances, size - target, at, sink);
  else if (target > size)
    scale_out(file, instances, target, tree, sink);
}

} // namespace drydock::config
