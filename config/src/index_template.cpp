// SPDX-License-Identifier: Apache-2.0
#include "index_template.hpp"

#include <algorithm>

namespace drydock::config {
namespace {

constexpr std::size_t width_max = 20;

// `index` or `index:0N`; nothing for anything else.
std::optional<std::size_t> parse_width(std::string_view name) {
  if (name == "index")
    return 0;
  if (!name.starts_with("index:0") || name.size() == 7 || name.size() > 9)
    return std::nullopt;
  std::size_t width = 0;
  for (const char digit : name.substr(7)) {
    if (digit < '0' || digit > '9')
      return std::nullopt;
    width = width * 10 + static_cast<std::size_t>(digit - '0');
  }
  return width <= width_max ? std::optional(width) : std::nullopt;
}

} // namespace

std::optional<index_template> index_template::parse(std::string_view text) {
  index_template result;
  std::string literal;
  while (!text.empty()) {
    const char x = text.front();
    if (text.starts_with("{{") || text.starts_with("}}")) {
      literal += x;
      text.remove_prefix(2);
    } else if (x == '}') {
      return std::nullopt;
    } else if (x == '{') {
      const auto end = text.find('}');
      if (end == std::string_view::npos)
        return std::nullopt;
      const auto width = parse_width(text.substr(1, end - 1));
      if (!width)
        return std::nullopt;
      result.parts_.push_back({literal, false, 0});
      result.parts_.push_back({{}, true, *width});
      literal.clear();
      text.remove_prefix(end + 1);
    } else {
      literal += x;
      text.remove_prefix(1);
    }
  }
  result.parts_.push_back({literal, false, 0});
  return result;
}

std::string index_template::fill(std::size_t index) const {
  std::string result;
  for (const auto& x : parts_) {
    if (!x.is_index) {
      result += x.text;
      continue;
    }
    const auto digits = std::to_string(index);
    if (digits.size() < x.width)
      result.append(x.width - digits.size(), '0');
    result += digits;
  }
  return result;
}

bool index_template::varies() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const part& x) { return x.is_index; });
}

} // namespace drydock::config
