// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/budget_share.hpp"
#include "drydock/engine/candidates.hpp"
#include "drydock/engine/command_sink.hpp"
#include "drydock/engine/events.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/recovery.hpp"
#include "drydock/engine/repair_queue.hpp"
#include "drydock/engine/report.hpp"
#include "drydock/engine/rollout_options.hpp"
#include "drydock/engine/rollout_record.hpp"
#include "drydock/engine/rollout_words.hpp"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace drydock::inline v1::engine {

/// Decides an upgrade from its first check to its end: who goes when, what is
/// judged, what comes next. Equal inputs give equal commands. Every input is
/// legal in every state; what does not fit is ignored as stale. Costs one pass
/// over the instances at the start, and per batch no more than the walk to its
/// last member. Not thread safe. Source of the rules: docs/semantics.md.
class rollout {
public:
  rollout(rollout_options options, std::shared_ptr<const fleet> instances);

  /// Takes what happened at `now`, all of it before the next decision, and
  /// hands on what is to be done.
  void apply(std::span<const rollout_input> inputs, instant now, command_sink& out);

  /// The same, appending to a list.
  void apply(std::span<const rollout_input> inputs, instant now,
             std::vector<rollout_command>& out);

  /// The same for one input.
  void apply(const rollout_input& in, instant now, std::vector<rollout_command>& out) {
    apply(std::span(&in, 1), now, out);
  }

  [[nodiscard]] bool finished() const { return stage_ == stage::finished; }

  /// Whether a cancel can still do anything.
  [[nodiscard]] bool running() const {
    return stage_ != stage::created && stage_ != stage::finished;
  }

  [[nodiscard]] upgrade_report report() const;

  /// Azure's counters as they stand; costs nothing.
  [[nodiscard]] upgrade_progress progress() const;

  /// Replacements that have the places of members; ascending. Whoever takes the upgrade
  /// up has their health to watch as well.
  [[nodiscard]] std::vector<instance_index> replacements() const;

  /// Those whom a change of capacity has deleted; in the order of the options.
  [[nodiscard]] std::vector<instance_index> departed() const;

  /// What is wrong with the machine itself; empty: nothing. For tests.
  [[nodiscard]] std::string check_invariants() const;

private:
  using stage = rollout_parts::rollout_stage;
  using standing = rollout_parts::rollout_standing;
  static constexpr auto standings = rollout_parts::rollout_standings;
  using record = rollout_parts::rollout_record;
  using tally = rollout_parts::rollout_tally;
  using commands = command_sink;

  /// How long the announcement may wait for phases and skips to be known.
  static constexpr duration announcement_delay = std::chrono::seconds(1);

  // rollout_records.cpp: what is known of each instance, and the counts.
  [[nodiscard]] static bool is_absent(const record& r) {
    return r.state >= standing::deleted;
  }
  [[nodiscard]] bool is_unhealthy(const record& r) const;
  [[nodiscard]] bool is_unavailable(const record& r) const;
  [[nodiscard]] bool is_unsettled(const record& r) const;
  static bool is_stale(const record& r);
  void count(const record& r, std::uint32_t by);
  template <class Change>
  void change(instance_index i, Change&& how);
  [[nodiscard]] candidate_standing candidate_of(const record& r) const;
  void take_health(const input::health_changed& e, commands& out);
  void take_settled(const input::member_settled& e, instant now, commands& out);
  void take_rolled_back(const input::member_settled& e, commands& out);
  void take_released(instance_index i, instant now, commands& out);
  void give_back(instance_index i, commands& out,
                 release_reason why = release_reason::cancelled);
  void take_deleted(instance_index i, commands& out);
  [[nodiscard]] bool is_in_hand(instance_index i) const;
  [[nodiscard]] bool is_to_take_part(instance_index i) const;
  [[nodiscard]] bool is_selected(instance_index i) const;

  // rollout.cpp: the stages.
  void take(const rollout_input& in, instant now, commands& out);
  void decide(instant now, commands& out);
  void go_on(instant now, commands& out);
  void go_on_settling(instant now, commands& out);
  void go_on_with_batch(instant now, commands& out);
  void begin(instant now, commands& out);
  void assign();
  void announce(commands& out);
  void tell_settling(instant now, commands& out);
  void open(instant now, commands& out);
  void gather_again();
  void gather_candidates();
  void gather_queue();
  void take_timer(std::uint32_t timer, instant now, commands& out);
  [[nodiscard]] instant deadline() const;
  void go_on_since(instant busy, instant now);

