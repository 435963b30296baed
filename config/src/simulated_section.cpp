// SPDX-License-Identifier: Apache-2.0
#include "sections.hpp"

#include <map>

namespace drydock::config {
namespace {

using shape = engine::duration_distribution::shape;

constexpr std::string_view distribution_help =
  " must be a string such as \"60s\", or { normal = [mean, deviation] }, "
  "{ uniform = [min, max] }, { lognormal = [median, sigma] } or "
  "{ exponential = [mean] }";

// The `count` items of a distribution's list; null after reporting.
const node* list_of(const member& x, std::size_t count, std::string_view what,
                    table_reader& reader) {
  if (x.value.type == node::kind::list && x.value.items.size() == count)
    return &x.value;
  reader.report(x.value.at, x.key + " must be an array of " + std::string(what));
  return nullptr;
}

void read_two_lengths(const member& x, shape kind, std::string_view what,
                      table_reader& reader, engine::duration_distribution& out) {
  const auto* list = list_of(x, 2, what, reader);
  if (list == nullptr)
    return;
  const auto first = read_length(list->items[0], x.key, {}, reader);
  const auto second = read_length(list->items[1], x.key, {}, reader);
  if (!first || !second)
    return;
  if (kind == shape::uniform && *first > *second)
    reader.report(x.value.at, "uniform has a least length of " + short_text(*first)
                                + " above its greatest of " + short_text(*second)
                                + "; swap them");
  else
    out = {kind, *first, *second, 0.0};
}

void read_lognormal(const member& x, table_reader& reader,
                    engine::duration_distribution& out) {
  const auto* list = list_of(x, 2, "a median and a sigma: [\"2m\", 0.5]", reader);
  if (list == nullptr)
    return;
  const auto median = read_length(list->items[0], x.key, {}, reader);
  const auto& sigma = list->items[1];
  if (sigma.type != node::kind::floating && sigma.type != node::kind::integer) {
    reader.report_kind(sigma, "lognormal's sigma", "a number");
    return;
  }
  const double number = sigma.type == node::kind::integer
                          ? static_cast<double>(sigma.integer)
                          : sigma.floating;
  // Ten sigmas span more orders of magnitude than a length of time has.
  if (!(number >= 0.0 && number <= 10.0))
    reader.report(sigma.at, "lognormal's sigma must be from 0 to 10");
  else if (median)
    out = {shape::lognormal, *median, engine::duration{0}, number};
}

void read_exponential(const member& x, table_reader& reader,
                      engine::duration_distribution& out) {
  const node* mean = &x.value;
  if (mean->type == node::kind::list) {
    mean = list_of(x, 1, "one length, the mean: [\"30s\"]", reader);
    if (mean == nullptr)
      return;
    mean = &mean->items.front();
  }
  if (const auto length = read_length(*mean, x.key, {}, reader))
    out = {shape::exponential, *length, engine::duration{0}, 0.0};
}

void read_distribution(table_reader& durations, std::string_view key,
                       engine::duration_distribution& out) {
  const auto* given = durations.find(key);
  if (given == nullptr)
    return;
  if (given->value.type == node::kind::text) {
    durations.read(key, out.first, length_range{});
    return;
  }
  if (!given->value.is_table()) {
    durations.report(given->value.at,
                     std::string(key) + std::string(distribution_help));
    return;
  }
  auto table = durations.table(key);
  const auto* normal = table.find("normal");
  const auto* uniform = table.find("uniform");
  const auto* lognormal = table.find("lognormal");
  const auto* exponential = table.find("exponential");
  table.finish();
  if ((normal != nullptr) + (uniform != nullptr) + (lognormal != nullptr)
        + (exponential != nullptr)
      != 1) {
    durations.report(given->value.at, std::string(key) + std::string(distribution_help)
                                        + ", one of them");
    return;
  }
  if (normal != nullptr)
    read_two_lengths(*normal, shape::normal,
                     "a mean and a standard deviation: [\"30s\", \"5s\"]", table, out);
  else if (uniform != nullptr)
    read_two_lengths(*uniform, shape::uniform,
                     "a least and a greatest length: [\"10s\", \"20s\"]", table, out);
  else if (lognormal != nullptr)
    read_lognormal(*lognormal, table, out);
  else
    read_exponential(*exponential, table, out);
}

void read_durations(table_reader durations, engine::simulated_spec& out) {
  for (const auto action :
       {engine::apply_class::in_place, engine::apply_class::restart,
        engine::apply_class::reimage, engine::apply_class::redeploy})
    read_distribution(durations, engine::to_string(action),
                      out.durations[static_cast<std::size_t>(action)]);
  read_distribution(durations, "boot", out.boot);
  durations.finish();
}

void read_rates(table_reader rates, engine::simulated_spec& out) {
  rates.read("action_failure", out.action_failure, 0.0, 1.0);
  rates.read("transient_failure", out.transient_failure, 0.0, 1.0);
  rates.read("unhealthy_after_upgrade", out.unhealthy_after_upgrade, 0.0, 1.0);
  rates.finish();
}

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
  fault.finish();
  return x;
}

/// Where the faults of the instances stand; what no instance answers to remains.
using fault_places = std::map<std::string, position, std::less<>>;

void check_instances(fault_places places, const engine::fleet& instances,
                     table_reader& simulated) {
  if (places.empty())
    return;
  for (engine::instance_index i = 0; i < instances.size(); ++i)
    if (const auto found = places.find(instances.id(i)); found != places.end())
      places.erase(found);
  for (const auto& [id, at] : places)
    simulated.report(at, "there is no instance \"" + id + "\" in the set");
}

void read_faults(table_reader& simulated, const instance_section& instances,
                 engine::simulated_spec& out) {
  fault_places places;
  for (const auto* item : simulated.tables("fault")) {
    table_reader reader(item, item->at, simulated.sink());
    auto fault = read_fault(reader);
    const auto at = reader.position_of("instance");
    if (!fault.instance.empty() && !places.emplace(fault.instance, at).second)
      reader.report(at, "instance \"" + fault.instance
                          + "\" has a fault already; put both into one table");
    if (fault.action == engine::simulated_fault::action_fate::hang && out.virtual_clock
        && out.timeout == engine::duration{0})
      reader.report(reader.position_of("action"),
                    "an action that hangs never ends without a timeout; set "
                    "driver.simulated.timeout");
    out.faults.push_back(std::move(fault));
  }
  if (instances.complete)
    check_instances(std::move(places), instances.instances, simulated);
}

} // namespace

engine::simulated_spec read_simulated(table_reader& simulated,
                                      const instance_section& instances) {
  engine::simulated_spec result;
  simulated.read("seed", result.seed, 0, std::numeric_limits<std::int64_t>::max());
  simulated.read("clock", result.virtual_clock, {{"virtual", true}, {"real", false}});
  simulated.read("timeout", result.timeout, length_range{});
  read_durations(simulated.table("durations"), result);
  read_rates(simulated.table("rates"), result);
  read_faults(simulated, instances, result);
  simulated.finish();
  return result;
}

} // namespace drydock::config
