// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace drydock::config {

/// Reads JSON into a tree whose every position is `at`, or says what is wrong.
[[nodiscard]] std::variant<node, std::string> read_json(std::string_view text,
                                                        position at);

} // namespace drydock::config
