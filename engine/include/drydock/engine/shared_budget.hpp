// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace drydock::inline v1::engine {

/// What a scale set holds of a budget that several share.
struct budget_holder {
  /// Its name.
  std::string scale_set;
  /// How many instances: those that are unavailable, and those that it may take down
  /// beside them; 0: nobody has heard of it yet, and so nobody is given anything.
  std::uint32_t count = 0;

  friend bool operator==(const budget_holder&, const budget_holder&) = default;
};

/// `shared budget of 3: database holds 2, web holds 1`, for people.
[[nodiscard]] std::string describe_budget(std::uint32_t ceiling,
                                          const std::vector<budget_holder>& holders);

/// A ceiling on the unavailable instances of several scale sets together. A set tells
/// how many it has and how many it wants; it is given a share, which is the most that
/// it may have by its own decision. What it holds is the larger of its share and what
/// is unavailable in it; giving never lifts the sum of that above the ceiling. Facts
/// may (an instance falls ill, say), and then nobody is given more.
///
/// Those that want more wait in the order in which they began to; whoever is given
/// something goes to the end, so that all get their turn. Equal calls give equal
/// shares. Costs one pass over the sets a call. Not thread safe. Source of the rules:
/// docs/semantics.md, 4.15.
class shared_budget {
public:
  /// `ceiling` ≥ 1; sets are numbered from 0 and take no part before they `enter`.
  shared_budget(std::uint32_t ceiling, std::size_t sets);

  /// The set takes part from now on. Until it has reported nobody is given anything.
  void enter(std::size_t set);

  /// `unavailable`: how many of its instances are, by facts and by decision. `kept`: so
  /// much of its share it keeps at most; the rest is given back. `wanted`: the share
  /// that it could use.
  void report(std::size_t set, std::uint32_t unavailable, std::uint32_t kept,
              std::uint32_t wanted);

  /// It is over: it wants nothing any more, and holds what it holds for good.
  void leave(std::size_t set);

  [[nodiscard]] std::uint32_t ceiling() const { return ceiling_; }
  [[nodiscard]] std::uint32_t share(std::size_t set) const { return sets_[set].share; }
  /// The larger of its share and what is unavailable in it.
  [[nodiscard]] std::uint32_t held(std::size_t set) const;
  /// By all sets together.
  [[nodiscard]] std::uint64_t held() const;
  /// Whether it wants more than it was given.
  [[nodiscard]] bool waits(std::size_t set) const;
  /// Whether it takes part, and has not reported yet.
  [[nodiscard]] bool is_awaited(std::size_t set) const {
    return sets_[set].state == standing::awaited;
  }

private:
  enum class standing : std::uint8_t { absent, awaited, heard, over };
  struct member {
    standing state = standing::absent;
    std::uint32_t share = 0, unavailable = 0, wanted = 0;
  };

  void give();

  std::uint32_t ceiling_;
  std::vector<member> sets_;
  std::deque<std::size_t> queue_; // those that wait, in their order
};

} // namespace drydock::inline v1::engine
