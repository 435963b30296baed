// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/explanation.hpp"
#include "drydock/engine/rollout_options.hpp"
#include "drydock/engine/rollout_words.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace drydock::inline v1::engine {

/// What is known of an upgrade beside what it tells.
struct explained {
  /// Identities and places; may grow while events are read.
  std::shared_ptr<const fleet> instances;
  /// Whether there is a health source.
  bool has_health = false;
  /// Nothing: limits are those that events name.
  std::optional<rollout_options> options;
};

/// Hears what an upgrade tells, and explains why it stands where it stands. It keeps an
/// account of its own, as the auditor does, and decides nothing. Costs some 60 bytes an
/// instance, and a few steps an event. Not thread safe.
class explainer {
public:
  explicit explainer(explained what);

  /// Takes an event of the instant `at`; events come in the order of their telling.
  void take(const upgrade_event& event, instant at);

  /// What the upgrade itself heard, before the events of the same turn: phases, and
  /// whose health was seen again. Without it explanations know neither.
  void hear(const rollout_input& in, instant at);

  /// The upgrade was given up although it told no end.
  void abandon(instant at);

  /// Why it stands where it stands at `now`, which is not before the last event.
  /// `run`: some process runs it. A few passes over the instances.
  [[nodiscard]] explanation explain(instant now, bool run = true) const;

  /// Why one instance is where it is, as of `whole`. Positions that no event named and
  /// the fleet does not have must not be asked for.
  [[nodiscard]] instance_explanation explain(instance_index i,
                                             const explanation& whole) const;

  /// Positions below it are known, but for those of `knows`.
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  /// Whether somebody is or was at the position: replacements that were not asked for
  /// are nobody.
  [[nodiscard]] bool knows(instance_index i) const {
    return i < records_.size() && records_[i].named;
  }

private:
  struct record {
    instant since{}, health_since{}, step_since{};
    std::int64_t phase = custom_metrics::no_phase;
    std::uint32_t batch = 0, attempt = 0;
    instance_standing standing = instance_standing::untouched;
    instance_why why = instance_why::held;
    health_state health = health_state::initializing;
    member_step step = member_step::none;
    failure_reason reason = failure_reason::none;
    bool action_failed = false;
    bool attempted = false;
    bool undone = false; // it has its previous model, and failed before
    bool stale = false;
    bool named = false;    // by an event, or by the fleet of the options
    bool surge = false;    // it waits for somebody to be made, or to be deleted
    bool made = false;     // it was told that it was made as a replacement
    bool repaired = false; // just now, and down for that
  };
  struct mending {
    bool in_hand = false;
    instant changed{}; // when the last one began or ended
    std::uint32_t succeeded = 0, failed = 0;
  };
  struct batch {
    batch_place place{};
    batch_bound bound = batch_bound::group;
    rollout_limits limits{0, 0};
    instant start{};
    bool surge = false;
  };
  struct wait {
    told::waiting what;
    instant since{};
    std::optional<instant> until;
  };
  struct hook_run {
    told::hook_started what;
    instant since{};
  };
  struct guard_standing {
    told::guard_changed what;
    instant since{};
  };
  struct hearing;

  // explainer.cpp
  record& of(instance_index i);
  void begin_batch(const told::batch_started& e, instant at);
  void add_members(const std::vector<instance_index>& list, instance_why why,
                   instant at, bool surge);
  void begin_step(const told::step_started& e, instant at);
  void end_step(const told::step_finished& e, instant at);
  void change_health(const told::health_changed& e, instant at);
  void change_standing(instance_index i, instance_standing to, instant at);
  void settle(const told::instance_settled& e, instant at);
  void undo_finished(const told::rollback_finished& e, instant at);
  void resumed(const told::upgrade_resumed& e, instant at);
  void judged(const told::check_judged& e, instant at);
  void doom_if(bool sure, instant at);
  void assign(instant at);
  void begin_hearing(instant at);

  // explainer_guards.cpp
  void hear_guard(const input::guard_reported& g, instant at);
  void take_guard(const told::guard_changed& e, instant at);
  void note_guard(const told::guard_changed& e, instant at);
  void forget_guards(instant at);
  [[nodiscard]] obstacle failing_guard() const;

  // explainer_surge.cpp
  void await_replacement(instance_index member, instant at);
  void created(const told::instance_created& e, instant at);
  void replaced(const told::instance_replaced& e, instant at);
  void fell_short(const told::surge_short& e, instant at);
  void deleted(const told::instance_deleted& e, instant at);
  void note_work(const told::step_started& e, instant at);
  bool end_making(const told::step_finished& e, instant at);
  void match_short(instant at);
  [[nodiscard]] std::vector<instance_index> short_ones() const;
  void forget(std::optional<instance_index> i, instant at);
  void forget_members(instant at);
  void forget_all(instant at);
  void hear_of_uncounted(instance_index i, bool released, bool made, instant at);
  void link(instance_index next, instance_index member);
  [[nodiscard]] std::optional<instance_index> next_of(instance_index member) const;
  [[nodiscard]] std::optional<instance_index> member_of(instance_index next) const;
  [[nodiscard]] bool is_next(instance_index i) const;
  [[nodiscard]] holder worked_on_for(instance_index i) const;
  [[nodiscard]] static bool is_counted(instance_standing x);
  [[nodiscard]] static bool is_busy(instance_standing x);

