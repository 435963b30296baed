// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace drydock::inline v1::engine {

/// What kept a batch from being larger.
enum class batch_bound : std::uint8_t {
  /// `B` members.
  batch_instances,
  /// A further healthy one would make more than `U` unavailable.
  unavailable_instances,
  /// The group has no further candidates.
  group,
  /// The next checkpoint is reached with it.
  checkpoint,
  /// A budget that several scale sets share has no room for more.
  shared_budget,
};

/// As in events: `batch_instances`, `unavailable_instances`, `group`, `checkpoint`,
/// `shared_budget`.
[[nodiscard]] std::string_view to_string(batch_bound x);

/// What a batch is cut from: one phase, one zone, one update domain.
struct batch_place {
  /// `custom_metrics::no_phase`: none.
  std::int64_t phase = 0;
  /// `fleet::no_zone`: none, or zones do not matter.
  std::uint16_t zone = 0;
  /// `fleet::no_update_domain`: none.
  std::uint32_t update_domain = 0;

  friend auto operator<=>(const batch_place&, const batch_place&) = default;
};

} // namespace drydock::inline v1::engine
