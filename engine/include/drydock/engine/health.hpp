// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::inline v1::engine {

/// Committed health. Unknown counts as unhealthy; initializing counts as
/// unavailable, never as unhealthy.
enum class health_state : std::uint8_t {
  /// Not settled yet.
  initializing,
  /// It serves.
  healthy,
  /// It says that it does not serve, or does not answer where silence means that.
  unhealthy,
  /// Nobody knows.
  unknown,
};

/// The name as it is written here: `healthy`.
[[nodiscard]] std::string_view to_string(health_state x);

/// Where health comes from. `none`: the driver's word is all there is.
enum class health_kind : std::uint8_t {
  /// Nowhere: health is not counted.
  none,
  /// Azure's application health extension: healthy or not.
  binary_extension,
  /// The same with `unknown`, a grace period and custom metrics.
  rich_extension,
  /// A load balancer's probe; drydock sends it itself.
  load_balancer,
  /// A command's exit status.
  command,
};

/// How the library's own probes of an extension or load balancer go.
enum class probe_protocol : std::uint8_t {
  /// A request and its status; with the rich extension its body too.
  http,
  /// The same over TLS; certificates are not verified.
  https,
  /// A handshake and nothing else.
  tcp,
};

/// A scale set's health source, with all defaults filled in.
struct health_source {
  /// Where health comes from, and so how answers are read.
  health_kind kind = health_kind::none;
  /// Extensions and load balancer only.
  probe_protocol protocol = probe_protocol::http;
  /// 0: the instance's port, else 80 or 443.
  std::uint16_t port = 0;
  /// Of HTTP requests; begins with `/`.
  std::string request_path = "/";
  /// From the start of one probe to the start of the next; longer than 0 (fleet files:
  /// 50 ms to 1 h, azure 5 to 60 s).
  duration interval = std::chrono::seconds(5);
  /// `number_of_probes` or `probe_threshold`: equal results in a row to commit; ≥ 1
  /// (fleet files: up to 1 000, azure 24).
  std::uint32_t number_of_probes = 1;
  /// Rich extension only: how long an instance that starts afresh may be initializing;
  /// ≥ 0, 0: none (fleet files: up to 24 h, azure 5 to 14 400 s).
  duration grace_period{0};
  /// Of one probe; longer than 0.
  duration timeout = std::chrono::seconds(30);
  /// Command health only: program and arguments, with placeholders; no shell.
  std::vector<std::string> argv = {};
};

/// Custom metrics of one probe answer (Azure's `CustomMetrics.rollingUpgrade`).
struct custom_metrics {
  /// The phase of an instance that names none.
  static constexpr std::int64_t no_phase = std::numeric_limits<std::int64_t>::max();
  /// `PhaseOrderingNumber`; `no_phase` sorts last.
  std::int64_t phase = no_phase;
  /// `SkipUpgrade`: rolling upgrades leave the instance out.
  bool skip_upgrade = false;

  friend bool operator==(const custom_metrics&, const custom_metrics&) = default;
};

/// What one probe said, before any counting: healthy, unhealthy or unknown.
using raw_health = health_state;

/// Reads an HTTP answer as `source` prescribes. `status` 0: no answer.
/// `reported` is the body's `ApplicationHealthState`, empty when there is none.
[[nodiscard]] raw_health interpret_http(const health_source& source, int status,
                                        std::string_view reported);

/// Reads a TCP handshake.
[[nodiscard]] raw_health interpret_tcp(bool connected);

/// Reads a command's exit status: 0 healthy, 1 unhealthy, anything else unknown
/// (a timeout or a signal: any negative number).
[[nodiscard]] raw_health interpret_exit(int status);

/// What a probe that got no answer says.
[[nodiscard]] raw_health interpret_silence(const health_source& source);

/// The health state machine of one instance: N equal results commit, the rich
/// extension's grace period included. 16 bytes; not thread safe.
class health_machine {
public:
  /// An instance that ran before anybody watched: no grace period, initializing
  /// until N equal results.
  health_machine() = default;

  /// An instance that starts afresh at `at`, for the rich extension with its
  /// grace period.
  static health_machine fresh(const health_source& source, instant at);

  /// Takes the result of one probe and returns the committed state.
  health_state next(const health_source& source, raw_health raw, instant at);

  /// What N equal results have made of it.
  [[nodiscard]] health_state committed() const { return committed_; }

  /// Whether further results equal to `raw` would change nothing, now or later.
  [[nodiscard]] bool rests_on(raw_health raw) const {
    return !grace_ && committed_ == raw && last_raw_ == raw;
  }

  /// The end of the grace period, while it runs.
  [[nodiscard]] std::optional<instant> grace_end(const health_source& source) const;

private:
  instant started_{};
  std::uint16_t count_ = 0;
  health_state committed_ = health_state::initializing;
  health_state last_raw_ = health_state::initializing; // no result yet
  bool grace_ = false;                                 // the grace period runs
};

} // namespace drydock::inline v1::engine
