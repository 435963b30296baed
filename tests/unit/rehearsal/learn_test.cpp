// SPDX-License-Identifier: Apache-2.0
#include "drydock/rehearsal/learn.hpp"

#include "past_run.hpp"

#include <doctest/doctest.h>

using namespace drydock::rehearsal;
using namespace std::chrono_literals;
using drydock::engine::duration;
using lengths = std::vector<duration>;

namespace {

void check_share(const observed_share& x, std::uint32_t count, std::uint32_t of) {
  CHECK(x.share.count == count);
  CHECK(x.of == of);
  CHECK(x.share.high == wilson(count, of).high);
}

} // namespace

TEST_CASE("an attempt lasts from its start to its end, whatever lies between") {
  learner it;
  past_run run(it);
  run.at(10).batch({"a", "b"}).begin("a").begin("b");
  run.at(50.25).finish("a").at(70).finish("b");
  run.well("a").settle("a").well("b").settle("b").end();
  const auto x = it.learn();
  CHECK(x.durations.at("reimage") == lengths{40250ms, 60s});
  CHECK(x.durations.size() == 1);
  CHECK(x.files == 1);
  CHECK(x.runs == 1);
  CHECK(x.instances == 2);
  CHECK(x.attempts == 2);
  check_share(x.action_failure, 0, 2);
  check_share(x.transient_failure, 0, 2);
  check_share(x.unhealthy_after_upgrade, 0, 2);
}

TEST_CASE("attempts that are tried again count each for itself") {
  learner it;
  past_run run(it);
  run.batch({"a", "b"}).begin("a").begin("b");
  run.at(10).finish("a", "transient").at(12).begin("a", "reimage", 2);
  run.at(20).finish("b", "transient").at(21).begin("b", "reimage", 2);
  run.at(32).finish("a", "succeeded", "reimage", 2).well("a").settle("a");
  run.at(51).finish("b", "transient", "reimage", 2).fail("b", "ActionFailed");
  const auto x = it.learn();
  CHECK(x.durations.at("reimage") == lengths{10s, 20s, 20s, 30s});
  CHECK(x.attempts == 4);
  check_share(x.transient_failure, 3, 4);
  // The attempts of b were used up, but none was the end of it.
  check_share(x.action_failure, 0, 2);
}

TEST_CASE("a failure for good counts its instance, and its length, once") {
  learner it;
  past_run run(it);
  run.batch({"a", "b", "c"}).begin("a").begin("b").begin("c");
  run.at(7).finish("a", "transient").at(8).begin("a", "reimage", 2);
  run.at(20).finish("a", "failed", "reimage", 2).fail("a", "ActionFailed");
  run.at(60).finish("b").well("b").settle("b");
  run.at(600).finish("c", "timed_out").fail("c", "ActionTimedOut");
  const auto x = it.learn();
  // Nobody knows how long c would have taken.
  CHECK(x.durations.at("reimage") == lengths{7s, 12s, 60s});
  check_share(x.action_failure, 2, 3);
  // Those that failed for good or in time could not be tried again.
  check_share(x.transient_failure, 1, 2);
  CHECK(x.attempts == 4);
}

TEST_CASE("what ended while nobody ran the upgrade has no length") {
  learner it;
  past_run run(it);
  run.batch({"a", "b"}).begin("a").begin("b").at(30).finish("b").well("b").settle("b");
  run.at(4000).resume("a").at(4001).finish("a").at(4006).well("a").settle("a").end();
  const auto x = it.learn();
  CHECK(x.durations.at("reimage") == lengths{30s});
  CHECK(x.boot.size() == 1);
  check_share(x.unhealthy_after_upgrade, 0, 1);
}

TEST_CASE("a timeout that is tried again is no failure") {
  learner it;
  past_run run(it);
  run.batch({"a"}).begin("a");
  run.at(100).finish("a", "timed_out").at(101).begin("a", "reimage", 2);
  run.at(161).finish("a", "succeeded", "reimage", 2).well("a").settle("a");
  const auto x = it.learn();
  CHECK(x.durations.at("reimage") == lengths{60s});
  check_share(x.action_failure, 0, 1);
}

