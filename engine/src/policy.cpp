// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/policy.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

namespace {

using namespace std::chrono_literals;

/// A length of time in the largest unit that leaves no fraction.
std::string duration_text(duration d) {
  if (d % 1s == 0ns)
    return std::to_string(d / 1s) + "s";
  if (d % 1ms == 0ns)
    return std::to_string(d / 1ms) + "ms";
  return std::to_string(d.count()) + "ns";
}

class problem_list {
public:
  void percent(std::string_view key, int x, int least) {
    if (!in_range(x, least))
      add(key, std::to_string(x), "from " + std::to_string(least) + " to 100");
  }

  void not_negative(std::string_view key, duration x) {
    if (x < duration::zero())
      add(key, duration_text(x), "0s or more");
  }

  void positive(std::string_view key, duration x) {
    if (x <= duration::zero())
      add(key, duration_text(x), "more than 0s");
  }

  void refuse(std::string_view key, std::string text) {
    problems_.push_back({std::string(key), {}, std::move(text)});
  }

  /// Azure refuses a batch that could by itself use up the allowance. A value
  /// out of its range is reported as such only.
  void batch_within_allowance(const rolling_policy& p, int least) {
    const int batch = p.max_batch_instance_percent;
    const int unhealthy = p.max_unhealthy_instance_percent;
    if (batch <= unhealthy || !in_range(batch, least) || !in_range(unhealthy, least))
      return;
    problems_.push_back({"max_batch_instance_percent", "OperationNotAllowed",
                         "max_batch_instance_percent is " + std::to_string(batch)
                           + "; in azure compatibility it must not be more than "
                             "max_unhealthy_instance_percent, which is "
                           + std::to_string(unhealthy)});
  }

  std::vector<policy_problem> take() { return std::move(problems_); }

private:
  static bool in_range(int x, int least) { return x >= least && x <= 100; }

  void add(std::string_view key, const std::string& given, const std::string& range) {
    std::string text(key);
    text += " is " + given + "; it must be " + range;
    problems_.push_back({std::string(key), {}, std::move(text)});
  }

  std::vector<policy_problem> problems_;
};

void check_checkpoints(const rolling_policy& p, problem_list& problems) {
  auto least = 1;
  for (const auto& c : p.checkpoints) {
    problems.percent("checkpoints", c.percent, 1);
    problems.not_negative("bake", c.bake);
    if (c.percent < least && c.percent >= 1)
      problems.refuse("checkpoints", "checkpoints must ascend; "
                                       + std::to_string(c.percent) + " comes after "
                                       + std::to_string(least - 1));
    least = c.percent + 1;
  }
}

/// The longest length there is instead of one that is longer.
duration times(duration x, std::int64_t n) {
  return n > 0 && x > duration::max() / n ? duration::max() : x * n;
}

/// From the first of N equal answers to the last, at the least.
duration counting_time(const health_source& x) {
  return times(x.interval, std::int64_t{std::max(x.number_of_probes, 1U)} - 1);
}

bool has_grace(const health_source& x) {
  return x.kind == health_kind::rich_extension && x.grace_period > 0s;
}

/// From the end of an action after which health starts afresh to when it may be
/// healthy, at the least; 0: in time, whatever the timeout.
duration least_wait(const health_source& x) {
  const auto counting = counting_time(x);
  if (!has_grace(x))
    return counting;
  if (counting < x.grace_period) // for which an instance is waited for anyway
    return 0s;
  // Its end wins against the last good answer, and is seen by an answer that counts for
  // nothing; then they count from one again.
  const auto seen = std::max(x.interval, x.grace_period);
  return counting > duration::max() - seen ? duration::max() : seen + counting;
}

/// `number_of_probes = 40 at an interval of 10s`.
std::string rhythm_text(const health_source& x) {
  return (x.kind == health_kind::load_balancer ? "probe_threshold = "
                                               : "number_of_probes = ")
         + std::to_string(x.number_of_probes) + " at an interval of "
         + duration_text(x.interval);
}

std::string or_quicker(const health_source& x) {
  return std::string(" or lower ")
         + (x.kind == health_kind::load_balancer ? "probe_threshold"
                                                 : "number_of_probes")
         + " or interval";
}

/// max(1, floor(whole × percent / 100)), lowered to `ceiling` unless that is 0.
std::uint32_t resolve(std::uint64_t whole, int percent, std::uint32_t ceiling) {
  constexpr std::uint64_t highest = UINT32_MAX;
  const auto share = static_cast<std::uint64_t>(std::clamp(percent, 0, 100));
  // Split at the hundreds so that no fleet size overflows.
  const auto part = whole / 100 * share + whole % 100 * share / 100;
  const auto bounded = std::clamp<std::uint64_t>(part, 1, highest);
  return static_cast<std::uint32_t>(
    ceiling == 0 ? bounded : std::min<std::uint64_t>(bounded, ceiling));
}

} // namespace

