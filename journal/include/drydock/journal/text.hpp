// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/rollout.hpp"

#include <string>

/// Records as people read them: a line each. The lines may change with every version.
namespace drydock::inline v1::journal {

/// `web-3 is unhealthy`, `web-3 settled: HealthTimeout (no answer)`. A position that
/// the fleet does not have is shown as `#7`; line ends in texts as `\n`.
[[nodiscard]] std::string to_text(const engine::rollout_input& x,
                                  const engine::fleet& instances);

/// `start 3 instances: web-0 web-1 web-2`, `arm timer 4 for 90.5 s`. Of long lists the
/// first 20 are named.
[[nodiscard]] std::string to_text(const engine::rollout_command& x,
                                  const engine::fleet& instances);

/// Seconds on the upgrade's own clock, exact to the nanosecond: `90.5 s`.
[[nodiscard]] std::string to_text(engine::instant x);

} // namespace drydock::inline v1::journal
