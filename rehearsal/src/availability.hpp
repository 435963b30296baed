// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run_facts.hpp"

#include <array>
#include <vector>

namespace drydock::inline v1::rehearsal {

/// Gathers how many instances are available at evenly spaced moments over all
/// runs, in memory that does not grow with them.
class availability_bands {
public:
  explicit availability_bands(std::uint32_t instances);

  void add(const run_facts& run);

  [[nodiscard]] std::vector<availability_point> points() const;

private:
  static constexpr std::size_t moments = 240;
  /// Shares are told apart by tenths of a percent.
  static constexpr std::size_t levels = 1001;

  void widen();
  [[nodiscard]] std::size_t level_of(std::uint32_t available) const;
  [[nodiscard]] availability_point point(std::size_t moment) const;

  std::uint32_t instances_;
  std::uint32_t runs_ = 0;
  duration step_{0};
  duration longest_{0};
  std::vector<std::array<std::uint32_t, levels>> counts_;
};

} // namespace drydock::inline v1::rehearsal
