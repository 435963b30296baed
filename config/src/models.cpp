// SPDX-License-Identifier: Apache-2.0
#include "sections.hpp"

#include <algorithm>

namespace drydock::config {
namespace {

engine::value to_value(const node& x) {
  switch (x.type) {
  case node::kind::null:
    return {};
  case node::kind::boolean:
    return x.boolean;
  case node::kind::integer:
    return x.integer;
  case node::kind::floating:
    return x.floating;
  case node::kind::text:
  case node::kind::date:
    return x.text;
  case node::kind::list: {
    engine::value::list result;
    for (const auto& item : x.items)
      result.push_back(to_value(item));
    return result;
  }
  case node::kind::table: {
    engine::value::table result;
    for (const auto& [key, at, value] : x.members)
      result.emplace(key, to_value(value));
    return result;
  }
  }
  return {};
}

std::string_view first_step(std::string_view path) {
  return path.substr(0, path.find('.'));
}

// The keys that follow `table.` in the list of model keys.
std::vector<std::string_view> keys_under(std::string_view table) {
  std::vector<std::string_view> result;
  for (const auto key : engine::model_keys())
    if (key.size() > table.size() && key.starts_with(table) && key[table.size()] == '.')
      result.push_back(key.substr(table.size() + 1));
  return result;
}

std::vector<std::string_view> top_keys() {
  std::vector<std::string_view> result;
  for (const auto key : engine::model_keys())
    if (std::find(result.begin(), result.end(), first_step(key)) == result.end())
      result.push_back(first_step(key));
  return result;
}

// Reports keys of a table with fixed ones (`image`), and values that are no
// strings where a placeholder or a comparison wants one.
void check_fixed_table(const member& x, const std::vector<std::string_view>& known,
                       table_reader& model) {
  if (!x.value.is_table()) {
    model.report_kind(x.value, x.key, "a table");
    return;
  }
  for (const auto& inner : x.value.members) {
    if (std::find(known.begin(), known.end(), inner.key) == known.end())
      model.report(inner.at, unknown_key_text(inner.key, known));
    else if (x.key == "image" && inner.value.type != node::kind::text)
      model.report_kind(inner.value, "image." + inner.key, "a string");
  }
}

// Checks the keys of a model or of a patch for one; what is known besides is
// the caller's.
void check_model(const node& table, table_reader& model) {
  for (const auto& x : table.members) {
    const auto under = keys_under(x.key);
    if (under.empty()) {
      if (x.key == "vm_size" && x.value.type != node::kind::text)
        model.report_kind(x.value, x.key, "a string");
    } else if (under.front() != "*") {
      check_fixed_table(x, under, model);
    } else if (!x.value.is_table() && x.value.type != node::kind::list) {
      model.report_kind(x.value, x.key, "a table");
    }
  }
}

void check_capacity(table_reader& model) {
  std::int64_t capacity = 0;
  model.read("capacity", capacity, 1, std::numeric_limits<std::int64_t>::max());
}

/// A change to 0 has a refusal of its own.
bool empties_set(const node& change) {
  const auto* capacity = change.find("capacity");
  return capacity != nullptr && capacity->value.type == node::kind::integer
         && capacity->value.integer == 0;
}

engine::value list_value(const std::vector<std::string>& words) {
  return engine::value::list(words.begin(), words.end());
}

engine::value read_current(table_reader& scale_set, const scale_set_section& set) {
  engine::value result{engine::value::table{}};
  auto model = scale_set.table("model");
  if (model.present()) {
    const auto& table = scale_set.find("model")->value;
    check_model(table, model);
    check_capacity(model);
    model.finish(top_keys());
    result = to_value(table);
  }
  result.set("orchestration_mode", std::string(engine::to_string(set.orchestration)));
  if (!set.zones.empty())
    result.set("zones", list_value(set.zones));
  return result;
}

void read_removals(table_reader& change, const engine::value& current,
                   engine::value& patch) {
  std::vector<std::string> paths;
  if (!change.read("remove", paths))
    return;
  const auto& items = change.find("remove")->value.items;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto& path = paths[i];
    if (path == "orchestration_mode" || current.find(path) == nullptr)
      change.report(items[i].at,
                    "remove names \"" + path
                      + "\", which the model in [scale_set.model] does not "
                        "have");
    else if (patch.find(path) != nullptr)
      change.report(items[i].at,
                    "\"" + path + "\" is both removed and set; keep one of the two");
    else
      patch.set(path, {});
  }
}

engine::value read_patch(table_reader& root, const engine::value& current,
                         bool& other_hardware) {
  engine::value patch{engine::value::table{}};
  auto change = root.table("change");
  if (!change.present())
    return patch;
  const auto& table = root.find("change")->value;
  check_model(table, change);
  if (!empties_set(table))
    check_capacity(change);
  change.read("vm_size_on_other_hardware", other_hardware);
  auto mode = engine::orchestration_mode::flexible;
  change.read("orchestration_mode", mode,
              {{"flexible", engine::orchestration_mode::flexible},
               {"uniform", engine::orchestration_mode::uniform}});
  std::vector<std::string> zones;
  change.read("zones", zones);
  engine::value::table members;
  for (const auto& x : table.members)
    if (x.key != "remove" && x.key != "vm_size_on_other_hardware")
      members.emplace(x.key, to_value(x.value));
  patch = std::move(members);
  read_removals(change, current, patch);
  change.finish(top_keys());
  return patch;
}

/// A leaf of `[model_classes]`; tables in it spell a path out.
void read_classes(const node& table, const std::string& stem, table_reader& classes,
                  engine::class_overrides& out) {
  for (const auto& x : table.members) {
    const auto path = stem + x.key;
    if (x.value.is_table()) {
      read_classes(x.value, path + ".", classes, out);
      continue;
    }
    if (!engine::classify_path(path)) {
      auto known = engine::model_keys();
      known.push_back("zones");
      classes.report(x.at, unknown_key_text(path, known));
    }
    if (x.value.type != node::kind::text) {
      classes.report_kind(x.value, path, "a string");
    } else if (const auto action = engine::parse_apply_class(x.value.text)) {
      out[path] = *action;
    } else {
      classes.report(x.value.at, path + " is \"" + x.value.text + "\"; it must be "
                                   + quoted_choice({"none", "in_place", "restart",
                                                    "reimage", "redeploy"}));
    }
  }
}

} // namespace

void read_models(table_reader& root, table_reader& scale_set,
                 const scale_set_section& set, engine::change_request& request) {
  request.current_model = read_current(scale_set, set);
  const auto patch =
    read_patch(root, request.current_model, request.vm_size_on_other_hardware);
  request.latest_model = engine::merge(request.current_model, patch);
  auto classes = root.table("model_classes");
  if (classes.present())
    read_classes(root.find("model_classes")->value, "", classes, request.overrides);
}

void settle_capacity(engine::change_request& request, const node& tree,
                     std::size_t instances) {
  const auto* change = tree.find("change");
  if (change != nullptr && change->value.find("capacity") != nullptr)
    request.current_model.set("capacity", static_cast<std::int64_t>(instances));
}

} // namespace drydock::config
