// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"
#include "index_template.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drydock::config {

/// How generated instances, which are the first of a fleet, are named and reached.
struct generated_names {
  std::size_t count = 0;
  /// Null only where `count` is 0.
  const index_template* id = nullptr;
  const index_template* address = nullptr;
  std::uint16_t port = 0;
  bool port_rises = false;
  /// Of each that is there; empty: all are, and their positions are their indexes.
  std::vector<std::size_t> indexes = {};
  /// Names that are not given again.
  std::vector<std::string> taken = {};
};

/// Who may replace the instances: a generated one by the next of its kind
/// (`web-30` of `web-{index}`, with the address and port of that index), any other by
/// one of its name in the file with a number after it (`db-a-2`), with the same
/// address, port and vars. `origins` has the names in the file of those that replaced
/// others. No id is that of an instance that is there, nor of another replacement, and
/// an instance's ids never come again while it is in `origins`.
[[nodiscard]] std::vector<engine::instance_spec>
name_replacements(const engine::fleet& instances,
                  const std::map<engine::instance_index, std::string>& origins,
                  const generated_names& generated);

} // namespace drydock::config
