// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.hpp"
#include "drydock/protocol/interfaces.hpp"

#include <map>
#include <unordered_map>

namespace drydock::inline v1::actors {

/// Probes the instances of one shard and runs each answer through its health
/// state machine. Spawned by the shard, which alone hears of changes; exits with
/// the shard.
struct health_monitor_state {
  using self_pointer =
    protocol::health_monitor_actor::stateful_pointer<health_monitor_state>;

  explicit health_monitor_state(self_pointer ptr) : self(ptr) {}

  struct watched {
    engine::health_machine machine;
    engine::instant probed_at{};
    /// Names the probes whose answers count.
    std::uint32_t epoch = 1;
    /// The work that hears of it.
    std::uint32_t generation = 0;
    bool held = false;
    bool each = false;
    /// A probe is out, and its silence is on the list of what is due.
    bool awaited = false;
  };
  struct due_probe {
    std::uint32_t slot = 0;
    std::uint32_t epoch = 0;
  };

  void start(const protocol::watch_health& m);
  [[nodiscard]] engine::instant now() const;
  void hold(engine::instance_index instance);
  void resume(const protocol::resume_probes& m);
  void probe_due();
  void take(const std::vector<protocol::probe_answer>& late);
  void take(const protocol::probe_answer& answer, engine::instant at);
  void restart(const protocol::probe_wish& wish, engine::instant at);
  void schedule(std::uint32_t slot, engine::instant at);
  [[nodiscard]] engine::instant skip_to(engine::instant next,
                                        engine::instant change) const;
  void ask(engine::instant at);
  void expect(std::span<const protocol::probe_request> asked, engine::instant at);
  void take_silence(std::uint32_t slot, engine::instant at);
  void arm();
  void tell();
  protocol::health_monitor_actor::behavior_type make_behavior();

  self_pointer self;
  context_ptr context;
  protocol::shard_actor shard;
  engine::instance_index first = 0;
  std::shared_ptr<protocol::probe_port> port;
  std::vector<watched> instances;
  /// Who is probed next, by time; what a hold made stale is dropped when due.
  std::map<engine::instant, std::vector<due_probe>> due;
  /// The entry of `due` that was added to last; most go to the same.
  std::vector<due_probe>* last_due = nullptr;
  engine::instant last_due_at{};
  /// The earliest reminder under way.
  std::optional<engine::instant> armed;
  /// Metrics of the few instances that have some.
  std::unordered_map<std::uint32_t, engine::custom_metrics> metrics;
  std::vector<protocol::health_update> news;
  std::vector<engine::instance_index> resumed;
  /// Of the turn at hand.
  std::vector<protocol::probe_request> requests;
  std::vector<std::uint32_t> silent;

  static inline const char* name = "health_monitor";
};

/// Watches `count` instances from `first` on.
protocol::health_monitor_actor::behavior_type
health_monitor(health_monitor_state::self_pointer self, context_ptr context,
               protocol::shard_actor shard, engine::instance_index first,
               std::uint32_t count);

} // namespace drydock::inline v1::actors
