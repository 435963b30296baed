// SPDX-License-Identifier: Apache-2.0
#include "diagnostics.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace drydock::config {

std::string to_string(const diagnostic& x) {
  auto result = x.file;
  if (x.line != 0)
    result += ":" + std::to_string(x.line) + ":" + std::to_string(x.column);
  result += ": error: ";
  if (!x.code.empty())
    result += x.code + ": ";
  return result + x.text;
}

void diagnostics::add(position at, std::string text, std::string code) {
  found_.push_back({file_, at.line, at.column, std::move(code), std::move(text)});
}

std::vector<diagnostic> diagnostics::take() {
  // Stable: at one place, problems stay in the order of the checks.
  std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  std::vector<diagnostic> result;
  std::set<std::string> seen; // an inventory may hold a million mistakes
  for (auto& x : found_)
    if (seen.insert(to_string(x)).second)
      result.push_back(std::move(x));
  found_.clear();
  return result;
}

} // namespace drydock::config