  // rollout_batches.cpp: checks and batches.
  void look(instant now, commands& out);
  void start_queue(instant now, commands& out);
  void look_rolling(instant now, commands& out);
  [[nodiscard]] bool is_judged() const;
  [[nodiscard]] told::check_judged judge_before() const;
  [[nodiscard]] told::check_judged judge_after() const;
  [[nodiscard]] batch_choice choose(const rollout_limits& limits, bool surge);
  [[nodiscard]] std::string before_batch_message() const;
  [[nodiscard]] std::string after_batch_message() const;
  void start_batch(batch_choice choice, const rollout_limits& limits, instant now,
                   commands& out);
  void take_in_hand(std::span<const instance_index> members);
  [[nodiscard]] std::uint32_t queue_places() const;
  [[nodiscard]] std::vector<instance_index> next_in_queue(std::uint32_t most);
  [[nodiscard]] bool queue_is_over();
  void extend_batch(commands& out);
  void join_batch(told::batch_extended more, commands& out);
  void end_batch(instant now, commands& out);
  void close_batch(instant now, commands& out);
  void judge_batch(instant now, commands& out);
  void stand_still(const rollout_limits& limits, instant now, commands& out);
  [[nodiscard]] std::string allowance_text(const rollout_limits& limits) const;
  void say_waiting(wait_reason reason, std::optional<instant> until, std::string limit,
                   std::vector<instance_index> holders, std::uint32_t holder_count,
                   instant now, commands& out);
  [[nodiscard]] std::vector<instance_index>
  first_holders(bool initializing_only, std::uint32_t& holder_count) const;

  // rollout_sliding.cpp: batches that are filled up as they settle.
  [[nodiscard]] bool slides() const;
  void slide(instant now, commands& out);
  [[nodiscard]] batch_choice choose_more();

  // rollout_budget.cpp: what is left of a budget that several sets share.
  [[nodiscard]] std::uint32_t allowed(std::uint32_t own) const;
  [[nodiscard]] batch_choice fit_share(batch_choice wish, const rollout_limits& within);
  struct queue_walk {
    std::vector<instance_index> go;
    std::vector<instance_index> stay; // passed over, and first from now on
    std::size_t head = 0;             // where these are
    std::uint32_t more = 0;           // how many could go with a larger share
  };
  [[nodiscard]] queue_walk walk_queue(std::uint32_t most) const;
  [[nodiscard]] std::vector<instance_index> next_within_share(std::uint32_t most);
  [[nodiscard]] bool queue_waits_for_share();
  void cut_share();
  [[nodiscard]] std::uint32_t wanted_share() const;
  [[nodiscard]] bool awaits_share() const;
  void wait_for_share(instant now, commands& out);
  void ask_share(commands& out);

  // rollout_checkpoints.cpp
  [[nodiscard]] const checkpoint* next_checkpoint() const;
  [[nodiscard]] std::uint32_t target_of(const checkpoint& c) const;
  [[nodiscard]] std::uint32_t dealt_with() const;
  [[nodiscard]] std::uint32_t room_to_checkpoint() const;
  void pass_early_checkpoints();
  [[nodiscard]] bool at_checkpoint();
  void hold(instant now, commands& out);
  void say_held(instant now, commands& out);
  void judge_held(instant now, commands& out);
  void ask_approval(instant now, commands& out);
  void take_approval(const input::approval& e, instant now, commands& out);
  void leave_checkpoint(bool passed, const std::string& by, const std::string& message,
                        instant now, commands& out);
  void take_hold_timer(instant now, commands& out);
  void end_hold(instant now, commands& out);

  // rollout_holds.cpp: windows, guards, and ends that are sure to come.
  [[nodiscard]] bool held(instant now, commands& out);
  [[nodiscard]] bool closed_now(instant now) const;
  [[nodiscard]] std::optional<std::uint32_t> first_without_hold() const;
  void wait_for_window(instant now, commands& out);
  using turn_of_window = decltype(&next_closing);
  void watch_window(turn_of_window next, instant now, commands& out);
  void wait_for_guard(std::uint32_t guard, instant now, commands& out);
  void take_guard(const input::guard_reported& e, commands& out);
  void doom(std::string code, std::string message);
  void doom(std::string code, std::string message, rollback_scope scope);
  [[nodiscard]] bool meet_doom(instant now, commands& out);

  // rollout_hooks.cpp: hooks around the upgrade and its batches.
  void run_hook(upgrade_hook which, instant now, commands& out);
  void begin_hook(instant now, commands& out);
  void take_hook(const input::hook_finished& e, instant now, commands& out);
  void take_hook_timer(instant now, commands& out);
  void end_hook_attempt(step_outcome outcome, const std::string& error, instant now,
                        commands& out);
  void end_hook_now(instant now, commands& out);
  void hook_over(bool succeeded, const std::string& error, instant now, commands& out);
  void pause_for_hook(const std::string& error, instant now, commands& out);
  void say_paused(instant now, commands& out);
  [[nodiscard]] std::string hook_text() const;
  [[nodiscard]] std::uint32_t hook_batch() const;

