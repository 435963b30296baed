// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock::config::test;

namespace {

const std::string zoned = R"([scale_set]
name = "web"
zones = ["1", "2"]
[scale_set.instances]
count = 4
[driver]
kind = "simulated"
)";
const std::string commands = head + "[driver]\nkind = \"command\"\n";

} // namespace

TEST_CASE("mistakes all over a rehearsal are reported in one go") {
  const std::string text = zoned + R"([rehearsal]
time_limit = "0s"
[rehearsal.durations]
boot = 5
before_instance = "5s"
[rehearsal.rates]
action_failure = 2
[rehearsal.bad_image]
probability = -1
[rehearsal.background]
mean_time_to_failure = "0s"
[[rehearsal.zone_outage]]
zone = "9"
[[rehearsal.fault]]
instance = "web-9"
)";
  const std::vector<std::string> expected = {
    "9:14: error: time_limit is 0s; it must be from 1s to 8784h",
    "11:8: error: boot must be a string such as \"60s\", or { normal = [mean, "
    "deviation] }, { uniform = [min, max] }, { lognormal = [median, sigma] }, { "
    "exponential = [mean] } or { quantiles = [min, …, max] }",
    "12:19: error: before_instance has a duration, but a simulated driver has no "
    "hooks; leave it out",
    "14:18: error: action_failure is 2; it must be from 0 to 1",
    "16:15: error: probability is -1; it must be from 0 to 1",
    "18:24: error: mean_time_to_failure is 0s; it must be longer than 0s",
    "19:1: error: missing key \"duration\"; it is how long the zone is ill: duration = "
    "\"15m\"",
    "20:8: error: zone \"9\" is not in scale_set.zones",
    "22:12: error: there is no instance \"web-9\" in the set",
  };
  CHECK(errors(text) == expected);
}

TEST_CASE("wrong keys and values of a rehearsal are errors") {
  struct row {
    std::string keys;
    const char* error;
    // A misspelt key may be a missing one too.
    std::size_t problems = 1;
  };
  const std::string outage = "[[rehearsal.zone_outage]]\nduration = \"15m\"\n";
  const row rows[] = {
    {"[rehearsl]\n", "did you mean \"rehearsal\"?"},
    {"rehearsal = 1\n", "unknown key \"rehearsal\""},
    {"[rehearsal]\ntimelimit = \"1d\"\n", "did you mean \"time_limit\"?"},
    {"[rehearsal]\ntime_limit = \"366d1s\"\n", "it must be from 1s to 8784h"},
    {"[rehearsal]\ntime_limit = 7\n", "time_limit must be a string such as"},
    {"[rehearsal.duration]\n", "did you mean \"durations\"?"},
    {"[rehearsal.durations]\nbefore_instanc = \"1s\"\n",
     "did you mean \"before_instance\"?"},
    {"[rehearsal.durations]\nreimage = { quantiles = [\"2s\", \"1s\"] }\n",
     "quantiles has 1s after 2s"},
    {"[rehearsal.rates]\nunhealthy = 0.1\n", "unknown key \"unhealthy\""},
    {"[rehearsal.rates]\ntransient_failure = -1\n", "it must be from 0 to 1"},
    {"[rehearsal.rates]\nunhealthy_after_upgrade = 1.1\n", "it must be from 0 to 1"},
    {"[rehearsal.bad_image]\nprobabilty = 0.1\n", "did you mean \"probability\"?"},
    {"[rehearsal.bad_image]\nunhealthy = 1.5\n",
     "unhealthy is 1.5; it must be from 0 to 1"},
    {"[rehearsal.bad_image]\nprobability = \"0.1\"\n",
     "probability must be a number, not a string"},
    {"[rehearsal]\nbad_image = 0.1\n", "bad_image must be a table, not a float"},
    {"[rehearsal.background]\nmean_time = \"1d\"\n",
     "did you mean \"mean_time_to_failure\"?"},
    {"[rehearsal.background]\nrecovery = 5\n", "recovery must be a string such as"},
    {"[rehearsal.zone_outage]\nduration = \"1s\"\n",
     "zone_outage must be an array of tables, not a table"},
    {outage + "zones = \"1\"\n", "did you mean \"zone\"?"},
    {outage + "zone = 1\n", "zone must be a string, not an integer"},
    {outage + "probability = nan\n", "probability is nan; it must be from 0 to 1"},
    {outage + "begins = { gauss = [\"1s\"] }\n", "unknown key \"gauss\"", 2},
    {"[[rehearsal.zone_outage]]\nduration = \"-1s\"\n",
     "duration is \"-1s\", which is no length of time"},
    {"[[rehearsal.fault]]\naction = \"fail\"\n", "missing key \"instance\""},
    {"[[rehearsal.fault]]\ninstance = \"web-0\"\nacton = \"fail\"\n",
     "did you mean \"action\"?"},
    {"[[rehearsal.fault]]\ninstance = \"web-0\"\n[[rehearsal.fault]]\n"
     "instance = \"web-0\"\n",
     "11:12: error: instance \"web-0\" has a fault already"},
  };
  for (const auto& x : rows) {
    const auto text = zoned + x.keys;
    CAPTURE(x.keys);
    CAPTURE(all_errors(text));
    CHECK(errors(text).size() == x.problems);
    CHECK(has_error(text, x.error));
  }
}

