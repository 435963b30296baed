// SPDX-License-Identifier: Apache-2.0
// The lives of instances that are made in place of others, and of those that go.
#include "life_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;
using outcome = step_outcome;
using known = known_progress;

namespace {

lifecycle_options life_with_all() {
  lifecycle_options options;
  options.action = apply_class::in_place;
  options.retry = {3, false, 1s, 1s, duration{0}};
  options.has_before_hook = options.has_after_hook = options.has_health = true;
  options.health_timeout = 5min;
  return options;
}

} // namespace

TEST_CASE("one is made without hooks, and its health starts afresh") {
  driven_life x(life_with_all(), work_kind::create);
  CHECK(x.start() == "hold; run action#1 r1");
  CHECK(x.begun() == "began action#1");
  // Even where the change itself is made in place.
  CHECK(x.succeed() == "ended action#1 succeeded; arm +300s!; resume afresh");
  CHECK(x.health(health_state::healthy) == "settle ok begun");
}

TEST_CASE("making one is tried again, and short quota is not") {
  driven_life x(life_with_all(), work_kind::create);
  x.start();
  x.begun();
  CHECK(x.ended(outcome::transient) == "ended action#1 transient; arm +0s");
  CHECK(x.fire() == "run action#2 r2");
  x.begun();
  CHECK(x.ended(outcome::quota_short)
        == "ended action#2 quota_short; settle QuotaShort broken begun");
  CHECK(x.over());
}

TEST_CASE("short quota after an attempt whose end nobody saw is a failure") {
  auto options = life_with_all();
  options.retry.retry_timeouts = true;
  driven_life late(options, work_kind::create);
  late.start();
  late.begun();
  late.ended(outcome::timed_out);
  late.fire();
  late.begun();
  CHECK(late.ended(outcome::quota_short)
        == "ended action#2 quota_short; settle ActionFailed broken begun");
}

TEST_CASE("quota means nothing to other work") {
  driven_life x(life_with_all(), work_kind::rollback);
  x.start();
  x.begun();
  CHECK(x.ended(outcome::quota_short)
        == "ended action#1 quota_short; resume; settle ActionFailed broken begun");
}

TEST_CASE("one that fails is not probed again before it is discarded") {
  driven_life x(life_with_all(), work_kind::create);
  x.start();
  x.begun();
  CHECK(x.ended(outcome::failed)
        == "ended action#1 failed; settle ActionFailed broken begun");
}

TEST_CASE("a cancel takes back one that waits to be made, and lets one go on that is") {
  driven_life waits(life_with_all(), work_kind::create);
  waits.start();
  CHECK(waits.cancel() == "withdraw r1");
  CHECK(waits.ended(outcome::withdrawn) == "release");
  driven_life runs(life_with_all(), work_kind::create);
  runs.start();
  runs.begun();
  CHECK(runs.cancel() == "");
  CHECK(runs.cancel(true)
        == "kill r1; ended action#1 failed; settle RollingUpgradeCanceled broken "
           "begun");
}

TEST_CASE("who is replaced is drained, then deleted, and that is all") {
  driven_life x(life_with_all(), work_kind::remove);
  CHECK(x.start() == "run before#1 r1");
  CHECK(x.begun() == "began before#1");
  CHECK(x.succeed() == "ended before#1 succeeded; hold; run action#1 r2");
  x.begun();
  CHECK(x.succeed() == "ended action#1 succeeded; settle ok begun");
}

TEST_CASE("who never served is deleted without a hook") {
  driven_life x(life_with_all(), work_kind::discard);
  CHECK(x.start() == "hold; run action#1 r1");
  x.begun();
  CHECK(x.succeed() == "ended action#1 succeeded; settle ok begun");
}

TEST_CASE("a deletion goes to its end whatever is cancelled, but not for ever") {
  driven_life x(life_with_all(), work_kind::discard);
  x.start();
  CHECK(x.cancel() == "");
  x.begun();
  CHECK(x.cancel(true) == "");
  CHECK(x.ended(outcome::transient)
        == "ended action#1 transient; settle ActionFailed broken begun");
  // One that waits for its next attempt makes that one, and no other.
  driven_life waits(life_with_all(), work_kind::remove);
  waits.start();
  waits.begun();
  waits.succeed();
  waits.begun();
  CHECK(waits.ended(outcome::transient) == "ended action#1 transient; arm +0s");
  CHECK(waits.cancel(true) == "run action#2 r3");
  CHECK(waits.fire() == "");
  waits.begun();
  CHECK(waits.succeed() == "ended action#2 succeeded; settle ok begun");
}

TEST_CASE("after a crash making and deleting are repeated, and nobody is asked") {
  for (const auto k : {known::nothing, known::acting, known::acted}) {
    CAPTURE(static_cast<int>(k));
    driven_life x(life_with_all(), work_kind::create);
    CHECK(x.recover({0, 1, k, work_kind::create}) == "hold; run action#1 r1");
    // It may have begun before the crash: only its end tells.
    CHECK(x.cancel() == "");
  }
  driven_life undrained(life_with_all(), work_kind::remove);
  CHECK(undrained.recover({0, 2, known::draining, work_kind::remove})
        == "run before#2 r1");
  driven_life drained(life_with_all(), work_kind::remove);
  CHECK(drained.recover({0, 1, known::drained, work_kind::remove})
        == "hold; run action#1 r1");
  driven_life gone(life_with_all(), work_kind::remove);
  CHECK(gone.recover({0, 1, known::acted, work_kind::remove}) == "settle ok begun");
  driven_life unneeded(life_with_all(), work_kind::discard);
  CHECK(unneeded.recover({0, 2, known::acting, work_kind::discard})
        == "hold; run action#2 r1");
}
