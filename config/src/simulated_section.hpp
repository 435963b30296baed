// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sections.hpp"

#include <vector>

namespace drydock::config {

// What `[driver.simulated]` and `[rehearsal]` have in common.

/// The durations of actions and of a boot; other keys of the table, and its
/// `finish`, are the caller's.
void read_durations(table_reader& durations, engine::simulated_spec& out);

/// `rates`.
void read_rates(table_reader rates, engine::simulated_spec& out);

/// The tables `fault` under `parent`. `endless`: nothing would ever end an action
/// that hangs, so that one is a mistake.
[[nodiscard]] std::vector<engine::simulated_fault>
read_faults(table_reader& parent, const instance_section& instances, bool endless);

} // namespace drydock::config
