// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/repair_queue.hpp"

namespace drydock::inline v1::engine {

void repair_queue::ripen(instant now) {
  while (!in_grace_.empty() && in_grace_.begin()->first <= now) {
    ripe_.insert(in_grace_.begin()->second);
    in_grace_.erase(in_grace_.begin());
  }
}

std::optional<instance_index> repair_queue::first() const {
  return ripe_.empty() ? std::nullopt : std::optional(*ripe_.begin());
}

std::optional<instant> repair_queue::next() const {
  return in_grace_.empty() ? std::nullopt : std::optional(in_grace_.begin()->first);
}

} // namespace drydock::inline v1::engine