TEST_CASE("what was killed says nothing") {
  learner it;
  past_run run(it);
  run.upgrade("a", 0);
  run.batch({"b", "c", "d"}).begin("b").begin("c").begin("d");
  run.at(70).finish("c").at(71).finish("d", "transient");
  run.at(75).finish("b", "failed").fail("b", "RollingUpgradeCanceled");
  run.fail("c", "RollingUpgradeCanceled").fail("d", "RollingUpgradeCanceled").end();
  const auto x = it.learn();
  CHECK(x.durations.at("reimage") == lengths{10s, 11s, 60s});
  CHECK(x.attempts == 3);
  check_share(x.action_failure, 0, 2);
  check_share(x.unhealthy_after_upgrade, 0, 1);
}

TEST_CASE("hooks have lengths of their own and are no actions") {
  learner it;
  past_run run(it);
  run.batch({"a", "b"}).begin("a", "before_instance").begin("b", "before_instance");
  run.at(3).finish("a", "succeeded", "before_instance").begin("a");
  run.at(4).finish("b", "failed", "before_instance").fail("b", "HookFailed");
  run.at(63).finish("a").at(68).well("a").begin("a", "after_instance");
  run.at(70).finish("a", "failed", "after_instance").fail("a", "HookFailed");
  const auto x = it.learn();
  CHECK(x.durations.at("before_instance") == lengths{3s, 4s});
  CHECK(x.durations.at("reimage") == lengths{60s});
  CHECK(x.durations.at("after_instance") == lengths{2s});
  CHECK(x.attempts == 1);
  check_share(x.action_failure, 0, 1);
  check_share(x.unhealthy_after_upgrade, 0, 1);
  CHECK(x.boot == lengths{2500ms});
}

TEST_CASE("what a rollback does is left out") {
  learner it;
  past_run run(it);
  run.batch({"a"}).begin("a");
  run.at(60).finish("a").at(300).fail("a", "HealthTimeout");
  run.rollback("a").begin("a").at(310).finish("a", "transient");
  run.begin("a", "reimage", 2).at(320).finish("a", "succeeded", "reimage", 2);
  run.at(330).well("a").rolled_back("a").end();
  const auto x = it.learn();
  CHECK(x.durations.at("reimage") == lengths{60s});
  CHECK(x.attempts == 1);
  CHECK(x.boot.empty());
  check_share(x.transient_failure, 0, 1);
  check_share(x.unhealthy_after_upgrade, 1, 1);
}

TEST_CASE("a boot lies in the middle of the interval before the first good probe") {
  struct row {
    const char* health;
    double seen;
    duration boot;
  };
  for (const auto& r : {row{past_run::every_5s, 0.0, 0s},
                        {past_run::every_5s, 0.02, 0s},
                        {past_run::every_5s, 5.0, 2500ms},
                        {past_run::every_5s, 5.3, 2500ms},
                        {past_run::every_5s, 20.0, 17500ms},
                        // Good at 0, 5 and 10 s; at 5, 10 and 15; at 30, 35 and 40.
                        {past_run::every_5s_thrice, 10.0, 0s},
                        {past_run::every_5s_thrice, 15.0, 2500ms},
                        {past_run::every_5s_thrice, 40.1, 27500ms},
                        // Sooner than three probes can say: never below zero.
                        {past_run::every_5s_thrice, 5.0, 0s},
                        // Without the interval it is what was seen.
                        {past_run::untold, 5.3, 5300ms}}) {
    CAPTURE(r.health);
    CAPTURE(r.seen);
    learner it;
    past_run run(it, r.health);
    run.batch({"a"}).begin("a").at(60).finish("a").turns("a", "healthy",
                                                         "initializing");
    // It settles later: min_ready.
    run.at(60 + r.seen).well("a").at(90 + r.seen).settle("a").end();
    const auto x = it.learn();
    CHECK(x.boot == lengths{r.boot});
    CHECK(x.boot_as_seen == (r.health == past_run::untold ? 1 : 0));
  }
}

TEST_CASE("only the first time it turns healthy ends a boot") {
  learner it;
  past_run run(it);
  run.turns("a", "initializing", "unhealthy").at(1).turns("a", "unhealthy", "healthy");
  run.batch({"a"}).begin("a").at(61).finish("a").turns("a", "healthy", "initializing");
  run.at(66)
    .turns("a", "initializing", "unknown")
    .at(71)
    .turns("a", "unknown", "healthy");
  run.at(76)
    .turns("a", "healthy", "unhealthy")
    .at(91)
    .turns("a", "unhealthy", "healthy");
  run.at(99).settle("a").at(200).turns("a", "healthy", "unhealthy");
  run.at(210).turns("a", "unhealthy", "healthy");
  CHECK(it.learn().boot == lengths{7500ms});
}

