// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/probers.hpp"
#include "drydock/engine/health.hpp"

#include "target.hpp"

using namespace drydock;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body = drivers::parse_health_body(fuzz::text_of(data, size));
  engine::health_source source;
  source.kind = engine::health_kind::rich_extension;
  const auto raw = engine::interpret_http(source, 200, body.state);
  fuzz::require(raw != engine::health_state::initializing,
                "an answer is never that there is none yet");
  return 0;
}
