// SPDX-License-Identifier: Apache-2.0
#include "rehearse_scenario.hpp"

#include "rehearsal_views.hpp"
#include "session.hpp"

#include <algorithm>

namespace drydock::cli {

using namespace engine;

namespace {

/// What checkpoints ask for, `most` at most.
duration bakes_of(const config::fleet_file& file, duration most) {
  const auto asked = file.rehearsal.world.around.approve_after;
  duration sum{0};
  for (const auto& c : file.request.policy.rolling.checkpoints)
    sum = std::min(most, sum + std::min(most, c.bake) + std::min(most, asked));
  return sum;
}

/// The file's, or seven days beside the pauses that a policy asks for. How long windows
/// are waited for nobody knows: a year, then.
duration time_limit_for(const config::fleet_file& file) {
  if (file.rehearsal.time_limit > duration{0})
    return file.rehearsal.time_limit;
  const auto& policy = file.request.policy.rolling;
  const auto limits = resolve_limits(policy, file.instances.size());
  const auto batches =
    static_cast<std::int64_t>(file.instances.size() / limits.batch_instances_max + 1);
  constexpr duration most = std::chrono::hours(24 * 366);
  const auto pauses = policy.pause_time_between_batches > most / batches
                        ? most
                        : policy.pause_time_between_batches * batches;
  if (!file.windows.empty())
    return most;
  return std::min(most, pauses + bakes_of(file, most) + std::chrono::hours(7 * 24));
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

void begin_now(rehearsal::scenario& what) {
  if (!what.rollout.windows.empty())
    what.rollout.since_epoch = std::chrono::system_clock::now().time_since_epoch()
                               - actors::virtual_clock_origin;
}

std::optional<std::string> find_obstacle(const config::fleet_file& file) {
  if (!file.scale_in.empty() || file.instances.arrivals() > 0)
    return "a change of capacity cannot be rehearsed; leave it out of the change to "
           "rehearse the rest";
  if (file.rehearsal.known)
    return std::nullopt;
  if (file.instances.has_replacements())
    return "nothing says how long it takes to make an instance, so it cannot be "
           "rehearsed; add [rehearsal.durations] with create";
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

std::optional<std::string>
find_bad_odds(const run_options& options,
              const std::shared_ptr<const config::fleet_file>& file,
              const instance_selection& selection, const std::atomic<bool>& stop) {
  if (const auto why = find_obstacle(*file))
    return why;
  rehearsal::options how;
  how.runs = *options.rehearse_first;
  how.seed = seed_for(*file, options.seed);
  how.stop = &stop;
  auto what = make_scenario(file, selection);
  begin_now(what);
  const auto r = rehearsal::rehearse(what, how);
  // A run that has reached the time limit is one that may never end.
  const auto bad = rehearsal::wilson(
    r.faulted().count + r.odds(rehearsal::fate::kind::cancelled).count, r.runs);
  if (bad.estimate <= options.max_fault_probability)
    return std::nullopt;
  const auto bad_count = [](const rehearsal::fate& f) {
    return f.what == rehearsal::fate::kind::faulted
               || f.what == rehearsal::fate::kind::cancelled
             ? f.odds.count
             : 0;
  };
  const auto worst =
    std::max_element(r.fates.begin(), r.fates.end(),
                     [&bad_count](const rehearsal::fate& a, const rehearsal::fate& b) {
                       return bad_count(a) < bad_count(b);
                     });
  return "rehearsed " + std::to_string(r.runs) + " times, the upgrade failed in "
         + short_percent(bad.estimate) + " of the runs (95 % interval "
         + short_percent(bad.low) + " to " + short_percent(bad.high)
         + "), more than the " + short_percent(options.max_fault_probability)
         + " allowed; most often " + ending_text(worst->what, worst->code)
         + ". Nothing was touched: see drydock rehearse " + file->path.string()
         + " --seed " + std::to_string(how.seed)
         + ", or allow more with --max-fault-probability";
}

std::string mode_text(upgrade_mode mode) {
  auto text = std::string(to_string(mode));
  text.front() = static_cast<char>(text.front() - 'A' + 'a');
  return text;
}

} // namespace drydock::cli
