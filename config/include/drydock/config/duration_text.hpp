// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::config {

/// The longest length of time that keys and options accept: 100 years. Clocks count
/// nanoseconds in 64 bits, and what is longer, or several of it one after the other,
/// would be over before it has begun.
inline constexpr engine::duration longest_length = std::chrono::hours(24) * 36'500;

/// Reads a length of time: ISO 8601 (`PT0S`, `PT1H30M`, `P1DT2H`, `PT0.5S`) or
/// units in falling order (`30s`, `5m`, `1h30m`, `250ms`). Nothing for anything
/// else, negative and overflowing lengths included.
[[nodiscard]] std::optional<engine::duration> parse_duration(std::string_view text);

/// ISO 8601, as Azure prints it: `PT0S`, `PT1M30S`, `PT0.25S`.
[[nodiscard]] std::string to_iso8601(engine::duration x);

} // namespace drydock::config
