// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;
using shape = engine::duration_distribution::shape;
using fate = engine::simulated_fault::action_fate;

namespace {

constexpr auto reimage = static_cast<std::size_t>(engine::apply_class::reimage);

/// A set with zones, whose change needs a reimage.
const std::string zoned = R"([scale_set]
name = "web"
zones = ["1", "2", "3"]
features = ["ImageReferenceUpgradeForVmoVMs"]
[scale_set.model]
image = { version = "1" }
[scale_set.instances]
count = 4
[change]
image = { version = "2" }
)";
const std::string simulated = zoned + driver;
const std::string commands = zoned + R"([driver]
kind = "command"
[driver.command]
reimage = ["./reimage"]
)";
const std::string hooks = R"([driver.command.hooks]
before_instance = ["./drain"]
after_instance = ["./undrain"]
)";

engine::rehearsal_spec rehearsal(const std::string& text) {
  return loaded(text).rehearsal;
}

} // namespace

TEST_CASE("without a rehearsal table the world is the simulated driver's") {
  const auto x = rehearsal(simulated + R"([driver.simulated]
seed = 7
clock = "real"
timeout = "2m"
[driver.simulated.durations]
reimage = { normal = ["30s", "5s"] }
boot = "10s"
[driver.simulated.rates]
action_failure = 0.1
[[driver.simulated.fault]]
instance = "web-1"
phase = 3
)");
  CHECK(x.known);
  CHECK(x.time_limit == 0s);
  CHECK(x.world.seed == 7);
  CHECK(x.world.virtual_clock);
  CHECK(x.world.timeout == 2min);
  CHECK(x.world.durations[reimage].kind == shape::normal);
  CHECK(x.world.durations[reimage].first == 30s);
  CHECK(x.world.boot.first == 10s);
  CHECK(x.world.action_failure == 0.1);
  REQUIRE(x.world.faults.size() == 1);
  CHECK(x.world.faults[0].phase == 3);
  CHECK(x.world.max_parallel == 0);
  CHECK_FALSE(x.world.before_instance);
  CHECK_FALSE(x.world.after_instance);
  CHECK(x.world.background.mean_time_to_failure == 0s);
  CHECK_FALSE(x.world.background.recovery);
  CHECK(x.world.outages.empty());
  CHECK(x.world.image.probability == 0.0);
  CHECK(x.world.image.unhealthy == 1.0);
}

TEST_CASE("without a rehearsal table the world of a command driver is an easy one") {
  const auto x = rehearsal(commands);
  CHECK_FALSE(x.known);
  CHECK(x.time_limit == 0s);
  CHECK(x.world.seed == 1);
  CHECK(x.world.virtual_clock);
  CHECK(x.world.timeout == 10min);
  CHECK(x.world.max_parallel == 16);
  for (const auto& length : x.world.durations) {
    CHECK(length.kind == shape::fixed);
    CHECK(length.first == 0s);
  }
  CHECK(x.world.boot.first == 0s);
  CHECK(x.world.action_failure == 0.0);
  CHECK_FALSE(x.world.before_instance);
  CHECK_FALSE(x.world.after_instance);
  CHECK(x.world.faults.empty());
}

TEST_CASE("the timeout, the processes and the hooks are those of the command driver") {
  const auto x =
    rehearsal(commands + "timeout = \"3m\"\nmax_processes = 2\n" + hooks).world;
  CHECK(x.timeout == 3min);
  CHECK(x.max_parallel == 2);
  REQUIRE(x.before_instance);
  CHECK(x.before_instance->kind == shape::fixed);
  CHECK(x.before_instance->first == 0s);
  REQUIRE(x.after_instance);
  CHECK(x.after_instance->first == 0s);
}

TEST_CASE("every duration of a rehearsal is read") {
  const auto world = rehearsal(commands + hooks + R"([rehearsal.durations]
in_place = "1s"
restart = { normal = ["30s", "5s"] }
reimage = { quantiles = ["40s", "55s", "1m", "2m"] }
redeploy = { lognormal = ["2m", 0.5] }
boot = { exponential = ["30s"] }
before_instance = { uniform = ["10s", "20s"] }
after_instance = "4s"
)")
                       .world;
  CHECK(world.durations[1].first == 1s);
  CHECK(world.durations[2].kind == shape::normal);
  CHECK(world.durations[3].kind == shape::quantiles);
  CHECK(world.durations[3].points
        == std::vector<engine::duration>{40s, 55s, 1min, 2min});
  CHECK(world.durations[4].kind == shape::lognormal);
  CHECK(world.boot.kind == shape::exponential);
  REQUIRE(world.before_instance);
  CHECK(world.before_instance->kind == shape::uniform);
  CHECK(world.before_instance->second == 20s);
  REQUIRE(world.after_instance);
  CHECK(world.after_instance->first == 4s);
}

