// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "index_template.hpp"
#include "sections.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace drydock::config {

/// What new instances of a set are made of.
struct arrival_source {
  /// The set's.
  std::string name;
  /// How many instances the file generates, and how they are called; null: it has no
  /// such table.
  std::size_t count = 0;
  const index_template* id = nullptr;
  /// The last number that was given to anybody who is called like them; 0: none.
  std::uint64_t last = 0;
  /// All of a generated instance, by its index.
  std::function<engine::instance_spec(std::size_t)> generate;
};

/// So many new instances: each has the number after all that were given, whether or not
/// whoever had it is there, and is of the zone that then has fewest. `known` is what
/// upgrades have made of the file's instances.
[[nodiscard]] std::vector<new_instance> make_arrivals(const arrival_source& from,
                                                      const engine::fleet& instances,
                                                      const replaced_instances& known,
                                                      std::size_t count);

} // namespace drydock::config
