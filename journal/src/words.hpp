// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace drydock::inline v1::journal {

/// Its identity; `#7` where the fleet has no such position.
[[nodiscard]] std::string name_of(engine::instance_index i,
                                  const engine::fleet& instances);

/// `1 instance: web-0`, `0 instances`; the first 20 are named.
[[nodiscard]] std::string list_text(std::span<const engine::instance_index> list,
                                    const engine::fleet& instances);

/// On one line: what controls a terminal is shown as C writes it.
[[nodiscard]] std::string one_line(std::string_view text);

} // namespace drydock::inline v1::journal
