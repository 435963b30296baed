// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"

#include <chrono>

namespace drydock::inline v1::detail {

/// Longer ones would not fit the clocks that they are added to: what is to come in
/// three hundred years would be over already.
constexpr engine::duration longest_wait = std::chrono::hours(24 * 365);

} // namespace drydock::inline v1::detail
