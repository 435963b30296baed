// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/rollout_words.hpp"

#include <type_traits>
#include <utility>

namespace drydock::inline v1::engine {

/// Takes what a rollout machine decides, in order, while it decides.
class command_sink {
public:
  virtual ~command_sink() = default;

  /// Must not call the machine again, but for `report()` at `command::finish`.
  virtual void take(rollout_command&& command) = 0;

  /// The same for `command::publish`, by far the most frequent. A sink may take
  /// its event as it is, and save what a command around it costs.
  virtual void publish(upgrade_event&& event) {
    take(command::publish{std::move(event)});
  }

  template <class Command>
  void push_back(Command&& command) {
    if constexpr (std::is_same_v<std::remove_cvref_t<Command>, command::publish>)
      publish(std::forward<Command>(command).event);
    else
      take(rollout_command(std::forward<Command>(command)));
  }
};

} // namespace drydock::inline v1::engine
