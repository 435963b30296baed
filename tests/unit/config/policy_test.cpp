// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;

TEST_CASE("every key of an upgrade policy is read") {
  const auto policy = loaded(minimal + R"([upgrade_policy]
mode = "automatic"
[upgrade_policy.rolling]
max_batch_instance_percent = 11
max_unhealthy_instance_percent = 12
max_unhealthy_upgraded_instance_percent = 13
pause_time_between_batches = "PT1M30S"
prioritize_unhealthy_instances = true
enable_cross_zone_upgrade = true
rollback_failed_instances_on_policy_breach = true
max_batch_instances = 14
max_unhealthy_instances = 15
min_ready = "250ms"
health_timeout = "1h30m"
progress_deadline = "P1D"
ignore_unhealthy_before_start = true
[upgrade_policy.automatic]
max_parallel = 16
)")
                        .request.policy;
  CHECK(policy.mode == engine::upgrade_mode::automatic);
  CHECK(policy.max_parallel == 16);
  const auto& rolling = policy.rolling;
  CHECK(rolling.max_batch_instance_percent == 11);
  CHECK(rolling.max_unhealthy_instance_percent == 12);
  CHECK(rolling.max_unhealthy_upgraded_instance_percent == 13);
  CHECK(rolling.pause_time_between_batches == 90s);
  CHECK(rolling.prioritize_unhealthy_instances);
  CHECK(rolling.enable_cross_zone_upgrade);
  CHECK(rolling.rollback_failed_instances_on_policy_breach);
  CHECK(rolling.max_batch_instances == 14);
  CHECK(rolling.max_unhealthy_instances == 15);
  CHECK(rolling.min_ready == 250ms);
  CHECK(rolling.health_timeout == 90min);
  CHECK(rolling.progress_deadline == 24h);
  CHECK(rolling.ignore_unhealthy_before_start);
}

TEST_CASE("percentages and ceilings have their ranges at both ends") {
  const std::string extended = minimal + "[upgrade_policy.rolling]\n";
  const std::string azure = "[scale_set]\nname = \"web\"\ncompatibility = \"azure\"\n"
                            "[scale_set.instances]\ncount = 4\n"
                            + driver + "[upgrade_policy.rolling]\n";
  struct row {
    const std::string* base;
    const char* keys;
    const char* error;
  };
  const row rows[] = {
    {&extended, "max_batch_instance_percent = 0", "max_batch_instance_percent is 0;"},
    {&extended, "max_batch_instance_percent = 1", ""},
    {&extended, "max_batch_instance_percent = 100", ""},
    {&extended, "max_batch_instance_percent = 101",
     "8:1: error: max_batch_instance_percent is 101; it must be from 1 to 100"},
    {&extended, "max_batch_instance_percent = 9999999999",
     "max_batch_instance_percent is 9999999999; it must be from 0 to 100"},
    {&extended, "max_unhealthy_instance_percent = 0", "it must be from 1 to 100"},
    {&extended, "max_unhealthy_instance_percent = 1", ""},
    {&extended, "max_unhealthy_instance_percent = 100", ""},
    {&extended, "max_unhealthy_instance_percent = 101", "it must be from 1 to 100"},
    {&extended, "max_unhealthy_upgraded_instance_percent = -1", "from 0 to 100"},
    {&extended, "max_unhealthy_upgraded_instance_percent = 0", ""},
    {&extended, "max_unhealthy_upgraded_instance_percent = 100", ""},
    {&extended, "max_unhealthy_upgraded_instance_percent = 101", "from 0 to 100"},
    {&extended, "max_batch_instances = -1",
     "max_batch_instances is -1; it must be from 0"},
    {&extended, "max_batch_instances = 0", ""},
    {&extended, "max_unhealthy_instances = -1", "max_unhealthy_instances is -1;"},
    {&azure, "max_batch_instance_percent = 4",
     "9:1: error: max_batch_instance_percent is 4; it must be from 5 to 100 with "
     "compatibility \"azure\""},
    {&azure, "max_batch_instance_percent = 5", ""},
    {&azure, "max_batch_instance_percent = 100\nmax_unhealthy_instance_percent = 100",
     ""},
    {&azure, "max_batch_instance_percent = 101", "it must be from 5 to 100"},
    {&azure, "max_batch_instance_percent = 5\nmax_unhealthy_instance_percent = 5", ""},
    {&azure, "max_unhealthy_instance_percent = 4", "it must be from 5 to 100"},
    {&azure, "max_unhealthy_instance_percent = 101", "it must be from 5 to 100"},
    {&azure, "max_batch_instance_percent = 21",
     "9:1: error: OperationNotAllowed: max_batch_instance_percent is 21;"},
    {&azure, "max_unhealthy_instance_percent = 19",
     "8:1: error: OperationNotAllowed: max_batch_instance_percent is 20;"},
    {&azure, "max_unhealthy_upgraded_instance_percent = 0", ""},
    {&azure, "max_unhealthy_upgraded_instance_percent = 101", "from 0 to 100"},
  };
  for (const auto& x : rows) {
    const auto text = *x.base + x.keys + "\n";
    CAPTURE(x.keys);
    CAPTURE(all_errors(text));
    if (*x.error == '\0')
      CHECK(loads(text));
    else
      CHECK(has_error(text, x.error));
  }
}

TEST_CASE("every problem of a policy is found at its own key") {
  const auto found = errors(minimal + R"([upgrade_policy]
mode = 3
[upgrade_policy.rolling]
max_batch_instance_percent = 0
max_unhealthy_instance_percent = 500
min_ready = "-1s"
[upgrade_policy.automatic]
max_parallel = -1
)");
  REQUIRE(found.size() == 5);
  CHECK(found[0].substr(0, 4) == "8:8:");
  CHECK(found[1].substr(0, 5) == "10:1:");
  CHECK(found[2].substr(0, 5) == "11:1:");
  CHECK(found[3].substr(0, 6) == "12:13:");
  CHECK(found[4].substr(0, 6) == "14:16:");
}

TEST_CASE("words with a fixed choice list it when wrong") {
  const auto set = [](const std::string& key) {
    return driver + "[scale_set.instances]\ncount = 1\n[scale_set]\nname = \"w\"\n"
           + key;
  };
  CHECK(has_error(set("orchestration_mode = \"flex\"\n"),
                  "it must be \"flexible\" or \"uniform\""));
  CHECK(has_error(set("compatibility = \"aws\"\n"),
                  "it must be \"extended\" or \"azure\""));
  CHECK(loaded(set("orchestration_mode = \"uniform\"\n")).request.orchestration
        == engine::orchestration_mode::uniform);
  CHECK(loaded(set("compatibility = \"azure\"\n")).request.limits
        == engine::compatibility::azure);
}
