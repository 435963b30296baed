// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"
#include "drydock/rehearsal/report.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace drydock::inline v1::rehearsal {

/// The percentages of available instances that `time_below` tells of.
inline constexpr std::array<int, 7> watched_levels{100, 95, 90, 80, 70, 50, 25};

/// What is kept of one run until it has been added to the others.
struct run_facts {
  std::uint64_t seed = 0;
  fate::kind what = fate::kind::completed;
  /// faulted: the code.
  std::string code;
  /// Where it ended when it did not complete; `runs` is not used.
  bad_end end;
  duration length{0};
  std::uint32_t failed = 0;
  std::uint32_t minimum_available = 0;
  std::array<duration, phases> spent{};
  std::array<duration, watched_levels.size()> below{};
  bool bad_image = false;
  /// Instances whose action began.
  std::uint32_t reached = 0;
  /// Available instances from a moment on, ascending; the first is at 0.
  std::vector<std::pair<duration, std::uint32_t>> available;
  /// When 0, 1, … percent of those that took part had settled; the list ends where
  /// the run did.
  std::vector<duration> progress;
  std::vector<batch_span> batches;
};

} // namespace drydock::inline v1::rehearsal
