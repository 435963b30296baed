// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chart.hpp"

#include "drydock/rehearsal/report.hpp"

#include <span>
#include <vector>

/// The pictures of a rehearsal. Each is drawn for large screens and, `narrow`, for
/// small ones; each takes any report, an empty one, too.
namespace drydock::cli {

/// How many runs took how long; runs that did not complete in a colour of their own.
[[nodiscard]] chart durations_chart(const rehearsal::report& of, bool narrow);

/// Available instances over time: the median and two bands around it.
[[nodiscard]] chart availability_chart(const rehearsal::report& of, bool narrow);

/// The batches of the median run, one bar each; many of them without their names.
[[nodiscard]] chart timeline_chart(const rehearsal::report& of, bool narrow);

/// The ways to end, with their 95 % intervals.
[[nodiscard]] chart fates_chart(const rehearsal::report& of, bool narrow);

/// What the time is spent on, as one bar.
[[nodiscard]] chart phases_chart(const rehearsal::report& of, bool narrow);

/// Settings side by side: median and 90th percentile of the durations.
[[nodiscard]] chart compare_durations_chart(std::span<const rehearsal::variant> all,
                                            bool narrow);

/// Settings side by side: the odds to abort, with their 95 % intervals.
[[nodiscard]] chart compare_odds_chart(std::span<const rehearsal::variant> all,
                                       bool narrow);

/// Settings side by side: what the mean run spends its time on.
[[nodiscard]] chart compare_phases_chart(std::span<const rehearsal::variant> all,
                                         bool narrow);

/// All faults of a report together.
[[nodiscard]] rehearsal::proportion abort_odds(const rehearsal::report& of);
/// All that completed, with failures or without.
[[nodiscard]] rehearsal::proportion completing_odds(const rehearsal::report& of);

/// The colour of a phase, the same everywhere.
[[nodiscard]] ink ink_of(rehearsal::phase x);
[[nodiscard]] ink ink_of(rehearsal::fate::kind x);

} // namespace drydock::cli
