// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/drivers/learnt_details.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/value.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace drydock::drivers {

/// What the commands of one run have in common.
struct command_context {
  std::string scale_set;
  std::string upgrade_id;
  std::shared_ptr<const engine::fleet> instances;
  engine::value latest_model;
  engine::value previous_model;
  /// What `create` commands tell of their instances; null: nobody wants to know.
  std::shared_ptr<learnt_details> learnt = nullptr;
  /// What probes over the network need to know of whoever is made.
  bool needs_address = false;
  bool needs_port = false;
  /// What those had who had another model before; by id.
  std::map<std::string, engine::value, std::less<>> own_previous_models = {};

  /// What the instance had before.
  [[nodiscard]] const engine::value& previous_of(engine::instance_index i) const {
    if (own_previous_models.empty())
      return previous_model;
    const auto found = own_previous_models.find(instances->id(i));
    return found == own_previous_models.end() ? previous_model : found->second;
  }
};

} // namespace drydock::drivers
