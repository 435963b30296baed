// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/attendant_spec.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/image_upgrade.hpp"
#include "drydock/engine/time.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace drydock::inline v1::engine {

/// How often and how patiently an action or hook is tried.
struct retry_policy {
  /// Attempts at most, the first included; ≥ 1.
  std::uint32_t max_attempts = 3;
  /// A timeout is tried again too.
  bool retry_timeouts = false;
  /// The longest wait before the second attempt; each further one may be twice as
  /// long. Half of a wait is certain, the rest is drawn at random. ≥ 0.
  duration backoff_initial = std::chrono::seconds(1);
  /// No wait is longer; ≥ `backoff_initial`.
  duration backoff_max = std::chrono::minutes(1);
  /// Of one attempt; 0: none.
  duration timeout = std::chrono::minutes(10);
};

/// A distribution of lengths of time.
struct duration_distribution {
  /// Which distribution.
  enum class shape : std::uint8_t {
    /// Always the same.
    fixed,
    /// The bell curve, cut at 0.
    normal,
    /// All lengths between two are as likely.
    uniform,
    /// Its logarithm is a bell curve: a long tail to the right.
    lognormal,
    /// Without memory.
    exponential,
    /// As measured.
    quantiles,
  };
  /// Says which of the numbers below count.
  shape kind = shape::fixed;
  /// fixed: the value; normal, exponential: mean; uniform: least; lognormal: median.
  duration first{0};
  /// normal: standard deviation; uniform: greatest.
  duration second{0};
  /// lognormal: sigma; 0 to 10.
  double sigma = 0.0;
  /// quantiles: at least two lengths, ascending, at evenly spaced probabilities
  /// from 0 to 1; between them the line is straight.
  std::vector<duration> points = {};
};

/// An exact fault of a named instance.
struct simulated_fault {
  /// What becomes of its upgrade.
  enum class action_fate : std::uint8_t {
    /// It is done after its duration.
    succeed,
    /// It fails for good after its duration.
    fail,
    /// It lasts until its timeout.
    hang,
  };
  /// The id of an instance.
  std::string instance = {};
  /// Its table stands here in the file, for messages; 0: it is not from the file.
  std::size_t line = 0;
  /// At the start; `initializing` does not answer until it recovers.
  health_state health = health_state::healthy;
  /// Rollbacks succeed whatever this says.
  action_fate action = action_fate::succeed;
  /// What it answers after its upgrade.
  health_state health_after = health_state::healthy;
  /// From the first probe, for `health`; from the end of the action, for
  /// `health_after`. Nothing: never.
  std::optional<duration> recovers_after = {};
  /// Metric `PhaseOrderingNumber`.
  std::optional<std::int64_t> phase = {};
  /// Metric `SkipUpgrade`.
  bool skip_upgrade = false;
  /// From the first probe; it is healthy before that, and of `health` from then on,
  /// unless it was worked on meanwhile. Nothing: it is of `health` from the start.
  std::optional<duration> falls_ill_after = {};
  /// What becomes of its repair, where that restarts or reimages it.
  action_fate repair = action_fate::succeed;
  /// What it answers after that.
  health_state health_after_repair = health_state::healthy;
};

/// Instances that fall ill by themselves, whatever an upgrade does.
struct background_failures {
  /// Of one instance, exponential; 0: none fall ill.
  duration mean_time_to_failure{0};
  /// From falling ill to being well again; nothing: it stays ill until it is
  /// upgraded.
  std::optional<duration_distribution> recovery = {};
};

/// A zone whose instances are all ill for a while.
struct zone_outage {
  /// A position on `fleet::zones()`; nothing: one of them, drawn for each run.
  std::optional<std::uint16_t> zone = {};
  /// That it happens at all in a run.
  double probability = 1.0;
  /// From the start of the run.
  duration_distribution begins = {};
  /// From its beginning to its end.
  duration_distribution length = {};
};

/// An image that is bad on every instance it reaches, in some of the runs.
struct bad_image {
  /// That the image of a run is bad.
  double probability = 0.0;
  /// The share of upgraded instances that then never turn healthy.
  double unhealthy = 1.0;
};

/// What surrounds the upgrade of a simulated fleet.
struct simulated_surroundings {
  /// How long each hook takes, indexed by `upgrade_hook`; nothing: there is no such
  /// hook.
  std::array<std::optional<duration_distribution>, 4> hooks = {};
  /// Hooks that fail.
  std::vector<simulated_hook_fault> hook_faults = {};
  /// From the question to its answer; ≥ 0.
  duration approve_after{0};
  /// False: what is asked is rejected.
  bool approve = true;
  /// Guards that do not hold all the while.
  std::vector<simulated_guard> guards = {};
};

