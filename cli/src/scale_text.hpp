// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/plan.hpp"
#include "drydock/engine/scale.hpp"

#include <string>

namespace drydock::cli {

/// One line about a change of capacity that begins, or is over.
///@{
[[nodiscard]] std::string describe_scaling(const engine::told::scaling_started& e,
                                           const engine::fleet& instances);
[[nodiscard]] std::string describe_scaling(const engine::told::scaling_finished& e);
///@}

/// Who comes and who goes by a plan, and why them; empty: nobody. Every line ends in a
/// newline.
[[nodiscard]] std::string scaling_lines(const engine::upgrade_plan& plan,
                                        const engine::fleet& instances,
                                        engine::scale_in_rule rule);

} // namespace drydock::cli
