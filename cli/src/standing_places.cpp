// SPDX-License-Identifier: Apache-2.0
// The instances of an upgrade that replaces them, found again among those of now.
#include "standing_places.hpp"

#include "drydock/config/given_numbers.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
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

/// The one that replaces it, called `id`; `names` know it by its place of then.
instance_spec replacement_at(const config::fleet_file& file,
                             const config::name_scheme& names, instance_index i,
                             const standing_place& at, const instance_spec& member,
                             std::string id) {
  if (at.replacement)
    return file.instances.spec(*at.replacement);
  auto spec = config::describe_replacement(names, i, member, std::move(id));
  if (const auto made = file.made.find(spec.id); made != file.made.end())
    move_details(spec, made->second);
  return spec;
}

/// What a file says of its instances by their places, at the places of then.
class moved_notes {
public:
  explicit moved_notes(config::fleet_file& file) : file_(file), names_(file.names) {
    names_.extras.clear();
  }

  void move(instance_index now, instance_index then) {
    if (const auto origin = file_.origins.find(now); origin != file_.origins.end())
      origins_.emplace(then, origin->second);
    if (file_.from_inventory.contains(now))
      from_inventory_.insert(then);
    if (config::is_generated(file_.names, now) && !config::is_generated(names_, then))
      names_.extras.insert(then);
  }

  [[nodiscard]] const config::name_scheme& names() const { return names_; }

  void give_back() {
    file_.origins = std::move(origins_);
    file_.from_inventory = std::move(from_inventory_);
    file_.names = std::move(names_);
  }

private:
  config::fleet_file& file_;
  std::map<instance_index, std::string> origins_;
  std::set<instance_index> from_inventory_;
  config::name_scheme names_;
};

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
  moved_notes notes(file);
  for (instance_index i = 0; i < was.size(); ++i) {
    const auto& at = all[i];
    auto spec = member_at(file, at);
    spec.id = was.id(i);
    notes.move(at.member ? *at.member : *at.replacement, i);
    if (was.has_replacements())
      next.push_back(replacement_at(file, notes.names(), i, at, spec,
                                    std::string(was.id(was.replacement_of(i)))));
    result.add(spec);
  }
  if (was.has_replacements())
    result.add_replacements(next);
  file.instances = std::move(result);
  notes.give_back();
}

namespace {

/// What is known of instances, by their ids.
std::map<std::string, instance_spec, std::less<>>
all_known(const config::fleet_file& file) {
  std::map<std::string, instance_spec, std::less<>> known;
  for (const auto& [name, x] : file.replaced) {
    known[x.before.id] = x.before;
    known[x.now.id] = x.now;
  }
  for (instance_index i = 0; i < file.instances.positions(); ++i)
    known[std::string(file.instances.id(i))] = file.instances.spec(i);
  for (const auto& [id, spec] : file.made)
    known[id] = spec;
  return known;
}

/// The names under which those that come are kept: those that are there have theirs.
std::vector<std::string> keys_of_arrivals(const config::fleet_file& file,
                                          const fleet& was) {
  std::vector<std::string> keys;
  auto next = file.arrival_keys.begin();
  const auto names = config::names_by_id(file.replaced);
  for (auto i = was.first_arrival(); i < was.positions(); ++i) {
    std::string id(was.id(i));
    if (const auto kept = names.find(id); kept != names.end())
      keys.push_back(kept->second);
    else
      keys.push_back(next == file.arrival_keys.end() ? std::move(id) : *next++);
  }
  return keys;
}

} // namespace

void take_scaled_places(config::fleet_file& file, const fleet& was) {
  const auto known = all_known(file);
  const auto at = [&](instance_index i, instance_spec otherwise) {
    otherwise.id = was.id(i);
    if (const auto found = known.find(was.id(i)); found != known.end())
      move_details(otherwise, found->second);
    return otherwise;
  };
  std::map<std::string_view, instance_index> here;
  for (instance_index i = 0; i < file.instances.size(); ++i)
    here.emplace(file.instances.id(i), i);
  fleet result(was.zones());
  std::vector<instance_spec> next;
  moved_notes notes(file);
  for (instance_index i = 0; i < was.size(); ++i) {
    const auto spec = at(i, was.spec(i));
    result.add(spec);
    auto now = here.find(was.id(i));
    if (was.has_replacements()) {
      const auto id = was.id(was.replacement_of(i));
      next.push_back(at(was.replacement_of(i),
                        config::describe_by_name(file.names, spec, std::string(id))));
      now = now == here.end() ? here.find(id) : now;
    }
    if (now != here.end())
      notes.move(now->second, i);
  }
  if (was.has_replacements())
    result.add_replacements(next);
  for (auto i = was.first_arrival(); i < was.positions(); ++i)
    result.add_arrival(at(i, was.spec(i)));
  file.arrival_keys = keys_of_arrivals(file, was);
  file.instances = std::move(result);
  notes.give_back();
}

} // namespace drydock::cli
