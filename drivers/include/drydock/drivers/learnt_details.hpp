// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace drydock::drivers {

/// What became known of instances when they were made. A driver learns it; probes,
/// commands, and whoever keeps it for later ask. Members may be called from any thread.
class learnt_details {
public:
  void learn(engine::instance_index i, engine::instance_details what) {
    const std::lock_guard guard(mutex_);
    known_[i] = std::make_shared<const engine::instance_details>(std::move(what));
  }

  /// Null: nothing.
  [[nodiscard]] std::shared_ptr<const engine::instance_details>
  of(engine::instance_index i) const {
    const std::lock_guard guard(mutex_);
    const auto found = known_.find(i);
    return found == known_.end() ? nullptr : found->second;
  }

private:
  mutable std::mutex mutex_;
  std::map<engine::instance_index, std::shared_ptr<const engine::instance_details>>
    known_;
};

/// What a `create` command printed of its instance: one JSON object on a line of its
/// own with `address`, `port` and `vars`, each of which may be missing. Of several the
/// last counts; nothing where there is none. `problem` says what is wrong with one
/// that has such a key, but not as it must be.
struct create_output {
  std::optional<engine::instance_details> details = {};
  std::string problem = {};
};
[[nodiscard]] create_output read_create_output(std::string_view text);

} // namespace drydock::drivers