TEST_CASE("every key of a rehearsal is read") {
  const auto x = rehearsal(commands + R"([rehearsal]
time_limit = "2d"
[rehearsal.rates]
action_failure = 0.1
transient_failure = 0.2
unhealthy_after_upgrade = 0.3
[rehearsal.bad_image]
probability = 0.05
unhealthy = 0.9
[rehearsal.background]
mean_time_to_failure = "30d"
recovery = { exponential = ["10m"] }
[[rehearsal.zone_outage]]
zone = "2"
probability = 0.01
begins = { uniform = ["0s", "2h"] }
duration = { normal = ["15m", "1m"] }
[[rehearsal.fault]]
instance = "web-3"
action = "hang"
)");
  CHECK(x.time_limit == 48h);
  const auto& world = x.world;
  CHECK(world.action_failure == 0.1);
  CHECK(world.transient_failure == 0.2);
  CHECK(world.unhealthy_after_upgrade == 0.3);
  CHECK(world.image.probability == 0.05);
  CHECK(world.image.unhealthy == 0.9);
  CHECK(world.background.mean_time_to_failure == 30 * 24h);
  REQUIRE(world.background.recovery);
  CHECK(world.background.recovery->kind == shape::exponential);
  CHECK(world.background.recovery->first == 10min);
  REQUIRE(world.outages.size() == 1);
  CHECK(world.outages[0].zone == 1);
  CHECK(world.outages[0].probability == 0.01);
  CHECK(world.outages[0].begins.kind == shape::uniform);
  CHECK(world.outages[0].begins.second == 2h);
  CHECK(world.outages[0].length.kind == shape::normal);
  CHECK(world.outages[0].length.first == 15min);
  REQUIRE(world.faults.size() == 1);
  CHECK(world.faults[0].instance == "web-3");
  CHECK(world.faults[0].action == fate::hang);
}

TEST_CASE("a zone outage has its defaults") {
  const auto x =
    rehearsal(simulated + "[[rehearsal.zone_outage]]\nduration = \"15m\"\n");
  REQUIRE(x.world.outages.size() == 1);
  CHECK_FALSE(x.world.outages[0].zone);
  CHECK(x.world.outages[0].probability == 1.0);
  CHECK(x.world.outages[0].begins.kind == shape::fixed);
  CHECK(x.world.outages[0].begins.first == 0s);
  CHECK(x.world.outages[0].length.kind == shape::fixed);
  CHECK(x.world.outages[0].length.first == 15min);
}

TEST_CASE("a rehearsal replaces only what it gives of a simulated driver") {
  const std::string given = simulated + R"([driver.simulated.durations]
reimage = { normal = ["30s", "5s"] }
boot = { uniform = ["1s", "2s"] }
[driver.simulated.rates]
action_failure = 0.1
transient_failure = 0.2
[rehearsal.durations]
reimage = "1m"
[rehearsal.rates]
transient_failure = 0.0
)";
  const auto file = loaded(given);
  const auto& world = file.rehearsal.world;
  CHECK(world.durations[reimage].kind == shape::fixed);
  CHECK(world.durations[reimage].first == 1min);
  CHECK(world.durations[reimage].second == 0s);
  CHECK(world.boot.kind == shape::uniform);
  CHECK(world.action_failure == 0.1);
  CHECK(world.transient_failure == 0.0);
  const auto& kept = std::get<engine::simulated_spec>(file.driver);
  CHECK(kept.durations[reimage].kind == shape::normal);
  CHECK(kept.transient_failure == 0.2);
}

TEST_CASE("a fault of a rehearsal takes the place of the driver's on its instance") {
  const auto file = loaded(simulated + R"([driver.simulated]
timeout = "1m"
[[driver.simulated.fault]]
instance = "web-1"
action = "fail"
[[driver.simulated.fault]]
instance = "web-2"
action = "fail"
[[rehearsal.fault]]
instance = "web-2"
action = "hang"
[[rehearsal.fault]]
instance = "web-3"
skip_upgrade = true
)");
  const auto& faults = file.rehearsal.world.faults;
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].instance == "web-1");
  CHECK(faults[0].action == fate::fail);
  CHECK(faults[1].instance == "web-2");
  CHECK(faults[1].action == fate::hang);
  CHECK(faults[1].line == 21);
  CHECK(faults[2].instance == "web-3");
  CHECK(faults[2].skip_upgrade);
  CHECK(std::get<engine::simulated_spec>(file.driver).faults[1].action == fate::fail);
}

TEST_CASE("a command driver's world is known once the needed action has a duration") {
  CHECK_FALSE(rehearsal(commands + "[rehearsal]\n").known);
  CHECK_FALSE(rehearsal(commands + "[rehearsal.durations]\nrestart = \"1m\"\n").known);
  CHECK(rehearsal(commands + "[rehearsal.durations]\nreimage = \"1m\"\n").known);
  // Nothing is changed, so nothing takes any time.
  CHECK(rehearsal(head + "[driver]\nkind = \"command\"\n").known);
}

TEST_CASE("lengths of a rehearsal load at both ends of their ranges") {
  const auto limit = [](const char* x) {
    return rehearsal(minimal + "[rehearsal]\ntime_limit = \"" + x + "\"\n").time_limit;
  };
  CHECK(limit("1s") == 1s);
  CHECK(limit("366d") == 366 * 24h);
  CHECK(limit("P7D") == 7 * 24h);
  CHECK(rehearsal(minimal + "[rehearsal.background]\nmean_time_to_failure = \"1ms\"\n")
          .world.background.mean_time_to_failure
        == 1ms);
}
