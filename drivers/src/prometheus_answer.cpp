// SPDX-License-Identifier: Apache-2.0
#include "prometheus_answer.hpp"

#include "command_text.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>

namespace drydock::drivers {

namespace {

using nlohmann::json;

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

std::string text_of(const json& x) {
  return x.is_string() ? x.get<std::string>() : x.dump();
}

std::string judge_samples(const json& samples) {
  if (!samples.is_array() || samples.empty())
    return "the result has no samples";
  for (const auto& x : samples) {
    if (!x.is_object() || !x.contains("value"))
      return "a sample has no value";
    const auto& value = value_of(x["value"]);
    if (!is_yes(value))
      return "the value is " + text_of(value) + " for "
             + x.value("metric", json::object()).dump();
  }
  return {};
}

} // namespace

std::string judge_prometheus(long http_status, std::string_view body) {
  const auto answer = json::parse(body, nullptr, false);
  if (!answer.is_object() || !answer.contains("status"))
    return "HTTP status " + std::to_string(http_status)
           + ", and no answer of Prometheus";
  if (answer["status"] != "success")
    return "Prometheus says: "
           + to_utf8(text_of(answer.value("error", json("no reason"))));
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

} // namespace drydock::drivers
