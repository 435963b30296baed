// SPDX-License-Identifier: Apache-2.0
// What is said by enumerations of an upgrade.
#include "drydock/engine/events.hpp"

namespace drydock::inline v1::engine {

std::string_view to_string(upgrade_status x) {
  switch (x) {
  case upgrade_status::rolling_forward:
    return "RollingForward";
  case upgrade_status::completed:
    return "Completed";
  case upgrade_status::faulted:
    return "Faulted";
  case upgrade_status::cancelled:
    return "Cancelled";
  }
  return "";
}

std::string_view to_string(skip_reason x) {
  return x == skip_reason::is_protected ? "protected" : "skip_upgrade";
}

std::string_view to_string(release_reason x) {
  return x == release_reason::quota_short ? "quota_short" : "cancelled";
}

std::string_view to_string(deletion_reason x) {
  switch (x) {
  case deletion_reason::deleted:
    return "deleted";
  case deletion_reason::surge:
    return "surge";
  case deletion_reason::repair:
    return "repair";
  case deletion_reason::scale_in:
    return "scale_in";
  case deletion_reason::scale_out:
    break;
  }
  return "scale_out";
}

std::string_view to_string(creation_reason x) {
  switch (x) {
  case creation_reason::surge:
    return "surge";
  case creation_reason::repair:
    return "repair";
  case creation_reason::scale_out:
    break;
  }
  return "scale_out";
}

std::string_view to_string(wait_reason x) {
  switch (x) {
  case wait_reason::settling_health:
    return "settling_health";
  case wait_reason::unavailable_instances:
    return "unavailable_instances";
  case wait_reason::initializing_candidates:
    return "initializing_candidates";
  case wait_reason::pause:
    return "pause";
  case wait_reason::checkpoint_bake:
    return "checkpoint_bake";
  case wait_reason::checkpoint_approval:
    return "checkpoint_approval";
  case wait_reason::maintenance_window:
    return "maintenance_window";
  case wait_reason::guard:
    return "guard";
  case wait_reason::hook:
    return "hook";
  case wait_reason::hook_failed:
    return "hook_failed";
  case wait_reason::shared_budget:
    return "shared_budget";
  }
  return "";
}

} // namespace drydock::inline v1::engine
