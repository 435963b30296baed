// SPDX-License-Identifier: Apache-2.0
#include "prometheus_answer.hpp"

#include "command_text.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>

namespace drydock::drivers {

namespace {

using nlohmann::json;

/// Answers of Prometheus have a handful of levels. What has more is read by nobody:
/// copies of it would take one call a level.
constexpr int depth_max = 64;

/// A reason is for people, and goes into every event and record about the guard.
constexpr std::size_t reason_bytes_max = 1024;

/// Whether brackets are nested deeper than they may be; those in texts do not count.
bool is_too_deep(std::string_view body) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == '"')
      in_text = !in_text;
    else if (in_text)
      i += c == '\\' ? 1 : 0; // what follows is no end
    else if (c == '[' || c == '{')
      depth += 1;
    else if (c == ']' || c == '}')
      depth -= 1;
    if (depth > depth_max)
      return true;
  }
  return false;
}

/// Prometheus writes the values of samples as texts: `1`, `NaN`, `+Inf`.
bool is_yes(const json& value) {
  if (!value.is_string())
    return false;
  const auto& text = value.get_ref<const std::string&>();
  char* end = nullptr;
  const auto number = std::strtod(text.c_str(), &end);
  return end != text.c_str() && *end == '\0' && !std::isnan(number) && number != 0.0;
}

/// The value of `[time, value]`, or null.
const json& value_of(const json& sample) {
  static const json none;
  return sample.is_array() && sample.size() == 2 ? sample[1] : none;
}

/// Scalars as they are; nobody need see what else may be there.
std::string text_of(const json& x) {
  if (x.is_string())
    return x.get<std::string>();
  return x.is_array() ? "[…]" : x.is_object() ? "{…}" : x.dump();
}

/// The labels of a sample: `{"job":"web"}`.
std::string labels_of(const json& sample) {
  auto labels = json::object();
  if (const auto metric = sample.find("metric");
      metric != sample.end() && metric->is_object())
    for (const auto& [name, value] : metric->items())
      if (value.is_string())
        labels[name] = value;
  return labels.dump();
}

std::string judge_samples(const json& samples) {
  if (!samples.is_array() || samples.empty())
    return "the result has no samples";
  for (const auto& x : samples) {
    if (!x.is_object() || !x.contains("value"))
      return "a sample has no value";
    const auto& value = value_of(x["value"]);
    if (!is_yes(value))
      return "the value is " + text_of(value) + " for " + labels_of(x);
  }
  return {};
}

std::string judge(long http_status, std::string_view body) {
  const auto answer = is_too_deep(body) ? json(json::value_t::discarded)
                                        : json::parse(body, nullptr, false);
  if (!answer.is_object() || !answer.contains("status"))
    return "HTTP status " + std::to_string(http_status)
           + ", and no answer of Prometheus";
  if (answer["status"] != "success")
    return "Prometheus says: " + text_of(answer.value("error", json("no reason")));
  const auto data = answer.value("data", json());
  if (!data.is_object() || !data.contains("result"))
    return "the answer has no result";
  const auto type = data.value("resultType", json());
  if (type == "scalar")
    return is_yes(value_of(data["result"]))
             ? std::string()
             : "the value is " + text_of(value_of(data["result"]));
  if (type != "vector")
    return "the result is a " + text_of(type)
           + "; write a query that gives a vector or a scalar";
  return judge_samples(data["result"]);
}

} // namespace

std::string judge_prometheus(long http_status, std::string_view body) {
  return cut_utf8(judge(http_status, body), reason_bytes_max);
}

} // namespace drydock::drivers
