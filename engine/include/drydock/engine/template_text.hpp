// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/driver_spec.hpp"
#include "drydock/engine/value.hpp"

#include <cstdint>
#include <memory>
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
  /// By which whoever does a step recognises it; empty for commands that are no step.
  std::string_view key = {};
  /// The upgrade's id, for commands that belong to it as a whole.
  std::string_view upgrade = {};
  /// Percent, for the command that decides on a checkpoint.
  std::string_view checkpoint = {};
  /// What became known of the instance when it was made; null: nothing did.
  std::shared_ptr<const instance_details> details = nullptr;
  /// When the instance is deleted at the latest, for the command that tells it.
  std::string_view not_before = {};
  /// Vars are those of `details` alone: others are the member's that it was to replace.
  bool only_own_vars = false;
};

/// What a command belongs to, which decides the placeholders it may have.
enum class template_use : std::uint8_t {
  /// To no instance: `setup`, `teardown`, `inventory`.
  set,
  /// To an instance, but it changes nothing: `inspect`, a check of health.
  instance,
  /// To a step of the work on an instance.
  step,
  /// To an upgrade as a whole: its hooks and guards.
  upgrade,
  /// To a checkpoint of an upgrade: `approve`.
  checkpoint,
  /// To the step that tells an instance of its deletion.
  notification,
};

/// The key of a step: the same for each of its attempts, whichever process makes them.
/// `step` is `action_name`'s.
[[nodiscard]] std::string step_key(std::string_view upgrade_id,
                                   std::string_view instance, std::string_view step,
                                   bool rollback);

/// Fills in one argument. Placeholders: `{instance.id}`, `{instance.index}`,
/// `{instance.zone}`, `{instance.update_domain}`, `{instance.address}`,
/// `{instance.port}`, `{instance.vars.NAME}`, `{model.PATH}`,
/// `{previous.PATH}`, `{scale_set.name}`, `{key}`, `{upgrade}`, `{checkpoint}`,
/// `{not_before}`; `{{` and `}}` are braces. What has no value becomes nothing.
[[nodiscard]] std::string fill_template(std::string_view text,
                                        const template_context& context);

/// The first placeholder of `text` that no context can fill, or a description
/// of a brace that is never closed; nothing when all is well. `vars` are the
/// names that at least one instance has. Placeholders of instances are unknown to
/// commands of the set and of upgrades, `{key}` to all but steps, `{upgrade}` to all
/// but commands of upgrades and checkpoints, `{checkpoint}` to all but those of
/// checkpoints, `{not_before}` to all but notifications. Fixed model keys are known
/// even where absent, keys of the user's choice where either model has them. A `}` that
/// closes nothing stands for itself.
[[nodiscard]] std::optional<std::string>
find_unknown_placeholder(std::string_view text, const value& model,
                         const value& previous, const std::vector<std::string>& vars,
                         template_use use);

} // namespace drydock::inline v1::engine
