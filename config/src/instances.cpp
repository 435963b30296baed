// SPDX-License-Identifier: Apache-2.0
#include "arrival_names.hpp"
#include "index_template.hpp"
#include "instance_fields.hpp"
#include "replacement_names.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace drydock::config {
namespace {

// Some 30 bytes each besides the identity: what fits a small machine tenfold.
constexpr std::int64_t count_max = 10'000'000;

/// `[scale_set.instances]`.
struct generated_instances {
  std::size_t count = 0;
  std::string id_text, address_text = "127.0.0.1";
  std::optional<index_template> id;
  std::optional<index_template> address;
  std::uint16_t port = 0;
  bool port_rises = false;
  std::uint32_t update_domains = 0;
  bool right = true;
};

std::optional<index_template>
read_index_template(table_reader& table, std::string_view key, std::string& text) {
  table.read(key, text);
  auto result = index_template::parse(text);
  if (!result)
    table.report(table.position_of(key),
                 std::string(key) + " is \"" + text
                   + "\"; its placeholders can only be {index} and {index:03}, and "
                     "braces are written {{ and }}");
  return result;
}

void read_port(table_reader& table, generated_instances& out) {
  const auto* given = table.find("port");
  if (given == nullptr)
    return;
  if (!given->value.is_table()) {
    if (given->value.type == node::kind::integer)
      table.read("port", out.port, 1, 65'535);
    else
      table.report_kind(given->value, "port", "an integer or a table { from = 9000 }");
    return;
  }
  auto rising = table.table("port");
  rising.require("from", "; it is the port of the first instance");
  out.port_rises = rising.read("from", out.port, 1, 65'535);
  rising.finish();
  if (out.port_rises && out.port + out.count > 65'536) {
    rising.report(rising.position_of("from"),
                  "from is " + std::to_string(out.port) + "; with "
                    + std::to_string(out.count)
                    + " instances the ports would go past 65535");
    out.port_rises = false;
  }
}

generated_instances read_generated(table_reader table, const scale_set_section& set,
                                   bool wanted) {
  generated_instances result;
  if (!table.present()) {
    result.right = !wanted;
    return result;
  }
  table.require("count", "; it is the number of generated instances");
  result.right = table.read("count", result.count, 0, count_max);
  result.id_text = set.name + "-{index}";
  result.id = read_index_template(table, "id", result.id_text);
  result.address = read_index_template(table, "address", result.address_text);
  if (result.address && result.address->fill(0).empty())
    table.report(table.position_of("address"), "address must not be empty");
  read_port(table, result);
  table.read("update_domains", result.update_domains, 1, 1'000'000);
  check_update_domain_allowed(table, "update_domains", set);
  table.finish();
  if (result.id) {
    if (result.count > 1 && !result.id->varies()) {
      table.report(table.position_of("id"), "id is the same for all "
                                              + std::to_string(result.count)
                                              + " instances; put {index} in it");
      result.id.reset();
    } else if (const auto problem = find_id_problem(result.id->fill(0))) {
      table.report(table.position_of("id"), *problem);
      result.id.reset();
    }
  }
  result.right = result.right && result.id && result.address;
  if (!result.right)
    result.count = 0;
  return result;
}

engine::instance_spec generate(const generated_instances& from,
                               const scale_set_section& set, std::size_t i) {
  engine::instance_spec result;
  result.id = from.id->fill(i);
  result.address = from.address->fill(i);
  const auto port = from.port + (from.port_rises ? i : 0);
  if (from.port != 0 && port <= 65'535) // new instances may lie behind the last
    result.port = static_cast<std::uint16_t>(port);
  const auto zones = std::max<std::size_t>(1, set.zones.size());
  if (!set.zones.empty())
    result.zone = set.zones[i % zones];
  if (from.update_domains != 0)
    result.update_domain = static_cast<std::uint32_t>(i / zones % from.update_domains);
  return result;
}

engine::instance_spec named(const std::string& id) {
  engine::instance_spec result;
  result.id = id;
  return result;
}

/// Puts the three sources together, each instance in its place.
class assembly {
public:
  /// `unseen`: entries are to come that may give what seems to be lacking.
  assembly(const scale_set_section& set, diagnostics& sink, bool unseen,
           const kept_instances& kept)
    : set_(set), sink_(sink), unseen_(unseen), replaced_(kept.replaced),
      kept_path_(kept.path) {
    result_.instances = engine::fleet(set.zones);
    for (const auto& [key, x] : replaced_) {
      has_extras_ = has_extras_ || x.extra;
      has_deleted_ = has_deleted_ || x.deleted;
    }
  }

  void add_generated(const generated_instances& from) {
    for (std::size_t i = 0; i < from.count; ++i) {
      add(generate(from, set_, i));
      if (has_deleted_ && result_.instances.size() > indexes_.size())
        indexes_.push_back(i);
    }
  }

  /// Those that are there although the file does not list them, the oldest first.
  void add_extras(position at) {
    std::vector<const replaced_instances::value_type*> extras;
    for (const auto& entry : replaced_)
      if (entry.second.extra && !entry.second.deleted && !keys_.contains(entry.first))
        extras.push_back(&entry);
    std::stable_sort(extras.begin(), extras.end(), [](const auto* a, const auto* b) {
      return std::tuple(a->second.born, a->first.size(), a->first)
             < std::tuple(b->second.born, b->first.size(), b->first);
    });
    first_extra_ = static_cast<engine::instance_index>(result_.instances.size());
    if (!unseen_)
      check_places(extras, at);
    for (const auto* x : extras) {
      const auto& spec = x->second.now;
      result_.origins.emplace(
        static_cast<engine::instance_index>(result_.instances.size()), x->first);
      for (const auto& [name, text] : spec.vars)
        var_names_.insert(name);
      result_.every_port = result_.every_port && spec.port != 0;
      result_.instances.add(spec);
    }
  }

  [[nodiscard]] engine::instance_index first_extra() const { return first_extra_; }

  /// How many of those that the file generates, `all` of them, are there.
  [[nodiscard]] std::size_t generated_count(std::size_t all) const {
    return has_deleted_ ? indexes_.size() : all;
  }
  /// Of each generated instance that is there; empty: their positions.
  [[nodiscard]] std::vector<std::size_t> indexes() const { return indexes_; }

  // Before anything is added: `entries` override what has the same id.
  void override_with(const instance_list& entries) {
    for (const auto& x : entries.entries)
      overrides_[x.id].fields.push_back(&x);
    result_.complete = result_.complete && entries.complete;
  }

  // The entries that are instances of their own.
  void add_rest(const instance_list& entries) {
    for (const auto& x : entries.entries)
      if (!overrides_.at(x.id).used)
        add(named(x.id));
  }

  /// The same for an inventory, which is the truth.
  void add_rest_of_inventory(const instance_list& entries) {
    const auto first = static_cast<engine::instance_index>(result_.instances.size());
    truth_ = true;
    add_rest(entries);
    truth_ = false;
    for (auto i = first; i < result_.instances.size(); ++i)
      result_.from_inventory.insert(result_.from_inventory.end(), i);
  }

  /// Nobody may have an id that another one got as a replacement.
  void check_replaced(position at) {
    if (result_.origins.empty())
      return;
    std::unordered_map<std::string_view, engine::instance_index> known;
    for (engine::instance_index i = 0; i < result_.instances.size(); ++i)
      if (const auto [other, is_new] = known.try_emplace(result_.instances.id(i), i);
          !is_new) {
        const auto& origins = result_.origins;
        const auto& whose =
          origins.contains(i) ? origins.at(i) : origins.at(other->second);
        sink_.add(at, "instance \"" + std::string(result_.instances.id(i))
                        + "\" is there already: " + origin_of(whose)
                        + "; give the new one another id");
      }
  }

  instance_section take() {
    result_.var_names.assign(var_names_.begin(), var_names_.end());
    return std::move(result_);
  }

private:
  /// Where whoever is kept under the name has come from.
  [[nodiscard]] std::string origin_of(const std::string& name) const {
    const auto& x = replaced_.at(name);
    if (x.now.id == x.before.id)
      return "a change of capacity has made it";
    return "it replaced \"" + (x.extra ? x.before.id : name) + '"';
  }

  /// What is kept of those that the file does not list was right once, by other zones.
  void check_places(const std::vector<const replaced_instances::value_type*>& extras,
                    position at) {
    const auto& zones = set_.zones;
    for (const auto* entry : extras) {
      const auto& spec = entry->second.now;
      const auto is_right =
        spec.zone.empty()
          ? zones.empty()
          : std::find(zones.begin(), zones.end(), spec.zone) != zones.end();
      if (is_right)
        continue;
      const auto start = kept_path_ + " keeps instance \"" + spec.id + "\" ";
      sink_.add(at, spec.zone.empty()
                      ? start
                          + "without a zone, but the set has zones; add \"zone\", "
                            "one of scale_set.zones, to its entry there"
                      : start + "in zone \"" + spec.zone
                          + "\", which is not in scale_set.zones; put that zone back, "
                            "or correct \"zone\" of its entry there");
      return; // the same holds for many, and one is enough to know it
    }
  }

  struct override_entry {
    std::vector<const instance_fields*> fields;
    bool used = false;
  };

  void add(engine::instance_spec spec) {
    if (const auto found = overrides_.find(spec.id); found != overrides_.end()) {
      found->second.used = true;
      for (const auto* x : found->second.fields)
        x->apply_to(spec);
      if (!unseen_)
        check(spec, *found->second.fields.back(), found->second.fields);
    }
    for (const auto& [name, text] : spec.vars)
      var_names_.insert(name);
    result_.every_port = result_.every_port && spec.port != 0;
    result_.any_latest = result_.any_latest || spec.latest_model_applied;
    const auto origin = truth_ ? replaced_.end() : replaced_.find(spec.id);
    if (has_extras_)
      keys_.insert(spec.id);
    if (origin != replaced_.end() && origin->second.deleted)
      return;
    // One that is only kept in case the file does not list it is as the file says.
    const auto as_listed = origin != replaced_.end() && origin->second.born == 0
                           && origin->second.now.id == spec.id;
    if (as_listed && spec.port == 0)
      spec.port = origin->second.now.port; // it was generated, and is only listed now
    if (origin != replaced_.end() && !as_listed) {
      const auto& now = origin->second.now;
      result_.origins.emplace(
        static_cast<engine::instance_index>(result_.instances.size()), spec.id);
      spec.id = now.id;
      spec.address = now.address;
      spec.port = now.port;
      spec.vars = now.vars;
    }
    result_.instances.add(spec);
  }

  void check(const engine::instance_spec& spec, const instance_fields& last,
             const std::vector<const instance_fields*>& fields) {
    const auto gave_zone = [](const auto* x) { return x->zone_given; };
    if (!set_.zones.empty() && spec.zone.empty()
        && std::none_of(fields.begin(), fields.end(), gave_zone))
      sink_.add(last.at, last.prefix + "instance \"" + spec.id
                           + "\" has no zone, but the set has zones; give it one of "
                             "scale_set.zones");
    if (set_.limits == engine::compatibility::azure
        && spec.protect_from_scale_set_actions && !spec.protect_from_scale_in)
      sink_.add(last.at,
                last.prefix + "instance \"" + spec.id
                  + "\" has protect_from_scale_set_actions without "
                    "protect_from_scale_in, which compatibility \"azure\" does "
                    "not allow; set both");
  }

  const scale_set_section& set_;
  diagnostics& sink_;
  bool unseen_;
  bool truth_ = false; // what is added is as it is said to be
  const replaced_instances& replaced_;
  const std::string& kept_path_;
  engine::instance_index first_extra_ = 0;
  std::unordered_map<std::string, override_entry> overrides_;
  std::set<std::string> var_names_;
  bool has_extras_ = false, has_deleted_ = false;
  std::unordered_set<std::string> keys_; // of the file, where there are extras
  std::vector<std::size_t> indexes_;
  instance_section result_;
};

/// By those that changes of capacity have made and deleted.
std::vector<std::string> names_given(const replaced_instances& known) {
  std::vector<std::string> result;
  for (const auto& [key, x] : known)
    if (x.extra || x.deleted) {
      result.push_back(x.now.id);
      result.push_back(x.before.id);
    }
  return result;
}

} // namespace

instance_section read_instances(table_reader& scale_set, const scale_set_section& set,
                                const inventory_list& inventory,
                                const kept_instances& kept) {
  const auto generated =
    read_generated(scale_set.table("instances"), set, scale_set.given("instances"));
  const auto from_inventory = read_inventory(inventory, set, scale_set.sink());
  const auto listed = read_listed(scale_set, set);
  assembly all(set, scale_set.sink(), inventory.missing, kept);
  all.override_with(from_inventory);
  all.override_with(listed);
  all.add_generated(generated);
  all.add_rest_of_inventory(from_inventory);
  all.add_rest(listed);
  all.add_extras(scale_set.at());
  all.check_replaced(scale_set.at());
  auto result = all.take();
  result.complete = result.complete && generated.right;
  const auto by_index = generated.id && generated.id->varies();
  result.names = {all.generated_count(generated.count),
                  by_index ? generated.id_text : "", generated.address_text,
                  generated.port, generated.port_rises};
  for (auto i = all.first_extra(); i < result.instances.size(); ++i)
    if (index_of(result.names, result.instances.id(i)))
      result.names.extras.insert(i);
  result.make_replacements =
    [names = result.names,
     so_far =
       names_so_far{result.origins, kept.given, generated.count, all.indexes(),
                    names_given(kept.replaced)}](const engine::fleet& instances) {
      return name_replacements(instances, names, so_far);
    };
  const auto& base = by_index ? generated.id_text : set.name;
  result.make_arrivals = [generated, set, last = last_given(kept.given, base)](
                           const engine::fleet& instances,
                           const replaced_instances& known, std::size_t count) {
    const arrival_source from{
      set.name, generated.count, generated.id ? &*generated.id : nullptr, last,
      [&](std::size_t index) { return generate(generated, set, index); }};
    return make_arrivals(from, instances, known, count);
  };
  if (result.complete && result.instances.size() == 0)
    scale_set.report(
      scale_set.at(),
      "the set has no instances; add [scale_set.instances] with a count, "
      "[[scale_set.instance]] or [scale_set.inventory]");
  return result;
}

} // namespace drydock::config
