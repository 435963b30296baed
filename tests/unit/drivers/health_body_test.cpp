// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/probers.hpp"

#include <doctest/doctest.h>

#include <string>

using drydock::drivers::parse_health_body;
using drydock::engine::custom_metrics;

namespace {

constexpr auto no_phase = custom_metrics::no_phase;

/// A healthy answer with `metrics` as JSON text inside a string.
std::string with_metrics(const std::string& metrics) {
  std::string escaped;
  for (char c : metrics)
    escaped += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return R"({"ApplicationHealthState": "Healthy", "CustomMetrics": ")" + escaped
         + "\"}";
}

} // namespace

TEST_CASE("the state is found under its key in any casing, its value as it is") {
  struct row {
    const char* body;
    const char* state;
  };
  for (auto [body, state] : {
         row{R"({"ApplicationHealthState":"Healthy"})", "Healthy"},
         row{R"({"applicationHealthState":"Unhealthy"})", "Unhealthy"},
         row{R"({"APPLICATIONHEALTHSTATE":"Healthy"})", "Healthy"},
         row{R"({"applicationhealthstate":"healthy"})", "healthy"},
         row{R"( {"x": [1, {}], "ApplicationHealthState" : "Healthy"} )", "Healthy"},
         row{R"({"ApplicationHealthState":"Busy"})", "Busy"},
         row{R"({"ApplicationHealthState":""})", ""},
         row{R"({"ApplicationHealthState":null})", ""},
         row{R"({"ApplicationHealth":"Healthy"})", ""},
         row{R"({})", ""},
       })
    CHECK(parse_health_body(body).state == state);
}

TEST_CASE("what is no JSON object, or has a field of the wrong type, says nothing") {
  for (
    const char* body : {
      "",
      " ",
      "Healthy",
      "\"Healthy\"",
      "null",
      "[]",
      "42",
      "{",
      "{\"a\":}",
      R"({"ApplicationHealthState":"Healthy")",
      R"({"ApplicationHealthState":"Healthy"} trailing)",
      R"({"ApplicationHealthState":"Healthy",})",
      R"({"ApplicationHealthState":1})",
      R"({"ApplicationHealthState":true})",
      R"({"ApplicationHealthState":["Healthy"]})",
      R"({"ApplicationHealthState":{"state":"Healthy"}})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":{}})",
      R"({"ApplicationHealthState":"Healthy","customMetrics":{"rollingUpgrade":{"PhaseOrderingNumber":1}}})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":[]})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":7})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":false})",
    }) {
    CAPTURE(body);
    auto result = parse_health_body(body);
    CHECK(result.state.empty());
    CHECK(result.metrics == custom_metrics{});
  }
}

TEST_CASE("metrics that are absent or no object leave the state alone") {
  for (
    const char* body : {
      R"({"ApplicationHealthState":"Healthy"})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":null})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":""})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":"{}"})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":"[]"})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":"7"})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":"null"})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":"not JSON"})",
      R"({"ApplicationHealthState":"Healthy","CustomMetrics":"{\"rollingUpgrade\":"})",
    }) {
    CAPTURE(body);
    auto result = parse_health_body(body);
    CHECK(result.state == "Healthy");
    CHECK(result.metrics == custom_metrics{});
  }
}

TEST_CASE("metrics are read in every casing and type that is in use") {
  struct row {
    const char* text;
    std::int64_t phase;
    bool skip;
  };
  for (const auto& x : {
         // As documented, as in prose, as the sample servers do.
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":0,"SkipUpgrade":false}})", 0,
             false},
         row{R"({"rollingUpgrade":{"phaseOrderingNumber":2,"SkipUpgrade":true}})", 2,
             true},
         row{R"({"RollingUpgrade":{"PhaseOrderingNumber":3,"SkipUpgrade":"false"}})", 3,
             false},
         row{R"({"ROLLINGUPGRADE":{"PHASEORDERINGNUMBER":"4","SKIPUPGRADE":"true"}})",
             4, true},
         row{R"({"rollingupgrade":{"skipupgrade":"True"}})", no_phase, true},
         // Numbers of every kind.
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":-1}})", -1, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":"-1"}})", -1, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":5.0}})", 5, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":5.5}})", no_phase, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":1e300}})", no_phase, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":18446744073709551615}})",
             no_phase, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":"99999999999999999999"}})",
             no_phase, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":"1a"}})", no_phase, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":""}})", no_phase, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":null}})", no_phase, false},
         row{R"({"rollingUpgrade":{"PhaseOrderingNumber":[1]}})", no_phase, false},
         // Skip as something else than a boolean.
         row{R"({"rollingUpgrade":{"SkipUpgrade":1}})", no_phase, false},
         row{R"({"rollingUpgrade":{"SkipUpgrade":"yes"}})", no_phase, false},
         row{R"({"rollingUpgrade":{"SkipUpgrade":null}})", no_phase, false},
         // Groups and names of other times are not known.
         row{R"({"rollingUpgradePolicy":{"phase":1,"doNotUpgrade":true}})", no_phase,
             false},
         row{R"({"other":{"SkipUpgrade":true}})", no_phase, false},
         row{R"({"other":1,"rollingUpgrade":{"PhaseOrderingNumber":6}})", 6, false},
         row{R"({"rollingUpgrade":[1,2]})", no_phase, false},
         row{R"({"PhaseOrderingNumber":1,"SkipUpgrade":true})", no_phase, false},
       }) {
    CAPTURE(x.text);
    auto result = parse_health_body(with_metrics(x.text));
    CHECK(result.state == "Healthy");
    CHECK(result.metrics.phase == x.phase);
    CHECK(result.metrics.skip_upgrade == x.skip);
  }
}

TEST_CASE("metrics count whatever the state is") {
  auto result = parse_health_body(
    R"({"customMetrics":"{\"rollingUpgrade\":{\"SkipUpgrade\":true}}"})");
  CHECK(result.state.empty());
  CHECK(result.metrics.skip_upgrade);
}

TEST_CASE("of keys that occur twice the last counts") {
  CHECK(
    parse_health_body(
      R"({"ApplicationHealthState":"Unhealthy","ApplicationHealthState":"Healthy"})")
      .state
    == "Healthy");
  CHECK(
    parse_health_body(
      R"({"applicationHealthState":"Healthy","ApplicationHealthState":"Unhealthy"})")
      .state
    == "Unhealthy");
  CHECK(parse_health_body(with_metrics(R"({"rollingUpgrade":{"PhaseOrderingNumber":1,)"
                                       R"("phaseorderingnumber":2}})"))
          .metrics.phase
        == 2);
}

TEST_CASE("hostile bodies are survived") {
  CHECK(parse_health_body(std::string(60000, '[')).state.empty());
  std::string deep;
  for (int i = 0; i < 10000; ++i)
    deep += "{\"a\":";
  CHECK(parse_health_body(deep).state.empty());
  CHECK(parse_health_body(with_metrics(std::string(30000, '['))).state == "Healthy");
  CHECK(parse_health_body(std::string("\0\0\0", 3)).state.empty());
  CHECK(
    parse_health_body("{\"ApplicationHealthState\":\"Healthy\",\"note\":\"caf\xE9\"}")
      .state
    == "Healthy");
}
