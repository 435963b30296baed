// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/fleet_file.hpp"
#include "node.hpp"

#include <string>
#include <vector>

namespace drydock::config {

/// Collects the problems of one fleet file.
class diagnostics {
public:
  /// `file` stands in front of every diagnostic.
  explicit diagnostics(std::string file) : file_(std::move(file)) {}

  /// Adds a mistake, or with a `code` a refusal.
  void add(position at, std::string text, std::string code = {});

  [[nodiscard]] bool empty() const { return found_.empty(); }

  /// Everything found, by position; what was said twice is said once.
  [[nodiscard]] std::vector<diagnostic> take();

private:
  std::string file_;
  std::vector<diagnostic> found_;
};

} // namespace drydock::config
