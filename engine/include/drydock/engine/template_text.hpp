// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/driver_spec.hpp"
#include "drydock/engine/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace drydock::inline v1::engine {

/// What the placeholders of a command template stand for. The fleet may be null
/// for commands that belong to no instance (`setup`, `inventory`).
struct template_context {
  const fleet* instances = nullptr;
  instance_index index = 0;
  /// The model an instance is to have, and the one it had.
  const value* model = nullptr;
  const value* previous = nullptr;
  std::string_view scale_set;
};

/// Fills in one argument. Placeholders: `{instance.id}`, `{instance.index}`,
/// `{instance.zone}`, `{instance.update_domain}`, `{instance.address}`,
/// `{instance.port}`, `{instance.vars.NAME}`, `{model.PATH}`,
/// `{previous.PATH}`, `{scale_set.name}`; `{{` and `}}` are braces. What has no
/// value becomes nothing.
[[nodiscard]] std::string fill_template(std::string_view text,
                                        const template_context& context);

/// The first placeholder of `text` that no context can fill, or a description
/// of a brace that is never closed; nothing when all is well. `vars` are the
/// names that at least one instance has. `for_instance` false: placeholders of
/// instances are unknown. Fixed model keys are known even where absent, keys of
/// the user's choice where either model has them. A `}` that closes nothing
/// stands for itself.
[[nodiscard]] std::optional<std::string>
find_unknown_placeholder(std::string_view text, const value& model,
                         const value& previous, const std::vector<std::string>& vars,
                         bool for_instance);

} // namespace drydock::inline v1::engine
