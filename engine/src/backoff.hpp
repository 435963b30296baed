// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/driver_spec.hpp"

#include <algorithm>
#include <cstdint>

namespace drydock::inline v1::engine {

/// The longest wait after attempt number `attempt` (from 1): it doubles up to its
/// bound.
inline duration longest_wait(const retry_policy& retry, std::uint32_t attempt) {
  auto wait = std::min(retry.backoff_initial, retry.backoff_max);
  for (std::uint32_t n = 1; n < attempt && wait < retry.backoff_max; ++n)
    wait = wait <= retry.backoff_max / 2 ? wait * 2 : retry.backoff_max;
  return wait;
}

} // namespace drydock::inline v1::engine
