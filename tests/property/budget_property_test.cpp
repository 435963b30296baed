// SPDX-License-Identifier: Apache-2.0
// Budgets that several scale sets share: docs/semantics.md, 4.15.
#include "joint_world.hpp"

#include <doctest/doctest.h>

namespace drydock::testing {

TEST_CASE("upgrades that share a budget stay within it by decision, and all end") {
  auto crowded = 0;
  for (const auto w : {joint_weather::slow, joint_weather::storm})
    for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
      joint_world world(seed, w);
      const auto why = world.run();
      CAPTURE(seed);
      CAPTURE(static_cast<int>(w));
      REQUIRE(why == "");
      crowded += world.was_crowded() ? 1 : 0;
    }
  CHECK(crowded > 500); // else the budget was hardly ever in the way
}

TEST_CASE("upgrades that share a budget are made of their seed alone") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    joint_world a(seed, joint_weather::storm), b(seed, joint_weather::storm);
    CHECK(a.run() == b.run());
    CHECK(a.transcript() == b.transcript());
    CHECK(!a.transcript().empty());
  }
}

TEST_CASE("giving never lifts what is held above the ceiling, and nobody starves") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    dice d(seed);
    const auto ceiling = 1 + d.roll(5);
    const std::size_t sets = 2 + d.roll(3);
    shared_budget budget(ceiling, sets);
    std::vector<std::uint32_t> ill(sets), waited(sets);
    for (std::size_t s = 0; s < sets; ++s) {
      budget.enter(s);
      budget.report(s, 0, 0, 0);
    }
    for (auto step = 0; step < 400; ++step) {
      const auto s = d.roll(static_cast<std::uint32_t>(sets));
      // It uses its share, gives some of it back, and wants as many again as it likes.
      const auto before = budget.held();
      const auto now = d.roll(budget.share(s) + 1);
      const auto fact = d.roll(20) == 0 ? d.roll(4) : 0;
      const auto rise =
        std::max(now + fact, now) > budget.held(s) ? now + fact - budget.held(s) : 0;
      budget.report(s, now + fact, now, now + fact + d.roll(6));
      CAPTURE(seed);
      REQUIRE(budget.held() <= std::max<std::uint64_t>(ceiling, before + rise));
      for (std::size_t i = 0; i < sets; ++i) {
        waited[i] = budget.waits(i) && budget.share(i) == 0 ? waited[i] + 1 : 0;
        REQUIRE(waited[i] < 200);
      }
    }
  }
}

} // namespace drydock::testing