std::string_view to_string(upgrade_mode x) {
  switch (x) {
  case upgrade_mode::manual:
    return "Manual";
  case upgrade_mode::automatic:
    return "Automatic";
  case upgrade_mode::rolling:
    break;
  }
  return "Rolling";
}

std::string_view to_string(orchestration_mode x) {
  return x == orchestration_mode::flexible ? "flexible" : "uniform";
}

std::string_view to_string(batching_mode x) {
  return x == batching_mode::strict ? "strict" : "sliding";
}

std::string_view to_string(rollback_scope x) {
  switch (x) {
  case rollback_scope::none:
    return "none";
  case rollback_scope::failed:
    return "failed";
  case rollback_scope::all:
    break;
  }
  return "all";
}

std::string_view to_string(checkpoint_approval x) {
  switch (x) {
  case checkpoint_approval::none:
    return "none";
  case checkpoint_approval::manual:
    return "manual";
  case checkpoint_approval::command:
    break;
  }
  return "command";
}

std::string_view to_string(rejection x) {
  return x == rejection::cancel ? "cancel" : "roll_back";
}

rollback_scope rollback_on_breach(const rolling_policy& p) {
  return p.rollback_failed_instances_on_policy_breach ? rollback_scope::failed
                                                      : p.rollback;
}

std::vector<policy_problem> validate_policy(const rolling_policy& p,
                                            compatibility limits) {
  const bool azure = limits == compatibility::azure;
  const int least = azure ? 5 : 1;
  problem_list problems;
  problems.percent("max_batch_instance_percent", p.max_batch_instance_percent, least);
  if (azure)
    problems.batch_within_allowance(p, least);
  problems.percent("max_unhealthy_instance_percent", p.max_unhealthy_instance_percent,
                   least);
  problems.percent("max_unhealthy_upgraded_instance_percent",
                   p.max_unhealthy_upgraded_instance_percent, 0);
  problems.not_negative("pause_time_between_batches", p.pause_time_between_batches);
  problems.not_negative("min_ready", p.min_ready);
  problems.positive("health_timeout", p.health_timeout);
  problems.positive("progress_deadline", p.progress_deadline);
  problems.not_negative("approval_timeout", p.approval_timeout);
  check_checkpoints(p, problems);
  if (p.batching == batching_mode::sliding && p.pause_time_between_batches > 0s)
    problems.refuse("pause_time_between_batches",
                    "sliding batches have no pause between them; leave "
                    "pause_time_between_batches out, or use checkpoints with a bake");
  if (p.rollback_failed_instances_on_policy_breach
      && p.rollback != rollback_scope::none)
    problems.refuse("rollback",
                    "rollback and rollback_failed_instances_on_policy_breach say the "
                    "same thing twice; keep rollback and leave the other out");
  return problems.take();
}

std::vector<policy_problem> validate_rhythm(const upgrade_policy& p,
                                            const health_source& health,
                                            const rhythm_use& use) {
  problem_list problems;
  if (health.kind == health_kind::none || health.interval <= 0s)
    return problems.take();
  const auto& limits = p.rolling;
  const auto rolling = p.mode == upgrade_mode::rolling;
  const auto upgrades = use.action != apply_class::none;
  const auto afresh = use.action >= apply_class::restart || use.scales_out
                      || (upgrades && rolling && limits.max_surge);
  const auto wait = least_wait(health);
  if (afresh && limits.health_timeout > 0s && wait > limits.health_timeout)
    problems.refuse(
      "health_timeout",
      "no instance can be healthy in time after its action: " + rhythm_text(health)
        + " take " + duration_text(wait) + " at least, and health_timeout is "
        + duration_text(limits.health_timeout) + "; raise health_timeout"
        + (has_grace(health)
             ? ", or grace_period above " + duration_text(counting_time(health)) + ","
             : std::string())
        + or_quicker(health));
  // Whoever is new is settled where its grace period ends, too.
  const auto settling = use.begins_afresh && has_grace(health)
                          ? std::min(counting_time(health), health.grace_period)
                          : counting_time(health);
  if (rolling && (upgrades || use.scales_out || use.scales_in)
      && limits.progress_deadline > 0s && settling > limits.progress_deadline)
    problems.refuse("progress_deadline",
                    "the first check can never be made: " + rhythm_text(health)
                      + " take " + duration_text(settling)
                      + " at least to settle health, and progress_deadline is "
                      + duration_text(limits.progress_deadline)
                      + "; raise progress_deadline" + or_quicker(health));
  return problems.take();
}

rollout_limits resolve_limits(const rolling_policy& p, std::size_t instances) {
  return {
    resolve(instances, p.max_batch_instance_percent, p.max_batch_instances),
    resolve(instances, p.max_unhealthy_instance_percent, p.max_unhealthy_instances)};
}

} // namespace drydock::inline v1::engine
