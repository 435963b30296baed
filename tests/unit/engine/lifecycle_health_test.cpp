// SPDX-License-Identifier: Apache-2.0
// Health after the action: timeout, readiness, grace period, in-place changes.
#include "life_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

using health = health_state;

constexpr auto failed = "settle HealthTimeout begun";
constexpr auto done = "settle ok begun";

lifecycle_options watched(apply_class action, duration min_ready = duration{0},
                          duration grace = duration{0}) {
  lifecycle_options options;
  options.action = action;
  options.has_health = true;
  options.min_ready = min_ready;
  options.health_timeout = 5min;
  options.grace_period = grace;
  return options;
}

/// A life whose action ended at second 0.
struct after_action : driven_life {
  explicit after_action(const lifecycle_options& options) : driven_life(options) {
    start();
    begun();
    succeed();
  }
  /// The health timer is the first one after the step's.
  std::string fire_health_timer() { return fire_timer(1); }
  std::string fire_timer(std::size_t i) {
    REQUIRE(i < timers.size());
    now = timers[i].second;
    return feed(life::timer_fired{timers[i].first});
  }
  void at(duration d) { now = instant{} + d; }
};

} // namespace

TEST_CASE("probing starts afresh after a restart or more, and goes on after less") {
  struct row {
    apply_class action;
    const char* orders;
  };
  for (const auto& r : {row{apply_class::in_place, "arm +300s!; resume each"},
                        row{apply_class::restart, "arm +300s!; resume afresh"},
                        row{apply_class::reimage, "arm +300s!; resume afresh"},
                        row{apply_class::redeploy, "arm +300s!; resume afresh"}}) {
    driven_life x(watched(r.action));
    x.start();
    x.begun();
    CHECK(x.succeed() == std::string("ended action#1 succeeded; ") + r.orders);
  }
}

TEST_CASE(
  "healthy at the very end of the timeout still counts, a nanosecond later not") {
  after_action in_time(watched(apply_class::reimage));
  in_time.at(5min);
  CHECK(in_time.health(health::healthy) == done);

  after_action late(watched(apply_class::reimage));
  CHECK(late.timers[1].second == instant{} + 5min + 1ns);
  CHECK(late.fire_health_timer() == failed);
  CHECK(late.health(health::healthy) == "");
}

TEST_CASE("what is not healthy at the timeout fails, whatever it is") {
  for (const auto state : {health::initializing, health::unhealthy, health::unknown}) {
    CAPTURE(to_string(state));
    after_action x(watched(apply_class::reimage));
    CHECK(x.health(state) == "");
    CHECK(x.fire_health_timer() == failed);
  }
}

TEST_CASE("unhealthy within the timeout is not the end of it") {
  after_action x(watched(apply_class::reimage));
  x.at(1min);
  CHECK(x.health(health::unhealthy) == "");
  x.at(4min);
  CHECK(x.health(health::healthy) == done);
}

TEST_CASE("readiness must last without a break") {
  after_action x(watched(apply_class::reimage, 30s));
  x.at(10s);
  CHECK(x.health(health::healthy) == "arm +30s");
  CHECK(x.health(health::healthy) == ""); // told twice
  x.at(39s);
  CHECK(x.health(health::unknown) == "");
  CHECK(x.fire_timer(2) == ""); // the timer of the time before the break
  x.at(50s);
  CHECK(x.health(health::healthy) == "arm +30s");
  CHECK(x.fire_timer(3) == done);
  CHECK(x.now == instant{} + 80s);
}

TEST_CASE("the timeout is stopped by healthy, a relapse after it fails") {
  after_action x(watched(apply_class::reimage, 2min));
  x.at(4min + 30s);
  CHECK(x.health(health::healthy) == "arm +120s");
  CHECK(x.fire_health_timer() == ""); // healthy, only not for long enough
  x.at(6min);
  CHECK(x.health(health::unhealthy) == failed);
}

TEST_CASE("readiness may end after the timeout") {
  after_action x(watched(apply_class::reimage, 2min));
  x.at(5min);
  CHECK(x.health(health::healthy) == "arm +120s");
  CHECK(x.fire_health_timer() == "");
  CHECK(x.fire_timer(2) == done);
  CHECK(x.now == instant{} + 7min);
}

TEST_CASE("a relapse before the timeout lets the wait go on, to the same end") {
  after_action x(watched(apply_class::reimage, 2min));
  x.at(1min);
  x.health(health::healthy);
  x.at(2min);
  CHECK(x.health(health::unhealthy) == "");
  CHECK(x.fire_health_timer() == failed);
  CHECK(x.now == instant{} + 5min + 1ns);
}

