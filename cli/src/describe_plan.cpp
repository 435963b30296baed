// SPDX-License-Identifier: Apache-2.0
#include "scale_text.hpp"
#include "text.hpp"
#include "views.hpp"

#include <algorithm>

namespace drydock::cli {

using namespace engine;

namespace {

constexpr std::size_t names_max = 8;

std::string percent_or(int percent, const char* ceiling, std::uint32_t value,
                       bool lowered) {
  return lowered ? std::string(ceiling) + " = " + std::to_string(value)
                 : std::to_string(percent) + " %";
}

std::string rolling_limits(const rolling_policy& p, std::size_t total) {
  const auto limits = resolve_limits(p, total);
  auto without = p;
  without.max_batch_instances = without.max_unhealthy_instances = 0;
  const auto percents = resolve_limits(without, total);
  auto text =
    "limits for " + count_of_instances(total) + ": at most "
    + std::to_string(limits.batch_instances_max) + " in a batch ("
    + percent_or(p.max_batch_instance_percent, "max_batch_instances",
                 p.max_batch_instances,
                 limits.batch_instances_max < percents.batch_instances_max)
    + "), at most " + std::to_string(limits.unavailable_instances_max)
    + " unavailable ("
    + percent_or(p.max_unhealthy_instance_percent, "max_unhealthy_instances",
                 p.max_unhealthy_instances,
                 limits.unavailable_instances_max < percents.unavailable_instances_max)
    + "), at most " + std::to_string(p.max_unhealthy_upgraded_instance_percent)
    + " % of the upgraded ones failing";
  if (p.pause_time_between_batches > duration{0})
    text +=
      ", a pause of " + seconds_text(p.pause_time_between_batches) + " between batches";
  if (p.batching == batching_mode::sliding)
    text += "; whoever settles makes room for the next";
  text += '\n';
  // Who is replaced serves meanwhile, so that a batch of replacements is bound by the
  // first limit alone.
  if (!p.max_surge && p.max_batch_instance_percent > p.max_unhealthy_instance_percent)
    text +=
      "max_batch_instance_percent = " + std::to_string(p.max_batch_instance_percent)
      + " is above max_unhealthy_instance_percent = "
      + std::to_string(p.max_unhealthy_instance_percent) + ": no batch has more than "
      + std::to_string(limits.unavailable_instances_max) + " healthy instances\n";
  return text;
}

std::string limits_of(const upgrade_plan& plan, const upgrade_policy& policy,
                      std::size_t total) {
  switch (plan.mode) {
  case upgrade_mode::rolling:
    return rolling_limits(policy.rolling, total);
  case upgrade_mode::automatic:
    return (policy.max_parallel == 0
              ? std::string("all at once")
              : "at most " + std::to_string(policy.max_parallel) + " at a time")
           + "; failures do not stop an automatic upgrade\n";
  case upgrade_mode::manual:
    break;
  }
  return "all that are named at once; failures do not stop a manual upgrade\n";
}

std::string reason_of(const told::batch_started& batch, const upgrade_policy& policy,
                      const fleet& instances) {
  if (batch.bound == batch_bound::shared_budget)
    return "as many as the shared budget leaves it";
  if (batch.limits == rollout_limits{0, 0})
    return batch.bound == batch_bound::group
             ? "all at once"
             : std::to_string(policy.max_parallel) + " at a time";
  switch (batch.bound) {
  case batch_bound::batch_instances:
    return "full batch";
  case batch_bound::unavailable_instances:
    return "as many as may be unavailable"
           + (batch.unavailable > 0
                ? ", beside the " + std::to_string(batch.unavailable)
                    + " that are already"
                : std::string());
  case batch_bound::checkpoint:
    return "up to the next checkpoint";
  case batch_bound::shared_budget:
  case batch_bound::group:
    break;
  }
  std::string text = "all that are left";
  if (batch.place.update_domain != fleet::no_update_domain)
    text += " of this update domain";
  else if (batch.place.zone != fleet::no_zone && instances.zones().size() > 1)
    text += " of this zone";
  else if (batch.place.phase != custom_metrics::no_phase)
    text += " of this phase";
  return policy.rolling.prioritize_unhealthy_instances ? text + " in the same health"
                                                       : text;
}

std::string padded(std::string text, std::size_t width) {
  const auto have = columns(text);
  return have < width ? text.append(width - have, ' ') : text;
}

std::string right(std::size_t number, std::size_t width) {
  const auto text = std::to_string(number);
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string checkpoint_line(const checkpoint& x) {
  auto text = "checkpoint " + std::to_string(x.percent) + " %";
  if (x.bake > duration{0})
    text += ", which bakes " + seconds_text(x.bake);
  if (x.approval == checkpoint_approval::manual)
    text += ", then waits for drydock approve";
  else if (x.approval == checkpoint_approval::command)
    text += ", then waits for the approve command";
  return text + '\n';
}

std::string batch_lines(const upgrade_plan& plan, const upgrade_policy& policy,
                        const fleet& instances) {
  std::size_t place_width = 0;
  std::size_t most = 0;
  for (const auto& batch : plan.batches) {
    place_width =
      std::max(place_width, columns(describe_place(batch.place, instances)));
    most = std::max(most, batch.instances.size());
  }
  const auto number_width = std::to_string(plan.batches.size()).size();
  const auto count_width = std::to_string(most).size();
  std::string text;
  for (const auto& batch : plan.batches) {
    text += "batch " + right(batch.batch, number_width) + "  ";
    if (place_width > 0)
      text += padded(describe_place(batch.place, instances), place_width) + "  ";
    const auto size = batch.instances.size();
    text += right(size, count_width) + (size == 1 ? " instance:  " : " instances: ")
            + name_instances(batch.instances, size, instances, names_max) + " ("
            + reason_of(batch, policy, instances)
            + (batch.surge ? ", each replaced by a new one" : "") + ")\n";
    for (const auto& stop : plan.checkpoints)
      if (stop.after_batch == batch.batch)
        text += checkpoint_line(stop.at);
  }
  return text;
}

std::string skipped_line(const upgrade_plan& plan, const fleet& instances) {
  if (plan.skipped.empty())
    return {};
  std::string text = "skipped: ";
  const auto shown = std::min(names_max, plan.skipped.size());
  for (std::size_t i = 0; i < shown; ++i)
    text += (i > 0 ? ", " : "") + printable(instances.id(plan.skipped[i].instance))
            + " (" + std::string(to_string(plan.skipped[i].reason)) + ")";
  if (plan.skipped.size() > shown)
    text += " and " + std::to_string(plan.skipped.size() - shown) + " more";
  return text + '\n';
}

std::string left_line(const upgrade_plan& plan) {
  if (plan.left_pending == 0)
    return {};
  const auto count = count_of_instances(plan.left_pending);
  const auto stays = std::string(plan.left_pending == 1 ? "stays" : "stay");
  if (plan.mode != upgrade_mode::manual)
    return "left as they are: " + count + '\n';
  return plan.batches.empty()
           ? "nobody is named: " + count + ' ' + stays
               + " as before; name some with --instances, or all with "
                 "--instances '*'\n"
           : "not named: " + count + ' ' + stays + " as before\n";
}

std::string blocked_line(const upgrade_plan& plan, const fleet& instances) {
  if (!plan.blocked)
    return {};
  const auto& x = *plan.blocked;
  const auto names =
    name_instances(x.instances, x.instances.size(), instances, names_max);
  return "blocked: "
         + (plan.batches.empty()
              ? std::string("before the first batch")
              : "after batch " + std::to_string(plan.batches.back().batch))
         + " the upgrade would end with " + x.code
         + (x.message.empty() ? "" : ": " + with_indented_tail(x.message))
         + (names.empty() ? "" : " (" + names + ")") + '\n';
}

/// Who is deleted at all hears of it.
std::string notice_line(const upgrade_plan& plan) {
  const auto deletes =
    (plan.scaling && !plan.scaling->leaving.empty())
    || std::any_of(plan.batches.begin(), plan.batches.end(),
                   [](const told::batch_started& batch) { return batch.surge; });
  if (!plan.terminate_delay || !deletes)
    return {};
  return "who is deleted is told so " + seconds_text(*plan.terminate_delay)
         + " before, and may agree at once\n";
}

/// The capacity changes first, and so the limits are those of the set as it is then.
std::size_t size_in_batches(const upgrade_plan& plan, const fleet& instances) {
  return plan.scaling ? plan.scaling->capacity : instances.size();
}

std::string_view mode_name(upgrade_mode x) {
  switch (x) {
  case upgrade_mode::manual:
    return "manual";
  case upgrade_mode::automatic:
    return "automatic";
  case upgrade_mode::rolling:
    break;
  }
  return "rolling";
}

} // namespace

std::string describe(const repair_policy& x) {
  if (!x.enabled)
    return {};
  return "repairs: whoever falls ill is repaired (" + std::string(to_string(x.action))
         + "), " + seconds_text(x.grace_period)
         + " after its last change at the earliest, 5 % of the set at once at most\n";
}

std::string describe(const upgrade_plan& plan, const upgrade_policy& policy,
                     const view_context& context, scale_in_rule rule) {
  const auto& instances = *context.instances;
  auto text = "plan for " + printable(context.scale_set) + ": "
              + std::string(mode_name(plan.mode)) + ", "
              + std::string(to_string(plan.action)) + '\n';
  text += scaling_lines(plan, instances, rule);
  if (plan.action == apply_class::none && plan.scaling)
    return text + notice_line(plan);
  if (plan.action == apply_class::none)
    return text + "the change touches no instance: all "
           + std::to_string(instances.size()) + " count as up to date\n";
  text += limits_of(plan, policy, size_in_batches(plan, instances));
  text += batch_lines(plan, policy, instances);
  if (plan.batches.empty() && plan.left_pending == 0 && !plan.blocked)
    text += "nothing to do: no instance lags behind the latest model\n";
  text += skipped_line(plan, instances);
  if (!plan.up_to_date.empty())
    text +=
      "already on the latest model: " + count_of_instances(plan.up_to_date.size())
      + ": "
      + name_instances(plan.up_to_date, plan.up_to_date.size(), instances, names_max)
      + '\n';
  text += left_line(plan);
  text += notice_line(plan);
  text += blocked_line(plan, instances);
  return text;
}

} // namespace drydock::cli
