// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/batch.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/policy.hpp"
#include "drydock/engine/step.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace drydock::inline v1::engine {

/// Azure's `runningStatus.code`.
enum class upgrade_status : std::uint8_t {
  rolling_forward,
  completed,
  faulted,
  cancelled
};

[[nodiscard]] std::string_view to_string(upgrade_status x); // "RollingForward"

/// Azure's progress counters and the skipped ones.
struct upgrade_progress {
  std::uint32_t successful = 0;
  std::uint32_t failed = 0;
  std::uint32_t in_progress = 0;
  std::uint32_t pending = 0;
  std::uint32_t skipped = 0;

  friend bool operator==(const upgrade_progress&, const upgrade_progress&) = default;
};

/// Why an upgrade faulted, was cancelled, or what failed on the way.
struct upgrade_error {
  struct detail {
    std::string code;
    std::string message;
    instance_index instance = 0;
  };
  /// Azure's code; empty: there is no error.
  std::string code;
  std::string message;
  std::vector<detail> details;
};

enum class skip_reason : std::uint8_t { is_protected, skip_upgrade };
[[nodiscard]] std::string_view to_string(skip_reason x); // "protected"

enum class check_kind : std::uint8_t { before_batch, after_batch };

enum class wait_reason : std::uint8_t {
  /// Health is not settled everywhere yet; the first check waits.
  settling_health,
  /// The allowance of unavailable instances is used up.
  unavailable_instances,
  /// Every candidate that could go is initializing.
  initializing_candidates,
  /// `pause_time_between_batches`.
  pause,
};
[[nodiscard]] std::string_view to_string(wait_reason x);

/// What an upgrade tells the world, in order. docs/interface.md lists the fields
/// as they appear in an events file.
namespace told {

struct upgrade_started {
  upgrade_mode mode = upgrade_mode::manual;
  std::uint32_t total = 0;
  std::uint32_t pending = 0;
  std::uint32_t up_to_date = 0;
  std::uint32_t skipped = 0;
  apply_class action = apply_class::none;
};
struct instance_skipped {
  instance_index instance = 0;
  skip_reason reason = skip_reason::is_protected;
};
struct check_judged {
  check_kind check = check_kind::before_batch;
  /// Unhealthy instances, or failing ones after a batch.
  std::uint32_t unhealthy = 0;
  /// N, or the attempted ones after a batch.
  std::uint32_t total = 0;
  int threshold_percent = 0;
  /// Empty: passed.
  std::string code;
};
struct batch_started {
  std::uint32_t batch = 0;
  batch_place place;
  std::vector<instance_index> instances;
  rollout_limits limits;
  /// Instances that were unavailable already.
  std::uint32_t unavailable = 0;
  batch_bound bound = batch_bound::group;
};
/// Automatic mode with `max_parallel`: further instances join the batch.
struct batch_extended {
  std::uint32_t batch = 0;
  std::vector<instance_index> instances;
};
struct step_started {
  instance_index instance = 0;
  step_kind step = step_kind::action;
  apply_class action = apply_class::none;
  std::uint32_t attempt = 1;
};
struct step_finished {
  instance_index instance = 0;
  step_kind step = step_kind::action;
  apply_class action = apply_class::none;
  std::uint32_t attempt = 1;
  step_outcome outcome = step_outcome::succeeded;
  std::string error;
};
struct health_changed {
  instance_index instance = 0;
  health_state from = health_state::initializing;
  health_state to = health_state::initializing;
};
struct instance_settled {
  instance_index instance = 0;
  failure_reason reason = failure_reason::none; // none: succeeded
  bool action_failed = false;
  std::string message;
};
/// A cancel took the instance back before anything was done to it.
struct instance_released {
  instance_index instance = 0;
};
struct batch_finished {
  std::uint32_t batch = 0;
  std::uint32_t succeeded = 0;
  std::uint32_t failed = 0;
};
struct waiting {
  wait_reason reason = wait_reason::pause;
  /// When the wait ends by itself: the pause's end, or the progress deadline.
  std::optional<instant> until;
  /// From now to `until`.
  std::optional<duration> remaining;
  /// The limit that is in the way; empty for a pause.
  std::string limit;
  /// Who holds it: at most `holders_max`, of `holder_count`.
  std::vector<instance_index> holders;
  std::uint32_t holder_count = 0;
  static constexpr std::size_t holders_max = 100;
};
struct instance_deleted {
  instance_index instance = 0;
};
struct rollback_started {
  instance_index instance = 0;
};
struct rollback_finished {
  instance_index instance = 0;
  bool succeeded = false;
  bool action_failed = false;
  std::string message;
};
struct cancel_requested {
  std::string by;
  bool now = false;
};
struct upgrade_finished {
  upgrade_status status = upgrade_status::completed;
  upgrade_error error;
  upgrade_progress progress;
};

} // namespace told

using upgrade_event =
  std::variant<told::upgrade_started, told::instance_skipped, told::check_judged,
               told::batch_started, told::batch_extended, told::step_started,
               told::step_finished, told::health_changed, told::instance_settled,
               told::instance_released, told::batch_finished, told::waiting,
               told::instance_deleted, told::rollback_started, told::rollback_finished,
               told::cancel_requested, told::upgrade_finished>;

} // namespace drydock::inline v1::engine
