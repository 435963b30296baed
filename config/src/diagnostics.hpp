// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/fleet_file.hpp"
#include "node.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace drydock::config {

/// Collects the problems of one fleet file and of the settings in front of it.
class diagnostics {
public:
  /// `file` stands in front of every diagnostic, but for those that a setting is to
  /// blame for: they name the setting.
  explicit diagnostics(std::string file, std::span<const setting> settings = {});

  /// Adds a mistake, or with a `code` a refusal.
  void add(position at, std::string text, std::string code = {});

  [[nodiscard]] bool empty() const { return found_.empty(); }

  /// Everything found, settings first, by position; what was said twice is said once.
  [[nodiscard]] std::vector<diagnostic> take();

private:
  std::string file_;
  std::vector<std::string> labels_;
  std::vector<std::pair<position, diagnostic>> found_;
};

} // namespace drydock::config
