// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/given_numbers.hpp"
#include "drydock/engine/fleet.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::config {

/// What numbers were given, and to whose names they are added.
struct names_so_far {
  /// The names in the file of those that replaced others.
  std::map<engine::instance_index, std::string> origins;
  given_numbers given;
  /// How many instances the file generates, whether or not they are there.
  std::size_t count = 0;
  /// The index of each generated one that is there; empty: its position.
  std::vector<std::size_t> indexes = {};
  /// Names that changes of capacity have given.
  std::vector<std::string> taken = {};
};

/// Who may replace the instances: a generated one (`is_generated`) by the next of its
/// kind (`web-30` of `web-{index}`), any other by one of its name in the file with a
/// number after it (`db-a-2`); see `describe_replacement` for the rest. An instance
/// that the file does not know as a replacement, but is called like one whose number
/// was given, goes on with the numbers of that name. No id is that of an instance that
/// is there, nor of another replacement, and no number that was given comes again.
[[nodiscard]] std::vector<engine::instance_spec>
name_replacements(const engine::fleet& instances, const name_scheme& names,
                  const names_so_far& so_far);

/// `db-a-3`: `db-a`, and 3.
struct numbered_name {
  std::string base;
  std::uint64_t number = 0;
};
[[nodiscard]] std::optional<numbered_name> read_numbered(std::string_view id);

/// The index of whoever is called by the template of the file.
[[nodiscard]] std::optional<std::uint64_t> index_of(const name_scheme& names,
                                                    std::string_view id);

/// 0: none was given.
[[nodiscard]] std::uint64_t last_given(const given_numbers& all, std::string_view base);

} // namespace drydock::config
