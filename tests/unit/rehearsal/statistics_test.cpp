// SPDX-License-Identifier: Apache-2.0
#include "drydock/rehearsal/statistics.hpp"

#include <doctest/doctest.h>

using namespace drydock::rehearsal;
using namespace std::chrono_literals;
using drydock::engine::duration;

TEST_CASE("Wilson's interval has the textbook's values") {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  const auto a = wilson(81, 263);
  CHECK(a.estimate == doctest::Approx(0.3080).epsilon(0.001));
  CHECK(a.low == doctest::Approx(0.2553).epsilon(0.001));
  CHECK(a.high == doctest::Approx(0.3662).epsilon(0.001));
  const auto b = wilson(15, 148);
  CHECK(b.low == doctest::Approx(0.0624).epsilon(0.001));
  CHECK(b.high == doctest::Approx(0.1605).epsilon(0.001));
  const auto c = wilson(1, 29);
  CHECK(c.low == doctest::Approx(0.0061).epsilon(0.01));
  CHECK(c.high == doctest::Approx(0.1718).epsilon(0.001));
}

TEST_CASE("an interval holds its share, at the ends too") {
  for (const auto& [count, of] :
       {std::pair{0U, 1U}, {1U, 1U}, {0U, 20U}, {20U, 20U}, {0U, 1'000'000U}}) {
    const auto x = wilson(count, of);
    CHECK(x.low <= x.estimate);
    CHECK(x.estimate <= x.high);
  }
  CHECK(wilson(0, 20).high == doctest::Approx(0.1611).epsilon(0.001));
  CHECK(wilson(0, 20).low == 0.0);
  CHECK(wilson(20, 20).high == 1.0);
}

TEST_CASE("without runs nothing is known") {
  CHECK(wilson(0, 0).low == 0.0);
  CHECK(wilson(0, 0).high == 1.0);
}

TEST_CASE("Byar's limits are close to the exact ones") {
  // Exact: half of chi squared's 2.5 % and 97.5 % points.
  const auto ten = byar(10);
  CHECK(ten.low == doctest::Approx(4.795).epsilon(0.005));
  CHECK(ten.high == doctest::Approx(18.39).epsilon(0.005));
  const auto hundred = byar(100);
  CHECK(hundred.low == doctest::Approx(81.36).epsilon(0.001));
  CHECK(hundred.high == doctest::Approx(121.63).epsilon(0.001));
  CHECK(byar(0).low == 0.0);
  CHECK(byar(0).high == doctest::Approx(3.689).epsilon(0.01));
  CHECK(byar(1).low > 0.0);
}

TEST_CASE("quantiles are straight between neighbours") {
  const std::vector<double> x{1.0, 2.0, 4.0, 8.0, 16.0};
  CHECK(quantile(x, 0.0) == 1.0);
  CHECK(quantile(x, 0.5) == 4.0);
  CHECK(quantile(x, 1.0) == 16.0);
  CHECK(quantile(x, 0.9) == doctest::Approx(12.8));
  CHECK(quantile(std::vector<double>{7.0}, 0.3) == 7.0);
  CHECK(quantile(std::vector<duration>{10ms, 20ms}, 0.25) == 12500us);
  CHECK(quantile(std::vector<duration>{}, 0.25) == 0ns);
}
