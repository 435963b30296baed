// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/report.hpp"
#include "drydock/journal/record.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace drydock::inline v1::journal {

/// Where a record and what the decision core makes of it part. Either the record was
/// tampered with, or this version decides otherwise than the one that wrote it.
struct difference {
  /// Of the turn, from 1.
  std::uint64_t turn = 0;
  engine::instant at{};
  /// What was decided then: a command, or the events of the turn.
  std::string recorded;
  /// What is decided now.
  std::string derived;
};

/// Derives every decision of a recorded upgrade again. Not thread safe.
class replayer {
public:
  /// Hears what the upgrade tells, with the instant of its turn; the batches, checks
  /// and reasons that records do not hold themselves.
  using listener = std::function<void(const engine::upgrade_event&, engine::instant)>;

  /// Begins before the first turn.
  explicit replayer(const header& begun, listener told = {});

  /// Takes the next turn, and compares: all effects by the bytes of their records,
  /// all events by their number and digest. After a difference further turns may be
  /// taken, but they are compared with a machine that stands elsewhere.
  [[nodiscard]] std::optional<difference> take(const turn& x);

  /// Turns taken.
  [[nodiscard]] std::uint64_t turns() const { return turns_; }
  /// Whether the last turn ended the upgrade.
  [[nodiscard]] bool finished() const { return machine_.finished(); }
  /// How the upgrade stands after the last turn.
  [[nodiscard]] engine::upgrade_report report() const { return machine_.report(); }

private:
  std::shared_ptr<const engine::fleet> instances_;
  engine::rollout machine_;
  listener listener_;
  std::uint64_t turns_ = 0;
  std::vector<engine::rollout_command> effects_;
  told_digest digest_;
  byte_writer recorded_, derived_;
};

} // namespace drydock::inline v1::journal