  [[nodiscard]] bool is_in_hand(const record& r) const;
  [[nodiscard]] bool is_unhealthy(const record& r) const;
  [[nodiscard]] bool is_unavailable(const record& r) const;
  [[nodiscard]] bool is_unsettled(const record& r) const;
  [[nodiscard]] holder holder_of(instance_index i) const;

  // explainer_scale.cpp
  void begin_scaling(const told::scaling_started& e, instant at);
  bool settle_scaled(const told::instance_settled& e, instant at);
  void end_scaling(instant at);
  [[nodiscard]] std::string scaling_text() const;

  // explainer_obstacle.cpp
  [[nodiscard]] obstacle find_obstacle() const;
  [[nodiscard]] obstacle running_hook() const;
  [[nodiscard]] obstacle of_wait(const wait& w) const;
  [[nodiscard]] obstacle unannounced() const;
  [[nodiscard]] obstacle idle_rollback() const;
  [[nodiscard]] bool shares_budget() const;
  [[nodiscard]] limit_in_the_way allowance() const;
  void name_unavailable(obstacle& x) const;
  void name_unsettled(obstacle& x) const;
  void name_those(obstacle& x, bool (explainer::*holds)(const record&) const) const;
  [[nodiscard]] static bool ends_by_deadline(wait_reason x);
  void add_deadline(explanation& x, const obstacle& first) const;
  [[nodiscard]] std::optional<instant> deadline_of(const obstacle& x) const;
  [[nodiscard]] ending end_of(const told::upgrade_finished& e) const;
  void name_cause(ending& x) const;
  void count(explanation& x) const;

  // explainer_batch.cpp
  [[nodiscard]] obstacle members_in_hand() const;
  [[nodiscard]] bool slides() const;
  void look_behind(explanation& x) const;
  [[nodiscard]] bool may_join(const record& r, instance_index i) const;
  [[nodiscard]] std::optional<obstacle> holds_back(instant now) const;
  [[nodiscard]] obstacle closed_window(instant now) const;
  [[nodiscard]] obstacle used_up() const;
  [[nodiscard]] instance_why why_kept_back(const explanation& x) const;
  [[nodiscard]] bool is_at_checkpoint(const explanation& x) const;

  // explainer_instances.cpp
  [[nodiscard]] instance_why why_left(const record& r, instance_index i,
                                      const explanation& whole) const;
  [[nodiscard]] instance_why why_behind(const record& r, instance_index i,
                                        const explanation& whole) const;
  [[nodiscard]] std::optional<instance_why> why_elsewhere(const record& r,
                                                          instance_index i) const;
  [[nodiscard]] batch_place place_of(const record& r, instance_index i) const;

  // explainer_repairs.cpp
  void begin_repair(const told::repair_started& e, instant at);
  void end_repair(const told::repair_finished& e, instant at);
  [[nodiscard]] obstacle repairs_in_hand() const;
  [[nodiscard]] bool keeps() const;
  [[nodiscard]] obstacle idle() const;
  void explain_repair(instance_explanation& x, instant now) const;

  explained what_;
  std::map<instance_index, mending> mended_; // whoever was repaired
  std::uint32_t repairs_ = 0;                // in hand
  std::optional<bool> suspended_;            // nothing: as the options say
  std::vector<record> records_;
  std::map<instance_index, std::string> messages_;
  std::vector<batch> batches_;
  std::map<instance_index, instance_index> next_, member_; // where the fleet says not
  std::set<instance_index> uncounted_;                     // who is made or goes
  std::optional<told::upgrade_started> announced_;
  std::optional<wait> waits_;
  std::optional<hook_run> hook_;
  std::optional<told::scaling_started> scaling_; // that is under way
  std::optional<told::check_judged> breach_;
  std::vector<holder> breach_holders_;
  std::optional<told::checkpoint_left> rejected_;
  std::optional<told::guard_changed> faulting_guard_; // without options: any
  std::map<std::uint32_t, guard_standing> guards_;    // those that do not hold
  std::optional<told::cancel_requested> cancel_;
  std::optional<told::hook_finished> hook_ended_;
  std::optional<ending> end_;
  bool begun_ = false, opened_ = false, hears_ = false, resumed_ = false;
  bool doomed_ = false; // it will end as faulted, or be cancelled
  bool rolled_back_ = false;
  bool stops_ = false;  // it has kept the set, and is to end
  bool slides_ = false; // without options: others were seen to join a batch
  bool shares_ = false; // without options: a shared budget was told of

  std::uint32_t in_hand_ = 0; // and who is made or goes
  std::uint32_t total_ = 0;   // without options
  instant start_{}, last_{}, announced_at_{}, ended_{};
  instant idle_since_{};  // nobody is in hand
  instant batch_since_{}; // somebody is
  bool batch_open_ = false;
  instant hook_since_{};
};

/// `the before_batch hook of batch 2`; 0: of none.
[[nodiscard]] std::string hook_name(upgrade_hook which, std::uint32_t batch);

/// The limit that a wait for `wait_reason::unavailable_instances` names in words.
[[nodiscard]] std::optional<limit_in_the_way> read_limit(std::string_view text);

} // namespace drydock::inline v1::engine
