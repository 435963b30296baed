// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/maintenance.hpp"

#include <optional>
#include <string>
#include <vector>

namespace drydock::config {

/// How far a time zone of the system's database is ahead of UTC, from 2025-12-31 (the
/// eve of the day on which virtual clocks start) to the end of 2099: the same whenever
/// it is asked. Nothing: there is no such zone.
[[nodiscard]] std::optional<std::vector<engine::maintenance_window::zone_offset>>
find_zone_offsets(const std::string& name);

} // namespace drydock::config
