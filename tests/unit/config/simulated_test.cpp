// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;
using shape = engine::duration_distribution::shape;

namespace {

engine::simulated_spec simulated(const std::string& keys) {
  return std::get<engine::simulated_spec>(loaded(minimal + keys).driver);
}

} // namespace

TEST_CASE("every key of a simulated driver is read") {
  const auto x = simulated(R"([driver.simulated]
seed = 7
clock = "real"
timeout = "2m"
[driver.simulated.durations]
in_place = "1s"
restart = { normal = ["30s", "5s"] }
reimage = { uniform = ["10s", "20s"] }
redeploy = { lognormal = ["2m", 0.5] }
boot = { exponential = ["30s"] }
[driver.simulated.rates]
action_failure = 0.1
transient_failure = 1
unhealthy_after_upgrade = 0
[[driver.simulated.fault]]
instance = "web-3"
health = "initializing"
action = "hang"
health_after = "unknown"
recovers_after = "2m"
phase = -4
skip_upgrade = true
)");
  CHECK(x.seed == 7);
  CHECK_FALSE(x.virtual_clock);
  CHECK(x.timeout == 2min);
  CHECK(x.durations[1].first == 1s);
  CHECK(x.durations[2].kind == shape::normal);
  CHECK(x.durations[2].first == 30s);
  CHECK(x.durations[2].second == 5s);
  CHECK(x.durations[3].kind == shape::uniform);
  CHECK(x.durations[3].first == 10s);
  CHECK(x.durations[3].second == 20s);
  CHECK(x.durations[4].kind == shape::lognormal);
  CHECK(x.durations[4].first == 2min);
  CHECK(x.durations[4].sigma == 0.5);
  CHECK(x.boot.kind == shape::exponential);
  CHECK(x.boot.first == 30s);
  CHECK(x.action_failure == 0.1);
  CHECK(x.transient_failure == 1.0);
  REQUIRE(x.faults.size() == 1);
  CHECK(x.faults[0].health == engine::health_state::initializing);
  CHECK(x.faults[0].action == engine::simulated_fault::action_fate::hang);
  CHECK(x.faults[0].health_after == engine::health_state::unknown);
  CHECK(x.faults[0].recovers_after == 2min);
  CHECK(x.faults[0].phase == -4);
  CHECK(x.faults[0].skip_upgrade);
}

TEST_CASE("an exponential length needs no brackets") {
  const auto x =
    simulated("[driver.simulated.durations]\nboot = { exponential = \"30s\" }\n");
  CHECK(x.boot.kind == shape::exponential);
  CHECK(x.boot.first == 30s);
}

TEST_CASE("quantiles are lengths in ascending order") {
  const auto boot = [](const std::string& lengths) {
    return simulated("[driver.simulated.durations]\nboot = { quantiles = [" + lengths
                     + "] }\n")
      .boot;
  };
  const auto x = boot(R"("40s", "55s", "55s", "PT1M", "2m")");
  CHECK(x.kind == shape::quantiles);
  CHECK(x.points == std::vector<engine::duration>{40s, 55s, 55s, 1min, 2min});
  CHECK(boot(R"("1s", "1s")").points.size() == 2);
  const auto many = [](std::size_t count) {
    std::string result = "\"1s\"";
    for (std::size_t i = 1; i < count; ++i)
      result += ", \"1s\"";
    return result;
  };
  CHECK(boot(many(1001)).points.size() == 1001);
  CHECK(has_error(minimal + "[driver.simulated.durations]\nboot = { quantiles = ["
                    + many(1002) + "] }\n",
                  "8:22: error: quantiles must be an array of 2 to 1001 lengths"));
}

TEST_CASE("every wrong length of a list of quantiles is reported") {
  CHECK(
    all_errors(minimal
               + "[driver.simulated.durations]\n"
                 "boot = { quantiles = [\"1s\", 2, \"soon\"] }\n")
    == "8:29: error: quantiles must be a string such as \"30s\" or \"PT30S\", not an "
       "integer\n"
       "8:32: error: quantiles is \"soon\", which is no length of time; write "
       "\"30s\", \"5m\", \"1h30m\", \"250ms\" or ISO 8601 as in \"PT30S\"\n");
}