TEST_CASE("a zone outage needs a set with zones, and one of them") {
  const std::string outage = "[[rehearsal.zone_outage]]\nduration = \"15m\"\n";
  CHECK(loads(zoned + outage));
  CHECK(loads(zoned + outage + "zone = \"2\"\n"));
  CHECK(all_errors(zoned + outage + "zone = \"3\"\n")
        == "10:8: error: zone \"3\" is not in scale_set.zones\n");
  const std::string none =
    "error: a zone outage needs zones, but the set has none; list them in "
    "scale_set.zones or leave the outage out\n";
  CHECK(all_errors(minimal + outage) == "7:1: " + none);
  CHECK(all_errors(minimal + outage + "zone = \"1\"\n") == "9:8: " + none);
}

TEST_CASE("only a hook that the driver has can take time") {
  const std::string both =
    "[rehearsal.durations]\nbefore_instance = \"5s\"\nafter_instance = \"6s\"\n";
  const std::string none =
    " has a duration, but the driver has no such hook; add it to "
    "[driver.command.hooks] or leave it out\n";
  CHECK(all_errors(commands + both)
        == "8:19: error: before_instance" + none + "9:18: error: after_instance"
             + none);
  CHECK(
    all_errors(commands + "[driver.command.hooks]\nafter_instance = [\"a\"]\n" + both)
    == "10:19: error: before_instance" + none);
  // The hooks of the driver that was not chosen do not count.
  CHECK(has_error(minimal + "[driver.command.hooks]\nafter_instance = [\"a\"]\n" + both,
                  "11:18: error: after_instance has a duration, but a simulated driver "
                  "has no hooks; leave it out"));
}

TEST_CASE("what is wrong with a driver or a hook is not said of its duration again") {
  const std::string hook = "[rehearsal.durations]\nbefore_instance = \"5s\"\n";
  CHECK(errors(head + "[driver]\nkind = \"comand\"\n" + hook).size() == 1);
  CHECK(
    errors(commands + "[driver.command.hooks]\nbefore_instance = []\n" + hook).size()
    == 1);
}

TEST_CASE("a hang in a rehearsal needs a timeout, whatever the driver's clock") {
  const std::string hang =
    "[[rehearsal.fault]]\ninstance = \"web-1\"\naction = \"hang\"\n";
  const std::string error =
    "error: an action that hangs never ends without a timeout; set "
    "driver.simulated.timeout\n";
  CHECK(all_errors(minimal + hang) == "9:10: " + error);
  CHECK(all_errors(minimal + "[driver.simulated]\nclock = \"real\"\n" + hang)
        == "11:10: " + error);
  CHECK(loads(minimal + "[driver.simulated]\ntimeout = \"1m\"\n" + hang));
  CHECK(loads(commands + hang));
}
