// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/fleet_file.hpp"
#include "drydock/engine/fleet.hpp"

#include <optional>
#include <vector>

namespace drydock::cli {

/// Where in the fleet of now a position of an earlier one is.
struct standing_place {
  /// Who was there when the upgrade began, and the one that replaces it.
  std::optional<engine::instance_index> member, replacement;
};

/// By position of `was`, which has replacements: its instances and those that replace
/// them by their ids, for an inventory lists those that are there, in its own order.
/// Nothing: `now` has others, or lacks somebody who was not replaced either.
[[nodiscard]] std::optional<std::vector<standing_place>>
find_places(const engine::fleet& now, const engine::fleet& was);

/// Whether `x` of `a` and `y` of `b` have the same zone and update domain; both fleets
/// have the same zones.
[[nodiscard]] bool same_place(const engine::fleet& a, engine::instance_index x,
                              const engine::fleet& b, engine::instance_index y);

/// Gives the file the instances of `was`, and those that an upgrade puts in their
/// places, with all that is known of them now. The file has no others.
void take_places(config::fleet_file& file, const engine::fleet& was);

/// The same where the set scales: by their ids, wherever the file has them, and with
/// those that come. The file may lack those who go, and list those who have come.
void take_scaled_places(config::fleet_file& file, const engine::fleet& was);

} // namespace drydock::cli
