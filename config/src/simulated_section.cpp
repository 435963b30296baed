// SPDX-License-Identifier: Apache-2.0
#include "simulated_section.hpp"

#include "distributions.hpp"

#include <map>

namespace drydock::config {
namespace {

void read_state(table_reader& fault, std::string_view key, engine::health_state& out) {
  fault.read(key, out,
             {{"healthy", engine::health_state::healthy},
              {"unhealthy", engine::health_state::unhealthy},
              {"unknown", engine::health_state::unknown},
              {"initializing", engine::health_state::initializing}});
}

engine::simulated_fault read_fault(table_reader fault) {
  using fate = engine::simulated_fault::action_fate;
  engine::simulated_fault x;
  x.line = fault.at().line;
  fault.require("instance", "; it is the id of the instance with the fault");
  fault.read("instance", x.instance);
  read_state(fault, "health", x.health);
  fault.read("action", x.action,
             {{"succeed", fate::succeed}, {"fail", fate::fail}, {"hang", fate::hang}});
  read_state(fault, "health_after", x.health_after);
  engine::duration recovers{0};
  if (fault.read("recovers_after", recovers, length_range{}))
    x.recovers_after = recovers;
  std::int64_t phase = 0;
  if (fault.read("phase", phase, std::numeric_limits<std::int64_t>::min(),
                 std::numeric_limits<std::int64_t>::max()))
    x.phase = phase;
  fault.read("skip_upgrade", x.skip_upgrade);
  engine::duration falls_ill{0};
  if (fault.read("falls_ill_after", falls_ill, length_range{}))
    x.falls_ill_after = falls_ill;
  if (x.falls_ill_after && x.health == engine::health_state::healthy)
    x.health = engine::health_state::unhealthy;
  fault.read("repair", x.repair,
             {{"succeed", fate::succeed}, {"fail", fate::fail}, {"hang", fate::hang}});
  read_state(fault, "health_after_repair", x.health_after_repair);
  fault.finish();
  return x;
}

/// Where the faults of the instances stand; what no instance answers to remains.
using fault_places = std::map<std::string, position, std::less<>>;

void check_instances(fault_places places, const engine::fleet& instances,
                     table_reader& simulated) {
  if (places.empty())
    return;
  for (engine::instance_index i = 0; i < instances.positions(); ++i)
    if (const auto found = places.find(instances.id(i)); found != places.end())
      places.erase(found);
  for (const auto& [id, at] : places)
    simulated.report(at, "there is no instance \"" + id + "\" in the set");
}

} // namespace

void read_durations(table_reader& durations, engine::simulated_spec& out) {
  for (const auto action :
       {engine::apply_class::in_place, engine::apply_class::restart,
        engine::apply_class::reimage, engine::apply_class::redeploy})
    read_distribution(durations, engine::to_string(action),
                      out.durations[static_cast<std::size_t>(action)]);
  read_distribution(durations, "create", out.create);
  read_distribution(durations, "delete", out.remove);
  read_distribution(durations, "boot", out.boot);
}

void read_rates(table_reader rates, engine::simulated_spec& out) {
  rates.read("action_failure", out.action_failure, 0.0, 1.0);
  rates.read("transient_failure", out.transient_failure, 0.0, 1.0);
  rates.read("unhealthy_after_upgrade", out.unhealthy_after_upgrade, 0.0, 1.0);
  rates.finish();
}

std::vector<engine::simulated_fault>
read_faults(table_reader& parent, const instance_section& instances, bool endless) {
  std::vector<engine::simulated_fault> result;
  fault_places places;
  for (const auto* item : parent.tables("fault")) {
    table_reader reader(item, item->at, parent.sink());
    auto fault = read_fault(reader);
    const auto at = reader.position_of("instance");
    if (!fault.instance.empty() && !places.emplace(fault.instance, at).second)
      reader.report(at, "instance \"" + fault.instance
                          + "\" has a fault already; put both into one table");
    using fate = engine::simulated_fault::action_fate;
    if ((fault.action == fate::hang || fault.repair == fate::hang) && endless)
      reader.report(
        reader.position_of(fault.action == fate::hang ? "action" : "repair"),
        "an action that hangs never ends without a timeout; set "
        "driver.simulated.timeout");
    result.push_back(std::move(fault));
  }
  if (instances.complete)
    check_instances(std::move(places), instances.instances, parent);
  return result;
}

engine::simulated_spec read_simulated(table_reader& simulated,
                                      const instance_section& instances) {
  engine::simulated_spec result;
  simulated.read("seed", result.seed, 0, std::numeric_limits<std::int64_t>::max());
  simulated.read("clock", result.virtual_clock, {{"virtual", true}, {"real", false}});
  simulated.read("timeout", result.timeout, length_range{});
  std::uint32_t quota = 0;
  if (simulated.read("quota", quota, 0, 10'000'000))
    result.quota = quota;
  auto durations = simulated.table("durations");
  read_durations(durations, result);
  durations.finish();
  read_rates(simulated.table("rates"), result);
  const bool endless = result.virtual_clock && result.timeout == engine::duration{0};
  result.faults = read_faults(simulated, instances, endless);
  read_around(simulated, result.around);
  result.images = read_images(simulated);
  read_terminate_approval(simulated, result);
  simulated.finish();
  return result;
}

} // namespace drydock::config
