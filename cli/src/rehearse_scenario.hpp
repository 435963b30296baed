// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "commands.hpp"
#include "drydock/rehearsal/rehearse.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace drydock::cli {

/// The rehearsal of a fleet file: its upgrade, in the world of `[rehearsal]`.
[[nodiscard]] rehearsal::scenario
make_scenario(std::shared_ptr<const config::fleet_file> file,
              const instance_selection& selection);

/// Has it begin now, where the time of the day counts: else it begins when virtual time
/// does.
void begin_now(rehearsal::scenario& what);

/// Why this file cannot be rehearsed, and what to do; nothing when it can.
[[nodiscard]] std::optional<std::string> find_obstacle(const config::fleet_file& file);

/// `given`, else the seed of the file.
[[nodiscard]] std::uint64_t seed_for(const config::fleet_file& file,
                                     std::optional<std::uint64_t> given);

/// Whether the odds allow to begin, as `run --rehearse-first` asks: rehearses, and
/// returns why not; nothing when they do. `stop` ends the rehearsal early.
[[nodiscard]] std::optional<std::string>
find_bad_odds(const run_options& options,
              const std::shared_ptr<const config::fleet_file>& file,
              const instance_selection& selection, const std::atomic<bool>& stop);

/// `rolling`.
[[nodiscard]] std::string mode_text(engine::upgrade_mode mode);

} // namespace drydock::cli
