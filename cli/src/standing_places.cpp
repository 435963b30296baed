// SPDX-License-Identifier: Apache-2.0
// The instances of an upgrade that replaces them, found again among those of now.
#include "standing_places.hpp"

#include "drydock/config/given_numbers.hpp"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

using places = std::vector<standing_place>;

/// Those of a fleet without replacements are where they were.
places same_places(std::size_t count) {
  places result(count);
  for (instance_index i = 0; i < count; ++i)
    result[i].member = i;
  return result;
}

void move_details(instance_spec& to, instance_spec from) {
  to.address = std::move(from.address);
  to.port = from.port;
  to.vars = std::move(from.vars);
}

/// Who was there when the upgrade began.
instance_spec member_at(const config::fleet_file& file, const standing_place& at) {
  if (at.member)
    return file.instances.spec(*at.member);
  auto spec = file.instances.spec(*at.replacement);
  instance_spec before; // nothing is known of one that an inventory lists no more
  before.address.clear();
  if (const auto origin = file.origins.find(*at.replacement);
      origin != file.origins.end())
    before = file.replaced.at(origin->second).before;
  move_details(spec, std::move(before));
  return spec;
}

/// The one that replaces it, called `id`.
instance_spec replacement_at(const config::fleet_file& file, instance_index i,
                             const standing_place& at, const instance_spec& member,
                             std::string id) {
  if (at.replacement)
    return file.instances.spec(*at.replacement);
  auto spec = config::describe_replacement(file.names, i, member, std::move(id));
  if (const auto made = file.made.find(spec.id); made != file.made.end())
    move_details(spec, made->second);
  return spec;
}

} // namespace

bool same_place(const fleet& a, instance_index x, const fleet& b, instance_index y) {
  return a.zone(x) == b.zone(y) && a.update_domain(x) == b.update_domain(y);
}

std::optional<places> find_places(const fleet& now, const fleet& was) {
  std::unordered_map<std::string_view, instance_index> known;
  known.reserve(was.positions());
  for (instance_index i = 0; i < was.positions(); ++i)
    known.emplace(was.id(i), i);
  places result(was.size());
  for (instance_index i = 0; i < now.size(); ++i) {
    const auto found = known.find(now.id(i));
    if (found == known.end())
      return std::nullopt;
    const auto at = found->second;
    if (!same_place(now, i, was, at))
      return std::nullopt;
    if (was.is_replacement(at))
      result[was.replaced_by(at)].replacement = i;
    else
      result[at].member = i;
  }
  for (const auto& at : result)
    if (!at.member && !at.replacement)
      return std::nullopt;
  return result;
}

void take_places(config::fleet_file& file, const fleet& was) {
  const auto all = was.has_replacements() ? *find_places(file.instances, was)
                                          : same_places(was.size());
  fleet result(was.zones());
  std::vector<instance_spec> next;
  std::map<instance_index, std::string> origins;
  std::set<instance_index> from_inventory;
  for (instance_index i = 0; i < was.size(); ++i) {
    const auto& at = all[i];
    auto spec = member_at(file, at);
    spec.id = was.id(i);
    if (was.has_replacements())
      next.push_back(
        replacement_at(file, i, at, spec, std::string(was.id(was.replacement_of(i)))));
    result.add(spec);
    const auto now = at.member ? *at.member : *at.replacement;
    if (const auto origin = file.origins.find(now); origin != file.origins.end())
      origins.emplace(i, origin->second);
    if (file.from_inventory.contains(now))
      from_inventory.insert(i);
  }
  if (was.has_replacements())
    result.add_replacements(next);
  file.instances = std::move(result);
  file.origins = std::move(origins);
  file.from_inventory = std::move(from_inventory);
}

} // namespace drydock::cli
