// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/engine/health.hpp>
#include <drydock/instance.hpp>

#include <cstdint>
#include <memory>

namespace drydock::inline v1 {

using engine::custom_metrics;
using engine::health_kind;
using engine::health_source;
using engine::health_state;

namespace protocol {
class probe_port;
}
namespace detail {
class gate;
struct access;
} // namespace detail

/// How a prober answers. Move only; every member may be called from any thread, at
/// any time, also after the engine is gone. The first answer counts. Destroyed without
/// an answer it says `unknown`; so does the engine when twice `health_source::timeout`
/// and a second have passed.
class probe_completion {
public:
  probe_completion(probe_completion&& other) noexcept;
  probe_completion& operator=(probe_completion&& other) noexcept;
  ~probe_completion();

  /// What this one probe saw. What comes of it, `health_source` says: how many equal
  /// answers commit, and so on.
  void answer(health_state seen, const custom_metrics& metrics = {}) noexcept;

private:
  friend struct detail::access;
  probe_completion() = default;

  std::shared_ptr<detail::gate> gate_;
  std::shared_ptr<protocol::probe_port> port_;
  std::uint32_t instance_ = 0;
  std::uint32_t generation_ = 0;
};

/// Asks instances for their health. Called from threads of the engine, several at the
/// same time; calls must return soon. An exception that leaves a call counts as the
/// answer `unknown`.
class prober {
public:
  prober() = default;
  virtual ~prober();

  prober(const prober&) = delete;
  prober& operator=(const prober&) = delete;

  /// Probes `target` once. Called every `health_source::interval` for each instance,
  /// but not while a probe of it is out. An answer within the call is the quickest.
  virtual void probe(const instance& target, probe_completion done) = 0;
};

} // namespace drydock::inline v1
