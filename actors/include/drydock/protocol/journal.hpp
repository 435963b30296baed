// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/rollout.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drydock::inline v1::protocol {

/// What happened to an upgrade at one instant, as it was written down.
struct recorded_turn {
  engine::instant at{};
  std::vector<engine::rollout_input> inputs;
};

/// Where an upgrade writes what it hears and decides, before it acts on it, and
/// from where it goes on after the process that ran it is gone. Called by one
/// coordinator, one call at a time, from changing threads.
class upgrade_journal {
public:
  virtual ~upgrade_journal() = default;

  /// The next turn of those written earlier, by another process; false: there are
  /// no more. All of them are asked for before anything is written.
  virtual bool next(recorded_turn& turn) = 0;

  /// How long ago the last turn of those was; 0 where there is none, or where time
  /// is virtual.
  [[nodiscard]] virtual engine::duration since_last_turn() const = 0;

  /// A turn begins: `inputs` happened at `at`. Between this and `commit` come the
  /// calls of `told` for all that is told, in order.
  virtual void begin(engine::instant at,
                     std::span<const engine::rollout_input> inputs) = 0;

  /// Part of the turn: what it tells.
  virtual void told(const engine::upgrade_event& event) = 0;

  /// The turn is decided: `effects` holds all commands but `publish`, in order, and
  /// none is performed yet. Returns once the turn is where the end of this process
  /// cannot take it away; where `effects` touch the fleet or end the upgrade, where a
  /// loss of power cannot either. Otherwise returns why not, as a sentence for people:
  /// then nothing may be performed.
  [[nodiscard]] virtual std::optional<std::string>
  commit(std::span<const engine::rollout_command> effects) = 0;
};

} // namespace drydock::inline v1::protocol
