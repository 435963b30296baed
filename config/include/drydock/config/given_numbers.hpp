// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace drydock::config {

/// The last number that an instance was named with, by what its name is made of: `3` of
/// `db-a` for `db-a-3`, `30` of `web-{index}` for `web-30`. No number at or below it is
/// given again: whoever had it may be left over.
using given_numbers = std::map<std::string, std::uint64_t, std::less<>>;

/// How instances of a fleet file are named, and what a name says of where they are.
struct name_scheme {
  /// How many of the first instances are generated ones.
  std::size_t generated = 0;
  /// The template of their ids; empty where it has no `{index}`.
  std::string id;
  /// The template of their addresses.
  std::string address;
  /// Of all of them, or, where it rises with the index, of the first; 0: none.
  std::uint16_t port = 0;
  bool port_rises = false;
  /// Others that are called by the template: changes of capacity have made them.
  std::set<engine::instance_index> extras = {};
};

/// Whether the member is called, and found, by the templates of the file.
[[nodiscard]] bool is_generated(const name_scheme& names,
                                engine::instance_index member);

/// Keeps the number of `id`, which was given to whoever replaces the member. Whether
/// that was not known.
bool note_given(given_numbers& all, const name_scheme& names,
                engine::instance_index member, std::string_view id);

/// The same of one that is made beside all others.
bool note_arrival(given_numbers& all, const name_scheme& names, std::string_view id);

/// What is known of a replacement before it is made. A generated one has the address
/// and port of its index. Of any other nobody knows where it will be: it has no port,
/// and an address only where instances have the one that they have by default. The rest
/// is the member's.
[[nodiscard]] engine::instance_spec describe_replacement(const name_scheme& names,
                                                         engine::instance_index member,
                                                         engine::instance_spec of,
                                                         std::string id);

/// The same of one of which only the name is known: whether it is a generated one, that
/// says.
[[nodiscard]] engine::instance_spec
describe_by_name(const name_scheme& names, engine::instance_spec of, std::string id);

} // namespace drydock::config
