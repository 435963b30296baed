// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/health.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

namespace {

bool is_rich(const health_source& source) {
  return source.kind == health_kind::rich_extension;
}

/// What the rich extension reports when its grace period runs out.
raw_health expiry_state(const health_source& source) {
  return source.protocol == probe_protocol::tcp ? health_state::unhealthy
                                                : health_state::unknown;
}

} // namespace

std::string_view to_string(health_state x) {
  switch (x) {
  case health_state::initializing:
    return "initializing";
  case health_state::healthy:
    return "healthy";
  case health_state::unhealthy:
    return "unhealthy";
  case health_state::unknown:
    break;
  }
  return "unknown";
}

raw_health interpret_http(const health_source& source, int status,
                          std::string_view reported) {
  if (!is_rich(source))
    return status == 200 ? health_state::healthy : health_state::unhealthy;
  if (status < 200 || status > 299)
    return health_state::unknown;
  if (reported == "Healthy")
    return health_state::healthy;
  return reported == "Unhealthy" ? health_state::unhealthy : health_state::unknown;
}

raw_health interpret_tcp(bool connected) {
  return connected ? health_state::healthy : health_state::unhealthy;
}

raw_health interpret_exit(int status) {
  if (status == 0)
    return health_state::healthy;
  return status == 1 ? health_state::unhealthy : health_state::unknown;
}

raw_health interpret_silence(const health_source& source) {
  if (is_rich(source))
    return expiry_state(source);
  return source.kind == health_kind::command ? health_state::unknown
                                             : health_state::unhealthy;
}

health_machine health_machine::fresh(const health_source& source, instant at) {
  health_machine machine;
  machine.grace_ = is_rich(source) && source.grace_period > duration::zero();
  machine.started_ = at;
  return machine;
}

health_state health_machine::next(const health_source& source, raw_health raw,
                                  instant at) {
  // No probe says "initializing"; an answer that settles nothing counts nothing.
  if (raw == health_state::initializing)
    return committed_;
  count_ = raw == last_raw_ ? static_cast<std::uint16_t>(count_ + 1) : std::uint16_t{1};
  last_raw_ = raw;

  const auto needed = std::max<std::uint32_t>(source.number_of_probes, 1);
  auto state = raw;
  if (grace_) {
    const auto expired = expiry_state(source);
    // Tested first: the end of the grace period wins against the last good probe.
    if (at - started_ >= source.grace_period) {
      grace_ = false;
      state = last_raw_ = committed_ = expired;
      count_ = 1;
    } else if (count_ == needed && raw != expired) {
      grace_ = false;
    } else {
      state = health_state::initializing;
    }
  }
  if (count_ >= needed) {
    committed_ = state;
    count_ = 0;
  }
  return committed_;
}

std::optional<instant> health_machine::grace_end(const health_source& source) const {
  if (!grace_)
    return std::nullopt;
  return started_ + source.grace_period;
}

} // namespace drydock::inline v1::engine
