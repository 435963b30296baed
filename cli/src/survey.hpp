// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/plan.hpp"
#include "drydock/protocol/effects.hpp"

#include <memory>
#include <vector>

namespace drydock::cli {

/// Probes a fleet until the health of every instance is settled, `rounds_max`
/// rounds at most, and returns how each stands, by position. Blocks.
[[nodiscard]] std::vector<engine::expected_health>
survey_health(protocol::prober& prober, const engine::health_source& source,
              std::size_t instances, std::size_t rounds_max);

} // namespace drydock::cli
