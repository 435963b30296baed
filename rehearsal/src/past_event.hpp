// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::inline v1::rehearsal {

/// How a past run asked for health.
struct past_probing {
  /// > 0.
  engine::duration interval{0};
  /// Equal answers that it took, ≥ 1.
  std::uint32_t probes = 1;
};

/// One line of an events file, as far as there is something to learn from it.
struct past_event {
  enum class kind : std::uint8_t {
    /// Known or not: only its time counts.
    other,
    upgrade_started,
    upgrade_finished,
    /// And `batch_extended`.
    batch_started,
    action_started,
    action_finished,
    health_changed,
    instance_settled,
    instance_released,
    instance_deleted,
    /// `replacement` serves in its place.
    instance_replaced,
    rollback_started,
    rollback_finished,
    repair_started,
    repair_finished,
    cancel_requested,
    /// Another process went on; `instances` were under work.
    upgrade_resumed,
  };
  kind what = kind::other;
  /// Since the start of the run.
  engine::duration at{0};

  std::string instance;
  /// batch_started.
  std::vector<std::string> instances;
  std::string action;
  std::uint32_t attempt = 0;
  std::string outcome;
  /// instance_settled, repair_finished; empty: none.
  std::string reason;
  /// instance_replaced.
  std::string replacement;
  /// cancel_requested: what is in flight is ended, too.
  bool now = false;
  /// health_changed.
  std::string to;
  /// upgrade_started: whether it says how health is asked for, and how; told and
  /// nothing: the fleet has no health source.
  bool tells_probing = false;
  std::optional<past_probing> probing;
};

/// Reads a line; returns what is wrong with it, or an empty text.
[[nodiscard]] std::string parse(std::string_view line, past_event& to);

} // namespace drydock::inline v1::rehearsal
