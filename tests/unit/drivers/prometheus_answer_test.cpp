// SPDX-License-Identifier: Apache-2.0
#include "prometheus_answer.hpp"

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
