// SPDX-License-Identifier: Apache-2.0
#include "instance_fields.hpp"

#include <algorithm>
#include <unordered_set>

namespace drydock::config {
namespace {

template <class T>
void apply(const std::optional<T>& from, T& to) {
  if (from)
    to = *from;
}

template <class T, class... Rest>
void read_optional(table_reader& reader, std::string_view key, std::optional<T>& out,
                   Rest... rest) {
  T x{};
  if (reader.read(key, x, rest...))
    out = std::move(x);
}

void read_vars(table_reader& reader, instance_fields& out) {
  auto table = reader.table("vars");
  if (!table.present())
    return;
  auto& vars = out.vars.emplace();
  for (const auto& x : reader.find("vars")->value.members) {
    switch (x.value.type) {
    case node::kind::text:
      vars[x.key] = x.value.text;
      break;
    case node::kind::integer:
      vars[x.key] = std::to_string(x.value.integer);
      break;
    case node::kind::boolean:
      vars[x.key] = x.value.boolean ? "true" : "false";
      break;
    default:
      reader.report_kind(x.value, "vars." + x.key, "a string, an integer or a boolean");
    }
  }
}

void read_zone(table_reader& reader, const scale_set_section& set,
               instance_fields& out) {
  std::string zone;
  out.zone_given = reader.given("zone");
  if (!reader.read("zone", zone))
    return;
  const auto at = reader.position_of("zone");
  if (set.zones.empty())
    reader.report(at, "zone is \"" + zone
                        + "\", but the set has no zones; list them in scale_set.zones "
                          "or leave zone out");
  else if (std::find(set.zones.begin(), set.zones.end(), zone) == set.zones.end())
    reader.report(at, "zone \"" + zone + "\" is not in scale_set.zones");
  else
    out.zone = std::move(zone);
}

// Fields besides the id; its presence is the caller's affair.
void read_fields(table_reader& reader, const scale_set_section& set,
                 instance_fields& out) {
  read_zone(reader, set, out);
  constexpr std::int64_t domain_max = engine::fleet::no_update_domain - 1;
  read_optional(reader, "update_domain", out.update_domain, 0, domain_max);
  check_update_domain_allowed(reader, "update_domain", set);
  read_optional(reader, "address", out.address);
  if (out.address && out.address->empty())
    reader.report(reader.position_of("address"), "address must not be empty");
  read_optional(reader, "port", out.port, 1, 65'535);
  read_vars(reader, out);
  read_optional(reader, "protect_from_scale_set_actions",
                out.protect_from_scale_set_actions);
  read_optional(reader, "protect_from_scale_in", out.protect_from_scale_in);
  read_optional(reader, "latest_model_applied", out.latest_model_applied);
  reader.finish();
}

// Adds an entry unless its id is missing, wrong or there already.
void read_entry(table_reader& reader, const scale_set_section& set,
                std::unordered_set<std::string>& seen, std::string_view where,
                instance_list& out) {
  instance_fields entry;
  entry.at = reader.at();
  entry.prefix = reader.prefix();
  reader.require("id", "; every instance has one");
  const auto id_at = reader.position_of("id");
  bool right = reader.read("id", entry.id);
  out.complete = out.complete && right;
  if (right) {
    if (const auto problem = find_id_problem(entry.id)) {
      reader.report(id_at, *problem);
      right = false;
    } else if (!seen.insert(entry.id).second) {
      reader.report(id_at, "instance \"" + entry.id + "\" is " + std::string(where)
                             + " twice; give each one an id of its own");
      right = false;
    }
  }
  read_fields(reader, set, entry);
  if (right)
    out.entries.push_back(std::move(entry));
}

} // namespace

void instance_fields::apply_to(engine::instance_spec& spec) const {
  spec.id = id;
  apply(zone, spec.zone);
  if (update_domain)
    spec.update_domain = update_domain;
  apply(address, spec.address);
  apply(port, spec.port);
  apply(vars, spec.vars);
  apply(protect_from_scale_set_actions, spec.protect_from_scale_set_actions);
  apply(protect_from_scale_in, spec.protect_from_scale_in);
  apply(latest_model_applied, spec.latest_model_applied);
}

std::optional<std::string> find_id_problem(const std::string& id) {
  if (id.empty())
    return "an instance's id must not be empty";
  const bool bad = id == "*" || std::any_of(id.begin(), id.end(), [](char x) {
                     return x == ',' || static_cast<unsigned char>(x) < ' ';
                   });
  if (bad)
    return "id is \"" + id
           + "\"; it must not be \"*\" nor hold commas or control characters, since "
             "--instances takes ids separated by commas";
  return std::nullopt;
}

void check_update_domain_allowed(table_reader& reader, std::string_view key,
                                 const scale_set_section& set) {
  if (set.limits == engine::compatibility::azure
      && set.orchestration == engine::orchestration_mode::flexible && reader.given(key))
    reader.report(
      reader.position_of(key),
      std::string(key)
        + " is not for flexible sets with compatibility \"azure\"; leave it "
          "out, or set orchestration_mode = \"uniform\"");
}

instance_list read_listed(table_reader& scale_set, const scale_set_section& set) {
  instance_list result;
  std::unordered_set<std::string> seen;
  const auto tables = scale_set.tables("instance");
  for (const auto* item : tables) {
    table_reader reader(item, item->at, scale_set.sink());
    read_entry(reader, set, seen, "listed", result);
  }
  if (const auto* given = scale_set.find("instance"))
    result.complete = result.complete && given->value.type == node::kind::list
                      && given->value.items.size() == tables.size();
  return result;
}

instance_list read_inventory(const inventory_list& inventory,
                             const scale_set_section& set, diagnostics& sink) {
  instance_list result;
  if (inventory.missing || inventory.absent) {
    result.complete = !inventory.missing;
    return result;
  }
  if (inventory.entries.type != node::kind::list) {
    sink.add(inventory.at, "the inventory must be a JSON array of objects, not "
                             + std::string(describe(inventory.entries.type)));
    result.complete = false;
    return result;
  }
  std::unordered_set<std::string> seen;
  std::size_t number = 0;
  for (const auto& item : inventory.entries.items) {
    auto prefix = "inventory entry " + std::to_string(++number);
    const auto* id = item.find("id");
    if (id != nullptr && id->value.type == node::kind::text)
      prefix += " (\"" + id->value.text + "\")";
    prefix += ": ";
    if (!item.is_table()) {
      sink.add(inventory.at,
               prefix + "must be an object, not " + std::string(describe(item.type)));
      result.complete = false;
      continue;
    }
    table_reader reader(&item, inventory.at, sink, prefix);
    read_entry(reader, set, seen, "in the inventory", result);
  }
  return result;
}

} // namespace drydock::config
