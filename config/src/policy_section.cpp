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

void read_approval(table_reader& reader, engine::checkpoint_approval& out) {
  reader.read("approval", out,
              {{"none", engine::checkpoint_approval::none},
               {"manual", engine::checkpoint_approval::manual},
               {"command", engine::checkpoint_approval::command}});
}

// `usual` is what holds for those without a word of their own.
std::optional<engine::checkpoint> read_checkpoint(const node& item,
                                                  const engine::checkpoint& usual,
                                                  table_reader& rolling) {
  auto result = usual;
  if (item.type == node::kind::integer) {
    if (item.integer >= 1 && item.integer <= 100) {
      result.percent = static_cast<int>(item.integer);
      return result;
    }
    rolling.report(item.at, "a checkpoint is at " + std::to_string(item.integer)
                              + " %; it must be from 1 to 100");
    return std::nullopt;
  }
  if (!item.is_table()) {
    rolling.report_kind(item, "checkpoints",
                        "an array of percents or of tables such as { percent = 25, "
                        "bake = \"10m\", approval = \"manual\" }");
    return std::nullopt;
  }
  table_reader reader(&item, item.at, rolling.sink());
  reader.require("percent", "; it says where the checkpoint is: percent = 25");
  const bool known = reader.read("percent", result.percent, 1, 100);
  reader.read("bake", result.bake, length_range{});
  read_approval(reader, result.approval);
  reader.finish();
  return known ? std::optional(result) : std::nullopt;
}

void read_checkpoints(table_reader& rolling, engine::rolling_policy& out) {
  engine::checkpoint usual;
  rolling.read("bake", usual.bake, length_range{});
  read_approval(rolling, usual.approval);
  rolling.read("on_rejection", out.on_rejection,
               {{"cancel", engine::rejection::cancel},
                {"roll_back", engine::rejection::roll_back}});
  rolling.read("approval_timeout", out.approval_timeout, length_range{});
  const auto* found = rolling.find("checkpoints");
  if (found == nullptr) {
    for (const auto* key : {"bake", "approval", "on_rejection", "approval_timeout"})
      if (rolling.given(key))
        rolling.report(rolling.position_of(key),
                       std::string(key)
                         + " belongs to checkpoints, and there are none; add "
                           "checkpoints = [25, 100] or leave it out");
    return;
  }
  if (found->value.type != node::kind::list) {
    rolling.report_kind(found->value, "checkpoints", "an array such as [5, 25, 100]");
    return;
  }
  for (const auto& item : found->value.items)
    if (const auto x = read_checkpoint(item, usual, rolling))
      out.checkpoints.push_back(*x);
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
  rolling.read("batching", x.batching,
               {{"strict", engine::batching_mode::strict},
                {"sliding", engine::batching_mode::sliding}});
  rolling.read("rollback", x.rollback,
               {{"none", engine::rollback_scope::none},
                {"failed", engine::rollback_scope::failed},
                {"all", engine::rollback_scope::all}});
  read_checkpoints(rolling, x);
  rolling.finish();
  return x;
}

} // namespace

engine::upgrade_policy read_policy(table_reader& root, const node& tree,
                                   engine::compatibility limits,
                                   engine::automatic_os_upgrade& os_upgrade) {
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
  os_upgrade = read_os_upgrade(policy.table("automatic_os_upgrade"));
  policy.finish();
  if (!result.rolling.checkpoints.empty()
      && result.mode != engine::upgrade_mode::rolling)
    root.report(locate(tree, "upgrade_policy.rolling.checkpoints"),
                "checkpoints are reached by rolling upgrades only; set "
                "upgrade_policy.mode = \"rolling\" or leave them out");
  for (const auto& problem : engine::validate_policy(result.rolling, limits))
    root.sink().add(locate(tree, "upgrade_policy.rolling." + problem.key),
                    problem.text
                      + std::string(problem.code.empty() ? whose_limits(limits) : ""),
                    problem.code);
  return result;
}

} // namespace drydock::config
