// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/engine/recovery.hpp>
#include <drydock/engine/time.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace drydock::inline v1 {

using engine::action_fate;

namespace protocol {
class step_port;
}
namespace detail {
class gate;
struct access;
} // namespace detail

/// How a driver tells what became of an action that an earlier engine may have begun.
/// Move only; every member may be called from any thread, at any time, also after the
/// engine is gone. The first answer counts. Destroyed without one it says `unknown`.
class action_inspection {
public:
  action_inspection(action_inspection&& other) noexcept;
  action_inspection& operator=(action_inspection&& other) noexcept;
  ~action_inspection();

  /// - `done`: the instance is as the action is to leave it; it is not done again.
  /// - `not_done`: it is not, because the action was never begun, or failed: it is
  ///   begun (again), unless nothing at all was, and then the instance waits its turn.
  /// - `cannot_tell`: counts as `not_done`.
  /// - `unknown`: not just now; asked again later, as often as an action is tried
  ///   (`retry_policy`), and then it cannot be told. `message` is for people.
  ///
  /// While the action may still be at work there is no answer: give it when that is
  /// over. `after`: it is true that much later than now, as in `completion`.
  void answer(action_fate fate, std::string message = {},
              engine::duration after = engine::duration{0}) noexcept;

private:
  friend struct detail::access;
  action_inspection() = default;

  std::shared_ptr<detail::gate> gate_;
  std::shared_ptr<protocol::step_port> port_;
  std::uint32_t instance_ = 0;
  std::uint32_t generation_ = 0;
  std::uint32_t request_ = 0;
};

} // namespace drydock::inline v1
