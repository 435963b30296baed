// SPDX-License-Identifier: Apache-2.0
#include "simulated_places.hpp"

#include <algorithm>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

/// The number of whoever is called by the template of the file, which has one.
std::uint64_t index_in(const config::name_scheme& names, const std::string& id,
                       instance_index otherwise) {
  config::given_numbers found;
  config::note_arrival(found, names, id);
  const auto at = found.find(names.id);
  return at == found.end() ? otherwise : at->second;
}

/// The template with the number in it: what is the address of those who are called by
/// their numbers alone, if theirs is that template.
std::string fill(const std::string& by, std::uint64_t number) {
  config::name_scheme numbers;
  numbers.id = "{index}";
  numbers.address = by;
  return config::describe_by_name(numbers, {}, std::to_string(number)).address;
}

} // namespace

void simulated_places::settle(config::fleet_file& file,
                              drivers::simulated_fleet& world) {
  if (const auto all = world.changed_places();
      !all.empty() && file.instances.has_replacements()) {
    rename(file, all);
    world.settle(*instances_);
  }
  apply(file);
}

void simulated_places::apply(config::fleet_file& file) const {
  if (!instances_ || file.instances.positions() != instances_->positions())
    return;
  auto now = *instances_;
  for (instance_index i = 0; i < now.size(); ++i)
    now.set_latest_model_applied(i, file.instances.latest_model_applied(i));
  file.instances = std::move(now);
}

void simulated_places::rename(const config::fleet_file& file, const changes& all) {
  if (!instances_) {
    instances_ = file.instances;
    given_ = file.given;
  }
  const auto& was = *instances_;
  std::vector<bool> replaced(was.size());
  for (const auto& x : all) {
    const auto id = was.id(was.replacement_of(x.member));
    config::note_given(given_, file.names, x.member, id);
    replaced[x.member] = x.replaced;
  }
  fleet now(was.zones());
  std::unordered_set<std::string> taken;
  for (instance_index i = 0; i < was.size(); ++i) {
    const auto at = replaced[i] ? was.replacement_of(i) : i;
    now.add(was.spec(at));
    taken.emplace(was.id(at));
    taken.emplace(file.instances.id(i));
  }
  std::vector<instance_spec> next;
  next.reserve(was.size());
  for (instance_index i = 0; i < was.size(); ++i) {
    auto spec = now.spec(i);
    auto name = next_name(file, i, spec.id, taken);
    taken.insert(name);
    next.push_back(
      config::describe_replacement(file.names, i, std::move(spec), std::move(name)));
  }
  now.add_replacements(next);
  instances_ = std::move(now);
}

/// As those of a real fleet are named once the file is read anew: a generated one by
/// the next number of its kind that was not given, any other by the name that the file
/// has for its place, and a number.
std::string
simulated_places::next_name(const config::fleet_file& file, instance_index i,
                            const std::string& id,
                            const std::unordered_set<std::string>& taken) const {
  const auto& names = file.names;
  if (config::is_generated(names, i) && !names.id.empty()) {
    const auto step = std::max<std::uint64_t>(1, names.generated);
    const auto last = last_given(names.id);
    auto number = index_in(names, id, i) + step;
    if (number <= last)
      number += ((last - number) / step + 1) * step;
    while (taken.contains(fill(names.id, number)))
      number += step;
    return fill(names.id, number);
  }
  const auto origin = file.origins.find(i);
  const auto base =
    origin != file.origins.end() ? origin->second : std::string(file.instances.id(i));
  auto number = std::max<std::uint64_t>(1, last_given(base)) + 1;
  while (taken.contains(base + "-" + std::to_string(number)))
    ++number;
  return base + "-" + std::to_string(number);
}

std::uint64_t simulated_places::last_given(const std::string& base) const {
  const auto at = given_.find(base);
  return at == given_.end() ? 0 : at->second;
}

} // namespace drydock::cli
