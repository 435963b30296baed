// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/explanation.hpp"

#include <array>

namespace drydock::inline v1::engine {

namespace {

/// The name of `x` among names in the order of its values.
template <class Enum, std::size_t N>
std::string_view name_of(Enum x, const std::array<std::string_view, N>& names) {
  const auto at = static_cast<std::size_t>(x);
  return at < N ? names[at] : std::string_view();
}

} // namespace

std::string_view to_string(course x) {
  static constexpr std::array<std::string_view, 3> names{"moving", "waiting",
                                                         "finished"};
  return name_of(x, names);
}

std::string_view to_string(obstacle_kind x) {
  static constexpr std::array<std::string_view, 17> names{"settling_health",
                                                          "unavailable_instances",
                                                          "initializing_candidates",
                                                          "pause",
                                                          "checkpoint_bake",
                                                          "checkpoint_approval",
                                                          "maintenance_window",
                                                          "guard",
                                                          "hook",
                                                          "hook_failed",
                                                          "in_hand",
                                                          "deadline_near",
                                                          "no_controller",
                                                          "deciding",
                                                          "shared_budget",
                                                          "repairs",
                                                          "keeping"};
  return name_of(x, names);
}

std::string_view to_string(remedy x) {
  static constexpr std::array<std::string_view, 11> names{
    "wait",      "mend_instances", "look_at_step",   "mend_guard",
    "mend_hook", "approve",        "raise_limit",    "cancel_now",
    "resume",    "run_again",      "mend_other_sets"};
  return name_of(x, names);
}

std::string_view to_string(ending_cause x) {
  static constexpr std::array<std::string_view, 9> names{
    "completed",           "breach", "deadline", "cancelled",     "abandoned",
    "checkpoint_rejected", "guard",  "hook",     "internal_error"};
  return name_of(x, names);
}

std::string_view to_string(instance_standing x) {
  static constexpr std::array<std::string_view, standing_count> names{
    "pending",      "up_to_date", "in_hand",   "succeeded", "failed",     "skipped",
    "rolling_back", "deleted",    "untouched", "arriving",  "discarding", "leaving"};
  return name_of(x, names);
}

std::string_view to_string(instance_why x) {
  static constexpr std::array<std::string_view, 29> names{"in_order",
                                                          "unhealthy_first",
                                                          "room_in_batch",
                                                          "at_once",
                                                          "latest_model",
                                                          "nothing_to_change",
                                                          "protected",
                                                          "skip_upgrade",
                                                          "not_named",
                                                          "deleted",
                                                          "later_phase",
                                                          "later_zone",
                                                          "later_update_domain",
                                                          "batch_full",
                                                          "allowance",
                                                          "initializing",
                                                          "checkpoint",
                                                          "held",
                                                          "batch_in_hand",
                                                          "taken_back",
                                                          "rolled_back",
                                                          "upgrade_ended",
                                                          "replaces_member",
                                                          "replaced",
                                                          "discarded",
                                                          "left_over",
                                                          "quota_short",
                                                          "scale_in",
                                                          "scale_out"};
  return name_of(x, names);
}

std::string_view to_string(member_step x) {
  static constexpr std::array<std::string_view, 12> names{
    "none",        "asked",          "before_instance",
    "action",      "after_instance", "retry",
    "health",      "min_ready",      "terminate_notification",
    "replacement", "deletion",       "allowance"};
  return name_of(x, names);
}

obstacle_kind to_obstacle(wait_reason x) {
  if (x == wait_reason::shared_budget)
    return obstacle_kind::shared_budget;
  // For the rest the two lists begin alike.
  return static_cast<obstacle_kind>(x);
}

std::string_view to_string(repair_why x) {
  static constexpr std::array<std::string_view, 7> names{
    "none",      "under_repair", "grace_period", "bound",
    "protected", "suspended",    "not_now"};
  return name_of(x, names);
}

} // namespace drydock::inline v1::engine
