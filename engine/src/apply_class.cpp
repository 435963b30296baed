// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/apply_class.hpp"

#include <algorithm>
#include <array>

namespace drydock::inline v1::engine {

namespace {

constexpr std::array<std::string_view, 5> names = {"none", "in_place", "restart",
                                                   "reimage", "redeploy"};

struct rule {
  std::string_view key;
  apply_class action;
};

/// docs/semantics.md, section 2. `zones` belongs to the set, not to its model,
/// but changes as the model does.
constexpr std::array rules = {
  rule{"capacity", apply_class::none},
  rule{"data_disks.*", apply_class::in_place},
  rule{"diagnostics.*", apply_class::in_place},
  rule{"extensions.*", apply_class::in_place},
  rule{"image.id", apply_class::reimage},
  rule{"image.offer", apply_class::reimage},
  rule{"image.publisher", apply_class::reimage},
  rule{"image.sku", apply_class::reimage},
  rule{"image.version", apply_class::reimage},
  rule{"network.*", apply_class::in_place},
  rule{"os_profile.admin_password", apply_class::reimage},
  rule{"os_profile.custom_data", apply_class::reimage},
  rule{"os_profile.ssh_keys", apply_class::reimage},
  rule{"platform_fault_domain_count", apply_class::redeploy},
  rule{"proximity_placement_group", apply_class::redeploy},
  rule{"settings.*", apply_class::in_place},
  rule{"tags.*", apply_class::none},
  rule{"user_data", apply_class::in_place},
  rule{"vm_size", apply_class::restart},
  rule{"zones", apply_class::redeploy},
};

/// Whether `path` is `stem` or under it.
bool covers(std::string_view stem, std::string_view path) {
  return path.starts_with(stem)
         && (path.size() == stem.size() || path[stem.size()] == '.');
}

bool matches(std::string_view key, std::string_view path) {
  if (key.ends_with(".*"))
    return covers(key.substr(0, key.size() - 2), path);
  // A table taken as a whole stands for each of its keys.
  return covers(path, key);
}

std::optional<apply_class> find_override(std::string_view path,
                                         const class_overrides& overrides) {
  for (;;) {
    if (const auto found = overrides.find(path); found != overrides.end())
      return found->second;
    const auto dot = path.rfind('.');
    if (dot == std::string_view::npos)
      return std::nullopt;
    path = path.substr(0, dot);
  }
}

} // namespace

std::string_view to_string(apply_class x) {
  return names[static_cast<std::size_t>(x)];
}

std::optional<apply_class> parse_apply_class(std::string_view text) {
  const auto* const found = std::find(names.begin(), names.end(), text);
  if (found == names.end())
    return std::nullopt;
  return static_cast<apply_class>(found - names.begin());
}

std::optional<apply_class> classify_path(std::string_view path,
                                         const class_overrides& overrides,
                                         bool vm_size_on_other_hardware) {
  const auto* const found = std::find_if(
    rules.begin(), rules.end(), [path](const rule& x) { return matches(x.key, path); });
  if (found == rules.end())
    return std::nullopt;
  if (const auto chosen = find_override(path, overrides))
    return chosen;
  if (vm_size_on_other_hardware && path == "vm_size")
    return apply_class::redeploy;
  return found->action;
}

apply_class classify_change(const std::vector<std::string>& paths,
                            const class_overrides& overrides,
                            bool vm_size_on_other_hardware) {
  auto strongest = apply_class::none;
  for (const auto& path : paths) {
    const auto action = classify_path(path, overrides, vm_size_on_other_hardware);
    strongest = std::max(strongest, action.value_or(apply_class::none));
  }
  return strongest;
}

const std::vector<std::string_view>& model_keys() {
  static const std::vector<std::string_view> keys = [] {
    std::vector<std::string_view> out;
    for (const auto& x : rules) {
      if (x.key != "zones")
        out.push_back(x.key);
    }
    return out;
  }();
  return keys;
}

} // namespace drydock::inline v1::engine
