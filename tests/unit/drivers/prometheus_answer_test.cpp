// SPDX-License-Identifier: Apache-2.0
#include "prometheus_answer.hpp"

#include "command_text.hpp"

#include <doctest/doctest.h>

#include <string>

using drydock::drivers::judge_prometheus;

namespace {

std::string vector_of(const std::string& samples) {
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + samples
         + "]}}";
}

std::string sample(const std::string& value) {
  return R"({"metric":{"job":"web"},"value":[1700000000.1,")" + value + "\"]}";
}

std::string scalar_of(const std::string& value) {
  return R"({"status":"success","data":{"resultType":"scalar","result":[1700000000,")"
         + value + "\"]}}";
}

} // namespace

TEST_CASE("a guard holds when there are samples and none of them is 0") {
  CHECK(judge_prometheus(200, vector_of(sample("1"))).empty());
  CHECK(judge_prometheus(200, vector_of(sample("1") + "," + sample("0.25"))).empty());
  CHECK(judge_prometheus(200, vector_of(sample("-3"))).empty());
  CHECK(judge_prometheus(200, vector_of(sample("+Inf"))).empty());
  CHECK(judge_prometheus(200, scalar_of("1")).empty());
}

TEST_CASE("no sample, a 0, and what is no number are no yes") {
  CHECK(judge_prometheus(200, vector_of("")) == "the result has no samples");
  CHECK(judge_prometheus(200, vector_of(sample("0")))
        == "the value is 0 for {\"job\":\"web\"}");
  CHECK(judge_prometheus(200, vector_of(sample("1") + "," + sample("0")))
        == "the value is 0 for {\"job\":\"web\"}");
  CHECK(judge_prometheus(200, vector_of(sample("NaN")))
        == "the value is NaN for {\"job\":\"web\"}");
  CHECK(judge_prometheus(200, vector_of(sample("1x")))
        == "the value is 1x for {\"job\":\"web\"}");
  CHECK(judge_prometheus(200, vector_of(R"({"metric":{}})"))
        == "a sample has no value");
  CHECK(judge_prometheus(200, scalar_of("0")) == "the value is 0");
}

TEST_CASE("what Prometheus says of a wrong query is passed on") {
  CHECK(judge_prometheus(400, R"({"status":"error","errorType":"bad_data",)"
                              R"("error":"parse error: unexpected end"})")
        == "Prometheus says: parse error: unexpected end");
  CHECK(judge_prometheus(200, R"({"status":"success","data":{"resultType":"matrix",)"
                              R"("result":[]}})")
        == "the result is a matrix; write a query that gives a vector or a scalar");
}

TEST_CASE("an answer that is nested without end is none") {
  constexpr std::size_t levels = 400'000;
  const auto open = std::string(levels, '[');
  const auto nested = open + std::string(levels, ']');
  for (const auto& body :
       {open, nested, R"({"status":)" + nested + "}",
        R"({"status":"error","error":)" + nested + "}",
        vector_of(R"({"metric":{"job":)" + nested + R"(},"value":[1,"0"]})"),
        vector_of(R"({"metric":{},"value":[1,)" + nested + "]}")})
    CHECK(judge_prometheus(200, body)
          == "HTTP status 200, and no answer of Prometheus");
  // Brackets in texts are no levels.
  CHECK(judge_prometheus(200, R"({"status":"error","error":"\"\\)" + open + "\"}")
          .starts_with("Prometheus says: \"\\[[["));
}

TEST_CASE("of what is nested the scalars alone are shown") {
  CHECK(judge_prometheus(200, vector_of(R"({"metric":{"a":[1],"b":{"c":2},"d":3,)"
                                        R"("job":"web"},"value":[1,[[0]]]})"))
        == "the value is […] for {\"job\":\"web\"}");
  CHECK(judge_prometheus(200, vector_of(R"({"metric":[1],"value":[1,{"x":0}]})"))
        == "the value is {…} for {}");
  CHECK(judge_prometheus(200, R"({"status":"error","error":[["x"]]})")
        == "Prometheus says: […]");
}

TEST_CASE("a reason is cut where it is long, and not in the middle of a character") {
  std::string label;
  while (label.size() < 900 * 1024)
    label += "ü€";
  const auto why = judge_prometheus(
    200, vector_of(R"({"metric":{"job":")" + label + R"("},"value":[1,"0"]})"));
  CHECK(why.starts_with("the value is 0 for {\"job\":\"ü€"));
  CHECK(why.ends_with("…"));
  CHECK(why.size() <= 1024);
  CHECK(why.size() > 1024 - 4);
  CHECK(drydock::drivers::to_utf8(why) == why);
}

TEST_CASE("whatever else answers is no Prometheus") {
  for (const auto* body : {"", "not json", "[]", "3", "{}", "null", "\"x\""}) {
    CAPTURE(body);
    CHECK(judge_prometheus(502, body)
          == "HTTP status 502, and no answer of Prometheus");
  }
  for (const auto* body :
       {R"({"status":"success"})", R"({"status":"success","data":3})",
        R"({"status":"success","data":{}})"}) {
    CAPTURE(body);
    CHECK(judge_prometheus(200, body) == "the answer has no result");
  }
  for (const auto* result : {"3", "{}", "[3]", "[{\"value\":3}]", "[{\"value\":[1]}]",
                             "[{\"value\":[1,2]}]", "[null]", "[\"x\"]"}) {
    CAPTURE(result);
    CHECK_FALSE(
      judge_prometheus(200, std::string(R"({"status":"success","data":{"resultType":)")
                              + R"("vector","result":)" + result + "}}")
        .empty());
  }
}
