// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace drydock::inline v1::engine {

/// Why a member on which nothing was begun is pending again.
enum class release_reason : std::uint8_t {
  /// A cancel, or the end of the process that had it.
  cancelled,
  /// There is no quota to replace it, and no allowance to upgrade it in place now.
  quota_short,
};
/// As in events: `cancelled`, `quota_short`.
[[nodiscard]] std::string_view to_string(release_reason x);

/// Why an instance is gone.
enum class deletion_reason : std::uint8_t {
  /// Somebody else deleted it.
  deleted,
  /// Its replacement serves; or it was made as a replacement and did not do.
  surge,
  /// The same, where the replacement was made for a repair.
  repair,
  /// The set was to shrink.
  scale_in,
  /// It was made because the set was to grow, and did not do.
  scale_out,
};
/// As in events: `deleted`, `surge`, `repair`, `scale_in`, `scale_out`.
[[nodiscard]] std::string_view to_string(deletion_reason x);

/// Why an instance was made.
enum class creation_reason : std::uint8_t {
  /// A member of a batch is replaced.
  surge,
  /// One that is ill is replaced.
  repair,
  /// The set is to grow.
  scale_out,
};
/// As in events: `surge`, `repair`, `scale_out`.
[[nodiscard]] std::string_view to_string(creation_reason x);

namespace told {

/// An instance was made. It is in no count before `instance_replaced`, or, where the
/// set grows, before it has settled.
struct instance_created {
  /// Who is new.
  instance_index instance = 0;
  /// The one that it is to replace; itself: none.
  instance_index replaces = 0;
  /// Why.
  creation_reason reason = creation_reason::surge;
};
/// A replacement was made and is healthy: it takes the member's position, and the
/// member, which is in no count any more, is deleted.
struct instance_replaced {
  /// The member.
  instance_index instance = 0;
  /// Who has its position now.
  instance_index replacement = 0;
};
/// There is no quota for replacements of these members, which are upgraded in place.
struct surge_short {
  /// Which batch.
  std::uint32_t batch = 0;
  /// Who is in hand from now on.
  std::vector<instance_index> instances;
};

} // namespace told

} // namespace drydock::inline v1::engine
