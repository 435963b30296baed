// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "measurement.hpp"

#include <map>
#include <string>
#include <vector>

namespace drydock::bench {

struct comparison_options {
  task work;
  std::size_t rounds = 3;
  /// Also through the public interface.
  bool library = false;
};

/// Medians of several rounds, in which the measurements take turns.
struct comparison {
  comparison_options options;
  /// By kind; the median of each number on its own.
  std::map<std::string, measurement> medians;
  /// Medians of the ratios within one round, so that a machine that is slower
  /// for a while does not count.
  std::map<std::string, double> ratios;
  /// The first thing that went wrong; empty: nothing.
  std::string problem;
};

[[nodiscard]] comparison compare(const comparison_options& options);

/// One JSON object and a line end; docs/interface.md, 5.
[[nodiscard]] std::string to_json(const comparison& x);

/// The same for people.
[[nodiscard]] std::string to_table(const comparison& x);

} // namespace drydock::bench
