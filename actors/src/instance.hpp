// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.hpp"
#include "drydock/protocol/interfaces.hpp"

#include <caf/mixin/sender.hpp>
#include <caf/scheduled_actor.hpp>

#include <optional>
#include <vector>

namespace drydock::inline v1::actors {

class instance_shell;

/// The life of one instance while it is worked on. Spawned and monitored by its
/// shard, which gives it the next member once it is idle; exits with the shard.
/// What one turn comes to leaves it as one message to the shard.
struct instance_state {
  explicit instance_state(instance_shell* ptr) : self(ptr) {}

  struct timer {
    std::uint32_t number = 0;
    engine::instant at{};
  };

  void start(const protocol::work_on_instance& work);
  [[nodiscard]] engine::instant now() const;
  void feed(const engine::lifecycle_event& event);
  void perform(const engine::order::run_step& order);
  void perform(const engine::order::inspect_action& order);
  void perform(const engine::order::withdraw_step& order);
  void perform(const engine::order::kill_step& order);
  void perform(const engine::order::hold_probes& order);
  void perform(const engine::order::resume_probes& order);
  void perform(const engine::order::arm_timer& order);
  void perform(const engine::order::report_step_started& order);
  void perform(engine::order::report_step_finished& order);
  void perform(engine::order::settle& order);
  void perform(const engine::order::release& order);
  protocol::instance_actor::behavior_type make_behavior();

  [[nodiscard]] protocol::step_request request_for(std::uint32_t request,
                                                   engine::step_kind step,
                                                   std::uint32_t attempt) const;
  [[nodiscard]] protocol::ticket ticket_for(std::uint32_t request) const;
  [[nodiscard]] bool is_mine(const protocol::ticket& id) const;
  [[nodiscard]] bool is_asking(const protocol::ticket& id) const;
  [[nodiscard]] static engine::lifecycle_event to_event(protocol::step_ended& answer);
  void take_due(engine::instant due);
  void perform_all();
  void end_turn(bool always_report);
  void wake_in_time();
  protocol::instance_update& report(protocol::instance_update::subject kind);

  instance_shell* self;
  context_ptr context;
  protocol::shard_actor shard;
  /// Null without a health source.
  protocol::health_monitor_actor monitor;
  /// Where the driver answers.
  std::shared_ptr<protocol::step_port> port;
  /// The work at hand, or the last one.
  protocol::work_on_instance work;
  std::optional<engine::instance_lifecycle> life;
  /// What the lifecycle waits for.
  std::vector<timer> timers;
  /// Reminders under way; those of work that is over among them.
  std::vector<engine::instant> reminders;

  /// When the turn at hand began.
  engine::instant turn_at{};
  /// The request that the driver is being asked for.
  std::uint32_t asking = 0;

  // Of the turn at hand; empty between turns.
  std::vector<engine::lifecycle_order> orders;
  /// What the driver knew at once.
  std::vector<engine::lifecycle_event> answers;
  protocol::work_report news;
  bool hold = false;
};

/// The actor around the state. There is one for each instance under work, each is
/// resumed for nearly every message, and CAF looks up by `dynamic_cast` what it
/// resumes: with no more bases than it needs that costs half as much as in a
/// `stateful_actor`.
class instance_shell final
  : public caf::mixin::sender<caf::scheduled_actor, instance_shell> {
public:
  using super = caf::mixin::sender<caf::scheduled_actor, instance_shell>;
  using signatures = protocol::instance_actor::signatures;
  using behavior_type = protocol::instance_actor::behavior_type;

  /// `monitor` may be null; `shard` hears every report.
  instance_shell(caf::actor_config& config, context_ptr context,
                 protocol::shard_actor shard, protocol::health_monitor_actor monitor);

  void initialize() override;
  const char* name() const override { return "instance"; }
  /// Lets go of the port, which holds the actor.
  void on_exit() override { state_.reset(); }

private:
  std::optional<instance_state> state_;
};

} // namespace drydock::inline v1::actors
