// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/keeper.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

/// What tests of the keeper share.
namespace drydock::test {

using namespace engine;

inline constexpr auto completed = upgrade_status::completed;
inline constexpr auto faulted = upgrade_status::faulted;
inline constexpr auto rolling = upgrade_mode::rolling;
inline constexpr auto manual = upgrade_mode::manual;

inline value image(const std::string& version, const std::string& greeting = {}) {
  value x;
  x.set("image.version", version);
  if (!greeting.empty())
    x.set("settings.greeting", greeting);
  return x;
}

inline automatic_os_upgrade by_itself(bool deferral = false) {
  automatic_os_upgrade x;
  x.enable_automatic_os_upgrade = true;
  x.os_rolling_upgrade_deferral = deferral;
  return x;
}

inline keeper::beginning nobody_lags(value model) {
  return {.model = std::move(model), .newest = "1.0.0", .knows = true};
}

/// A keeper of a fleet that has what the file asks for.
inline keeper kept(value model) {
  keeper x;
  CHECK_FALSE(x.begin(nobody_lags(std::move(model))));
  return x;
}

inline value sized(value model, int capacity) {
  model.set("capacity", capacity);
  return model;
}

inline void upgrade(keeper& x, value target, upgrade_status status = completed,
                    bool any_failed = false) {
  x.begun(std::move(target));
  x.ended(status, any_failed);
}

} // namespace drydock::test
