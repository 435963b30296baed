// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/policy.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

rolling_policy percents(int batch, int unhealthy, int upgraded = 20) {
  rolling_policy p;
  p.max_batch_instance_percent = batch;
  p.max_unhealthy_instance_percent = unhealthy;
  p.max_unhealthy_upgraded_instance_percent = upgraded;
  return p;
}

std::vector<std::string> texts(const rolling_policy& p, compatibility limits) {
  std::vector<std::string> out;
  for (const auto& problem : validate_policy(p, limits))
    out.push_back(problem.text);
  return out;
}

constexpr auto extended = compatibility::extended;
constexpr auto azure = compatibility::azure;

} // namespace

TEST_CASE("modes are written as Azure writes them") {
  CHECK(to_string(upgrade_mode::manual) == "Manual");
  CHECK(to_string(upgrade_mode::automatic) == "Automatic");
  CHECK(to_string(upgrade_mode::rolling) == "Rolling");
  CHECK(to_string(orchestration_mode::flexible) == "flexible");
  CHECK(to_string(orchestration_mode::uniform) == "uniform");
}

TEST_CASE("the default policy is sound under both limits") {
  CHECK(validate_policy({}, extended).empty());
  CHECK(validate_policy({}, azure).empty());
}

TEST_CASE("percentages are held to the range of the compatibility") {
  struct row {
    rolling_policy policy;
    bool in_extended;
    bool in_azure;
  };
  const row rows[] = {
    {percents(0, 20), false, false},     {percents(1, 20), true, false},
    {percents(4, 20), true, false},      {percents(5, 20), true, true},
    {percents(100, 100), true, true},    {percents(101, 100), false, false},
    {percents(-1, 20), false, false},    {percents(1, 1), true, false},
    {percents(1, 0), false, false},      {percents(5, 4), true, false},
    {percents(5, 5), true, true},        {percents(20, 101), false, false},
    {percents(20, 20, 0), true, true},   {percents(20, 20, -1), false, false},
    {percents(20, 20, 100), true, true}, {percents(20, 20, 101), false, false},
  };
  for (const auto& x : rows) {
    CAPTURE(x.policy.max_batch_instance_percent);
    CAPTURE(x.policy.max_unhealthy_instance_percent);
    CAPTURE(x.policy.max_unhealthy_upgraded_instance_percent);
    CHECK(validate_policy(x.policy, extended).empty() == x.in_extended);
    CHECK(validate_policy(x.policy, azure).empty() == x.in_azure);
  }
}

TEST_CASE("a value out of range is named with its key and its range") {
  const auto problems = validate_policy(percents(0, 20), extended);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].key == "max_batch_instance_percent");
  CHECK(problems[0].code.empty());
  CHECK(problems[0].text
        == "max_batch_instance_percent is 0; it must be from 1 to 100");
  CHECK(texts(percents(0, 20), azure)
        == std::vector<std::string>{
          "max_batch_instance_percent is 0; it must be from 5 to 100"});
}

TEST_CASE("azure refuses a batch percent above the unhealthy percent") {
  const auto problems = validate_policy(percents(40, 20), azure);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].key == "max_batch_instance_percent");
  CHECK(problems[0].code == "OperationNotAllowed");
  CHECK(problems[0].text
        == "max_batch_instance_percent is 40; in azure compatibility it must not be "
           "more than max_unhealthy_instance_percent, which is 20");
  CHECK(validate_policy(percents(20, 20), azure).empty());
  CHECK(validate_policy(percents(40, 20), extended).empty());
}

TEST_CASE("lengths of time are zero or more, and limits of waiting are more") {
  rolling_policy p;
  p.pause_time_between_batches = 0s;
  p.min_ready = 0s;
  p.health_timeout = 1ns;
  p.progress_deadline = 1ns;
  CHECK(validate_policy(p, extended).empty());

  p.pause_time_between_batches = -5s;
  p.min_ready = -250ms;
  p.health_timeout = 0s;
  p.progress_deadline = -1ns;
  CHECK(texts(p, extended)
        == std::vector<std::string>{
          "pause_time_between_batches is -5s; it must be 0s or more",
          "min_ready is -250ms; it must be 0s or more",
          "health_timeout is 0s; it must be more than 0s",
          "progress_deadline is -1ns; it must be more than 0s"});
}

TEST_CASE("all problems come at once in the order of the fields") {
  auto p = percents(0, 101, -1);
  p.health_timeout = 0s;
  std::vector<std::string> keys;
  for (const auto& problem : validate_policy(p, azure))
    keys.push_back(problem.key);
  CHECK(keys
        == std::vector<std::string>{
          "max_batch_instance_percent", "max_unhealthy_instance_percent",
          "max_unhealthy_upgraded_instance_percent", "health_timeout"});
}

