// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::config {

/// A text with the index of a generated instance in it: `web-{index}`, or
/// `web-{index:03}` padded with zeros; `{{` and `}}` are braces.
class index_template {
public:
  /// Nothing for any other placeholder, or a brace that is never closed.
  static std::optional<index_template> parse(std::string_view text);

  [[nodiscard]] std::string fill(std::size_t index) const;
  /// False: every instance gets the same text.
  [[nodiscard]] bool varies() const;

private:
  struct part {
    std::string text;
    bool is_index = false;
    std::size_t width = 0;
  };
  std::vector<part> parts_;
};

} // namespace drydock::config
