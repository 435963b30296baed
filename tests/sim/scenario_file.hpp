// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "breaker.hpp"

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace drydock::sim {

/// A scenario of a file: a fleet, a world, and the deaths of those who run the upgrade.
struct told_scenario {
  scenario what;
  /// Empty: a death at every record in turn, before and after it is written.
  std::vector<death> deaths;
};

/// Reads a scenario file, or says what is wrong with it. Its keys:
///
///     seed = 102              # what is not said is drawn from it
///     fleet = "web.toml"      # a fleet file with a simulated driver, in place of a
///     draw [unkind]                # odds: lost_answer, duplicate_answer, flap,
///     dying_actor
///     [[death]]               # record, written (default false), gap ("514s")
[[nodiscard]] std::variant<told_scenario, std::string>
read_scenario(const std::filesystem::path& file);

} // namespace drydock::sim