/// Which hooks there are.
[[nodiscard]] upgrade_hooks hooks_of(const simulated_surroundings& x);

/// `[driver.simulated]`: a fleet that exists in memory only. Rates are shares from 0
/// to 1.
struct simulated_spec {
  /// The same seed gives the same lengths and failures.
  std::uint64_t seed = 1;
  /// Which clock the program gives a run of the file.
  bool virtual_clock = true;
  /// Of one attempt; 0: none.
  duration timeout{0};
  /// Indexed by `apply_class`; none is unused.
  std::array<duration_distribution, 5> durations = {};
  /// How long it takes to make an instance; its `boot` comes on top.
  duration_distribution create = {};
  /// How long it takes to delete one.
  duration_distribution remove = {};
  /// How many instances there may be beyond those of the set; nothing: any number.
  std::optional<std::uint32_t> quota = {};
  /// From the end of an action to the first healthy answer.
  duration_distribution boot = {};
  /// Actions that fail for good: one draw an instance.
  double action_failure = 0.0;
  /// Attempts that fail for now: one draw an attempt.
  double transient_failure = 0.0;
  /// Instances that are never healthy after their upgrade: one draw an instance.
  double unhealthy_after_upgrade = 0.0;
  /// One at most for an instance.
  std::vector<simulated_fault> faults = {};
  /// Hooks around the upgrade, approvals, guards.
  simulated_surroundings around = {};
  /// Versions of the image and when they are published; empty: nothing tells which one
  /// `latest` is.
  std::vector<image_release> images = {};

  /// From its terminate notification to an instance's approval; nothing: it never
  /// approves.
  std::optional<duration_distribution> terminate_approval = {};

  // What only a rehearsal sets.
  /// How transient failures are tried again; its timeout is not used, but `timeout`.
  retry_policy retry = {};
  /// Actions and hooks at the same time; 0: no bound.
  std::uint32_t max_parallel = 0;
  /// How long the hook takes; nothing: there is no such hook.
  std::optional<duration_distribution> before_instance = {};
  /// The same for the hook after the action.
  std::optional<duration_distribution> after_instance = {};
  /// Instances that fall ill by themselves.
  background_failures background = {};
  /// Zones that fall ill as a whole.
  std::vector<zone_outage> outages = {};
  /// Images that are bad everywhere.
  bad_image image = {};
};

/// `[rehearsal]`: what a rehearsal takes the fleet to be.
struct rehearsal_spec {
  /// A simulated driver's own numbers, and those of `[rehearsal]` in front of them.
  simulated_spec world = {};
  /// Whether the file says how long anything takes.
  bool known = false;
  /// A run that takes longer is cancelled; 0: after seven days beside its pauses.
  duration time_limit{0};
};

/// argv of one command; empty: there is none.
using command_template = std::vector<std::string>;

/// `[driver.command]`: processes of one's own act. Commands run without a shell, in
/// `directory`.
struct command_spec {
  /// The fleet file's folder.
  std::string directory = {};
  /// Where each action's output goes: `FILE.logs`.
  std::string log_directory = {};
  /// Indexed by `apply_class`; none is unused.
  std::array<command_template, 5> actions = {};
  /// Makes an instance that is to replace another one.
  command_template create = {};
  /// Deletes an instance that was replaced, or that was made and did not do.
  command_template remove = {};
  /// Tells an instance that it is to be deleted; success is its approval.
  command_template terminate_notification = {};
  /// Asks an instance what it runs.
  command_template inspect = {};
  /// The output of `inspect` (trimmed) that means the latest model; may hold
  /// placeholders.
  std::string inspect_expect = {};
  /// Once before the first probe; must return when the fleet answers. For `drydock run`
  /// alone: an engine takes no scale set that has one.
  command_template setup = {};
  /// Once after the upgrade; for `drydock run` alone, too.
  command_template teardown = {};
  /// The hook before an action: drain.
  command_template before_instance = {};
  /// The hook after an action, once the instance is healthy.
  command_template after_instance = {};
  /// Hooks around the upgrade and its batches, and who approves checkpoints.
  upgrade_commands around = {};
  /// Prints which version of the image is the latest one.
  command_template latest_image = {};
  /// Of actions and hooks; its timeout also holds for `inspect`, `setup` and
  /// `teardown`.
  retry_policy retry = {};
  /// Processes at the same time; ≥ 1. Others wait in the order asked for.
  std::uint32_t max_processes = 16;
};

/// What a fleet file says of its driver.
using driver_spec = std::variant<simulated_spec, command_spec>;

/// Which hooks around an upgrade it has.
[[nodiscard]] upgrade_hooks hooks_of(const driver_spec& x);

} // namespace drydock::inline v1::engine
