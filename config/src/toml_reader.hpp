// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace drydock::config {

/// Why a text is no TOML.
struct syntax_error {
  position at;
  std::string text;
};

/// Reads TOML; the result is a table.
[[nodiscard]] std::variant<node, syntax_error> read_toml(std::string_view text);

} // namespace drydock::config