TEST_CASE("a change in place is seen by one good probe when health has not changed") {
  for (const bool hook : {false, true}) {
    learner it;
    past_run run(it, past_run::every_5s_thrice);
    run.well("a").well("b").batch({"a", "b"});
    run.begin("a", "in_place").begin("b", "in_place");
    run.at(7).finish("a", "succeeded", "in_place").finish("b", "succeeded", "in_place");
    // a: silence at 7 s, good at 12 s. b: silence from 7 to 17 s, good at 22, 27, 32 s.
    run.at(12);
    if (hook)
      run.begin("a", "after_instance")
        .at(16)
        .finish("a", "succeeded", "after_instance");
    run.settle("a").at(17).turns("b", "healthy", "unknown");
    run.at(32).turns("b", "unknown", "healthy").settle("b");
    const auto x = it.learn();
    CHECK(x.boot == lengths{2500ms, 12500ms});
    CHECK(x.durations.at("in_place") == lengths{7s, 7s});
    check_share(x.unhealthy_after_upgrade, 0, 2);
  }
}

TEST_CASE("without a health source there is no boot and nobody is judged") {
  for (const auto* health : {past_run::no_health, past_run::untold})
    for (const auto* action : {"in_place", "reimage"}) {
      learner it;
      past_run run(it, health);
      run.batch({"a", "b"}).begin("a", action).begin("b", action);
      run.at(60).finish("a", "succeeded", action).settle("a");
      run.at(61).finish("b", "failed", action).fail("b", "ActionFailed");
      const auto x = it.learn();
      CHECK(x.boot.empty());
      check_share(x.action_failure, 1, 2);
      check_share(x.unhealthy_after_upgrade, 0, 0);
      check_share(x.bad_image, 0, 0);
      CHECK(x.background.exposure_seconds == 0.0);
    }
}

TEST_CASE("a word of health tells that there is a source") {
  learner it;
  past_run run(it, past_run::untold);
  run.well("a").batch({"a"}).begin("a", "in_place").at(60);
  run.finish("a", "succeeded", "in_place").at(65).settle("a");
  const auto x = it.learn();
  CHECK(x.boot == lengths{5s});
  CHECK(x.boot_as_seen == 1);
  check_share(x.unhealthy_after_upgrade, 0, 1);
}

namespace {

/// `well` instances that turn healthy, then `ill` ones that do not.
void judge(learner& it, int well, int ill) {
  past_run run(it);
  for (int i = 0; i < well + ill; ++i) {
    const auto id = "web-" + std::to_string(i);
    run.batch({id}).begin(id).at(i + 1).finish(id);
    if (i < well)
      run.well(id).settle(id);
    else
      run.fail(id, "HealthTimeout");
  }
  run.end();
}

} // namespace

TEST_CASE("a run has a bad image when half of two or more are not healthy in time") {
  struct row {
    int well;
    int ill;
    bool could_tell;
    bool bad;
  };
  for (const auto& r : {row{0, 0, false, false},
                        {0, 1, false, false},
                        {1, 1, true, false},
                        {0, 2, true, true},
                        {2, 2, true, true},
                        {3, 2, true, false},
                        {4, 4, true, true},
                        {5, 4, true, false}}) {
    CAPTURE(r.well);
    CAPTURE(r.ill);
    learner it;
    judge(it, r.well, r.ill);
    const auto x = it.learn();
    const auto ill = static_cast<std::uint32_t>(r.ill);
    const auto all = static_cast<std::uint32_t>(r.well + r.ill);
    check_share(x.bad_image, r.bad ? 1 : 0, r.could_tell ? 1 : 0);
    check_share(x.bad_image_unhealthy, r.bad ? ill : 0, r.bad ? all : 0);
    check_share(x.unhealthy_after_upgrade, r.bad ? 0 : ill, r.bad ? 0 : all);
  }
}

TEST_CASE("runs with a bad image are counted among all that could tell") {
  learner it;
  judge(it, 18, 2);
  judge(it, 1, 3);
  judge(it, 20, 0);
  judge(it, 1, 0); // one alone cannot tell, but is an instance like any other
  const auto x = it.learn();
  CHECK(x.runs == 4);
  check_share(x.bad_image, 1, 3);
  check_share(x.bad_image_unhealthy, 3, 4);
  check_share(x.unhealthy_after_upgrade, 2, 41);
}
