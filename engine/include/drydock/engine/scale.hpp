// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace drydock::inline v1::engine {

/// Azure's `scaleInPolicy.rules`: who of a zone goes first.
enum class scale_in_rule : std::uint8_t {
  /// The one with the highest id: the newest.
  highest_id,
  /// The oldest.
  oldest_vm,
  /// The newest.
  newest_vm,
};
/// As Azure writes it: `Default`, `OldestVM`, `NewestVM`.
[[nodiscard]] std::string_view to_string(scale_in_rule x);

/// Who goes when a set shrinks.
struct scale_in_choice {
  /// In the order in which they were chosen; fewer than asked for where the rest is
  /// protected.
  std::vector<instance_index> instances;
  /// How many may not be chosen: those with either protection.
  std::uint32_t is_protected = 0;
};

/// Chooses `count` instances to be deleted, one after the other: of the zone that then
/// has most instances (the last of those on `fleet::zones()`), by `rule`. A zone whose
/// instances are all protected, or chosen, is passed over. `ages` grow with the moment
/// of creation; empty: the order of positions is that of creation. Costs one sort.
/// Source of the rules: docs/semantics.md, 5b.
[[nodiscard]] scale_in_choice select_scale_in(const fleet& instances, std::size_t count,
                                              scale_in_rule rule,
                                              std::span<const std::uint64_t> ages = {});

/// The zones of `count` new instances, one after the other: that which then has fewest
/// instances (the first of those on `fleet::zones()`). `fleet::no_zone` in a set
/// without zones.
[[nodiscard]] std::vector<std::uint16_t> place_new(const fleet& instances,
                                                   std::size_t count);

} // namespace drydock::inline v1::engine
