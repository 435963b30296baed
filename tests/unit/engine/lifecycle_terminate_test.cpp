// SPDX-License-Identifier: Apache-2.0
// Instances that are told of their deletion.
#include "life_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;
using outcome = step_outcome;
using known = known_progress;

namespace {

lifecycle_options life_with_notice(bool hook = true) {
  lifecycle_options options;
  options.action = apply_class::reimage;
  options.retry = {3, false, 1s, 1s, 60s};
  options.has_before_hook = hook;
  options.has_health = true;
  options.terminate_delay = 5min;
  return options;
}

/// One that was told, and whose command runs.
void tell(driven_life& x) {
  x.start();
  x.begun();
}

} // namespace

TEST_CASE("who is deleted is told so after its drain, and before its deletion") {
  driven_life x(life_with_notice(), work_kind::remove);
  CHECK(x.start() == "run before#1 r1");
  CHECK(x.begun() == "began before#1; arm +75s");
  CHECK(x.succeed() == "ended before#1 succeeded; run notice#1 r2");
  CHECK(x.begun() == "began notice#1; arm +300s");
  CHECK(x.succeed() == "ended notice#1 succeeded; hold; run action#1 r3");
  x.begun();
  CHECK(x.succeed() == "ended action#1 succeeded; settle ok begun");
}

TEST_CASE("one that never served is told without a drain") {
  driven_life x(life_with_notice(), work_kind::discard);
  CHECK(x.start() == "run notice#1 r1");
}

TEST_CASE("only deletions are told of") {
  for (const auto work : {work_kind::upgrade, work_kind::rollback, work_kind::create}) {
    driven_life x(life_with_notice(false), work);
    CHECK(x.start() == "hold; run action#1 r1");
  }
}

TEST_CASE("a notice that fails is no approval, and the whole delay passes") {
  for (const auto how : {outcome::failed, outcome::transient, outcome::timed_out}) {
    driven_life x(life_with_notice(false), work_kind::remove);
    tell(x);
    x.wait(40s);
    CHECK(x.ended(how) == "ended notice#1 " + std::string(to_string(how)));
    CHECK(x.fire() == "hold; run action#1 r2");
    CHECK(x.now == instant{5min});
  }
}

TEST_CASE("a notice that never ends cannot put the deletion off") {
  driven_life x(life_with_notice(false), work_kind::remove);
  tell(x);
  CHECK(x.fire() == "kill r1; ended notice#1 timed_out; hold; run action#1 r2");
  CHECK(x.now == instant{5min});
  CHECK(x.feed(life::step_finished{1, outcome::succeeded, {}}).empty()); // too late
}

TEST_CASE("the delay runs from the notice itself, not from when it was asked for") {
  driven_life x(life_with_notice(false), work_kind::remove);
  x.start();
  x.wait(90s); // in a queue
  CHECK(x.begun() == "began notice#1; arm +300s");
  driven_life quick(life_with_notice(false), work_kind::remove);
  quick.start(); // by a driver that tells only the end
  CHECK(quick.ended(outcome::failed)
        == "began notice#1; arm +300s; ended notice#1 failed");
  CHECK(quick.fire() == "hold; run action#1 r2");
}

TEST_CASE("a cancel neither takes the deletion back nor shortens the delay") {
  driven_life x(life_with_notice(false), work_kind::remove);
  tell(x);
  CHECK(x.cancel().empty());
  CHECK(x.cancel(true).empty());
  x.ended(outcome::failed);
  CHECK(x.cancel(true).empty());
  CHECK(x.fire() == "hold; run action#1 r2");
}

TEST_CASE("one that is gone meanwhile is told nothing any more") {
  driven_life x(life_with_notice(false), work_kind::remove);
  tell(x);
  CHECK(x.feed(life::deleted{}) == "kill r1");
  CHECK(x.over());
  driven_life silent(life_with_notice(false), work_kind::remove);
  tell(silent);
  silent.ended(outcome::failed);
  CHECK(silent.feed(life::deleted{}).empty());
  CHECK(silent.fire().empty());
}

TEST_CASE("after a crash the delay runs anew, unless the deletion had begun") {
  const auto first = [](known how, std::uint32_t attempt) {
    driven_life x(life_with_notice(), work_kind::remove);
    return x.recover({0, attempt, how, work_kind::remove});
  };
  CHECK(first(known::nothing, 1) == "run before#1 r1");
  CHECK(first(known::draining, 2) == "run before#2 r1");
  CHECK(first(known::drained, 1) == "run notice#1 r1");
  CHECK(first(known::acting, 1) == "hold; run action#1 r1");
  CHECK(first(known::drained, 2) == "hold; run action#2 r1"); // between two attempts
  CHECK(first(known::acted, 1) == "settle ok begun");
}
