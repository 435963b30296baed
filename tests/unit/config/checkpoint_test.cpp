// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;
using engine::checkpoint;
using engine::checkpoint_approval;

namespace {

const std::string rolling =
  minimal
  + "[health.command]\nargv = [\"true\"]\n[upgrade_policy]\nmode = \"rolling\"\n"
    "[upgrade_policy.rolling]\n";

engine::rolling_policy policy_of(const std::string& keys) {
  return loaded(rolling + keys).request.policy.rolling;
}

} // namespace

TEST_CASE("batching and rollback have their words") {
  using engine::batching_mode;
  using engine::rollback_scope;
  CHECK(policy_of("").batching == batching_mode::strict);
  CHECK(policy_of("batching = \"strict\"").batching == batching_mode::strict);
  CHECK(policy_of("batching = \"sliding\"").batching == batching_mode::sliding);
  CHECK(policy_of("").rollback == rollback_scope::none);
  CHECK(policy_of("rollback = \"failed\"").rollback == rollback_scope::failed);
  CHECK(policy_of("rollback = \"all\"").rollback == rollback_scope::all);
  CHECK(has_error(rolling + "batching = \"loose\"",
                  "12:12: error: batching is \"loose\"; it must be \"strict\" or "
                  "\"sliding\""));
  CHECK(has_error(rolling + "rollback = true", "rollback must be a string"));
  CHECK(
    has_error(rolling + "batching = \"sliding\"\npause_time_between_batches = \"1s\"",
              "13:1: error: sliding batches have no pause between them"));
  CHECK(
    has_error(rolling
                + "rollback = \"all\"\n"
                  "rollback_failed_instances_on_policy_breach = true",
              "12:1: error: rollback and rollback_failed_instances_on_policy_breach "
              "say the same thing twice"));
}

TEST_CASE("checkpoints are percents or tables, and share what is said once") {
  const auto x = policy_of(R"(checkpoints = [5, { percent = 25, bake = "1h" }, 50,
  { percent = 100, bake = "0s", approval = "none" }]
bake = "10m"
approval = "manual"
on_rejection = "roll_back"
approval_timeout = "2h"
)");
  const std::vector<checkpoint> wanted = {
    {5, 10min, checkpoint_approval::manual},
    {25, 1h, checkpoint_approval::manual},
    {50, 10min, checkpoint_approval::manual},
    {100, 0s, checkpoint_approval::none},
  };
  CHECK(x.checkpoints == wanted);
  CHECK(x.on_rejection == engine::rejection::roll_back);
  CHECK(x.approval_timeout == 2h);
  const auto plain = policy_of("checkpoints = [25]");
  CHECK(plain.checkpoints
        == std::vector<checkpoint>{{25, 0s, checkpoint_approval::none}});
  CHECK(plain.on_rejection == engine::rejection::cancel);
  CHECK(plain.approval_timeout == 0s);
  CHECK(policy_of("").checkpoints.empty());
  CHECK(policy_of("checkpoints = []").checkpoints.empty());
}

TEST_CASE("what is wrong with checkpoints is said where it stands") {
  struct row {
    const char* keys;
    const char* error;
  };
  const row rows[] = {
    {"checkpoints = 25",
     "12:15: error: checkpoints must be an array such as [5, 25, 100], not an integer"},
    {"checkpoints = [0]",
     "12:16: error: a checkpoint is at 0 %; it must be from 1 to 100"},
    {"checkpoints = [101]", "a checkpoint is at 101 %; it must be from 1 to 100"},
    {"checkpoints = [\"25\"]", "12:16: error: checkpoints must be an array of percents "
                               "or of tables"},
    {"checkpoints = [{ bake = \"1m\" }]", "12:16: error: missing key \"percent\""},
    {"checkpoints = [{ percent = 0 }]", "percent is 0; it must be from 1 to 100"},
    {"checkpoints = [{ percent = 5, baked = \"1m\" }]",
     "unknown key \"baked\"; did you mean \"bake\"?"},
    {"checkpoints = [{ percent = 5, approval = \"yes\" }]",
     "approval is \"yes\"; it must be \"none\", \"manual\" or \"command\""},
    {"checkpoints = [25, 25]",
     "12:1: error: checkpoints must ascend; 25 comes after 25"},
    {"checkpoints = [25, 5]", "checkpoints must ascend; 5 comes after 25"},
    {"bake = \"1m\"", "12:8: error: bake belongs to checkpoints, and there are none"},
    {"approval = \"manual\"", "approval belongs to checkpoints, and there are none"},
    {"on_rejection = \"cancel\"", "on_rejection belongs to checkpoints"},
    {"approval_timeout = \"1m\"", "approval_timeout belongs to checkpoints"},
    {"checkpoints = [25]\non_rejection = \"stop\"",
     "on_rejection is \"stop\"; it must be \"cancel\" or \"roll_back\""},
    {"checkpoints = [25]\nbake = 5", "bake must be a string such as \"30s\""},
  };
  for (const auto& [keys, error] : rows) {
    CAPTURE(keys);
    CAPTURE(all_errors(rolling + keys));
    CHECK(has_error(rolling + keys, error));
  }
}

TEST_CASE("only rolling upgrades have checkpoints") {
  for (const auto* mode : {"manual", "automatic"}) {
    const auto text = minimal + "[upgrade_policy]\nmode = \"" + mode
                      + "\"\n[upgrade_policy.rolling]\ncheckpoints = [25]\n";
    CHECK(has_error(text, "10:1: error: checkpoints are reached by rolling upgrades "
                          "only; set upgrade_policy.mode = \"rolling\""));
  }
}

TEST_CASE("a setting may give checkpoints") {
  const config::setting settings[] = {
    {"checkpoints", "[10, 50]"}, {"bake", "5m"}, {"batching", "sliding"}};
  const auto result = config::parse(rolling, "f", refuse_to_run, settings);
  REQUIRE(std::holds_alternative<config::fleet_file>(result));
  const auto& x = std::get<config::fleet_file>(result).request.policy.rolling;
  CHECK(x.batching == engine::batching_mode::sliding);
  CHECK(x.checkpoints
        == std::vector<checkpoint>{{10, 5min, checkpoint_approval::none},
                                   {50, 5min, checkpoint_approval::none}});
}
