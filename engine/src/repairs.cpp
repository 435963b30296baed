// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/repairs.hpp"

#include "drydock/engine/repair_events.hpp"
#include "drydock/engine/rollout_options.hpp"

#include <algorithm>

namespace drydock::inline v1::engine {

std::string_view to_string(repair_action x) {
  switch (x) {
  case repair_action::replace:
    return "replace";
  case repair_action::reimage:
    return "reimage";
  case repair_action::restart:
    break;
  }
  return "restart";
}

std::string_view to_string(repair_outcome x) {
  switch (x) {
  case repair_outcome::succeeded:
    return "succeeded";
  case repair_outcome::failed:
    return "failed";
  case repair_outcome::dropped:
    break;
  }
  return "dropped";
}

apply_class class_of(repair_action x) {
  switch (x) {
  case repair_action::replace:
    return apply_class::none;
  case repair_action::reimage:
    return apply_class::reimage;
  case repair_action::restart:
    break;
  }
  return apply_class::restart;
}

apply_class action_of(const rollout_options& options, work_kind work) {
  return work == work_kind::repair && options.repairs
           ? class_of(options.repairs->action)
           : options.action;
}

std::uint32_t repairs_at_once(std::uint32_t instances) {
  const auto part = std::uint64_t{instances} * 5 / 100;
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, part));
}

} // namespace drydock::inline v1::engine
