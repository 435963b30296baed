// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"
#include "drydock/engine/value.hpp"

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
};

} // namespace drydock::drivers
