// SPDX-License-Identifier: Apache-2.0
#include "distributions.hpp"
#include "simulated_section.hpp"

#include <algorithm>
#include <unordered_map>

namespace drydock::config {
namespace {

using namespace std::chrono_literals;
using faults = std::vector<engine::simulated_fault>;

constexpr length_range time_limits{1s, 366 * 24h};

// What the driver's own table says of the world.
engine::simulated_spec world_of(const engine::driver_spec& driver) {
  engine::simulated_spec world;
  if (const auto* simulated = std::get_if<engine::simulated_spec>(&driver))
    world = *simulated;
  if (const auto* commands = std::get_if<engine::command_spec>(&driver)) {
    world.timeout = commands->retry.timeout;
    world.retry = commands->retry;
    world.max_parallel = commands->max_processes;
    if (!commands->before_instance.empty())
      world.before_instance.emplace();
    if (!commands->after_instance.empty())
      world.after_instance.emplace();
    for (std::size_t i = 0; i < world.around.hooks.size(); ++i)
      if (!commands->around.hooks[i].empty())
        world.around.hooks[i].emplace();
  }
  world.virtual_clock = true;
  return world;
}

bool is_of_instance(std::string_view hook) {
  return hook.ends_with("_instance");
}

// Why a hook can have no duration; empty where it can, or where what is wrong with
// the driver has been reported already.
std::string_view why_no_hook(table_reader& root, std::string_view key) {
  auto driver = root.table("driver");
  std::string kind;
  driver.read("kind", kind);
  if (kind == "simulated")
    return is_of_instance(key) ? "a simulated driver has no hooks; leave it out"
                               : "a simulated driver has it in "
                                 "[driver.simulated.hooks]; set it there";
  if (kind == "command" && !driver.table("command").table("hooks").given(key))
    return "the driver has no such hook; add it to [driver.command.hooks] or leave "
           "it out";
  return {};
}

void read_hook(table_reader& root, table_reader& durations, std::string_view key,
               std::optional<engine::duration_distribution>& out) {
  read_distribution(durations, key, out);
  const auto why = why_no_hook(root, key);
  if (durations.given(key) && !why.empty())
    durations.report(durations.position_of(key),
                     std::string(key) + " has a duration, but " + std::string(why));
}

void read_background(table_reader background, engine::background_failures& out) {
  const length_range positive{1ns};
  background.read("mean_time_to_failure", out.mean_time_to_failure, positive);
  read_distribution(background, "recovery", out.recovery);
  background.finish();
}

void read_bad_image(table_reader image, engine::bad_image& out) {
  image.read("probability", out.probability, 0.0, 1.0);
  image.read("unhealthy", out.unhealthy, 0.0, 1.0);
  image.finish();
}

void read_outage_zone(table_reader& outage, const std::vector<std::string>& zones,
                      std::optional<std::uint16_t>& out) {
  std::string zone;
  const bool named = outage.read("zone", zone);
  const auto at = outage.position_of("zone");
  if (zones.empty()) {
    outage.report(at, "a zone outage needs zones, but the set has none; list them in "
                      "scale_set.zones or leave the outage out");
    return;
  }
  if (!named)
    return;
  const auto found = std::find(zones.begin(), zones.end(), zone);
  if (found == zones.end())
    outage.report(at, "zone \"" + zone + "\" is not in scale_set.zones");
  else
    out = static_cast<std::uint16_t>(found - zones.begin());
}

std::vector<engine::zone_outage> read_outages(table_reader& rehearsal,
                                              const std::vector<std::string>& zones) {
  std::vector<engine::zone_outage> result;
  for (const auto* item : rehearsal.tables("zone_outage")) {
    table_reader reader(item, item->at, rehearsal.sink());
    auto& outage = result.emplace_back();
    read_outage_zone(reader, zones, outage.zone);
    reader.read("probability", outage.probability, 0.0, 1.0);
    read_distribution(reader, "begins", outage.begins);
    reader.require("duration", "; it is how long the zone is ill: duration = \"15m\"");
    read_distribution(reader, "duration", outage.length);
    reader.finish();
  }
  return result;
}

// One fault an instance: a given one takes the place of the driver's.
void put_over(faults& known, faults given) {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < known.size(); ++i)
    places.emplace(known[i].instance, i);
  for (auto& x : given)
    if (const auto place = places.find(x.instance); place != places.end())
      known[place->second] = std::move(x);
    else
      known.push_back(std::move(x));
}

} // namespace

engine::rehearsal_spec read_rehearsal(table_reader& root,
                                      const instance_section& instances,
                                      const engine::driver_spec& driver,
                                      engine::apply_class action, bool surges) {
  engine::rehearsal_spec result;
  auto& world = result.world;
  world = world_of(driver);
  auto rehearsal = root.table("rehearsal");
  rehearsal.read("time_limit", result.time_limit, time_limits);
  read_terminate_approval(rehearsal, world);
  auto durations = rehearsal.table("durations");
  read_durations(durations, world);
  read_hook(root, durations, "before_instance", world.before_instance);
  read_hook(root, durations, "after_instance", world.after_instance);
  for (const auto hook :
       {engine::upgrade_hook::before_upgrade, engine::upgrade_hook::before_batch,
        engine::upgrade_hook::after_batch, engine::upgrade_hook::after_upgrade})
    read_hook(root, durations, to_string(hook),
              world.around.hooks[static_cast<std::size_t>(hook)]);
  durations.finish();
  read_rates(rehearsal.table("rates"), world);
  read_bad_image(rehearsal.table("bad_image"), world.image);
  read_background(rehearsal.table("background"), world.background);
  world.outages = read_outages(rehearsal, instances.instances.zones());
  put_over(world.faults,
           read_faults(rehearsal, instances, world.timeout == engine::duration{0}));
  rehearsal.finish();
  result.known =
    std::holds_alternative<engine::simulated_spec>(driver)
    || action == engine::apply_class::none
    || durations.given(surges ? std::string_view("create") : engine::to_string(action));
  return result;
}

} // namespace drydock::config
