// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_output.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Fields of an event's JSON.
namespace drydock::cli {

/// The value of an enumeration that is written so, among its first `count`.
template <class Enum>
std::optional<Enum> value_of(std::string_view text, int count) {
  for (int i = 0; i < count; ++i)
    if (to_string(static_cast<Enum>(i)) == text)
      return static_cast<Enum>(i);
  return std::nullopt;
}

/// The same, where anything else is a mistake.
template <class Enum>
Enum known(const json& object, const char* key, int count) {
  const auto text = object.at(key).get<std::string>();
  const auto x = value_of<Enum>(text, count);
  if (!x)
    throw json::other_error::create(501, "\"" + text + "\" is no " + key, &object);
  return *x;
}

/// Empty where there is none.
inline std::string text_or_nothing(const json& object, const char* key) {
  const auto at = object.find(key);
  return at == object.end() || at->is_null() ? std::string() : at->get<std::string>();
}

inline std::uint32_t count_or_0(const json& object, const char* key) {
  const auto at = object.find(key);
  return at == object.end() || at->is_null() ? 0 : at->get<std::uint32_t>();
}

} // namespace drydock::cli
