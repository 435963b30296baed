// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/policy.hpp"
#include "drydock/engine/time.hpp"
#include "drydock/engine/value.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::inline v1::engine {

/// Upgrades that begin by themselves when there is a newer image. Names and defaults
/// are those of Azure's `automaticOSUpgradePolicy`; source of the rules:
/// docs/semantics.md, section 8.
struct automatic_os_upgrade {
  /// A newer image starts an upgrade, whatever the mode.
  bool enable_automatic_os_upgrade = false;
  /// An instance that is not healthy in time keeps the newer image.
  bool disable_automatic_rollback = false;
  /// By the numbers of the set's own rolling policy; else by the built-in ones.
  bool use_rolling_upgrade_policy = false;
  /// Such an upgrade waits until somebody approves it.
  bool os_rolling_upgrade_deferral = false;
  /// drydock's own: from one look for a newer image to the next; ≥ 50 ms.
  duration check_interval = std::chrono::hours(1);
};

/// A version of the image, and when it is published.
struct image_release {
  /// The version; not empty.
  std::string version;
  /// Since the start of the fleet's simulation; ≥ 0.
  duration at{0};
};

/// The version that stands for the newest one there is.
inline constexpr std::string_view latest_image_version = "latest";

/// Whether the model's `image.version` is `latest`.
[[nodiscard]] bool wants_latest_image(const value& model);

/// The model's `image.version` as text; empty: it has none.
[[nodiscard]] std::string image_version_of(const value& model);

/// The model with another `image.version`.
[[nodiscard]] value with_image_version(value model, std::string version);

/// The newest version that is published `since_start`; of two published at the same
/// time the later one of the list. Empty: none is yet.
[[nodiscard]] std::string newest_image(std::span<const image_release> releases,
                                       duration since_start);

/// When the newest version changes next; `since_start` itself is over by then. Max:
/// never.
[[nodiscard]] duration next_release(std::span<const image_release> releases,
                                    duration since_start);

/// The policy of an upgrade that a newer image starts: rolling, by the numbers of
/// `usual` or the built-in ones. `can_replace`: there are positions for replacements,
/// without which nobody is replaced.
[[nodiscard]] upgrade_policy policy_of_image_upgrade(const upgrade_policy& usual,
                                                     const automatic_os_upgrade& how,
                                                     bool can_replace);

} // namespace drydock::inline v1::engine
