// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "call_guard.hpp"
#include "drydock/driver.hpp"
#include "drydock/prober.hpp"
#include "drydock/protocol/effects.hpp"
#include "gate.hpp"

#include <memory>

namespace drydock::inline v1::detail {

/// How calls go out, and answers come back.
struct call_line {
  std::shared_ptr<gate> answers;
  std::shared_ptr<call_guard> calls;
};

/// What a user's driver is called through.
[[nodiscard]] std::shared_ptr<protocol::driver>
adapt(std::shared_ptr<driver> user, driver_features features,
      std::shared_ptr<const upgrade_facts> facts, duration timeout, call_line line);

/// What a user's prober is called through.
[[nodiscard]] std::shared_ptr<protocol::prober>
adapt(std::shared_ptr<prober> user, std::shared_ptr<const upgrade_facts> facts,
      call_line line);

} // namespace drydock::inline v1::detail
