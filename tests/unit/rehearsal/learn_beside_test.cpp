// SPDX-License-Identifier: Apache-2.0
// Instances that are repaired, made and deleted.
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
}

} // namespace

TEST_CASE("a cure by repair is no recovery, and says nothing of upgrades") {
  for (const auto* action : {"reimage", "restart"}) {
    learner it;
    past_run run(it);
    run.well("a").well("b").at(100).turns("a", "healthy", "unhealthy");
    run.at(1000).repair("a", action).begin("a", action);
    run.at(1010).finish("a", "transient", action).begin("a", action, 2);
    run.at(1030).finish("a", "succeeded", action, 2);
    run.turns("a", "unhealthy", "initializing").well("a").repaired("a");
    run.at(1100).turns("a", "healthy", "unknown").at(1130);
    run.turns("a", "unknown", "healthy").at(1200).end();
    const auto x = it.learn();
    CHECK(x.background.failures == 2);
    CHECK(x.background.recovery == lengths{30s}); // that was by itself
    // a: 0 to 100, 1030 to 1100, 1130 to 1200; b: 0 to 1200.
    CHECK(x.background.exposure_seconds == doctest::Approx(240 + 1200));
    CHECK(x.durations.empty());
    CHECK(x.boot.empty());
    CHECK(x.attempts == 0);
    check_share(x.transient_failure, 0, 0);
    check_share(x.action_failure, 0, 0);
  }
}

TEST_CASE("a repair in vain is no upgrade that was not healthy in time") {
  learner it;
  past_run run(it);
  run.well("a").at(10).turns("a", "healthy", "unhealthy");
  run.at(100).repair("a", "restart").begin("a", "restart");
  run.at(110).finish("a", "succeeded", "restart");
  run.at(400).not_repaired("a", "HealthTimeout").end();
  check_share(it.learn().unhealthy_after_upgrade, 0, 0);
}

TEST_CASE("of one that is replaced, making, boot and deletion are learnt") {
  learner it;
  past_run run(it);
  run.well("a").batch({"a"}).begin("b", "create");
  run.at(60).finish("b", "succeeded", "create").at(70).well("b").replaced("a", "b");
  run.begin("a", "before_instance").at(72).finish("a", "succeeded", "before_instance");
  run.begin("a", "delete").at(77).finish("a", "succeeded", "delete").deleted("a");
  run.settle("b").at(100).turns("b", "healthy", "unhealthy").at(110).end();
  const auto x = it.learn();
  CHECK(x.durations.at("create") == lengths{60s});
  CHECK(x.durations.at("before_instance") == lengths{2s});
  CHECK(x.durations.at("delete") == lengths{5s});
  CHECK(x.durations.size() == 3);
  CHECK(x.boot == lengths{7500ms});
  CHECK(x.attempts == 2);
  CHECK(x.instances == 2);
  check_share(x.action_failure, 0, 1);
  check_share(x.transient_failure, 0, 1);
  check_share(x.unhealthy_after_upgrade, 0, 1);
  CHECK(x.background.failures == 1);
  CHECK(x.background.exposure_seconds == doctest::Approx(100 - 77));
}

TEST_CASE("replacements that fail count as instances that fail") {
  learner it;
  past_run run(it);
  run.batch({"a", "b", "c"});
  run.begin("d", "create").begin("e", "create").begin("f", "create");
  run.finish("f", "quota_short", "create");
  run.at(30).finish("d", "failed", "create").begin("d", "delete");
  run.at(35).finish("d", "succeeded", "delete").fail("a", "ActionFailed");
  run.at(40).finish("e", "transient", "create").at(41).begin("e", "create", 2);
  run.at(61).finish("e", "succeeded", "create", 2);
  run.at(361).begin("e", "delete").at(362).finish("e", "succeeded", "delete");
  run.deleted("e").fail("b", "HealthTimeout").begin("c");
  run.at(422).finish("c").well("c").settle("c").end();
  const auto x = it.learn();
  CHECK(x.durations.at("create") == lengths{20s, 30s, 40s});
  CHECK(x.durations.at("delete") == lengths{1s, 5s});
  CHECK(x.durations.at("reimage") == lengths{60s});
  CHECK(x.attempts == 6);
  check_share(x.action_failure, 1, 3);
  check_share(x.transient_failure, 1, 3);
  check_share(x.unhealthy_after_upgrade, 1, 2);
}

