// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/events.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/rollout_options.hpp"
#include "drydock/engine/time.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drydock::inline v1::engine {

/// What a plan takes an instance's health and metrics to be; instances that are
/// not named are healthy and have none.
struct expected_health {
  /// Whom this is about.
  instance_index instance = 0;
  /// Its health at the start.
  health_state health = health_state::healthy;
  /// Its phase, and whether it is to be left out.
  custom_metrics metrics = {};
  /// How its health changes by itself, counted from the start.
  std::optional<duration> changes_after = {};
  /// What its health changes to.
  health_state then = health_state::healthy;
  /// When it is healthy again after that, counted from the start too.
  std::optional<duration> heals_after = {};
};

/// The batches that would run if nothing failed.
struct upgrade_plan {
  /// Somebody who takes no part.
  struct skip {
    /// Who.
    instance_index instance = 0;
    /// Why.
    skip_reason reason = skip_reason::is_protected;
  };
  /// Why the plan does not reach its end.
  struct obstacle {
    /// The code the upgrade would end with.
    std::string code = {};
    /// A sentence for people.
    std::string message = {};
    /// Who is in the way.
    std::vector<instance_index> instances = {};
  };
  /// A checkpoint that is reached.
  struct stop {
    /// Where it is, how long it bakes and who must agree.
    checkpoint at = {};
    /// It comes after this batch, from 1.
    std::uint32_t after_batch = 0;
  };
  /// Of the policy.
  upgrade_mode mode = upgrade_mode::manual;
  /// What is done to each member.
  apply_class action = apply_class::none;
  /// In the order in which they would run, each with what kept it from being larger.
  std::vector<told::batch_started> batches = {};
  /// In the order in which they are reached.
  std::vector<stop> checkpoints = {};
  /// Ascending.
  std::vector<skip> skipped = {};
  /// Instances that run the latest model already; ascending.
  std::vector<instance_index> up_to_date = {};
  /// Pending instances that no batch takes: not named, in manual mode.
  std::uint32_t left_pending = 0;
  /// Set when the upgrade would fault or stand still after these batches.
  std::optional<obstacle> blocked = {};
  /// How long before its deletion an instance is told of it; nothing: it is not told.
  std::optional<duration> terminate_delay = {};
  /// Who comes and who goes before the first batch; nothing: the capacity stays.
  std::optional<told::scaling_started> scaling = {};
};

/// Plans an upgrade by running the rollout machine itself, every member
/// succeeding `work` after it began; `health` is in order of position.
[[nodiscard]] upgrade_plan make_plan(const rollout_options& options,
                                     std::shared_ptr<const fleet> instances,
                                     std::span<const expected_health> health,
                                     duration work = duration{0});

} // namespace drydock::inline v1::engine