TEST_CASE("percentages become counts rounded down and never below one") {
  struct row {
    std::size_t instances;
    int batch;
    int unhealthy;
    rollout_limits result;
  };
  const row rows[] = {
    {10, 20, 20, {2, 2}},
    {7, 20, 20, {1, 1}},
    {3, 20, 20, {1, 1}},
    {30, 40, 50, {12, 15}},
    {0, 20, 20, {1, 1}},
    {1, 100, 100, {1, 1}},
    {99, 1, 100, {1, 99}},
    {199, 1, 50, {1, 99}},
    {200, 1, 100, {2, 200}},
    {10, 19, 29, {1, 2}},
    {10'000'000, 100, 20, {10'000'000, 2'000'000}},
    {4'294'967'295, 100, 1, {4'294'967'295, 42'949'672}},
    {std::numeric_limits<std::size_t>::max(), 100, 1, {4'294'967'295, 4'294'967'295}},
  };
  for (const auto& x : rows) {
    CAPTURE(x.instances);
    CHECK(resolve_limits(percents(x.batch, x.unhealthy), x.instances) == x.result);
  }
}

TEST_CASE("absolute ceilings lower the counts where they are set") {
  auto p = percents(20, 50);
  p.max_batch_instances = 5;
  CHECK(resolve_limits(p, 100) == rollout_limits{5, 50});
  p.max_unhealthy_instances = 7;
  CHECK(resolve_limits(p, 100) == rollout_limits{5, 7});
  CHECK(resolve_limits(p, 10) == rollout_limits{2, 5});
  p.max_batch_instances = 1;
  p.max_unhealthy_instances = 1;
  CHECK(resolve_limits(p, 3) == rollout_limits{1, 1});
}

TEST_CASE("a percentage is exceeded only strictly and without rounding") {
  struct row {
    std::uint64_t part;
    int percent;
    std::uint64_t whole;
    bool exceeded;
  };
  const row rows[] = {
    {2, 20, 10, false},
    {3, 20, 10, true},
    {1, 20, 3, true},
    {1, 33, 3, true},
    {1, 34, 3, false},
    {0, 0, 10, false},
    {1, 0, 10, true},
    {10, 100, 10, false},
    {0, 20, 0, false},
    {2'000'000, 20, 10'000'000, false},
    {2'000'001, 20, 10'000'000, true},
  };
  for (const auto& x : rows) {
    CAPTURE(x.part);
    CAPTURE(x.whole);
    CHECK(exceeds_percent(x.part, x.percent, x.whole) == x.exceeded);
  }
}

TEST_CASE("checkpoints ascend, and sliding batches have no pause") {
  rolling_policy p;
  p.checkpoints = {{5, 1min}, {25}, {100}};
  CHECK(validate_policy(p, compatibility::extended).empty());
  const auto keys = [](const rolling_policy& x) {
    std::string text;
    for (const auto& problem : validate_policy(x, compatibility::extended))
      text += problem.key + ' ';
    return text;
  };
  p.checkpoints = {{25}, {25}};
  CHECK(keys(p) == "checkpoints ");
  p.checkpoints = {{0}, {101}};
  CHECK(keys(p) == "checkpoints checkpoints ");
  p.checkpoints = {{5, -1s}};
  CHECK(keys(p) == "bake ");
  p.checkpoints = {};
  p.batching = batching_mode::sliding;
  CHECK(keys(p).empty());
  p.pause_time_between_batches = 1s;
  CHECK(keys(p) == "pause_time_between_batches ");
  p.batching = batching_mode::strict;
  CHECK(keys(p).empty());
  p.approval_timeout = -1s;
  CHECK(keys(p) == "approval_timeout ");
}

TEST_CASE("the words of a policy are those of fleet files") {
  CHECK(to_string(batching_mode::strict) == "strict");
  CHECK(to_string(batching_mode::sliding) == "sliding");
  CHECK(to_string(rollback_scope::none) == "none");
  CHECK(to_string(rollback_scope::failed) == "failed");
  CHECK(to_string(rollback_scope::all) == "all");
  CHECK(to_string(checkpoint_approval::none) == "none");
  CHECK(to_string(checkpoint_approval::manual) == "manual");
  CHECK(to_string(checkpoint_approval::command) == "command");
  CHECK(to_string(rejection::cancel) == "cancel");
  CHECK(to_string(rejection::roll_back) == "roll_back");
}