TEST_CASE("a deletion that fails has a length, and one that timed out has none") {
  learner it;
  past_run run(it);
  run.batch({"a"}).begin("b", "create").finish("b", "succeeded", "create");
  run.well("b").replaced("a", "b").begin("a", "delete");
  run.at(10).finish("a", "timed_out", "delete").begin("a", "delete", 2);
  run.at(13).finish("a", "failed", "delete", 2).fail("b", "ActionFailed").end();
  const auto x = it.learn();
  CHECK(x.durations.at("delete") == lengths{3s});
  CHECK(x.attempts == 3);
  // It serves, whatever is left over.
  check_share(x.action_failure, 0, 1);
  check_share(x.unhealthy_after_upgrade, 0, 1);
}

TEST_CASE("what was being made when all was ended at once says nothing") {
  learner it;
  past_run run(it);
  run.batch({"a"}).begin("b", "create").at(10).cancel_now();
  run.at(11).finish("b", "failed", "create").begin("b", "delete");
  run.at(12).finish("b", "failed", "delete").fail("a", "RollingUpgradeCanceled").end();
  const auto x = it.learn();
  CHECK(x.durations.empty());
  CHECK(x.attempts == 0);
  check_share(x.action_failure, 0, 0);
}

TEST_CASE("what was being made when its process ended has no length") {
  learner it;
  past_run run(it);
  run.batch({"a"}).begin("b", "create").at(900).resume("b").begin("b", "create");
  run.at(901).finish("b", "succeeded", "create").at(906).well("b").replaced("a", "b");
  run.begin("a", "delete").at(910).finish("a", "succeeded", "delete").deleted("a");
  run.settle("b").end();
  const auto x = it.learn();
  CHECK_FALSE(x.durations.contains("create"));
  CHECK(x.durations.at("delete") == lengths{4s});
  CHECK(x.boot.empty());
}

TEST_CASE("whoever is made for a repair counts as made, and is watched afterwards") {
  learner it;
  past_run run(it);
  run.well("a").well("b").at(50).turns("a", "healthy", "unhealthy");
  run.at(100).repair("a", "replace").begin("r", "create");
  run.at(130).finish("r", "succeeded", "create").well("r").replaced("a", "r");
  run.begin("a", "delete").at(135).finish("a", "succeeded", "delete").deleted("a");
  run.repaired("a").at(200).turns("r", "healthy", "unhealthy");
  run.at(250).repair("r", "replace").begin("s", "create");
  run.at(260).finish("s", "succeeded", "create").at(560).begin("s", "delete");
  run.at(565).finish("s", "succeeded", "delete").deleted("s");
  run.not_repaired("r", "HealthTimeout").at(600).end();
  const auto x = it.learn();
  CHECK(x.durations.at("create") == lengths{10s, 30s});
  CHECK(x.durations.at("delete") == lengths{5s, 5s});
  check_share(x.action_failure, 0, 2);
  check_share(x.unhealthy_after_upgrade, 1, 2);
  CHECK(x.background.failures == 2);
  CHECK(x.background.recovery.empty());
  // a: 0 to 50; b: 0 to 600; r: 130 to 200.
  CHECK(x.background.exposure_seconds == doctest::Approx(50 + 600 + 70));
}

TEST_CASE("another capacity has instances made and deleted") {
  learner it;
  past_run run(it);
  run.well("a").begin("a", "delete").begin("n", "create");
  run.at(4).finish("a", "succeeded", "delete").deleted("a");
  run.at(20).finish("n", "succeeded", "create").well("n").settle("n").at(50).end();
  const auto x = it.learn();
  CHECK(x.durations.at("create") == lengths{20s});
  CHECK(x.durations.at("delete") == lengths{4s});
  check_share(x.action_failure, 0, 1);
  CHECK(x.background.exposure_seconds == doctest::Approx(30));
}
