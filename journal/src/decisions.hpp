// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/rollout.hpp"
#include "drydock/journal/what_if.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drydock::inline v1::journal {

/// Whether the event is a decision that two policies are compared by.
[[nodiscard]] bool is_decision(const engine::upgrade_event& e);
/// Whether two decisions are the same, but for numbers that a policy only shows.
[[nodiscard]] bool same_decision(const engine::upgrade_event& a,
                                 const engine::upgrade_event& b);
/// `batch 2: 10 instances: …`, `waiting for a pause until 90 s`.
[[nodiscard]] std::string decision_text(const engine::upgrade_event& e,
                                        const engine::fleet& instances);

/// A machine, and what it decided in its last step.
class watched_rollout : private engine::command_sink {
public:
  watched_rollout(const engine::rollout_options& options,
                  std::shared_ptr<const engine::fleet> instances)
    : machine_(options, std::move(instances)) {}

  void step(std::span<const engine::rollout_input> inputs, engine::instant at);

  /// Of the last step, in order.
  [[nodiscard]] const std::vector<engine::upgrade_event>& decisions() const {
    return decisions_;
  }
  /// What it waits for since the last decision, if it does.
  [[nodiscard]] const std::optional<engine::upgrade_event>& waiting() const {
    return waiting_;
  }
  [[nodiscard]] const std::vector<engine::command::arm_timer>& armed() const {
    return armed_;
  }
  /// The hook that is to end.
  [[nodiscard]] const std::optional<std::uint32_t>& hook() const { return hook_; }
  /// Whether somebody is to let it go on.
  [[nodiscard]] bool asks() const { return asks_; }
  /// Whose upgrade began in the last step.
  [[nodiscard]] const std::vector<engine::instance_index>& begun() const {
    return begun_;
  }
  /// Whose previous model was begun to be brought back.
  [[nodiscard]] const std::vector<engine::instance_index>& undone() const {
    return undone_;
  }
  /// Instances under work.
  [[nodiscard]] std::uint32_t in_hand() const {
    return machine_.progress().in_progress;
  }
  /// Up to the failed check or the end; `end` is `open` before.
  [[nodiscard]] const policy_course& course() const { return course_; }
  [[nodiscard]] bool over() const { return course_.end != policy_course::ending::open; }

private:
  void take(engine::rollout_command&& command) override;
  void publish(engine::upgrade_event&& event) override;
  void note(const engine::upgrade_event& event);
  void end(policy_course::ending how, const std::string& code);

  engine::rollout machine_;
  engine::instant at_{};
  bool replaces_ = false; // the members of the batch at hand
  std::vector<engine::upgrade_event> decisions_;
  std::optional<engine::upgrade_event> waiting_;
  std::vector<engine::command::arm_timer> armed_;
  std::optional<std::uint32_t> hook_;
  bool asks_ = false;
  std::vector<engine::instance_index> begun_, undone_;
  policy_course course_;
};

} // namespace drydock::inline v1::journal
