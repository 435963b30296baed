// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "process.hpp"

#include "drydock/engine/step.hpp"
#include "drydock/engine/time.hpp"

#include <string>
#include <string_view>

namespace drydock::drivers {

/// Without white space at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// `text` with every byte that is not part of valid UTF-8 replaced by `?`.
[[nodiscard]] std::string to_utf8(std::string_view text);

/// The start of a valid UTF-8 text, at most `bytes` of it (3 or more), with dots at its
/// end where something is missing.
[[nodiscard]] std::string cut_utf8(std::string text, std::size_t bytes);

/// `id` as part of a file name: other characters than letters, digits, `.`, `-`
/// and `_` as `%2F`, no leading dot, and no longer than file systems allow.
/// Different ids give different names.
[[nodiscard]] std::string to_file_name(std::string_view id);

/// How a command ended, for people: `reimage of web-3: exit status 1: <output>`.
/// Empty if it ended well.
[[nodiscard]] std::string describe(std::string_view what, const process_result& result,
                                   engine::duration timeout);

/// What EX_TEMPFAIL of sysexits.h says: try again.
inline constexpr int transient_exit_status = 75;

/// What the end of a step's command means for the step.
[[nodiscard]] engine::step_outcome outcome_of(const process_result& result);

/// When it is `from_now`, as ISO 8601 writes it: `2026-01-01T00:00:00Z`, rounded down.
[[nodiscard]] std::string time_text(engine::duration from_now);

/// The last line of the output that is not blank; empty where there is none.
[[nodiscard]] std::string last_line(const process_result& result);

} // namespace drydock::drivers
