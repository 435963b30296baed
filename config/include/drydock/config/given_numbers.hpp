// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace drydock::config {

/// The last number that an instance was named with, by what its name is made of: `3` of
/// `db-a` for `db-a-3`, `30` of `web-{index}` for `web-30`. No number at or below it is
/// given again: whoever had it may be left over.
using given_numbers = std::map<std::string, std::uint64_t, std::less<>>;

/// How instances of a fleet file are named.
struct name_scheme {
  /// How many of the first instances are generated ones.
  std::size_t generated = 0;
  /// The template of their ids; empty where it has no `{index}`.
  std::string id;
};

/// Keeps the number of `id`, which was given to whoever replaces the member. Whether
/// that was not known.
bool note_given(given_numbers& all, const name_scheme& names,
                engine::instance_index member, std::string_view id);

} // namespace drydock::config
