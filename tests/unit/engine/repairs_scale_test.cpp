// SPDX-License-Identifier: Apache-2.0
// Repairs beside a change of capacity: docs/semantics.md, 5b and 7.
#include "repairs_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

rollout_options scaling(repair_action action, std::vector<instance_index> leaving) {
  auto options = rolling_options(50, 50);
  options.action = apply_class::none;
  options.scale_in = std::move(leaving);
  options.repairs = repair_by(action, 0s);
  return options;
}

} // namespace

TEST_CASE("no repair begins for one that is to go, nor for one that goes") {
  auto options = scaling(repair_action::restart, {1});
  options.hooks.before_upgrade = true;
  driven_rollout d(options, plain_set(4));
  d.start({{1, ill}, {2, ill}});
  CHECK(d.in_hand() == std::vector<instance_index>{2});
  d.feed(input::hook_finished{1, step_outcome::succeeded, {}});
  CHECK(d.in_hand() == std::vector<instance_index>{2, 1});
  static_cast<void>(d.said());
  d.health(1, well);
  d.health(1, ill);
  CHECK(d.said().find("repair") == std::string::npos);
  d.succeed({1});
  d.succeed({2});
  CHECK(d.outcome() == "Completed 3/0/0/0/0");
}

TEST_CASE("one that has come is not repaired, whatever would replace it") {
  auto shape = with_spares(3);
  shape.arrivals = 1;
  for (const auto action : {repair_action::replace, repair_action::reimage}) {
    auto options = scaling(action, {});
    options.hooks.after_upgrade = true;
    driven_rollout d(options, shape);
    d.start();
    static_cast<void>(d.said());
    d.succeed({6});
    d.health(6, ill);
    CHECK(d.said().find("repair") == std::string::npos);
    CHECK(d.machine().report().repairs.succeeded == 0);
  }
}

TEST_CASE("a cancel ends what is repaired and what scales alike, and is told once") {
  driven_rollout d(scaling(repair_action::restart, {1}), plain_set(4));
  d.start({{2, ill}});
  CHECK(d.in_hand() == std::vector<instance_index>{1, 2});
  static_cast<void>(d.said());
  d.cancel();
  const auto said = d.said();
  CHECK(said.find("do cancel") != std::string::npos);
  CHECK(said.find("do cancel") == said.rfind("do cancel"));
  d.succeed({1, 2});
  CHECK(d.outcome() == "Completed 3/0/0/0/0");
}
