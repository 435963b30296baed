// SPDX-License-Identifier: Apache-2.0
// Background failures, files and their mistakes.
#include "drydock/rehearsal/learn.hpp"

#include "past_run.hpp"

#include <doctest/doctest.h>

using namespace drydock::rehearsal;
using namespace std::chrono_literals;
using drydock::engine::duration;
using lengths = std::vector<duration>;

TEST_CASE("an instance that falls ill out of hand is a background failure") {
  learner it;
  past_run run(it);
  run.well("a").well("b");
  run.at(100).turns("a", "healthy", "unhealthy");
  run.at(110)
    .turns("a", "unhealthy", "unknown")
    .at(130)
    .turns("a", "unknown", "healthy");
  run.at(150).turns("a", "healthy", "unknown").at(200).end();
  const auto x = it.learn().background;
  CHECK(x.failures == 2);
  // a: 0 to 100 and 130 to 150; b: 0 to 200.
  CHECK(x.exposure_seconds == doctest::Approx(320));
  CHECK(x.recovery == lengths{30s});
}

TEST_CASE("time in the hands of an upgrade is not watched") {
  learner it;
  past_run run(it);
  run.well("a").well("b").at(10).batch({"a"}).begin("a");
  run.at(70).finish("a").turns("a", "healthy", "initializing").at(75).well("a");
  run.turns("a", "healthy", "unhealthy").at(80).turns("a", "unhealthy", "healthy");
  run.at(85).settle("a").at(105).turns("a", "healthy", "unhealthy");
  run.at(120).rollback("a").at(130).turns("a", "unhealthy", "healthy");
  run.turns("a", "healthy", "unhealthy").turns("a", "unhealthy", "healthy");
  run.at(140).rolled_back("a").at(145).end();
  const auto x = it.learn().background;
  CHECK(x.failures == 1);
  // a: 0 to 10, 85 to 105, 140 to 145; b: 0 to 145.
  CHECK(x.exposure_seconds == doctest::Approx(10 + 20 + 5 + 145));
  // The rollback made it well, not the instance itself.
  CHECK(x.recovery.empty());
}

TEST_CASE("an instance whose illness is the upgrade's is none of the background's") {
  learner it;
  past_run run(it);
  run.turns("a", "initializing", "unhealthy").well("b").at(10).batch({"b"}).begin("b");
  run.at(70).finish("b").turns("b", "healthy", "initializing");
  run.at(75).turns("b", "initializing", "unknown").at(370).fail("b", "HealthTimeout");
  run.at(380)
    .turns("b", "unknown", "healthy")
    .at(400)
    .turns("a", "unhealthy", "healthy");
  run.at(420).end();
  const auto x = it.learn().background;
  CHECK(x.failures == 0);
  CHECK(x.recovery.empty());
  CHECK(x.exposure_seconds == doctest::Approx(10 + 40 + 20));
}

TEST_CASE("members that were taken back or deleted are out of hand") {
  learner it;
  past_run run(it);
  run.well("a").well("b").at(10).batch({"a"});
  run.say("batch_extended", R"(,"batch":1,"instances":["b"])");
  run.at(15).say("instance_released", past_run::of("a") + R"(,"reason":"cancelled")");
  run.at(20).say("instance_deleted", past_run::of("b") + R"(,"reason":"deleted")");
  run.at(40).turns("a", "healthy", "unhealthy").at(50).end();
  const auto x = it.learn().background;
  CHECK(x.failures == 1);
  CHECK(x.exposure_seconds == doctest::Approx(10 + 25 + 10));
}

TEST_CASE("a deleted instance was watched until then") {
  learner it;
  past_run run(it);
  run.well("a").at(30).say("instance_deleted", past_run::of("a") + R"(,"reason":"x")");
  run.at(90).end();
  CHECK(it.learn().background.exposure_seconds == doctest::Approx(30));
}

TEST_CASE("a run that broke off lasted until its last event") {
  learner it;
  past_run run(it);
  run.well("a").at(25).say("check_passed").at(40).say("waiting");
  run.batch({"b"}).begin("b");
  const auto x = it.learn();
  CHECK(x.background.exposure_seconds == doctest::Approx(40));
  CHECK(x.attempts == 0);
  CHECK(x.durations.empty());
}

