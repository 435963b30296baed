// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/config/fleet_file.hpp"
#include "drydock/drivers/simulated.hpp"
#include "drydock/engine/fleet.hpp"

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace drydock::cli {

/// Who is where in the simulated fleet of a watch: what `FILE.instances.json` is for a
/// real one, from one run to the next, in memory alone. It is of one text of the file.
class simulated_places {
public:
  /// Gives whoever replaced somebody that one's place, in the fleet and in the file,
  /// which was read anew, and those who may replace the ones of now their names. No run
  /// is under way.
  void settle(config::fleet_file& file, drivers::simulated_fleet& world);

  /// Gives the file, which was read anew, the instances that `settle` saw last.
  void apply(config::fleet_file& file) const;

private:
  using changes = std::vector<drivers::simulated_fleet::place_change>;

  void rename(const config::fleet_file& file, const changes& all);
  [[nodiscard]] std::string
  next_name(const config::fleet_file& file, engine::instance_index i,
            const std::string& id, const std::unordered_set<std::string>& taken) const;
  [[nodiscard]] std::uint64_t last_given(const std::string& base) const;

  std::optional<engine::fleet> instances_; // nothing: those of the file
  config::given_numbers given_;
};

} // namespace drydock::cli
