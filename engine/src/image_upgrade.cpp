// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/image_upgrade.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

namespace {
constexpr std::string_view version_path = "image.version";
} // namespace

std::string image_version_of(const value& model) {
  const auto* found = model.find(version_path);
  return found == nullptr || found->is_null() ? std::string() : found->to_text();
}

bool wants_latest_image(const value& model) {
  return image_version_of(model) == latest_image_version;
}

value with_image_version(value model, std::string version) {
  model.set(version_path, std::move(version));
  return model;
}

std::string newest_image(std::span<const image_release> releases,
                         duration since_start) {
  const image_release* newest = nullptr;
  for (const auto& x : releases)
    if (x.at <= since_start && (newest == nullptr || newest->at <= x.at))
      newest = &x;
  return newest == nullptr ? std::string() : newest->version;
}

duration next_release(std::span<const image_release> releases, duration since_start) {
  auto next = duration::max();
  for (const auto& x : releases)
    if (x.at > since_start)
      next = std::min(next, x.at);
  return next;
}

upgrade_policy policy_of_image_upgrade(const upgrade_policy& usual,
                                       const automatic_os_upgrade& how,
                                       bool can_replace) {
  auto result = usual;
  result.mode = upgrade_mode::rolling;
  if (!how.use_rolling_upgrade_policy) {
    result.rolling = rolling_policy{};
    result.rolling.min_ready = usual.rolling.min_ready;
    result.rolling.health_timeout = usual.rolling.health_timeout;
    result.rolling.progress_deadline = usual.rolling.progress_deadline;
  }
  result.rolling.max_surge = result.rolling.max_surge && can_replace;
  return result;
}

} // namespace drydock::inline v1::engine
