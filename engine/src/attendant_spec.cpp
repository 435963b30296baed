// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/driver_spec.hpp"

#include <cstddef>

namespace drydock::inline v1::engine {

namespace {

template <class Has>
upgrade_hooks make_hooks(Has has) {
  const auto at = [&](upgrade_hook x) { return has(static_cast<std::size_t>(x)); };
  return {at(upgrade_hook::before_upgrade), at(upgrade_hook::before_batch),
          at(upgrade_hook::after_batch), at(upgrade_hook::after_upgrade)};
}

} // namespace

upgrade_hooks hooks_of(const upgrade_commands& x) {
  return make_hooks([&](std::size_t i) { return !x.hooks[i].empty(); });
}

upgrade_hooks hooks_of(const simulated_surroundings& x) {
  return make_hooks([&](std::size_t i) { return x.hooks[i].has_value(); });
}

upgrade_hooks hooks_of(const driver_spec& x) {
  return std::visit([](const auto& spec) { return hooks_of(spec.around); }, x);
}

} // namespace drydock::inline v1::engine
