// SPDX-License-Identifier: Apache-2.0
#include "sections.hpp"

namespace drydock::config {
namespace {

constexpr std::int64_t count_max = std::numeric_limits<std::uint32_t>::max();

// Read with the range of an int; validate_policy knows the narrower one.
void read_percent(table_reader& rolling, std::string_view key, int& out) {
  const auto* found = rolling.find(key);
  const bool fits = found == nullptr || found->value.type != node::kind::integer
                    || (found->value.integer >= std::numeric_limits<int>::min()
                        && found->value.integer <= std::numeric_limits<int>::max());
  if (fits)
    rolling.read(key, out, std::numeric_limits<int>::min(),
                 std::numeric_limits<int>::max());
  else
    rolling.read(key, out, 0, 100);
}

engine::rolling_policy read_rolling(table_reader rolling) {
  engine::rolling_policy x;
  read_percent(rolling, "max_batch_instance_percent", x.max_batch_instance_percent);
  read_percent(rolling, "max_unhealthy_instance_percent",
               x.max_unhealthy_instance_percent);
  read_percent(rolling, "max_unhealthy_upgraded_instance_percent",
               x.max_unhealthy_upgraded_instance_percent);
  const length_range any;
  rolling.read("pause_time_between_batches", x.pause_time_between_batches, any);
  rolling.read("prioritize_unhealthy_instances", x.prioritize_unhealthy_instances);
  rolling.read("enable_cross_zone_upgrade", x.enable_cross_zone_upgrade);
  rolling.read("max_surge", x.max_surge);
  rolling.read("rollback_failed_instances_on_policy_breach",
               x.rollback_failed_instances_on_policy_breach);
  rolling.read("max_batch_instances", x.max_batch_instances, 0, count_max);
  rolling.read("max_unhealthy_instances", x.max_unhealthy_instances, 0, count_max);
  rolling.read("min_ready", x.min_ready, any);
  rolling.read("health_timeout", x.health_timeout, any);
  rolling.read("progress_deadline", x.progress_deadline, any);
  rolling.read("ignore_unhealthy_before_start", x.ignore_unhealthy_before_start);
  rolling.finish();
  return x;
}

} // namespace

engine::upgrade_policy read_policy(table_reader& root, const node& tree,
                                   engine::compatibility limits) {
  auto policy = root.table("upgrade_policy");
  engine::upgrade_policy result;
  policy.read("mode", result.mode,
              {{"manual", engine::upgrade_mode::manual},
               {"automatic", engine::upgrade_mode::automatic},
               {"rolling", engine::upgrade_mode::rolling}});
  result.rolling = read_rolling(policy.table("rolling"));
  auto automatic = policy.table("automatic");
  automatic.read("max_parallel", result.max_parallel, 0, count_max);
  automatic.finish();
  policy.finish();
  for (const auto& problem : engine::validate_policy(result.rolling, limits))
    root.sink().add(locate(tree, "upgrade_policy.rolling." + problem.key),
                    problem.text
                      + std::string(problem.code.empty() ? whose_limits(limits) : ""),
                    problem.code);
  return result;
}

} // namespace drydock::config
