// SPDX-License-Identifier: Apache-2.0
#include "small_json.hpp"

#include "whole_file.hpp"

#include <filesystem>

namespace drydock::cli {

json read_json(const std::string& path) {
  return json::parse(read_whole(path).value_or(std::string()), nullptr, false);
}

std::optional<std::string> write_json(const std::string& path, const json& x) {
  return write_whole(path, to_text(x, 2) + '\n');
}

std::optional<json> take_json(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed))
    return std::nullopt;
  // One that is left meanwhile is not lost with it.
  const auto taken = path + ".taken";
  std::filesystem::rename(path, taken, failed);
  if (failed)
    return std::nullopt;
  auto all = read_json(taken);
  std::filesystem::remove(taken, failed);
  return all.is_object() ? std::optional(std::move(all)) : std::nullopt;
}

std::string text_at(const json& x, const char* key) {
  const auto at = x.find(key);
  return at != x.end() && at->is_string() ? at->get<std::string>() : std::string();
}

bool flag_at(const json& x, const char* key) {
  const auto at = x.find(key);
  return at != x.end() && at->is_boolean() && at->get<bool>();
}

} // namespace drydock::cli