  // rollout_surge.cpp: members that are replaced.
  [[nodiscard]] bool surges() const;
  [[nodiscard]] bool has_spares() const;
  [[nodiscard]] work_kind work_on(instance_index i) const;
  [[nodiscard]] const record& holder_of(instance_index i) const;
  void create_replacements(std::span<const instance_index> members, commands& out);
  bool take_surge_settled(const input::member_settled& e, instant now, commands& out);
  void take_created(const input::member_settled& e, commands& out);
  void take_discarded(const input::member_settled& e, commands& out);
  void take_removed(const input::member_settled& e, commands& out);
  void replace(instance_index member, commands& out);
  void blame(instance_index next, failure_reason reason, const std::string& why);
  void go_on_with_surge(commands& out);
  void note_made(instance_index next, commands& out);
  void leave(instance_index member);
  void discard(instance_index next);
  void settle_replaced(instance_index i, commands& out);
  void tell_created(instance_index next, commands& out);
  bool take_surge_released(instance_index i, instant now, commands& out);
  bool take_surge_deleted(instance_index i, commands& out);
  void upgrade_short_in_place(instant now, commands& out);
  void release_short(commands& out);
  void lose_replacements(const std::string& message);
  void lose_member(instance_index i, const std::string& message, instant now,
                   commands& out);
  void make_spare(instance_index next);
  void leave_over(instance_index i, failure_reason reason, const std::string& why);
  [[nodiscard]] std::string left_over(instance_index i, const std::string& why) const;
  [[nodiscard]] std::optional<member_recovery> recovery_of(instance_index i) const;

  // rollout_repairs.cpp: instances that fall ill.
  [[nodiscard]] bool replaces_ill() const;
  void steer_repairs(const std::string& by, bool go_on, commands& out);
  void begin_repairs(instant now);
  void note_changed(instance_index i);
  [[nodiscard]] bool wants_repair(instance_index i) const;
  void list_ill(instance_index i);
  [[nodiscard]] bool may_begin_repairs() const;
  void look_after_ill(instant now, commands& out);
  instance_index begin_repair(instance_index i, commands& out);
  void take_repair_settled(const input::member_settled& e, commands& out);
  void take_repair_created(const input::member_settled& e, commands& out);
  bool put_in_place(instance_index next, commands& out);
  void replace_ill(instance_index member, commands& out);
  void take_repair_discarded(const input::member_settled& e, commands& out);
  void take_ill_removed(const input::member_settled& e, commands& out);
  void leave_for_good(instance_index i);
  void note_repairs_over(commands& out);
  void end_repair(instance_index who, instance_index named, repair_verdict verdict,
                  commands& out);
  // rollout_repair_ends.cpp
  void take_repair_released(instance_index i, commands& out);
  void take_repair_deleted(instance_index i, commands& out);
  void lose_repaired(instance_index i, commands& out);
  void lose_repairs(const std::string& message, commands& out);
  // rollout_scale.cpp: a change of capacity.
  [[nodiscard]] bool must_scale() const;
  void start_scaling(instant now, commands& out);
  void enter_scaling(instance_index i, standing as);
  bool take_scale_settled(const input::member_settled& e, instant now, commands& out);
  void take_arrived(const input::member_settled& e, commands& out);
  void take_undone_arrival(const input::member_settled& e, commands& out);
  void take_departed(const input::member_settled& e, commands& out);
  void fail_arrival(instance_index i, commands& out);
  bool take_scale_released(instance_index i, instant now, commands& out);
  bool take_scale_deleted(instance_index i, commands& out);
  void arrive(instance_index i, commands& out);
  void tell_scaled(commands& out);
  void end_scaling(instant now, commands& out);
  void lose_scaling(const std::string& message, commands& out);
  void name_missing(upgrade_error& error) const;

  // rollout_recovery.cpp: what another process goes on with.
  void note_begin(told::step_started e, commands& out);
  void note_end(told::step_finished e, commands& out);
  void resume(instant now, commands& out);
  void take_up(instant now, commands& out);
  void say_settling(instant now, commands& out);
  void settle_again(instant now, commands& out);
  void judge_later(instant now, commands& out);
  void settled(instant now, commands& out);
  void take_back(instance_index i);
  void end_unjudged_batch(instant now, commands& out);

