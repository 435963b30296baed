// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace drydock::bench {

/// `web-0`, `web-1`, …; `placed`: over three zones and five update domains.
inline std::shared_ptr<const engine::fleet> make_fleet(std::uint32_t count,
                                                       bool placed) {
  auto result = std::make_shared<engine::fleet>();
  engine::instance_spec spec;
  for (std::uint32_t i = 0; i < count; ++i) {
    spec.id = "web-" + std::to_string(i);
    if (placed) {
      spec.zone = std::to_string(1 + i % 3);
      spec.update_domain = i / 3 % 5;
    }
    result->add(spec);
  }
  return result;
}

} // namespace drydock::bench
