// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/policy.hpp"
#include "drydock/journal/record.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace drydock::inline v1::journal {

/// How far an upgrade came, and how it ended.
struct policy_course {
  enum class ending : std::uint8_t {
    /// It had not ended where what is known ends; `reason` says why that is.
    open,
    completed,
    /// A check failed, or nothing moved until the deadline.
    faulted,
    cancelled,
  };
  ending end = ending::open;
  /// Azure's code of the fault or of the cancel; also of a completed upgrade with
  /// failed instances. Empty: none.
  std::string code;
  /// For people; empty unless it is open.
  std::string reason;
  /// When: at the failed check, else at the end; where it is open, the last that is
  /// known of it.
  engine::instant at{};
  /// Batches that had begun by then.
  std::uint32_t batches = 0;
  /// Instances whose upgrade had begun by then.
  std::uint32_t touched = 0;
  /// Of those, settled as failed.
  std::uint32_t failed = 0;
};

/// What another policy makes of a recorded upgrade.
struct policy_comparison {
  /// The first decision that is another one.
  struct parting {
    /// The turn in which it was made, or before which the other policy made one of its
    /// own; from 1.
    std::uint64_t turn = 0;
    engine::instant at{};
    /// What was decided then, or that nothing was.
    std::string recorded;
    /// What the other policy decides then.
    std::string other;
  };
  /// Nothing: both policies decide alike from the first turn to the last.
  std::optional<parting> first;
  /// `min_ready`, `health_timeout` or `max_surge` differ. They decide how work on a
  /// member ends, which is taken from the record all the same, here and before the
  /// first difference.
  bool outcomes_assumed = false;
  /// Whether `other` is a guess: beyond the first difference, or by
  /// `outcomes_assumed`.
  [[nodiscard]] bool approximate() const {
    return first.has_value() || outcomes_assumed;
  }
  policy_course recorded;
  policy_course other;
};

/// Asks what would have become of a recorded upgrade under another rolling policy.
///
/// Up to the first difference the answer is exact: the fleet had been told the same
/// under both policies, so all that was heard from it is heard by both. Timers that
/// both armed alike fire when they did; those that only the other policy armed fire
/// when they are due. Compared are decisions: checks that fail, batches and who is in
/// them, rollbacks, the end. Numbers that a policy only shows (thresholds, limits, who
/// holds them while nothing moves) may differ freely.
///
/// Beyond it the fleet would have heard other commands, and the record cannot tell what
/// it would have answered. What is done instead is a guess, and rests on this:
///
/// - An instance that the other policy starts, earlier or later, does what it did in
///   the record from its start on: the same health and the same outcome, after the
///   same times. Until then it does what it did before its start in the record.
/// - One whose work did not settle in the record has no outcome, and the batch it is
///   in does not end. The same goes for all after a cancel, or an internal error, in
///   the record: what people would have done otherwise nobody knows.
/// - Hooks succeed at once, and checkpoints are approved at once.
/// - Rollbacks are not followed: a fault counts from the check that failed.
/// - Deletions come when they came. Ends of processes on the way are left out.
/// - A deadline that passes after the end of the record is no fault, as nobody knows
///   who would have become healthy again by then.
///
/// Keeps what the record says of each instance from the first difference on: some 100
/// bytes for each change of health and each outcome. Not thread safe.
class policy_trial {
public:
  /// Begins before the first turn. Only upgrades in rolling mode depend on `other`,
  /// whose values must be in their ranges.
  policy_trial(const header& begun, const engine::rolling_policy& other);
  ~policy_trial();
  policy_trial(policy_trial&&) noexcept;
  policy_trial& operator=(policy_trial&&) noexcept;

  /// Takes the next turn.
  void take(const turn& x);
  /// The answer, once all turns were taken; nothing may be called after it.
  [[nodiscard]] policy_comparison finish();

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace drydock::inline v1::journal
