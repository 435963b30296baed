// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/probers.hpp"

#include "command_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace drydock::drivers {

namespace {

// Keeps the order of keys: of several that differ in casing only, the last counts.
using json = nlohmann::ordered_json;

bool same_name(std::string_view a, std::string_view b) {
  auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

/// Null stands for nothing; what is no JSON is `discarded`.
json parse(std::string_view text) {
  return json::parse(text.begin(), text.end(), nullptr, false);
}

std::int64_t read_phase(const json& x) {
  constexpr auto none = engine::custom_metrics::no_phase;
  if (x.is_number_unsigned()) {
    auto number = x.get<std::uint64_t>();
    return number < static_cast<std::uint64_t>(none) ? static_cast<std::int64_t>(number)
                                                     : none;
  }
  if (x.is_number_integer())
    return x.get<std::int64_t>();
  if (x.is_number_float()) {
    // Some encoders write every number with a fraction.
    auto number = x.get<double>();
    return std::trunc(number) == number && std::abs(number) < 9e15
             ? static_cast<std::int64_t>(number)
             : none;
  }
  if (!x.is_string())
    return none;
  const auto& text = x.get_ref<const std::string&>();
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : none;
}

bool read_skip(const json& x) {
  if (x.is_boolean())
    return x.get<bool>();
  return x.is_string() && same_name(x.get_ref<const std::string&>(), "true");
}

engine::custom_metrics read_metrics(std::string_view text) {
  engine::custom_metrics result;
  auto document = parse(text);
  if (!document.is_object())
    return result;
  for (const auto& [group, values] : document.items()) {
    if (!same_name(group, "rollingUpgrade") || !values.is_object())
      continue;
    for (const auto& [name, value] : values.items()) {
      if (same_name(name, "phaseOrderingNumber"))
        result.phase = read_phase(value);
      else if (same_name(name, "skipUpgrade"))
        result.skip_upgrade = read_skip(value);
    }
  }
  return result;
}

} // namespace

health_body parse_health_body(std::string_view text) {
  // The extension's decoder takes bytes that are no UTF-8, this one does not.
  auto clean = to_utf8(text);
  auto document = parse(clean);
  if (!document.is_object())
    return {};
  health_body result;
  for (const auto& [name, value] : document.items()) {
    bool is_state = same_name(name, "applicationHealthState");
    if (!is_state && !same_name(name, "customMetrics"))
      continue;
    if (value.is_null())
      continue;
    if (!value.is_string())
      return {};
    const auto& content = value.get_ref<const std::string&>();
    if (is_state)
      result.state = content;
    else
      result.metrics = read_metrics(content);
  }
  return result;
}

} // namespace drydock::drivers
