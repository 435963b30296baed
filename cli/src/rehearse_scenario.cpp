// SPDX-License-Identifier: Apache-2.0
#include "rehearse_scenario.hpp"

#include "session.hpp"

#include <algorithm>

namespace drydock::cli {

using namespace engine;

namespace {

/// However long a plan is, its runs may take a few times as long.
duration time_limit_for(const config::fleet_file& file) {
  const auto& policy = file.request.policy.rolling;
  const auto limits = resolve_limits(policy, file.instances.size());
  const auto batches =
    static_cast<std::int64_t>(file.instances.size() / limits.batch_instances_max + 1);
  constexpr duration most = std::chrono::hours(24 * 366);
  const auto pauses = policy.pause_time_between_batches > most / batches
                        ? most
                        : policy.pause_time_between_batches * batches;
  return std::max(file.rehearsal.time_limit,
                  std::min(most, pauses + file.rehearsal.time_limit));
}

} // namespace

rehearsal::scenario make_scenario(std::shared_ptr<const config::fleet_file> file,
                                  const instance_selection& selection) {
  rehearsal::scenario x;
  x.instances = {file, &file->instances};
  x.rollout = rollout_options_of(*file, selection);
  x.lifecycle = lifecycle_options_of(*file);
  x.health = file->health;
  x.spec = file->rehearsal;
  x.spec.time_limit = time_limit_for(*file);
  return x;
}

std::optional<std::string> find_obstacle(const config::fleet_file& file) {
  if (file.rehearsal.known)
    return std::nullopt;
  return "nothing says how long a " + std::string(to_string(file.action))
         + " takes, so it cannot be rehearsed; add [rehearsal.durations] with "
         + std::string(to_string(file.action))
         + ", or let drydock learn write the table from the events of past runs";
}

std::uint64_t seed_for(const config::fleet_file& file,
                       std::optional<std::uint64_t> given) {
  if (given)
    return *given;
  const auto* simulated = std::get_if<simulated_spec>(&file.driver);
  return simulated == nullptr ? 1 : simulated->seed;
}

std::string mode_text(upgrade_mode mode) {
  auto text = std::string(to_string(mode));
  text.front() = static_cast<char>(text.front() - 'A' + 'a');
  return text;
}

} // namespace drydock::cli
