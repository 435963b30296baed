// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::inline v1::engine {

/// Azure's `upgradePolicy.mode`.
enum class upgrade_mode : std::uint8_t {
  /// Instances are upgraded when they are named.
  manual,
  /// All that lag, at once or `max_parallel` at a time, in no promised order.
  automatic,
  /// In batches, within the limits of `rolling_policy`.
  rolling,
};

/// Azure's `orchestrationMode`.
enum class orchestration_mode : std::uint8_t {
  /// Instances of their own kind; rolling mode needs the health extension.
  flexible,
  /// Identical instances; a load balancer's probe will do for rolling mode.
  uniform,
};

/// Whose limits the policy is held to: drydock's or Azure's narrower ones.
enum class compatibility : std::uint8_t {
  /// drydock's own, wider limits.
  extended,
  /// What Azure would accept.
  azure,
};

/// As Azure writes it: `Rolling`.
[[nodiscard]] std::string_view to_string(upgrade_mode x);
/// As fleet files write it: `flexible`.
[[nodiscard]] std::string_view to_string(orchestration_mode x);

/// When the next instance may follow the one before.
enum class batching_mode : std::uint8_t {
  /// A batch begins when all of the one before have settled.
  strict,
  /// Whoever settles makes room for the next: up to `B` are in hand all the time.
  sliding,
};

/// Who gets the previous model back when an upgrade is given up for a breach.
enum class rollback_scope : std::uint8_t {
  /// Nobody.
  none,
  /// Those that failed.
  failed,
  /// All that the upgrade has attempted.
  all,
};

/// Who lets an upgrade go on that has reached a checkpoint.
enum class checkpoint_approval : std::uint8_t {
  /// Nobody need be asked.
  none,
  /// A person: `drydock approve`.
  manual,
  /// A command of the user.
  command,
};

/// What a checkpoint that was rejected means.
enum class rejection : std::uint8_t {
  /// The upgrade is cancelled.
  cancel,
  /// It has faulted, and all that it attempted get their previous model back.
  roll_back,
};

/// As fleet files write them: `sliding`, `failed`, `manual`, `roll_back`.
///@{
[[nodiscard]] std::string_view to_string(batching_mode x);
[[nodiscard]] std::string_view to_string(rollback_scope x);
[[nodiscard]] std::string_view to_string(checkpoint_approval x);
[[nodiscard]] std::string_view to_string(rejection x);
///@}

/// A share of the set at which an upgrade stops and looks around.
struct checkpoint {
  /// Percent of N that the upgrade has dealt with, or that needed nothing; 1–100.
  int percent = 100;
  /// How long health is judged before it goes on; ≥ 0.
  duration bake{0};
  /// Who must agree, after that.
  checkpoint_approval approval = checkpoint_approval::none;

  friend bool operator==(const checkpoint&, const checkpoint&) = default;
};

/// Azure's `rollingUpgradePolicy` and drydock's additions; the defaults here
/// are the defaults of the fleet file.
struct rolling_policy {
  /// Percent of N in one batch; 1–100 (azure: 5–100).
  int max_batch_instance_percent = 20;
  /// Percent of N that may be unhealthy; 1–100 (azure: 5–100).
  int max_unhealthy_instance_percent = 20;
  /// Percent of the attempted instances that may be failing; 0–100.
  int max_unhealthy_upgraded_instance_percent = 20;
  /// Rest between two batches; ≥ 0.
  duration pause_time_between_batches{0};
  /// Unhealthy candidates before healthy ones, never both in one batch.
  bool prioritize_unhealthy_instances = false;
  /// One batch may span zones.
  bool enable_cross_zone_upgrade = false;
  /// Replace instead of upgrading in place; needs a driver that can create.
  bool max_surge = false;
  /// Failed instances get the previous model back when a percentage is breached.
  bool rollback_failed_instances_on_policy_breach = false;
  /// Absolute ceiling of a batch; 0: none.
  std::uint32_t max_batch_instances = 0;
  /// Absolute ceiling of unhealthy instances; 0: none.
  std::uint32_t max_unhealthy_instances = 0;
  /// How long committed health must last before an instance has succeeded.
  duration min_ready{0};
  /// How long after its action an instance may take to be healthy.
  duration health_timeout = std::chrono::minutes(5);
  /// How long the upgrade may stand still.
  duration progress_deadline = std::chrono::minutes(30);
  /// No check while a pending instance is unhealthy.
  bool ignore_unhealthy_before_start = false;
  /// Sliding batches have no pause between them.
  batching_mode batching = batching_mode::strict;
  /// On a breach; not together with `rollback_failed_instances_on_policy_breach`,
  /// which is Azure's name for `failed`.
  rollback_scope rollback = rollback_scope::none;
  /// Ascending by percent.
  std::vector<checkpoint> checkpoints = {};
  /// What a checkpoint that was rejected means.
  rejection on_rejection = rejection::cancel;
  /// How long an approval may take before the checkpoint counts as rejected; 0: for
  /// ever.
  duration approval_timeout{0};
};

