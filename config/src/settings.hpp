// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnostics.hpp"
#include "drydock/config/fleet_file.hpp"
#include "node.hpp"

#include <span>
#include <string>

namespace drydock::config {

/// `key=value` on one line: what stands in front of a diagnostic about a setting.
[[nodiscard]] std::string to_label(const setting& x);

/// Puts the settings into `tree` one after the other, in place of what is there;
/// tables on the way are made. What was put has the position of its setting. What
/// cannot be put is reported to `sink`.
void apply_settings(std::span<const setting> settings, node& tree, diagnostics& sink);

} // namespace drydock::config
