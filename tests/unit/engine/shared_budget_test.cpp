// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/shared_budget.hpp"

#include <doctest/doctest.h>

namespace drydock::inline v1::engine {

namespace {

shared_budget budget_of(std::uint32_t ceiling, std::size_t sets) {
  shared_budget b(ceiling, sets);
  for (std::size_t i = 0; i < sets; ++i) {
    b.enter(i);
    b.report(i, 0, 0, 0);
  }
  return b;
}

} // namespace

TEST_CASE("a budget gives what there is, in the order of asking") {
  auto b = budget_of(3, 3);
  b.report(0, 0, 0, 2);
  b.report(1, 0, 0, 2);
  b.report(2, 0, 0, 1);
  CHECK(b.share(0) == 2);
  CHECK(b.share(1) == 1); // all that was left
  CHECK(b.share(2) == 0);
  CHECK(b.held() == 3);
  CHECK(b.waits(1));
  b.report(0, 1, 1, 1); // one of its two serves again
  CHECK(b.share(1) == 2);
  CHECK(b.share(2) == 0);
  CHECK_FALSE(b.waits(1));
  b.report(0, 0, 0, 2); // and it asks for others
  CHECK(b.share(2) == 1);
  CHECK(b.share(0) == 0);
}

TEST_CASE("a set that wants more than there is does not starve the others") {
  auto b = budget_of(2, 2);
  b.report(0, 0, 0, 100);
  CHECK(b.share(0) == 2);
  b.report(1, 0, 0, 1);
  CHECK(b.share(1) == 0);
  b.report(0, 1, 1, 101); // it asks again with each place that it gives back
  b.report(0, 2, 2, 102);
  b.report(0, 1, 1, 101);
  CHECK(b.share(1) == 1);
  CHECK(b.share(0) == 1);
}

TEST_CASE("nobody is given anything before all have told how they stand") {
  shared_budget b(3, 3);
  b.enter(0);
  b.enter(1); // the third begins later
  b.report(0, 0, 0, 1);
  CHECK(b.share(0) == 0);
  CHECK(b.is_awaited(1));
  b.report(1, 3, 0, 3);
  CHECK(b.share(0) == 0);
  b.report(1, 2, 0, 2);
  CHECK(b.share(0) == 1);
  b.enter(2);
  b.report(0, 1, 1, 2);
  b.report(1, 0, 0, 0);
  CHECK(b.share(0) == 1); // until the third has been heard
  b.leave(2);
  CHECK(b.share(0) == 2);
}

TEST_CASE("facts may go above the ceiling, and then nobody is given more") {
  auto b = budget_of(2, 2);
  b.report(0, 3, 0, 3); // three fell ill
  CHECK(b.held() == 3);
  b.report(1, 0, 0, 1);
  CHECK(b.share(1) == 0);
  b.report(0, 2, 0, 2);
  CHECK(b.share(1) == 0);
  b.report(0, 1, 0, 1);
  CHECK(b.share(1) == 1);
}

TEST_CASE("what is unavailable in a set costs its share nothing") {
  auto b = budget_of(3, 2);
  b.report(0, 2, 0, 3);
  CHECK(b.share(0) == 3); // one of its own decision beside the two
  CHECK(b.held() == 3);
  b.report(1, 0, 0, 1);
  CHECK(b.share(1) == 0);
}

TEST_CASE("a set that is over holds what is unavailable in it") {
  auto b = budget_of(2, 2);
  b.report(0, 0, 0, 1);
  b.report(0, 1, 1, 1);
  b.report(1, 0, 0, 2);
  CHECK(b.share(1) == 1);
  b.leave(0);
  CHECK(b.held(0) == 1);
  CHECK(b.share(1) == 1);
  b.report(0, 0, 0, 0); // nobody speaks for it any more
  CHECK(b.held(0) == 1);
  CHECK_FALSE(b.waits(0));
}

TEST_CASE("the holders of a budget in words") {
  CHECK(describe_budget(3, {}) == "shared budget of 3");
  CHECK(describe_budget(3, {{"database", 2}, {"web", 1}})
        == "shared budget of 3: database holds 2, web holds 1");
  CHECK(describe_budget(1, {{"web", 0}})
        == "shared budget of 1: the health of web is not known yet");
}

} // namespace drydock::inline v1::engine