/// Who gets the previous model back on a breach, by whichever name it was asked for.
[[nodiscard]] rollback_scope rollback_on_breach(const rolling_policy& p);

/// Azure's `upgradePolicy`.
struct upgrade_policy {
  /// Who is upgraded, and when.
  upgrade_mode mode = upgrade_mode::manual;
  /// Limits of rolling mode; `min_ready` and `health_timeout` hold in every mode.
  rolling_policy rolling = {};
  /// Automatic mode: how many instances at once; 0: no bound.
  std::uint32_t max_parallel = 0;
};

/// One value that is out of its range, or at odds with another one.
struct policy_problem {
  /// The key, as in the fleet file: `max_batch_instance_percent`.
  std::string key = {};
  /// Azure's code for a refusal; empty for a value out of range.
  std::string code = {};
  /// A sentence that names the value and the limit.
  std::string text = {};
};

/// Every problem of a rolling policy under the given limits, in the order of
/// the fields.
[[nodiscard]] std::vector<policy_problem> validate_policy(const rolling_policy& p,
                                                          compatibility limits);

/// What an upgrade asks of health, as far as `validate_rhythm` goes by it.
struct rhythm_use {
  /// Of the change.
  apply_class action = apply_class::none;
  /// Instances are made for a larger capacity.
  bool scales_out = false;
  /// Instances are deleted for a smaller one.
  bool scales_in = false;
  /// Instances may be new where the upgrade begins, as those of simulated fleets may
  /// be.
  bool begins_afresh = false;
};

/// What can never come to a good end, as probes are too few and far between: health
/// that starts afresh after an action, and counts later than `health_timeout` allows
/// whatever the probes say, in any mode; and a first check of rolling mode that
/// `progress_deadline` is over before. What could work at all is no problem: N probes
/// take N - 1 intervals, and a length of time is over just after its instant
/// (docs/semantics.md, 4.2.1, 4.4.6, 4.5.6, 6.1).
[[nodiscard]] std::vector<policy_problem> validate_rhythm(const upgrade_policy& p,
                                                          const health_source& health,
                                                          const rhythm_use& use);

/// What the percentages come to for a set of N instances.
struct rollout_limits {
  /// `B`: members of a batch at most; ≥ 1.
  std::uint32_t batch_instances_max = 1;
  /// `U`: unavailable instances at most; ≥ 1.
  std::uint32_t unavailable_instances_max = 1;

  friend bool operator==(const rollout_limits&, const rollout_limits&) = default;
};

/// Turns percentages into counts, in the one place that does: rounded down,
/// never below 1, then lowered to the absolute ceilings where those are set.
/// 7 instances at 20 % give 1; 10 give 2; 3 give 1.
[[nodiscard]] rollout_limits resolve_limits(const rolling_policy& p,
                                            std::size_t instances);

/// Whether `part × 100 > percent × whole`: exact, and strictly greater, so that
/// 2 of 10 do not exceed 20 %.
[[nodiscard]] constexpr bool exceeds_percent(std::uint64_t part, int percent,
                                             std::uint64_t whole) {
  return part * 100 > static_cast<std::uint64_t>(percent) * whole;
}

} // namespace drydock::inline v1::engine
