// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/events.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/health.hpp"
#include "json_output.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace drydock::cli {

/// What the events of one upgrade have in common.
struct event_context {
  std::string scale_set;
  std::shared_ptr<const engine::fleet> instances;
  engine::health_source health;
  /// When the upgrade starts.
  wall_time start{};
};

/// One line of an events file as an object; docs/interface.md, section 4. Any
/// event, and not quick: `event_writer` writes the frequent ones without it.
[[nodiscard]] json event_json(const event_context& context, std::uint64_t seq,
                              engine::duration since_start,
                              const engine::upgrade_event& event);

} // namespace drydock::cli
