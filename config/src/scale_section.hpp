// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "diagnostics.hpp"
#include "sections.hpp"

#include "drydock/engine/scale.hpp"

#include <cstdint>
#include <vector>

namespace drydock::config {

/// `[scale_in_policy]`.
[[nodiscard]] engine::scale_in_rule read_scale_in_rule(table_reader& root);

/// Grows with the moment at which an instance was made; empty: as positions do.
[[nodiscard]] std::vector<std::uint64_t> ages_of(const instance_section& instances,
                                                 const replaced_instances& replaced);

/// Who goes, or who comes: `fleet_file::scale_in`, or arrivals of the fleet. The driver
/// must be known, and `file.replaced`.
void plan_capacity(fleet_file& file, instance_section& instances, const node& tree,
                   diagnostics& sink);

} // namespace drydock::config
