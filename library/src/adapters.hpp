// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/driver.hpp"
#include "drydock/prober.hpp"
#include "drydock/protocol/effects.hpp"
#include "gate.hpp"
#include "log.hpp"

#include <memory>

namespace drydock::inline v1::detail {

/// What a user's driver is called through.
[[nodiscard]] std::shared_ptr<protocol::driver>
adapt(std::shared_ptr<driver> user, driver_features features,
      std::shared_ptr<const upgrade_facts> facts, duration timeout,
      std::shared_ptr<gate> answers, log_sink log);

/// What a user's prober is called through.
[[nodiscard]] std::shared_ptr<protocol::prober>
adapt(std::shared_ptr<prober> user, std::shared_ptr<const upgrade_facts> facts,
      std::shared_ptr<gate> answers, log_sink log);

} // namespace drydock::inline v1::detail