  // rollout_end.cpp: cancel, breach, rollback, the end.
  [[nodiscard]] bool anything_left() const;
  void take_cancel(const input::cancel_requested& e, instant now, commands& out);
  void assign_if_new();
  void end_cancel(instant now, commands& out);
  void finish_cancelled(instant now, commands& out);
  // rollout_rollback.cpp
  void breach(std::string code, std::string message, instant now, commands& out);
  void breach(std::string code, std::string message, rollback_scope scope, instant now,
              commands& out);
  [[nodiscard]] std::vector<instance_index> to_be_undone(rollback_scope scope) const;
  void begin_undo(instance_index i, commands& out);
  void continue_rollback(instant now, commands& out);
  [[nodiscard]] std::vector<instance_index> next_to_undo();
  void give_up_rollbacks();
  void restore_failed(commands& out); // rollout_restore.cpp
  void fail_internally(const std::string& message, instant now, commands& out);
  void finish(upgrade_status status, std::string code, std::string message, instant now,
              commands& out);
  void end_upgrade(upgrade_status status, std::string code, std::string message,
                   instant now, commands& out);
  void collect_details(upgrade_error& error) const;
  static void name_failed(upgrade_error& error);
  void name_left(upgrade_error& error) const;
  [[nodiscard]] std::string deadline_message() const;
  [[nodiscard]] std::string name_some(std::span<const instance_index> list,
                                      std::uint32_t count) const;

  std::uint32_t arm(instant at, commands& out);

  rollout_options options_;
  std::shared_ptr<const fleet> instances_;
  std::vector<record> records_;
  std::vector<std::int64_t> phases_; // empty: nobody has one
  std::map<instance_index, std::string> messages_;
  tally tally_;
  candidate_pool pool_;
  stage stage_ = stage::created;
  bool announced_ = false, opened_ = false;
  bool cut_short_ = false; // a cancel ended members
  bool cancelled_now_ = false;
  bool regather_ = false;     // instances are candidates again
  bool judged_later_ = false; // a batch is over, and waits for health to be seen again
  bool said_waiting_ = false;
  bool in_place_next_ = false; // there was no quota for the next batch's replacements
  bool looked_ = false;        // nothing changed since the last look
  wait_reason waits_for_ = wait_reason::pause;
  std::uint32_t released_ = 0;
  std::vector<instance_index> queue_; // automatic, manual: still to be started
  std::size_t queue_head_ = 0;
  std::vector<instance_index> undo_; // to be rolled back, from undo_head_ on not begun
  std::size_t undo_head_ = 0;
  bool undoes_all_ = false;
  bool fell_ill_ = false; // somebody, since it was last looked for who costs nothing
  // How it will end: after a rollback, after the last hook, or once nobody is in hand.
  struct ending {
    upgrade_status status = upgrade_status::faulted;
    std::string code, message;
  };
  ending pending_end_;
  std::optional<ending> doom_;
  rollback_scope doom_scope_ = rollback_scope::none;
  bool settled_one_ = false;  // since the last check of those attempted
  bool slides_first_ = false; // the sliding batch takes unhealthy ones first
  bool work_begun_ = false;   // what after_upgrade is the counterpart of
  bool batch_hook_done_ = false, hook_left_ = false; // an earlier process's may run
  bool batch_due_ = false; // the batch is over, and so is its hook; it is to be judged
  upgrade_hook hook_ = upgrade_hook::before_upgrade;
  std::uint32_t hook_attempt_ = 1, hook_request_ = 0, last_hook_request_ = 0;
  std::uint32_t hook_timer_ = 0, hold_timer_ = 0, window_timer_ = 0;
  std::size_t next_checkpoint_ = 0;
  bool approved_ = false, asking_ = false;
  bool hold_due_ = false; // it is over, once health was seen again
  // The one that is open, and the last one that was.
  std::uint32_t question_ = 0, last_question_ = 0;
  std::string approved_by_, approved_why_;
  instant held_since_{}, hold_until_{};
  std::optional<instant> closed_since_;
  std::vector<guard_state> guards_;
  std::vector<std::string> guard_texts_;
  std::string waits_on_; // the guard or the failed hook, in words
  budget_share share_;   // of a budget that several sets have, if it is one of them
  std::vector<instance_index> short_;      // no quota; wait to be upgraded in place
  std::vector<instance_index> ready_;      // replacements that may take their places
  std::vector<instance_index> to_discard_; // replacements that did not do
  std::vector<instance_index> to_restore_; // members that have just failed
  bool scaling_begun_ = false;
  std::uint32_t scaling_left_ = 0;      // who comes or goes and has not settled
  std::uint32_t arrivals_released_ = 0; // by a cancel
  std::map<instance_index, failure_reason> arrivals_failed_;
  instant still_since_{}, pause_begin_{};
  std::uint32_t next_timer_ = 1;
  std::uint32_t announce_timer_ = 0, deadline_timer_ = 0, pause_timer_ = 0;
  repair_state repairs_;
  instant now_{}; // of the turn at hand
  upgrade_report report_;
};

} // namespace drydock::inline v1::engine
