// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.hpp"
#include "drydock/protocol/interfaces.hpp"

#include <optional>
#include <vector>

namespace drydock::inline v1::actors {

/// A slice of the scale set. Spawned and monitored by the coordinator, whose
/// only partner it is; spawns a health monitor and, as members come, instance
/// actors, which it keeps for later members. Everything that crosses between
/// coordinator and shard can be serialized. Exits with the coordinator and takes
/// its own actors along.
struct shard_state {
  using self_pointer = protocol::shard_actor::stateful_pointer<shard_state>;

  static constexpr std::uint32_t nobody = UINT32_MAX;
  /// In `worker_of`: a member that waits for its activation.
  static constexpr std::uint32_t queued = UINT32_MAX - 1;
  /// Members that may be starting at the same time. One is starting until it waits
  /// for the outside: for its driver, or for a probe that was not answered at
  /// once. So where everything is known at once a few actors serve all members,
  /// and where work takes time all members are at work.
  static constexpr std::uint32_t starting_max = 32;

  explicit shard_state(self_pointer ptr) : self(ptr) {}

  struct worker {
    protocol::instance_actor handle;
    /// Whom it works on; `nobody`: idle.
    engine::instance_index instance = nobody;
    /// It counts as starting.
    bool starting = false;
  };
  struct member {
    engine::instance_index instance = 0;
    engine::work_kind work = engine::work_kind::upgrade;
    bool recovers = false;
    protocol::recovery_note known;
    /// A cancel reached it before it was activated.
    std::optional<protocol::abandon_work> abandoned;
  };

  void start(const protocol::watch_health& m);
  void work_on(const protocol::work_on_instances& m);
  void activate_some();
  void activate(const member& m);
  void pass_on(const protocol::abandon_work& m);
  void forget(engine::instance_index instance);
  void take(protocol::work_report& m);
  void take(const protocol::health_report& m);
  void take_loss(const caf::actor_addr& address);
  void tell(protocol::instance_update&& update);
  void flush();
  void gather();
  void let_go(engine::instance_index instance);
  void has_started(worker& w);
  void end();
  protocol::shard_actor::behavior_type make_behavior();

  self_pointer self;
  context_ptr context;
  protocol::coordinator_actor coordinator;
  std::uint32_t number = 0;
  engine::instance_index first = 0;
  /// Null without a health source.
  protocol::health_monitor_actor monitor;
  /// The newest work on each instance; reports of older work are stale.
  std::vector<std::uint32_t> generation;
  /// Position in `workers`, `nobody` or `queued`.
  std::vector<std::uint32_t> worker_of;
  std::vector<worker> workers;
  std::vector<std::uint32_t> idle;
  /// Members to be activated, in order, from `waiting_head` on.
  std::vector<member> waiting;
  std::size_t waiting_head = 0;
  std::uint32_t starting = 0;
  /// Messages whose members wait, and those whose members do no more.
  std::uint32_t parts_waiting = 0;
  std::uint32_t parts_activated = 0;
  /// What the coordinator is told next, and what the monitor.
  std::vector<protocol::instance_update> news;
  std::vector<protocol::probe_wish> wishes;
  /// How many updates the last report had.
  std::size_t usual_news = 0;
  bool gathering = false;

  static inline const char* name = "shard";
};

/// Owns `count` instances from `first` on.
protocol::shard_actor::behavior_type
shard(shard_state::self_pointer self, context_ptr context,
      protocol::coordinator_actor coordinator, std::uint32_t number,
      engine::instance_index first, std::uint32_t count);

} // namespace drydock::inline v1::actors
