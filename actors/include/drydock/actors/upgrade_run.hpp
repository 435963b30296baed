// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/lifecycle.hpp"
#include "drydock/engine/rollout.hpp"
#include "drydock/protocol/attendant.hpp"
#include "drydock/protocol/budget.hpp"
#include "drydock/protocol/effects.hpp"
#include "drydock/protocol/journal.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace drydock::inline v1::actors {

/// Hears what an upgrade tells, in order, one call at a time, on a thread of the
/// upgrade's choice. Calls must return soon and must not throw.
class upgrade_listener {
public:
  virtual ~upgrade_listener() = default;

  /// `since_start` counts from the start of the upgrade.
  virtual void on_event(const engine::upgrade_event& event,
                        engine::duration since_start) = 0;

  /// All that came of one turn has been told: whatever happened at one instant
  /// and what was decided on it. Follows every event before the upgrade waits
  /// for something, and the last event before `upgrade_run::run` returns; comes
  /// after turns with nothing to tell, too. `progress`: how the upgrade stands.
  virtual void on_pause(const engine::upgrade_progress& progress) {
    static_cast<void>(progress);
  }
};

/// What a virtual clock shows when a run begins on it, beside `run_setup::clock_start`:
/// CAF's own does not start at 0.
inline constexpr engine::duration virtual_clock_origin{1};

/// Everything one upgrade needs, checked and complete.
struct run_setup {
  std::shared_ptr<const engine::fleet> instances;
  engine::rollout_options rollout;
  engine::lifecycle_options lifecycle;
  engine::health_source health;
  std::shared_ptr<protocol::driver> driver;
  /// Null without a health source.
  std::shared_ptr<protocol::prober> prober;
  /// Null: hooks succeed without a call, and nobody looks at guards.
  std::shared_ptr<protocol::attendant> attendant;
  /// Whom a budget is asked for that several upgrades share. Null: the upgrade has all
  /// of it for itself.
  std::shared_ptr<protocol::budget_port> budget;
  /// Where the upgrade is written down before it acts, and from where it goes on if
  /// another process has begun it; steps are told then, whatever `tell_steps` says.
  /// Null: nowhere.
  std::shared_ptr<protocol::upgrade_journal> journal;
  /// One thread, and time that runs as fast as the work allows.
  bool virtual_clock = false;
  /// Virtual clock: where it begins; for worlds that live on from one run to the next.
  engine::duration clock_start{0};
  /// Real clock: threads of the scheduler; 0: one a core.
  std::size_t threads = 0;
  /// Virtual clock: chooses the order in which ready actors run; nothing: the
  /// order in which they became ready.
  std::optional<std::uint64_t> interleaving_seed;
  /// Whether steps are told (`action_started`, `action_finished`).
  bool tell_steps = true;
  /// Instances of one shard; ≥ 1.
  std::uint32_t shard_size = 4096;
};

/// One upgrade, from its start to its end, run by actors of its own.
class upgrade_run {
public:
  /// `listener` must outlive the run.
  upgrade_run(run_setup setup, upgrade_listener& listener);
  ~upgrade_run();

  upgrade_run(const upgrade_run&) = delete;
  upgrade_run& operator=(const upgrade_run&) = delete;

  /// Runs the upgrade to its end. Once, from one thread.
  engine::upgrade_report run();

  /// Cancels the upgrade; `now`: ends what is in flight. From any thread, any
  /// number of times, before `run` too; without an upgrade that runs nothing
  /// happens.
  void cancel(std::string by, bool now);

  /// Answers what the upgrade asks at a checkpoint or a failed hook. From any thread,
  /// before `run` too: then it is heard once the upgrade has begun, or gone on.
  void approve(protocol::approval word);

  /// A run that keeps (`rollout_options::keep`) begins no more repairs, and ends once
  /// those in hand are over. From any thread, before `run` too.
  void stop_keeping();

  /// No more repairs are begun, or they are again; `by`: who asks. From any thread,
  /// before `run` too.
  ///@{
  void suspend_repairs(std::string by);
  void resume_repairs(std::string by);
  ///@}

  /// Tells that an instance is gone. From any thread.
  void delete_instance(engine::instance_index instance);

  /// Tells that an instance is gone, at a given time of a virtual clock, counted
  /// from the start. Before `run`.
  void delete_instance_at(engine::instance_index instance, engine::duration after);

  /// Answers at a given time of a virtual clock. Before `run`.
  void approve_at(protocol::approval word, engine::duration after);

  /// The same words at a given time of a virtual clock. Before `run`.
  ///@{
  void stop_keeping_at(engine::duration after);
  void suspend_repairs_at(std::string by, engine::duration after);
  void resume_repairs_at(std::string by, engine::duration after);
  ///@}

  /// Cancels at a given time of a virtual clock. Before `run`.
  void cancel_at(std::string by, bool now, engine::duration after);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace drydock::inline v1::actors
