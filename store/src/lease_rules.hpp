// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/store/store.hpp"

namespace drydock::inline v1::store {

/// Whether `who` gets the lease that stands as `held`.
[[nodiscard]] inline bool may_take(const lease& held, const lease& who,
                                   std::int64_t now_us,
                                   const std::function<bool(const lease&)>& is_dead) {
  return held.owner.empty() || held.owner == who.owner || held.expires_us <= now_us
         || (is_dead && is_dead(held));
}

/// `held`, once it is `who`'s.
[[nodiscard]] inline lease handed_over(const lease& held, const lease& who) {
  lease result = who;
  result.epoch = held.owner == who.owner ? held.epoch : held.epoch + 1;
  return result;
}

} // namespace drydock::inline v1::store
