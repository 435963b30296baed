// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sections.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drydock::config {

/// One listed or inventory instance: what was given of it, and where.
struct instance_fields {
  std::string id;
  position at;
  /// Stands in front of messages about it.
  std::string prefix;
  std::optional<std::string> zone;
  /// A zone was given, right or wrong.
  bool zone_given = false;
  std::optional<std::uint32_t> update_domain;
  std::optional<std::string> address;
  std::optional<std::uint16_t> port;
  std::optional<std::map<std::string, std::string, std::less<>>> vars;
  std::optional<bool> protect_from_scale_set_actions;
  std::optional<bool> protect_from_scale_in;
  std::optional<bool> latest_model_applied;

  /// Puts what was given over what `spec` has.
  void apply_to(engine::instance_spec& spec) const;
};

/// A list of instances; `complete` is false when some could not be read.
struct instance_list {
  std::vector<instance_fields> entries;
  bool complete = true;
};

/// What is wrong with `id` as an instance's name; nothing when it will do.
[[nodiscard]] std::optional<std::string> find_id_problem(const std::string& id);

/// `[[scale_set.instance]]`.
[[nodiscard]] instance_list read_listed(table_reader& scale_set,
                                        const scale_set_section& set);

/// The entries of an inventory.
[[nodiscard]] instance_list read_inventory(const inventory_list& inventory,
                                           const scale_set_section& set,
                                           diagnostics& sink);

/// Reports what azure does not allow a flexible set to have.
void check_update_domain_allowed(table_reader& reader, std::string_view key,
                                 const scale_set_section& set);

} // namespace drydock::config
