// SPDX-License-Identifier: Apache-2.0
#include "diagnostics.hpp"

#include "settings.hpp"

#include <algorithm>
#include <set>

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

diagnostics::diagnostics(std::string file, std::span<const setting> settings)
  : file_(std::move(file)) {
  for (const auto& x : settings)
    labels_.push_back(to_label(x));
}

void diagnostics::add(position at, std::string text, std::string code) {
  const auto& whose = at.setting != 0 ? labels_[at.setting - 1] : file_;
  found_.push_back({at, {whose, at.line, at.column, std::move(code), std::move(text)}});
}

std::vector<diagnostic> diagnostics::take() {
  // Stable: at one place, problems stay in the order of the checks.
  std::stable_sort(found_.begin(), found_.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<diagnostic> result;
  std::set<std::string> seen; // an inventory may hold a million mistakes
  for (auto& [at, x] : found_)
    if (seen.insert(to_string(x)).second)
      result.push_back(std::move(x));
  found_.clear();
  return result;
}

} // namespace drydock::config
