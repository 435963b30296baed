// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/auditor.hpp"
#include "drydock/actors/upgrade_run.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drydock::test {

using namespace std::chrono_literals;

/// A driver whose every step is decided by the test.
class scripted_driver : public protocol::driver {
public:
  using step = std::function<bool(const protocol::step_request&,
                                  std::shared_ptr<protocol::step_port>)>;

  explicit scripted_driver(step on_start, engine::duration limit = {})
    : on_start_(std::move(on_start)), timeout_(limit) {}

  bool start(const protocol::step_request& request,
             std::shared_ptr<protocol::step_port> port) override {
    ++starts;
    return on_start_(request, std::move(port));
  }
  void withdraw(protocol::ticket id) override { withdrawn.push_back(id); }
  void kill(protocol::ticket id) override { killed.push_back(id); }
  [[nodiscard]] bool has_hook(protocol::step_kind) const override { return false; }
  [[nodiscard]] engine::duration timeout() const override { return timeout_; }

  int starts = 0;
  std::vector<protocol::ticket> withdrawn, killed;

private:
  step on_start_;
  engine::duration timeout_;
};

/// A prober whose every answer is decided by the test, and that remembers when
/// it was asked.
class scripted_prober : public protocol::prober {
public:
  using answer =
    std::function<engine::raw_health(engine::instance_index, engine::duration)>;

  explicit scripted_prober(answer how) : how_(std::move(how)) {}

  void probe(std::span<const protocol::probe_request> requests, engine::instant now,
             std::vector<protocol::probe_answer>& answered,
             const std::shared_ptr<protocol::probe_port>&) override {
    if (probes.empty())
      origin_ = now;
    for (const auto& r : requests) {
      probes.emplace_back(r.instance, now - origin_);
      answered.push_back(
        {r.instance, r.generation, how_(r.instance, now - origin_), {}});
    }
  }

  std::vector<std::pair<engine::instance_index, engine::duration>> probes;

private:
  answer how_;
  engine::instant origin_{};
};

/// Hears an upgrade and keeps what it hears.
class recorder : public actors::upgrade_listener {
public:
  recorder(std::size_t instances, bool has_health) : audit(instances, has_health) {}

  void on_event(const engine::upgrade_event& event, engine::duration at) override {
    audit.on_event(event);
    events.emplace_back(event, at);
  }

  template <class T>
  [[nodiscard]] std::vector<T> all() const {
    std::vector<T> result;
    for (const auto& [event, at] : events)
      if (const auto* x = std::get_if<T>(&event))
        result.push_back(*x);
    return result;
  }

  actors::auditor audit;
  std::vector<std::pair<engine::upgrade_event, engine::duration>> events;
};

inline std::shared_ptr<engine::fleet> make_fleet(std::size_t count) {
  auto result = std::make_shared<engine::fleet>();
  for (std::size_t i = 0; i < count; ++i) {
    engine::instance_spec x;
    x.id = "vm-" + std::to_string(i);
    result->add(x);
  }
  return result;
}

/// A rolling reimage of `count` instances in virtual time with a binary health
/// source, default policy.
inline actors::run_setup make_setup(std::size_t count) {
  actors::run_setup s;
  s.instances = make_fleet(count);
  s.rollout.policy.mode = engine::upgrade_mode::rolling;
  s.rollout.action = engine::apply_class::reimage;
  s.rollout.has_health = true;
  s.lifecycle.action = s.rollout.action;
  s.lifecycle.has_health = true;
  s.lifecycle.health_timeout = s.rollout.policy.rolling.health_timeout;
  s.lifecycle.retry.timeout = engine::duration{0};
  s.health.kind = engine::health_kind::binary_extension;
  s.virtual_clock = true;
  return s;
}

inline std::shared_ptr<scripted_prober> always_healthy() {
  return std::make_shared<scripted_prober>(
    [](auto, auto) { return engine::health_state::healthy; });
}

} // namespace drydock::test
