// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/time.hpp"

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
  duration backoff_initial = std::chrono::seconds(1);
  duration backoff_max = std::chrono::minutes(1);
  /// Of one attempt; 0: none.
  duration timeout = std::chrono::minutes(10);
};

/// A distribution of lengths of time.
struct duration_distribution {
  enum class shape : std::uint8_t {
    fixed,
    normal,
    uniform,
    lognormal,
    exponential,
    quantiles
  };
  shape kind = shape::fixed;
  /// fixed: the value; normal, exponential: mean; uniform: least; lognormal: median.
  duration first{0};
  /// normal: standard deviation; uniform: greatest.
  duration second{0};
  /// lognormal: sigma.
  double sigma = 0.0;
  /// quantiles: at least two lengths, ascending, at evenly spaced probabilities
  /// from 0 to 1; between them the line is straight.
  std::vector<duration> points = {};
};

/// An exact fault of a named instance.
struct simulated_fault {
  enum class action_fate : std::uint8_t { succeed, fail, hang };
  std::string instance = {};
  /// Its table stands here in the file, for messages; 0: it is not from the file.
  std::size_t line = 0;
  health_state health = health_state::healthy;
  action_fate action = action_fate::succeed;
  health_state health_after = health_state::healthy;
  std::optional<duration> recovers_after = {};
  std::optional<std::int64_t> phase = {};
  bool skip_upgrade = false;
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
  duration_distribution length = {};
};

/// An image that is bad on every instance it reaches, in some of the runs.
struct bad_image {
  /// That the image of a run is bad.
  double probability = 0.0;
  /// The share of upgraded instances that then never turn healthy.
  double unhealthy = 1.0;
};

/// `[driver.simulated]`.
struct simulated_spec {
  std::uint64_t seed = 1;
  bool virtual_clock = true;
  /// Of one attempt; 0: none.
  duration timeout{0};
  /// Indexed by `apply_class`; none is unused.
  duration_distribution durations[5] = {};
  /// From the end of an action to the first healthy answer.
  duration_distribution boot = {};
  double action_failure = 0.0;
  double transient_failure = 0.0;
  double unhealthy_after_upgrade = 0.0;
  std::vector<simulated_fault> faults = {};

  // What only a rehearsal sets.
  /// But for its timeout, which is the one above.
  retry_policy retry = {};
  /// Actions and hooks at the same time; 0: no bound.
  std::uint32_t max_parallel = 0;
  /// Nothing: there is no such hook.
  std::optional<duration_distribution> before_instance = {};
  std::optional<duration_distribution> after_instance = {};
  background_failures background = {};
  std::vector<zone_outage> outages = {};
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

/// `[driver.command]`. Commands run without a shell, in `directory`.
struct command_spec {
  /// The fleet file's folder.
  std::string directory = {};
  /// Where each action's output goes: `FILE.logs`.
  std::string log_directory = {};
  /// Indexed by `apply_class`; none is unused.
  command_template actions[5] = {};
  command_template inspect = {};
  std::string inspect_expect = {};
  command_template setup = {};
  command_template teardown = {};
  command_template before_instance = {};
  command_template after_instance = {};
  retry_policy retry = {};
  std::uint32_t max_processes = 16;
};

using driver_spec = std::variant<simulated_spec, command_spec>;

} // namespace drydock::inline v1::engine
