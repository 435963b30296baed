// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace drydock::sim {

/// When a process that runs an upgrade dies: at the record with this number, counted
/// from 1 over the whole upgrade.
struct death {
  std::uint64_t record = 1;
  /// The record is written, and nothing that it says is done; else it is lost with
  /// all that was decided.
  bool written = false;
  /// How long nobody runs the upgrade then.
  engine::duration gap{0};
};

/// What an upgrade came to whose processes died on the way.
struct wreckage {
  /// What the last process told, judged as a whole: it tells again what the others did.
  verdict last;
  /// Records of the journal at the end.
  std::uint64_t records = 0;
  /// Processes that ran the upgrade.
  std::uint32_t lives = 0;
};

/// Runs a scenario with the real actors in virtual time and a journal in memory; each
/// death ends the process at hand, and the next one goes on from the journal. The world
/// lives on meanwhile. `deaths` in order of their records.
[[nodiscard]] wreckage run_with_deaths(const scenario& what,
                                       const std::vector<death>& deaths);

/// The same with the journal in a SQLite store at `file`, which is not there yet, on a
/// disk that is full, fails, tears writes or loses its power as the seed has it, and is
/// whole in the end. Turns that need not survive a loss of power may get lost with it.
[[nodiscard]] wreckage run_on_bad_disk(const scenario& what, const std::string& file);

/// Deaths drawn from the scenario's seed, for an upgrade that takes some `records`.
[[nodiscard]] std::vector<death> draw_deaths(std::uint64_t seed, std::uint64_t records);

} // namespace drydock::sim
