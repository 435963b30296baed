// SPDX-License-Identifier: Apache-2.0
// Who goes and where new ones come: docs/semantics.md, 5b.
#include "drydock/engine/scale.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

namespace {

/// One of a fleet's zones, and what may go of it.
struct zone_part {
  std::size_t present = 0;
  /// The next to go is the last.
  std::vector<instance_index> free;
};

/// Those without a zone are a part of their own, behind the others.
std::vector<zone_part> parts_of(const fleet& instances) {
  const auto zones = instances.zones().size();
  std::vector<zone_part> parts(zones + 1);
  for (instance_index i = 0; i < instances.size(); ++i) {
    auto& part = parts[std::min<std::size_t>(instances.zone(i), zones)];
    ++part.present;
    if (!instances.protected_from_scale_in(i) && !instances.protected_from_actions(i))
      part.free.push_back(i);
  }
  return parts;
}

} // namespace

std::string_view to_string(scale_in_rule x) {
  switch (x) {
  case scale_in_rule::highest_id:
    return "Default";
  case scale_in_rule::oldest_vm:
    return "OldestVM";
  case scale_in_rule::newest_vm:
    break;
  }
  return "NewestVM";
}

scale_in_choice select_scale_in(const fleet& instances, std::size_t count,
                                scale_in_rule rule,
                                std::span<const std::uint64_t> ages) {
  auto parts = parts_of(instances);
  const auto age = [&](instance_index i) { return ages.empty() ? i : ages[i]; };
  scale_in_choice result;
  result.is_protected = static_cast<std::uint32_t>(instances.size());
  for (auto& part : parts) {
    result.is_protected -= static_cast<std::uint32_t>(part.free.size());
    std::stable_sort(
      part.free.begin(), part.free.end(), [&](instance_index a, instance_index b) {
        return rule == scale_in_rule::oldest_vm ? age(a) > age(b) : age(a) < age(b);
      });
  }
  while (result.instances.size() < count) {
    zone_part* fullest = nullptr;
    for (auto& part : parts)
      if (!part.free.empty()
          && (fullest == nullptr || part.present >= fullest->present))
        fullest = &part;
    if (fullest == nullptr)
      break;
    result.instances.push_back(fullest->free.back());
    fullest->free.pop_back();
    --fullest->present;
  }
  return result;
}

std::vector<std::uint16_t> place_new(const fleet& instances, std::size_t count) {
  const auto zones = instances.zones().size();
  if (zones == 0)
    return std::vector<std::uint16_t>(count, fleet::no_zone);
  std::vector<std::size_t> present(zones);
  for (instance_index i = 0; i < instances.size(); ++i)
    if (instances.zone(i) != fleet::no_zone)
      ++present[instances.zone(i)];
  std::vector<std::uint16_t> result;
  for (std::size_t n = 0; n < count; ++n) {
    const auto emptiest = std::min_element(present.begin(), present.end());
    ++*emptiest;
    result.push_back(static_cast<std::uint16_t>(emptiest - present.begin()));
  }
  return result;
}

} // namespace drydock::inline v1::engine
