// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/batch.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/policy.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace drydock::inline v1::engine {

/// How a pending instance stands when a batch is formed; `absent`: it is not
/// pending (any more).
enum class candidate_standing : std::uint8_t {
  absent,
  healthy,
  unhealthy,
  initializing
};

/// The members of the next batch, in order, and why it is not larger. Without
/// members: nobody may go now.
struct batch_choice {
  batch_place place;
  std::vector<instance_index> members;
  batch_bound bound = batch_bound::group;
  /// Unhealthy ones are prioritized, and these are such.
  bool unhealthy_first = false;
};

/// The pending instances of an upgrade in the order of upgrades: phase, then
/// zone, then update domain, then position. Building is one sort of the places
/// and one pass over the instances; choosing walks no further than it must.
class candidate_pool {
public:
  struct candidate {
    instance_index instance = 0;
    std::int64_t phase = 0;
    candidate_standing standing = candidate_standing::absent;
  };

  candidate_pool() = default;

  /// `candidates` are in order of position. `cross_zone`: zones do not matter.
  candidate_pool(const fleet& instances, std::span<const candidate> candidates,
                 bool cross_zone);

  /// Tells how an instance stands now. An absent one stays absent.
  void update(instance_index i, candidate_standing standing);

  /// The next batch under `limits`, when `unavailable` instances of the whole
  /// set are unavailable already. The rule is docs/semantics.md, 4.4.
  [[nodiscard]] batch_choice select(const rollout_limits& limits,
                                    std::uint32_t unavailable,
                                    bool prioritize_unhealthy);

  /// Pending instances that are unhealthy, of any phase.
  [[nodiscard]] std::uint32_t unhealthy() const { return unhealthy_; }
  [[nodiscard]] std::uint32_t size() const { return size_; }

private:
  struct cell {
    batch_place place;
    std::vector<instance_index> order;
    std::size_t head = 0; // everything before it is absent
    std::uint32_t count[4] = {0, 0, 0, 0};

    [[nodiscard]] std::uint32_t present() const {
      return count[1] + count[2] + count[3];
    }
  };
  enum class wanted : std::uint8_t { any, unhealthy, healthy };

  void walk(cell& c, wanted kind, const rollout_limits& limits,
            std::uint32_t unavailable, batch_choice& choice) const;

  std::vector<cell> cells_; // sorted by place
  std::size_t first_ = 0;   // the first cell of the phase at work
  std::vector<std::uint32_t> cell_of_;
  std::vector<candidate_standing> standing_;
  std::uint32_t unhealthy_ = 0;
  std::uint32_t size_ = 0;
};

} // namespace drydock::inline v1::engine
