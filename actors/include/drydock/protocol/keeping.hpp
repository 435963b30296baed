// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <caf/meta/type_name.hpp>

#include <string>

/// What a coordinator is told of keeping a set and of repairs.
namespace drydock::inline v1::protocol {

/// Ends a run that keeps, once the repairs in hand are over.
struct stop_keeping {};

template <class Inspector>
auto inspect(Inspector& f, stop_keeping&) {
  return f(caf::meta::type_name("stop_keeping"));
}

/// Begins no more repairs, or (`go_on`) begins them again.
struct steer_repairs {
  std::string by;
  bool go_on = false;
};

template <class Inspector>
auto inspect(Inspector& f, steer_repairs& x) {
  return f(caf::meta::type_name("steer_repairs"), x.by, x.go_on);
}

} // namespace drydock::inline v1::protocol
