// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenario.hpp"

#include "drydock/actors/auditor.hpp"
#include "drydock/engine/rollout.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace drydock::testing {

/// The world around a rollout machine: as long as there are dice they decide what
/// happens next; then calm returns, everyone recovers, and the run must end. What
/// the machine does is judged by what the world knows by itself.
class random_world {
public:
  enum class weather : std::uint8_t {
    /// Failures, flaps, cancels, deletions, late and duplicate reports.
    storm,
    /// The same, and the process that runs the upgrade dies now and then: another one
    /// goes on from what was written down.
    wreck,
    /// Members succeed in any order, and those that are ill recover.
    fair,
    /// Members succeed in any order, and nobody recovers by itself.
    still,
  };

  random_world(const scenario& s, weather w);

  /// Sees every call of the machine: when, with what, and what it ordered.
  using witness =
    std::function<void(engine::instant, const std::vector<engine::rollout_input>&,
                       const std::vector<engine::rollout_command>&)>;
  void watch(witness w) { witness_ = std::move(w); }

  /// Runs to the end. Returns what was broken; empty: nothing.
  [[nodiscard]] std::string run();

  /// Everything the machine ordered, a line each.
  [[nodiscard]] const std::string& transcript() const { return transcript_; }
  [[nodiscard]] const engine::rollout& machine() const { return machine_; }
  /// The members of every batch; those that joined later included.
  [[nodiscard]] const std::vector<std::vector<engine::instance_index>>&
  batches() const {
    return batches_;
  }

private:
  struct knowledge {
    engine::health_state health = engine::health_state::initializing;
    engine::work_kind work = engine::work_kind::upgrade;
    /// It is in N, by what was told.
    bool counts = false;
    /// A replacement that the machine may have seen.
    bool made = false;
    /// It was to be replaced, and there was no quota.
    bool in_place = false;
    bool takes_part = false;
    bool gone = false;
    /// The set shrinks, and it was told to be deleted.
    bool goes = false;
    bool in_hand = false;
    bool started = false;
    bool failed = false;
    bool undone = false;
    bool succeeded = false;
    /// What is done to it is for a repair.
    bool for_repair = false;
  };

  // What happens.
  std::uint32_t roll(std::uint32_t sides);
  engine::instance_index anyone();
  void begin();
  void happen();
  void happen_in_storm(std::uint32_t what);
  void calm_down();
  bool recover_one();
  void settle(engine::instance_index i, bool well);
  void fail(engine::instance_index i);
  void fail_deletion(engine::instance_index i);
  [[nodiscard]] engine::custom_metrics metrics_of(engine::instance_index i) const;
  void settle_any(bool well);
  void flap(engine::instance_index i, engine::health_state to);
  void erase(engine::instance_index i);
  void report_late();
  void cancel_or_die();
  bool fire_next();
  void die();
  void forget_unheard();
  void rebuild();
  bool see_one();
  // random_world_people.cpp: who is asked for the upgrade as a whole.
  void look_at_guards(bool well);
  bool end_hook(bool well);
  bool answer(bool yes);
  bool surroundings_help();
  void surroundings_happen();
  // random_world_repairs.cpp: instances that fall ill.
  void end_repair(engine::instance_index i, bool well);
  void steer_repairs();
  bool stop_keeping();
  void heard_of_repairs(const engine::upgrade_event& event);
  void judge_repair(engine::instance_index i);
  [[nodiscard]] bool is_for_repair(engine::instance_index i,
                                   engine::work_kind work) const;
  [[nodiscard]] std::size_t members_in_hand() const;
  [[nodiscard]] bool all_seen() const;
  void queue(engine::rollout_input in);
  void flush();

  // What the machine does about it.
  void perform(const engine::rollout_command& c);
  void start(const engine::command::start_members& c);
  void start_upgrade(engine::instance_index i);
  void start_creation(engine::instance_index i);
  void start_deletion(engine::instance_index i, engine::work_kind work);
  void take_up(const engine::command::recover_members& c);
  void heard(const engine::upgrade_event& event);
  void judge_batch(const engine::told::batch_started& e, std::uint32_t before);
  void judge_member(engine::instance_index i, const engine::told::batch_started& e);
  void heard_of_surge(const engine::upgrade_event& event, std::uint32_t before);
  void heard_of_scaling(const engine::upgrade_event& event);
  void judge_promise(std::uint32_t before);
  void judge_more(const engine::told::batch_extended& e, std::uint32_t before);
  void judge_start();
  void judge_state();
  [[nodiscard]] std::uint32_t total() const;
  [[nodiscard]] bool is_ill(engine::instance_index i) const;
  [[nodiscard]] bool is_pending(engine::instance_index i) const;
  void broken(const std::string& what);

  const scenario& scenario_;
  weather weather_;
  engine::rollout machine_;
  actors::auditor auditor_;
  std::vector<knowledge> known_;
  std::size_t next_die_ = 0;
  engine::instant now_{};
  std::vector<engine::rollout_input> inputs_;
  /// Everything the machine was told, with the instants: its journal.
  std::vector<std::pair<engine::instant, std::vector<engine::rollout_input>>> history_;
  /// What is decided now is written down and told, and not done.
  bool scaled_ = false;
  bool dying_ = false;
  /// Instances whose health the process at hand has not seen yet.
  std::set<engine::instance_index> unseen_;
  std::multimap<engine::instant, std::uint32_t> timers_;
  std::vector<engine::instance_index> in_hand_;
  std::vector<std::vector<engine::instance_index>> batches_;
  /// Replacements that nobody could delete.
  std::uint32_t left_over_ = 0;
  std::set<engine::instance_index> repairing_; // whom repairs in hand were begun on
  bool suspended_ = false;
  std::uint32_t hook_ = 0;     // the request that waits for its end; 0: none
  std::uint32_t question_ = 0; // what was asked and not answered
  std::vector<engine::guard_state> guards_;
  engine::told::batch_started batch_; // the last one
  bool sliding_ill_ = false;
  bool hooked_batch_ = false; // before_batch has succeeded for the next one
  bool holding_ = false;      // at a checkpoint
  bool cancelled_ = false;
  std::int64_t phase_ = INT64_MIN;
  witness witness_;
  std::string transcript_;
  std::string problem_;
};

} // namespace drydock::testing
