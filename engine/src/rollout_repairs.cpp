// SPDX-License-Identifier: Apache-2.0
// Instances that fall ill and are repaired: docs/semantics.md, 7.
#include "rollout_change.hpp"

#include <utility>

namespace drydock::inline v1::engine {

void rollout::suspend_repairs(const std::string& by, commands& out) {
  auto& x = report_.repairs;
  if (!running() || !options_.repairs || std::exchange(x.suspended, true))
    return;
  out.push_back(command::publish{told::repairs_suspended{by, x.failed_in_a_row}});
}

void rollout::resume_repairs(const std::string& by, commands& out) {
  auto& x = report_.repairs;
  if (!running() || !options_.repairs || !std::exchange(x.suspended, false))
    return;
  x.failed_in_a_row = 0;
  out.push_back(command::publish{told::repairs_resumed{by}});
}

} // namespace drydock::inline v1::engine
