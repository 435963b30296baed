// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_output.hpp"

#include "drydock/engine/plan.hpp"
#include "drydock/engine/report.hpp"
#include "drydock/engine/scale.hpp"

namespace drydock::cli {

/// Who comes and who goes by a plan; null: nobody.
[[nodiscard]] json scaling_json(const engine::upgrade_plan& plan,
                                const engine::fleet& instances,
                                engine::scale_in_rule rule);

/// What became of it; null: there was none.
[[nodiscard]] json scaling_json(const engine::scaling_record& x,
                                const engine::fleet& instances);

} // namespace drydock::cli
