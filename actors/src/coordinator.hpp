// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "context.hpp"
#include "drydock/protocol/interfaces.hpp"

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drydock::inline v1::actors {

/// Runs one upgrade of one scale set: feeds what it hears to the rollout machine
/// and performs what that decides. Spawned by the run; spawns and monitors the
/// shards and talks to them in bulk; exits when the upgrade is over.
struct coordinator_state : private engine::command_sink {
  using self_pointer = protocol::coordinator_actor::stateful_pointer<coordinator_state>;

  /// Shards that may be activating members at the same time: enough to keep every
  /// core busy, few enough for their actors to stay in the cache.
  static constexpr std::size_t activating_max = 8;

  struct part {
    std::size_t shard = 0;
    protocol::work_on_instances work;
  };

  explicit coordinator_state(self_pointer ptr) : self(ptr) {}

  void start(const protocol::begin_upgrade& m);
  void spawn_shards();
  [[nodiscard]] engine::instant now() const;
  void feed(const engine::rollout_input& in);
  void feed(std::span<const engine::rollout_input> inputs);
  void take_turn(std::span<const engine::rollout_input> inputs);
  void perform(engine::command::start_members& command);
  void perform(const engine::command::recover_members& command);
  void perform(const engine::command::cancel_members& command);
  void perform(const engine::command::drop_member& command);
  void perform(const engine::command::arm_timer& command);
  void perform(const engine::command::run_hook& command);
  void perform(const engine::command::end_hook& command);
  void perform(const engine::command::ask_approval& command);
  void perform(const engine::command::ask_budget& command);
  void perform(engine::command::publish& command);
  void perform(const engine::command::finish& command);
  protocol::coordinator_actor::behavior_type make_behavior();

  void hear(protocol::shard_report& m);
  [[nodiscard]] engine::rollout_input
  translate(protocol::instance_update& update) const;
  // coordinator_journal.cpp: what is written, and what was.
  [[nodiscard]] bool read_back();
  void apply_and_write(std::span<const engine::rollout_input> what);
  void stop_unwritten(const std::string& why);

  // coordinator_attendant.cpp: what is asked for the upgrade as a whole.
  [[nodiscard]] std::shared_ptr<protocol::attendant_port> answers();
  void watch_guards();
  void note_for_attendant(const engine::upgrade_event& event);

  // coordinator_budget.cpp
  void hear_budget(protocol::budget_news& m);

  void send_parts();
  void take_back_parts();
  void forget(engine::instance_index instance);
  [[nodiscard]] const protocol::shard_actor&
  shard_of(engine::instance_index instance) const;

  self_pointer self;
  context_ptr context;
  std::optional<engine::rollout> rollout;
  std::vector<protocol::shard_actor> shards;
  engine::instant started_at{};
  /// What the clock of an earlier process was ahead of ours.
  engine::duration clock_offset{0};
  /// With a journal: what the turn at hand is to do once it is written.
  std::vector<engine::rollout_command> effects;
  /// With a journal: what the turn at hand says, which is told once it is written.
  std::vector<engine::upgrade_event> unsaid;
  /// A cancel that parts of recovered work have yet to hear of.
  std::optional<protocol::abandon_work> abandoned;
  /// Instances that went while an earlier process ran the upgrade.
  std::vector<engine::instance_index> gone;
  /// Work that no shard has yet.
  std::deque<part> unsent;
  std::size_t activating = 0;
  /// When the turn at hand began.
  engine::instant turn_at{};
  std::vector<engine::rollout_input> inputs;
  bool over = false;

  static inline const char* name = "coordinator";

private:
  void take(engine::rollout_command&& command) override;
  void publish(engine::upgrade_event&& event) override;
};

protocol::coordinator_actor::behavior_type
coordinator(coordinator_state::self_pointer self, context_ptr context);

} // namespace drydock::inline v1::actors
