// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/drivers/command_context.hpp"
#include "drydock/drivers/event_loop.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/value.hpp"
#include "drydock/protocol/effects.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::drivers {

/// Probes over HTTP or HTTPS with libcurl's multi interface on `loop`:
/// connections are kept between probes, redirects are not followed,
/// certificates are not verified (health is no secret, and the application
/// health extension does the same), TLS 1.0 at least. `loop` and `source`
/// outlive nothing: the prober keeps copies, but `loop` must outlive it. `learnt` may
/// have addresses and ports of instances that were made; null: there are none.
[[nodiscard]] std::unique_ptr<protocol::prober>
make_http_prober(event_loop& loop, engine::health_source source,
                 std::shared_ptr<const engine::fleet> instances,
                 std::shared_ptr<const learnt_details> learnt = nullptr);

/// Probes by TCP handshake.
[[nodiscard]] std::unique_ptr<protocol::prober>
make_tcp_prober(event_loop& loop, engine::health_source source,
                std::shared_ptr<const engine::fleet> instances,
                std::shared_ptr<const learnt_details> learnt = nullptr);

/// Probes by command (`[health.command]`), run in `directory`.
[[nodiscard]] std::unique_ptr<protocol::prober>
make_command_prober(event_loop& loop, engine::health_source source,
                    command_context context, std::string directory);

/// The body of a rich health answer.
struct health_body {
  /// `ApplicationHealthState`; empty when there is none or the body is invalid.
  std::string state;
  engine::custom_metrics metrics;
};

/// Reads the body of a health answer as the application health extension does:
/// key names in any casing, `CustomMetrics` a JSON text inside a string (an
/// object there makes the whole body invalid), phase as a number or digits,
/// skip as a boolean or "true"/"false", unknown groups ignored.
[[nodiscard]] health_body parse_health_body(std::string_view text);

} // namespace drydock::drivers
