// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace drydock::inline v1::engine {

/// What it means for an upgrade that a guard does not hold.
enum class guard_consequence : std::uint8_t {
  /// No batch begins until it holds again.
  wait,
  /// The upgrade has faulted: `GuardFailed`.
  fault,
};

/// As fleet files write it: `wait`.
[[nodiscard]] std::string_view to_string(guard_consequence x);

/// Something that must be true all the while an upgrade runs.
struct guard_rule {
  /// For people; unique in the file.
  std::string name;
  /// What follows when it is not.
  guard_consequence on_failure = guard_consequence::wait;

  friend bool operator==(const guard_rule&, const guard_rule&) = default;
};

/// How a guard stands.
enum class guard_state : std::uint8_t {
  /// Nobody has looked yet, or not since the upgrade was resumed.
  unknown,
  /// It is true.
  holds,
  /// It was not, for as many times in a row as its rule says.
  fails,
};

/// As in events: `holds`.
[[nodiscard]] std::string_view to_string(guard_state x);

/// Turns single answers into a standing that changes only when `threshold` answers
/// in a row say so: `next` returns the standing after one more answer. The first
/// good answer counts at once, and so does each that ends a failure.
class guard_machine {
public:
  /// `threshold` ≥ 1.
  explicit guard_machine(std::uint32_t threshold) : threshold_(threshold) {}

  /// The standing after one more answer.
  guard_state next(bool good) {
    failures_ = good ? 0 : failures_ + 1;
    if (good)
      state_ = guard_state::holds;
    else if (failures_ >= threshold_)
      state_ = guard_state::fails;
    return state_;
  }

  /// The standing as it is.
  [[nodiscard]] guard_state state() const { return state_; }

private:
  std::uint32_t threshold_;
  std::uint32_t failures_ = 0;
  guard_state state_ = guard_state::unknown;
};

} // namespace drydock::inline v1::engine