TEST_CASE("wrong distributions are errors") {
  struct row {
    const char* value;
    const char* error;
  };
  const row rows[] = {
    {"3", "boot must be a string such as \"60s\", or { normal"},
    {"{}", "boot must be a string such as \"60s\", or { normal"},
    {"{ normal = [\"1s\", \"1s\"], uniform = [\"1s\", \"1s\"] }", "one of them"},
    {"{ normal = [\"1s\"] }", "normal must be an array of a mean and a standard"},
    {"{ normal = \"1s\" }", "normal must be an array of"},
    {"{ uniform = [\"2s\", \"1s\"] }", "a least length of 2s above its greatest of 1s"},
    {"{ uniform = [1, 2] }", "uniform must be a string such as"},
    {"{ lognormal = [\"1s\", \"1s\"] }", "lognormal's sigma must be a number"},
    {"{ lognormal = [\"1s\", -0.1] }", "lognormal's sigma must be from 0 to 10"},
    {"{ lognormal = [\"1s\", nan] }", "lognormal's sigma must be from 0 to 10"},
    {"{ exponential = [] }", "exponential must be an array of one length"},
    {"{ quantiles = [\"1s\"] }", "quantiles must be an array of 2 to 1001 lengths"},
    {"{ quantiles = \"1s\" }", "quantiles must be an array of 2 to 1001 lengths"},
    {"{ quantiles = [\"1s\", \"3s\", \"2s\"] }",
     "8:35: error: quantiles has 2s after 3s; put its lengths in ascending order"},
    {"{ quantiles = [\"1s\", \"2s\"], exponential = [\"1s\"] }", "one of them"},
    {"\"soon\"", "boot is \"soon\", which is no length of time"},
  };
  for (const auto& x : rows) {
    const auto text =
      minimal + "[driver.simulated.durations]\nboot = " + x.value + "\n";
    CAPTURE(x.value);
    CAPTURE(all_errors(text));
    CHECK(errors(text).size() >= 1);
    CHECK(has_error(text, x.error));
  }
}

TEST_CASE("rates are from 0 to 1") {
  for (const char* key :
       {"action_failure", "transient_failure", "unhealthy_after_upgrade"}) {
    const auto rate = [&](const char* x) {
      return minimal + "[driver.simulated.rates]\n" + key + " = " + x + "\n";
    };
    CHECK(loads(rate("0")));
    CHECK(loads(rate("1.0")));
    for (const char* wrong : {"-0.1", "1.01", "nan", "inf", "2"}) {
      CAPTURE(wrong);
      CHECK(has_error(rate(wrong), "; it must be from 0 to 1"));
    }
  }
}

TEST_CASE("seeds are not negative and clocks are virtual or real") {
  CHECK(has_error(minimal + "[driver.simulated]\nseed = -1\n",
                  "seed is -1; it must be 0 or more"));
  CHECK(simulated("[driver.simulated]\nseed = 0\n").seed == 0);
  CHECK(has_error(minimal + "[driver.simulated]\nclock = \"fast\"\n",
                  "clock is \"fast\"; it must be \"virtual\" or \"real\""));
}

TEST_CASE("a fault belongs to an instance of the set, and to no other fault") {
  const std::string fault = minimal + "[[driver.simulated.fault]]\n";
  CHECK(has_error(fault + "phase = 1\n", "7:1: error: missing key \"instance\""));
  CHECK(has_error(fault + "instance = \"web-9\"\n",
                  "8:12: error: there is no instance \"web-9\" in the set"));
  CHECK(has_error(fault
                    + "instance = \"web-1\"\n[[driver.simulated.fault]]\n"
                      "instance = \"web-1\"\n",
                  "10:12: error: instance \"web-1\" has a fault already"));
  CHECK(has_error(fault + "instance = \"web-1\"\nhealth = \"sick\"\n",
                  "it must be \"healthy\", \"unhealthy\", \"unknown\" or "
                  "\"initializing\""));
  CHECK(has_error(fault + "instance = \"web-1\"\naction = \"explode\"\n",
                  "it must be \"succeed\", \"fail\" or \"hang\""));
}

TEST_CASE("a hang in virtual time needs a timeout") {
  const std::string hang =
    "[[driver.simulated.fault]]\ninstance = \"web-1\"\naction = \"hang\"\n";
  CHECK(has_error(minimal + hang,
                  "9:10: error: an action that hangs never ends without a "
                  "timeout; set driver.simulated.timeout"));
  CHECK(loads(minimal + "[driver.simulated]\ntimeout = \"1m\"\n" + hang));
  CHECK(loads(minimal + "[driver.simulated]\nclock = \"real\"\n" + hang));
}

TEST_CASE("a simulated instance approves its deletion after a while, or never") {
  const auto approval = [](const std::string& line) {
    return std::get<engine::simulated_spec>(
             loaded(minimal + "[driver.simulated]\n" + line).driver)
      .terminate_approval;
  };
  CHECK_FALSE(approval(""));
  CHECK_FALSE(approval("terminate_approval = \"never\"\n"));
  REQUIRE(approval("terminate_approval = \"30s\"\n"));
  CHECK(approval("terminate_approval = \"30s\"\n")->first == 30s);
  CHECK(has_error(minimal + "[driver.simulated]\nterminate_approval = \"soon\"\n",
                  "terminate_approval"));
  const auto file = loaded(minimal + "[rehearsal]\nterminate_approval = \"7s\"\n");
  REQUIRE(file.rehearsal.world.terminate_approval);
  CHECK(file.rehearsal.world.terminate_approval->first == 7s);
}
