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

/// Whose line of an events file it is, where that has the upgrades of several scale
/// sets; empty: it has not.
[[nodiscard]] std::string scale_set_of(const std::string& line);

/// What to do where a line is one of several sets'; `wanted`: the one to be read, or
/// none was named.
enum class line_fate : std::uint8_t { read, skip, refuse };
[[nodiscard]] line_fate fate_of_line(const std::string& line,
                                     const std::string& wanted);

/// Why such a file is refused.
inline constexpr auto several_in_events =
  "these are the events of several scale sets; name one of them with --scale-set";

/// One line of an events file as an object; docs/interface.md, section 4. Any
/// event, and not quick: `event_writer` writes the frequent ones without it.
[[nodiscard]] json event_json(const event_context& context, std::uint64_t seq,
                              engine::duration since_start,
                              const engine::upgrade_event& event);

} // namespace drydock::cli