TEST_CASE("each run starts anew, in one file or in several") {
  learner it;
  past_run first(it);
  first.upgrade("a", 0).end();
  first.start(past_run::every_5s);
  first.upgrade("a", 5).end();
  past_run third(it);
  third.batch({"b"}).begin("b"); // breaks off
  past_run fourth(it);
  fourth.at(3).finish("b").end(); // was not begun in this run
  const auto x = it.learn();
  CHECK(x.files == 3);
  CHECK(x.runs == 4);
  CHECK(x.instances == 2);
  CHECK(x.durations.at("reimage") == lengths{60s, 60s});
}

TEST_CASE("events that are not known, or not expected, change nothing") {
  learner it;
  it.begin_file();
  CHECK_FALSE(it.take(R"({"event":"news","elapsedSeconds":0.5})"));
  past_run run(it);
  run.say("instance_created", R"(,"instance":{"id":"a"})");
  run.begin("b").at(5).finish("b"); // in nobody's hands
  run.settle("b").rolled_back("c");
  run.batch({"a"}).begin("a").at(9).finish("a", "succeeded", "reimage", 2);
  const auto x = it.learn();
  CHECK(x.attempts == 0);
  CHECK(x.durations.empty());
  CHECK(x.action_failure.of == 0);
}

TEST_CASE("a line that is no event is refused and leaves no trace") {
  for (
    const auto* line :
    {"",
     "web-0 succeeded",
     "[]",
     "7",
     R"({"event":"waiting","elapsedSec)",
     R"({"elapsedSeconds":1.0})",
     R"({"event":7,"elapsedSeconds":1.0})",
     R"({"event":"waiting"})",
     R"({"event":"waiting","elapsedSeconds":"1"})",
     R"({"event":"waiting","elapsedSeconds":-1})",
     R"({"event":"waiting","elapsedSeconds":1e300})",
     R"({"event":"action_started","elapsedSeconds":9,"instance":"a","action":"reimage"})",
     R"({"event":"action_started","elapsedSeconds":9,"instance":"a","action":"reimage","attempt":0})",
     R"({"event":"action_started","elapsedSeconds":9,"instance":7,"action":"reimage","attempt":1})",
     R"({"event":"action_finished","elapsedSeconds":9,"instance":"a","action":"reimage","attempt":1})",
     R"({"event":"batch_started","elapsedSeconds":9,"instances":"a"})",
     R"({"event":"batch_started","elapsedSeconds":9,"instances":["x",7]})",
     R"({"event":"health_changed","elapsedSeconds":9,"instance":"a"})",
     R"({"event":"instance_settled","elapsedSeconds":9,"instance":"a","outcome":"failed"})",
     R"({"event":"instance_released","elapsedSeconds":9})",
     R"({"event":"upgrade_started","elapsedSeconds":9,"health":7})",
     R"({"event":"upgrade_started","elapsedSeconds":9,"health":{"intervalSeconds":0,"numberOfProbes":1}})",
     R"({"event":"upgrade_started","elapsedSeconds":9,"health":{"intervalSeconds":5}})"}) {
    CAPTURE(line);
    learner it;
    past_run run(it);
    run.batch({"a"}).begin("a");
    const auto wrong = it.take(line);
    REQUIRE(wrong);
    CHECK(wrong->find("drydock run --events") != std::string::npos);
    run.at(1).finish("a").well("a").settle("a");
    const auto x = it.learn();
    CHECK(x.durations.at("reimage") == lengths{1s});
    CHECK(x.runs == 1);
    CHECK(x.instances == 1);
  }
}

TEST_CASE("a file without its beginning, or with times that fall, is refused") {
  learner it;
  it.begin_file();
  CHECK(it.take(R"({"event":"batch_started","elapsedSeconds":9,"instances":["a"]})")
          .value_or("")
          .find("upgrade_started")
        != std::string::npos);
  past_run run(it);
  run.at(10).well("a");
  CHECK(it.take(R"({"event":"waiting","elapsedSeconds":9.9})")
          .value_or("")
          .find("elapsedSeconds")
        != std::string::npos);
}

TEST_CASE("without a line there is nothing to learn") {
  learner it;
  const auto x = it.learn();
  CHECK(x.files == 0);
  CHECK(x.runs == 0);
  CHECK(x.attempts == 0);
  CHECK(x.action_failure.share.high == 1.0);
}
