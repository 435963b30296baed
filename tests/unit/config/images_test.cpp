// SPDX-License-Identifier: Apache-2.0
// Images whose version is `latest`, and upgrades that a newer one starts.
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;

namespace {

const std::string uniform = R"([scale_set]
name = "web"
orchestration_mode = "uniform"
[scale_set.instances]
count = 4
)";
const std::string probe =
  "[health.load_balancer_probe]\nprotocol = \"tcp\"\nport = 80\n";
const std::string latest = "[change]\nimage = { version = \"latest\" }\n";
const std::string enabled =
  "[upgrade_policy.automatic_os_upgrade]\nenable_automatic_os_upgrade = true\n";
const std::string images =
  driver + "[driver.simulated]\nimages = [{ version = \"1.0.0\" }]\n";

} // namespace

TEST_CASE("every key of automatic image upgrades is read, and has Azure's default") {
  const auto absent = loaded(minimal).os_upgrade;
  CHECK_FALSE(absent.enable_automatic_os_upgrade);
  CHECK_FALSE(absent.disable_automatic_rollback);
  CHECK_FALSE(absent.use_rolling_upgrade_policy);
  CHECK_FALSE(absent.os_rolling_upgrade_deferral);
  CHECK(absent.check_interval == 1h);
  const auto x = loaded(uniform + images + latest + probe + enabled
                        + R"(disable_automatic_rollback = true
use_rolling_upgrade_policy = true
os_rolling_upgrade_deferral = true
check_interval = "90s"
)")
                   .os_upgrade;
  CHECK(x.enable_automatic_os_upgrade);
  CHECK(x.disable_automatic_rollback);
  CHECK(x.use_rolling_upgrade_policy);
  CHECK(x.os_rolling_upgrade_deferral);
  CHECK(x.check_interval == 90s);
}

TEST_CASE("the simulated images are read in the order of the file") {
  const auto file = loaded(uniform + driver
                           + "[driver.simulated]\nimages = [{ version = \"1.0.0\" }, { "
                             "version = \"1.1.0\", at = \"2h\" }]\n");
  const auto& list = std::get<engine::simulated_spec>(file.driver).images;
  REQUIRE(list.size() == 2);
  CHECK(list[0].version == "1.0.0");
  CHECK(list[0].at == 0s);
  CHECK(list[1].version == "1.1.0");
  CHECK(list[1].at == 2h);
}

TEST_CASE("a file that follows the newest image has it changed") {
  const auto file = loaded(uniform + images + latest + probe);
  CHECK(file.request.follows_latest_image);
  CHECK(file.action == engine::apply_class::reimage);
  CHECK_FALSE(loaded(minimal).request.follows_latest_image);
}

TEST_CASE("mistakes about images say what to do") {
  struct row {
    std::string text;
    const char* error;
  };
  const row rows[] = {
    {uniform + driver + latest, "add images = [{ version"},
    {uniform + "[driver]\nkind = \"command\"\n[driver.command]\nreimage = [\"./x\"]\n"
       + latest,
     "add latest_image = [\"./latest.sh\"]"},
    {uniform + images + probe + enabled, "need image.version = \"latest\""},
    {uniform + images + latest + enabled,
     "BadRequest: automatic image upgrades need a"},
    {uniform + driver + "[driver.simulated]\nimages = [{ at = \"1s\" }]\n",
     "missing key \"version\""},
    {uniform + driver + "[driver.simulated]\nimages = [{ version = \"latest\" }]\n",
     "version is \"latest\"; give the version"},
    {uniform + driver
       + "[driver.simulated]\nimages = [{ version = \"1.0.0\", at = \"1s\" }]\n",
     "no version is published at the start"},
    {uniform + images + latest + probe + enabled + "check_interval = \"1ms\"\n",
     "check_interval"},
    {uniform + images + latest + probe + enabled + "enable = true\n", "enable"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.text);
    CHECK(has_error(x.text, x.error));
  }
}

TEST_CASE("in azure a flexible set has image upgrades or max surge") {
  const std::string flexible =
    "[scale_set]\nname = \"web\"\ncompatibility = \"azure\"\n"
    "features = [\"ImageReferenceUpgradeForVmoVMs\"]\n[scale_set.instances]\ncount = "
    "4\n"
    + images + latest
    + "[health.application_health_extension]\nport = 80\n[upgrade_policy]\nmode = "
      "\"rolling\"\n[upgrade_policy.rolling]\nmax_surge = true\n"
    + enabled;
  CHECK(has_error(flexible, "either automatic image upgrades or max_surge"));
}
