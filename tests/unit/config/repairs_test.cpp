// SPDX-License-Identifier: Apache-2.0
// `[automatic_repairs]`.
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;
using engine::repair_action;

namespace {

const std::string health = "[health.command]\nargv = [\"true\"]\n";
const std::string base = head + health + driver;
const std::string on = "[automatic_repairs]\nenabled = true\n";

std::string commands(const std::string& keys) {
  return head + health + "[driver]\nkind = \"command\"\n[driver.command]\n" + keys;
}

} // namespace

TEST_CASE("repairs are off unless the file turns them on") {
  const auto none = loaded(minimal).repairs;
  CHECK_FALSE(none.enabled);
  CHECK(none.grace_period == 10min);
  CHECK(none.action == repair_action::replace);
  CHECK_FALSE(loaded(minimal).instances.has_replacements());
  const auto x =
    loaded(base + on + "grace_period = \"25m\"\nrepair_action = \"restart\"\n");
  CHECK(x.repairs.enabled);
  CHECK(x.repairs.grace_period == 25min);
  CHECK(x.repairs.action == repair_action::restart);
  CHECK_FALSE(x.instances.has_replacements());
  CHECK(loaded(base + on + "repair_action = \"reimage\"\n").repairs.action
        == repair_action::reimage);
}

TEST_CASE("repairs that replace give the fleet positions for replacements") {
  const auto x = loaded(base + on);
  REQUIRE(x.instances.has_replacements());
  CHECK(x.instances.positions() == 8);
}

TEST_CASE("a grace period is within its range") {
  const auto period = [](const std::string& limits, const std::string& text) {
    return "[scale_set]\nname = \"web\"\n" + limits
           + "[scale_set.instances]\ncount = 4\n" + health + driver + on
           + "repair_action = \"restart\"\ngrace_period = \"" + text + "\"\n";
  };
  const std::string azure = "compatibility = \"azure\"\n";
  CHECK(all_errors(period("", "0s")) == "");
  CHECK(all_errors(period("", "24h")) == "");
  CHECK(has_error(period("", "25h"), "grace_period"));
  CHECK_FALSE(has_error(period(azure, "10m"), "grace_period"));
  CHECK_FALSE(has_error(period(azure, "90m"), "grace_period"));
  CHECK(has_error(period(azure, "9m"), "grace_period"));
  CHECK(has_error(period(azure, "91m"), "grace_period"));
}

TEST_CASE("repairs go by health") {
  CHECK(has_error(minimal + on, "BadRequest: automatic repairs go by health"));
  CHECK(loads(minimal + "[automatic_repairs]\nenabled = false\n"));
}

TEST_CASE("a Service Fabric cluster is not repaired") {
  CHECK(has_error("[scale_set]\nname = \"web\"\nservice_fabric = true\n"
                  "[scale_set.instances]\ncount = 4\n"
                    + health + driver + on + "[upgrade_policy]\nmode = \"automatic\"\n",
                  "OperationNotAllowed: a Service Fabric cluster repairs its own"));
}

TEST_CASE("the driver must have what a repair needs") {
  const auto by = [](const char* action) {
    return on + "repair_action = \"" + action + "\"\n";
  };
  CHECK(has_error(commands("") + by("replace"), "no commands to create and delete"));
  CHECK(has_error(commands("create = [\"c\"]\n") + by("replace"),
                  "no commands to create and delete"));
  CHECK(loads(commands("create = [\"c\"]\ndelete = [\"d\"]\n") + by("replace")));
  CHECK(has_error(commands("reimage = [\"r\"]\n") + by("restart"),
                  "no command for restart, which repair_action = \"restart\" needs"));
  CHECK(loads(commands("restart = [\"r\"]\n") + by("restart")));
  CHECK(loads(commands("reimage = [\"r\"]\n") + by("reimage")));
}

TEST_CASE("a wrong key of repairs is named") {
  CHECK(has_error(base + on + "grace = \"10m\"\n", "grace"));
  CHECK(has_error(base + on + "repair_action = \"reboot\"\n", "repair_action"));
}

TEST_CASE(
  "a simulated instance falls ill when it is told to, and a repair helps or not") {
  const auto x = loaded(base + R"([[driver.simulated.fault]]
instance = "web-1"
falls_ill_after = "3m"
repair = "fail"
health_after_repair = "unknown"
[[driver.simulated.fault]]
instance = "web-2"
)");
  const auto& faults = std::get<engine::simulated_spec>(x.driver).faults;
  CHECK(faults[0].falls_ill_after == 3min);
  CHECK(faults[0].health == engine::health_state::unhealthy);
  CHECK(faults[0].repair == engine::simulated_fault::action_fate::fail);
  CHECK(faults[0].health_after_repair == engine::health_state::unknown);
  CHECK_FALSE(faults[1].falls_ill_after.has_value());
  CHECK(faults[1].health == engine::health_state::healthy);
  CHECK(faults[1].health_after_repair == engine::health_state::healthy);
  CHECK(has_error(
    base + "[[driver.simulated.fault]]\ninstance = \"web-1\"\nrepair = \"hang\"\n",
    "an action that hangs never ends without a timeout"));
}
