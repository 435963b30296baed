// SPDX-License-Identifier: Apache-2.0
// Work on an instance that an earlier process began.
#include "drydock/engine/lifecycle.hpp"

#include "life_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

using fate = action_fate;
using known = known_progress;

lifecycle_options plain_life() {
  lifecycle_options options;
  options.action = apply_class::reimage;
  options.retry = {3, false, 1s, 1s, 10min};
  options.has_before_hook = options.has_after_hook = options.has_health = true;
  options.health_timeout = 5min;
  return options;
}

/// A life that begins with what an earlier process knew.
struct taken_up : driven_life {
  explicit taken_up(known k, std::uint32_t attempt = 1,
                    work_kind work = work_kind::upgrade,
                    lifecycle_options options = plain_life())
    : driven_life(options, work) {
    first = recover({0, attempt, k, work});
  }
  std::string answer(fate f, const char* why = "") {
    return feed(life::action_inspected{request, f, why});
  }
  std::string first;
};

} // namespace

TEST_CASE("what may have been begun is asked about first") {
  CHECK(taken_up(known::nothing).first == "hold; inspect #1 r1; arm +1230s");
  CHECK(taken_up(known::draining).first == "hold; inspect #1 r1; arm +1230s");
  CHECK(taken_up(known::drained).first == "hold; inspect #1 r1; arm +1230s");
  CHECK(taken_up(known::acting, 2).first == "hold; inspect #2 r1; arm +1230s");
}

TEST_CASE("an action that turns out to be done is not done again") {
  taken_up x(known::acting, 2);
  CHECK(x.answer(fate::done) == "ended action#2 succeeded; arm +300s!; resume afresh");
  CHECK(x.health(health_state::healthy) == "run after#1 r2");
  x.begun();
  CHECK(x.succeed() == "ended after#1 succeeded; settle ok begun");
}

TEST_CASE("an action of which no begin was known is told with its begin") {
  taken_up x(known::nothing);
  CHECK(x.answer(fate::done)
        == "began action#1; ended action#1 succeeded; arm +300s!; resume afresh");
}

TEST_CASE("an action that was not done goes on at the first step that is not over") {
  CHECK(taken_up(known::draining).answer(fate::not_done) == "run before#1 r2");
  CHECK(taken_up(known::drained).answer(fate::not_done) == "run action#1 r2");
  CHECK(taken_up(known::acting, 2).answer(fate::not_done) == "run action#2 r2");
  CHECK(taken_up(known::acting, 2).answer(fate::cannot_tell) == "run action#2 r2");
}

TEST_CASE("an instance on which nothing was begun is given back") {
  CHECK(taken_up(known::nothing).answer(fate::not_done) == "resume; release");
  CHECK(taken_up(known::nothing).answer(fate::cannot_tell) == "resume; release");
}

TEST_CASE("a rollback that goes on has no hook before it") {
  taken_up x(known::nothing, 1, work_kind::rollback);
  CHECK(x.answer(fate::not_done) == "run action#1 r2");
}

TEST_CASE("an action that is known to be done only waits for health") {
  taken_up x(known::acted);
  CHECK(x.first == "arm +300s!; resume afresh");
  CHECK(x.health(health_state::healthy) == "run after#1 r1");
  auto options = plain_life();
  options.has_health = options.has_after_hook = false;
  CHECK(taken_up(known::acted, 1, work_kind::upgrade, options).first
        == "settle ok begun");
}

TEST_CASE("the last hook is run once more where its end is not known") {
  CHECK(taken_up(known::undraining, 2).first == "run after#2 r1");
}

TEST_CASE("the driver is asked again when it does not know, and not for ever") {
  taken_up x(known::acting);
  const auto again = x.answer(fate::unknown, "no route");
  CHECK(again.substr(0, 5) == "arm +");
  CHECK(x.answer(fate::done) == ""); // an answer to a question that is over
  CHECK(x.fire() == "inspect #1 r2; arm +1230s");
  x.answer(fate::unknown, "no route");
  CHECK(x.fire() == "inspect #1 r3; arm +1230s");
  // What was begun may have left it down, so that it cannot tell.
  CHECK(x.answer(fate::unknown, "no route") == "run action#1 r4");
}

TEST_CASE("one that never tells, and on which nothing is known to have begun, is given "
          "back") {
  taken_up x(known::nothing);
  for (int n = 0; n < 2; ++n) {
    x.answer(fate::unknown);
    x.fire();
  }
  CHECK(x.answer(fate::unknown) == "resume; release");
  CHECK(x.over());
}

TEST_CASE("a driver that never answers is asked again as well") {
  taken_up x(known::acting);
  const auto text = x.fire();
  CHECK(text.substr(0, 12) == "kill r1; arm");
  CHECK(x.fire() == "inspect #1 r2; arm +1230s");
}

TEST_CASE("a gentle cancel lets go of what had not begun, and only of that") {
  taken_up fresh(known::nothing);
  CHECK(fresh.cancel() == "");
  CHECK(fresh.answer(fate::not_done) == "resume; release");
  taken_up done(known::nothing);
  done.cancel();
  CHECK(done.answer(fate::done)
        == "began action#1; ended action#1 succeeded; arm +300s!; resume afresh");
  taken_up begun(known::acting);
  begun.cancel();
  CHECK(begun.answer(fate::not_done) == "run action#1 r2");
}

TEST_CASE("a cancel now ends what nobody knows, and counts it as failed") {
  taken_up x(known::nothing);
  CHECK(x.cancel(true)
        == "kill r1; resume; settle RollingUpgradeCanceled broken begun");
}

TEST_CASE("an instance that is gone is not asked about any more") {
  taken_up x(known::acting);
  CHECK(x.feed(life::deleted{}) == "kill r1");
  CHECK(x.over());
}