TEST_CASE("a relapse at the end of the timeout leaves nothing to wait for") {
  after_action x(watched(apply_class::reimage, 2min));
  x.at(4min);
  x.health(health::healthy);
  x.at(5min);
  CHECK(x.health(health::unhealthy) == ""); // it has not passed yet
  CHECK(x.fire_health_timer() == failed);
}

TEST_CASE("while it is initializing the wait lasts until the grace period ends") {
  after_action x(watched(apply_class::reimage, duration{0}, 10min));
  CHECK(x.fire_health_timer() == "arm +300s");
  CHECK(x.timers.back().second == instant{} + 10min + 1ns);
  x.at(10min);
  CHECK(x.health(health::healthy) == done);

  after_action late(watched(apply_class::reimage, duration{0}, 10min));
  late.fire_health_timer();
  CHECK(late.fire() == failed);
  CHECK(late.now == instant{} + 10min + 1ns);
}

TEST_CASE("a grace period within the timeout extends nothing") {
  for (const duration grace : {duration{1min}, duration{5min}}) {
    after_action x(watched(apply_class::reimage, duration{0}, grace));
    CHECK(x.fire_health_timer() == failed);
  }
}

TEST_CASE("only an initializing instance is waited for beyond the timeout") {
  after_action ill(watched(apply_class::reimage, duration{0}, 10min));
  ill.at(1min);
  ill.health(health::unhealthy);
  CHECK(ill.fire_health_timer() == failed);

  after_action later(watched(apply_class::reimage, duration{0}, 10min));
  later.fire_health_timer();
  later.at(7min);
  CHECK(later.health(health::unknown) == failed);
}

TEST_CASE("a relapse beyond the timeout fails, in the grace period too") {
  after_action x(watched(apply_class::reimage, 1min, 10min));
  x.fire_health_timer();
  x.at(6min);
  CHECK(x.health(health::healthy) == "arm +60s");
  x.at(6min + 30s);
  CHECK(x.health(health::unhealthy) == failed);

  after_action good(watched(apply_class::reimage, 1min, 10min));
  good.fire_health_timer();
  good.at(9min + 30s);
  CHECK(good.health(health::healthy) == "arm +60s");
  CHECK(good.fire_timer(2) == ""); // the grace period's end
  CHECK(good.fire_timer(3) == done);
}

TEST_CASE("an in-place change wants one more probe, healthy itself") {
  struct probe {
    health raw, committed;
    bool enough;
  };
  struct row {
    const char* what;
    std::vector<probe> probes;
  };
  const std::vector<row> rows{
    {"the first is healthy", {{health::healthy, health::healthy, true}}},
    {"committed health alone is not enough",
     {{health::unhealthy, health::healthy, false},
      {health::unknown, health::healthy, false},
      {health::healthy, health::healthy, true}}},
    {"one healthy probe of several does not commit",
     {{health::unhealthy, health::unhealthy, false},
      {health::healthy, health::unhealthy, false},
      {health::healthy, health::healthy, true}}},
  };
  for (const auto& r : rows) {
    CAPTURE(r.what);
    after_action x(watched(apply_class::in_place));
    for (const auto& p : r.probes)
      CHECK(x.probe(p.raw, p.committed) == (p.enough ? done : ""));
    CHECK(x.over());
  }
}

TEST_CASE("after the one more probe a change of committed health is enough") {
  after_action x(watched(apply_class::in_place));
  CHECK(x.health(health::healthy) == ""); // no probe after the action yet
  CHECK(x.probe(health::healthy, health::unhealthy) == "");
  CHECK(x.health(health::healthy) == done);
}

TEST_CASE("an in-place change starts no grace period") {
  after_action silent(watched(apply_class::in_place, duration{0}, 10min));
  CHECK(silent.fire_health_timer() == failed);

  after_action ill(watched(apply_class::in_place, duration{0}, 10min));
  ill.probe(health::unhealthy, health::healthy);
  CHECK(ill.fire_health_timer() == failed);
}

TEST_CASE("an in-place change must be ready as long as any other") {
  after_action x(watched(apply_class::in_place, 30s));
  x.at(5s);
  CHECK(x.probe(health::healthy, health::healthy) == "arm +30s");
  CHECK(x.probe(health::unhealthy, health::healthy) == ""); // not committed
  CHECK(x.fire() == done);
  CHECK(x.now == instant{} + 35s);
}

TEST_CASE("health before the action's end does not count") {
  driven_life x(watched(apply_class::reimage));
  x.start();
  CHECK(x.health(health::healthy) == "");
  CHECK(x.probe(health::healthy, health::healthy) == "");
  x.begun();
  CHECK(x.health(health::healthy) == "");
  CHECK(x.probe(health::healthy, health::healthy) == "");
  x.succeed();
  CHECK_FALSE(x.over());
  CHECK(x.health(health::healthy) == done);
}
