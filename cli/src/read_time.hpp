// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_output.hpp"

#include <optional>
#include <string>

namespace drydock::cli {

/// `2026-01-01T00:00:00.000Z`; nothing: it is no such time.
[[nodiscard]] std::optional<wall_time> read_time(const std::string& text);

} // namespace drydock::cli
