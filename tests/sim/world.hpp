// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenario.hpp"

namespace drydock::sim {

/// SplitMix64's scrambling: all that happens by chance in a world is made of it.
inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  return x ^ (x >> 31);
}

inline double unit(std::uint64_t x) {
  return static_cast<double>(mix(x) >> 11) * 0x1p-53;
}

/// The simulated fleet behind a bad line: answers come twice or never, and
/// instances flap.
class unkind_world : public protocol::driver, public protocol::prober {
public:
  explicit unkind_world(const scenario& s)
    : scenario_(s), fleet_(s.driver, s.health, *s.instances) {}

  bool start(const protocol::step_request& request,
             std::shared_ptr<protocol::step_port> port) override {
    const auto key =
      mix(scenario_.seed ^ mix(request.id.instance))
      ^ (std::uint64_t{request.id.generation} << 32 | request.id.request);
    if (unit(key + 2) < scenario_.unkind.dying_actor)
      throw 1; // what nobody catches
    if (unit(key) < scenario_.unkind.lost_answer)
      return true;
    if (unit(key + 1) < scenario_.unkind.duplicate_answer)
      fleet_.start(request, port);
    return fleet_.start(request, port);
  }
  bool inspect(const protocol::step_request& request,
               std::shared_ptr<protocol::step_port> port) override {
    return !scenario_.unkind.cannot_tell && fleet_.inspect(request, std::move(port));
  }
  void withdraw(protocol::ticket) override {}
  void kill(protocol::ticket) override {}
  [[nodiscard]] bool has_hook(protocol::step_kind) const override {
    return scenario_.hooks;
  }
  [[nodiscard]] engine::duration timeout() const override { return fleet_.timeout(); }
  [[nodiscard]] bool is_new(engine::instance_index i) const override {
    return fleet_.is_new(i);
  }

  void probe(std::span<const protocol::probe_request> requests, engine::instant now,
             std::vector<protocol::probe_answer>& answered,
             const std::shared_ptr<protocol::probe_port>& port) override {
    fleet_.probe(requests, now, answered, port);
    if (scenario_.unkind.flap > 0)
      for (auto& a : answered)
        if (unit(mix(scenario_.seed + a.instance)
                 ^ static_cast<std::uint64_t>(now.time_since_epoch().count()))
            < scenario_.unkind.flap)
          a.raw = engine::health_state::unhealthy;
  }

private:
  const scenario& scenario_;
  drivers::simulated_fleet fleet_;
};

} // namespace drydock::sim
