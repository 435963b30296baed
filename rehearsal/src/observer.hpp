// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/auditor.hpp"
#include "drydock/actors/upgrade_run.hpp"
#include "run_facts.hpp"

#include <set>

namespace drydock::inline v1::rehearsal {

/// Listens to one run and writes down what a rehearsal wants to know of it.
class run_observer : public actors::upgrade_listener {
public:
  run_observer(const engine::fleet& instances, bool has_health);

  void on_event(const engine::upgrade_event& event, duration since_start) override;

  /// Everything, once the run is over.
  [[nodiscard]] run_facts finish(const engine::upgrade_report& report);

private:
  void take(const engine::told::upgrade_started& e);
  void take(const engine::told::batch_started& e);
  void take(const engine::told::batch_extended& e);
  void take(const engine::told::step_started& e);
  void take(const engine::told::step_finished& e);
  void take(const engine::told::instance_settled& e);
  void take(const engine::told::batch_finished& e);
  void take(const engine::told::waiting& e);
  void take(const engine::told::check_judged& e);
  void take(const engine::told::rollback_started& e);
  void take(const engine::told::hook_started& e);
  void take(const engine::told::repair_started& e);
  template <class Event>
  void take(const Event&) {}

  void enter(phase next);
  void end_action(engine::instance_index i);
  [[nodiscard]] bool is_of_repair(engine::instance_index i,
                                  engine::work_kind work) const;
  [[nodiscard]] engine::instance_index place_of(engine::instance_index i) const;
  void look_at_batch();
  void watch_availability();

  const engine::fleet& instances_;
  actors::auditor auditor_;
  run_facts facts_;
  duration at_{0};
  phase phase_ = phase::settling;
  duration phase_since_{0};
  bool named_only_ = false;
  std::uint32_t pending_ = 0;
  std::uint32_t settled_ = 0;
  /// Of the batch at hand.
  std::uint32_t members_ = 0;
  std::uint32_t acted_ = 0;
  std::uint32_t settled_here_ = 0;
  /// It is filled up as its members settle: those in hand say how far it is.
  bool slides_ = false;
  bool rolling_ = false;
  bool in_batch_ = false;
  enum mark : std::uint8_t { begun = 1, ended = 2 };
  std::vector<std::uint8_t> marks_;
  std::set<engine::instance_index> repaired_;
};

} // namespace drydock::inline v1::rehearsal
