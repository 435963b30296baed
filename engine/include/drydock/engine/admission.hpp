// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/policy.hpp"
#include "drydock/engine/value.hpp"

#include <string>
#include <vector>

namespace drydock::inline v1::engine {

/// What is asked for: everything that decides whether a change is accepted.
struct change_request {
  /// Of the scale set.
  orchestration_mode orchestration = orchestration_mode::flexible;
  /// Whose limits hold.
  compatibility limits = compatibility::extended;
  /// The set belongs to a Service Fabric cluster: automatic mode only.
  bool service_fabric = false;
  /// Registered features (`ImageReferenceUpgradeForVmoVMs`).
  std::vector<std::string> features;
  /// How the change is to be brought to the instances.
  upgrade_policy policy;
  /// Health sources that the user named; more than one is refused.
  std::vector<health_kind> health_sources;
  /// The model before the change. Models hold `zones` (a list) and
  /// `orchestration_mode` (a string) besides the keys of `model_keys()`.
  value current_model;
  /// The model after the change.
  value latest_model;
  /// Apply classes by path, where they are not Azure's.
  class_overrides overrides;
  /// `image.version = "latest"` of the latest model stands for a version that may be
  /// another one each time, so that it counts as changed.
  bool follows_latest_image = false;
  /// A new `vm_size` is a redeploy.
  bool vm_size_on_other_hardware = false;
  /// Indexed by `apply_class`: whether the driver has a command for it.
  bool driver_can[5] = {true, true, true, true, true};
  /// Whether the driver can create and delete instances.
  bool driver_can_create = false;
  /// Whether a change of `capacity` creates or deletes as many; else it is refused.
  bool driver_can_scale = false;
};

/// Why a change is refused.
struct refusal {
  /// Azure's code (`PropertyChangeNotAllowed`); empty for a plain error.
  std::string code;
  /// The key that it is about, as a dotted path of the fleet file
  /// (`change.image.version`, `upgrade_policy.mode`).
  std::string path;
  /// A sentence that says what is wrong and what to do.
  std::string text;
};

/// What an accepted change comes to.
struct admission {
  /// Empty: the change is accepted.
  std::vector<refusal> refusals;
  /// Dotted paths of the leaves that change, sorted.
  std::vector<std::string> changed_paths;
  /// The strongest class among them; known for a refused change too.
  apply_class action = apply_class::none;
};

/// Accepts or refuses a change: all reasons at once, in a fixed order.
/// Source of the rules: docs/semantics.md, sections 2 and 3.
[[nodiscard]] admission admit(const change_request& request);

} // namespace drydock::inline v1::engine
