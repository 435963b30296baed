// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/step.hpp"

#include <cstdint>
#include <string_view>

namespace drydock::inline v1::engine {

/// A command of the user around a whole upgrade or a whole batch. Those around one
/// instance are steps of its own (`step_kind`).
enum class upgrade_hook : std::uint8_t {
  /// Before anything is done, once health is settled; a failure ends the upgrade.
  before_upgrade,
  /// Before a batch begins; a failure makes the upgrade pause.
  before_batch,
  /// When all members have settled, before they are judged; a failure makes the
  /// upgrade pause.
  after_batch,
  /// At the end, however it comes; a failure changes nothing.
  after_upgrade,
};

/// The name as it is written here: `before_batch`.
[[nodiscard]] std::string_view to_string(upgrade_hook x);

/// Which hooks there are.
struct upgrade_hooks {
  /// Of the names above.
  ///@{
  bool before_upgrade = false;
  bool before_batch = false;
  bool after_batch = false;
  bool after_upgrade = false;
  ///@}

  friend bool operator==(const upgrade_hooks&, const upgrade_hooks&) = default;
};

namespace told {

/// A hook around the upgrade or a batch is asked for.
struct hook_started {
  /// Which one.
  upgrade_hook hook = upgrade_hook::before_upgrade;
  /// The batch that it stands before or after; 0: none.
  std::uint32_t batch = 0;
  /// From 1.
  std::uint32_t attempt = 1;
};
/// It has ended.
struct hook_finished {
  /// As in its `hook_started`.
  ///@{
  upgrade_hook hook = upgrade_hook::before_upgrade;
  std::uint32_t batch = 0;
  std::uint32_t attempt = 1;
  ///@}
  /// What became of it.
  step_outcome outcome = step_outcome::succeeded;
  /// What it said; empty on success.
  std::string error;
};

} // namespace told

} // namespace drydock::inline v1::engine
