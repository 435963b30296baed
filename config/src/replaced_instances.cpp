// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/replaced_instances.hpp"

#include "drydock/config/state_path.hpp"
#include "inventory.hpp"

#include <nlohmann/json.hpp>

#include <cctype>
#include <type_traits>
#include <utility>

namespace drydock::config {

namespace {

using nlohmann::json;

std::string damaged(const std::filesystem::path& path, const std::string& why) {
  return path.string() + ", which says who replaced whom, " + why
         + "; mend it, or delete it to go by the ids of the fleet file";
}

json to_json(const engine::instance_spec& x) {
  json out{{"id", x.id}};
  if (!x.address.empty())
    out["address"] = x.address;
  if (x.port != 0)
    out["port"] = x.port;
  if (!x.vars.empty())
    out["vars"] = x.vars;
  return out;
}

/// What the file says of others.
void put_extra(json& out, const replaced_instance& x) {
  out["extra"] = true;
  if (!x.now.zone.empty())
    out["zone"] = x.now.zone;
  if (x.now.update_domain)
    out["updateDomain"] = *x.now.update_domain;
  if (x.now.protect_from_scale_in)
    out["protectFromScaleIn"] = true;
  if (x.now.protect_from_scale_set_actions)
    out["protectFromScaleSetActions"] = true;
}

/// The value under `key`, if it is of that kind; false: it is of another.
template <class T>
bool take(const json& from, const char* key, T& out) {
  const auto at = from.find(key);
  if (at == from.end())
    return true;
  if constexpr (std::is_same_v<T, bool>) {
    if (!at->is_boolean())
      return false;
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!at->is_string())
      return false;
  } else {
    if (!at->is_number_unsigned() || at->get<std::uint64_t>() > UINT32_MAX)
      return false;
  }
  out = at->get<T>();
  return true;
}

bool take_extra(const json& entry, replaced_instance& x) {
  std::uint32_t domain = engine::fleet::no_update_domain;
  const auto right =
    take(entry, "extra", x.extra) && take(entry, "deleted", x.deleted)
    && take(entry, "born", x.born) && take(entry, "zone", x.now.zone)
    && take(entry, "updateDomain", domain)
    && take(entry, "protectFromScaleIn", x.now.protect_from_scale_in)
    && take(entry, "protectFromScaleSetActions", x.now.protect_from_scale_set_actions);
  if (domain != engine::fleet::no_update_domain)
    x.now.update_domain = domain;
  return right;
}

bool is_port(const json& x) {
  return x.is_number_unsigned() && x.get<std::uint64_t>() > 0
         && x.get<std::uint64_t>() <= 65'535;
}

std::optional<engine::instance_spec> to_spec(const json& x) {
  engine::instance_spec spec;
  if (!x.is_object() || !x.contains("id") || !x["id"].is_string()
      || x["id"].get<std::string>().empty())
    return std::nullopt;
  spec.id = x["id"].get<std::string>();
  spec.address.clear();
  if (const auto at = x.find("address"); at != x.end()) {
    if (!at->is_string() || at->get<std::string>().empty())
      return std::nullopt;
    spec.address = at->get<std::string>();
  }
  if (const auto at = x.find("port"); at != x.end()) {
    if (!is_port(*at))
      return std::nullopt;
    spec.port = at->get<std::uint16_t>();
  }
  if (const auto at = x.find("vars"); at != x.end()) {
    if (!at->is_object())
      return std::nullopt;
    for (const auto& [name, text] : at->items()) {
      if (!text.is_string())
        return std::nullopt;
      spec.vars[name] = text.get<std::string>();
    }
  }
  return spec;
}

/// What there may be beside the instances; says where it is wrong.
std::optional<std::string> read_rest(const json& all, kept_instances& to) {
  const auto given = all.value("given", json::object());
  if (!given.is_object())
    return "given";
  for (const auto& [base, number] : given.items()) {
    if (!number.is_number_unsigned())
      return base;
    to.given[base] = number.get<std::uint64_t>();
  }
  const auto made = all.value("made", json::array());
  if (!made.is_array())
    return "made";
  for (const auto& entry : made) {
    const auto spec = to_spec(entry);
    if (!spec)
      return "made";
    to.made[spec->id] = *spec;
  }
  return std::nullopt;
}

} // namespace

std::unordered_map<std::string, std::string>
names_by_id(const replaced_instances& all) {
  std::unordered_map<std::string, std::string> names;
  names.reserve(all.size());
  for (const auto& [name, x] : all)
    names.emplace(x.now.id, name);
  return names;
}

std::filesystem::path replaced_path(const std::filesystem::path& file,
                                    std::string_view set) {
  constexpr auto digits = "0123456789abcdef";
  auto path = real_path(file).string();
  if (!set.empty())
    path += '.';
  for (const auto c : set) { // names may hold anything, and files may not
    const auto raw = static_cast<unsigned char>(c);
    if (std::isalnum(raw) != 0 || c == '-' || c == '_' || c == '.')
      path += c;
    else
      path += {'%', digits[raw >> 4U], digits[raw & 0xfU]};
  }
  return path + ".instances.json";
}

std::variant<kept_instances, std::string>
read_replaced(const std::filesystem::path& file, std::string_view set) {
  kept_instances result;
  const auto path = replaced_path(file, set);
  result.path = path.string();
  std::error_code failed;
  if (!std::filesystem::exists(path, failed))
    return result;
  const auto bytes = read_bytes(path);
  if (!bytes.ok)
    return damaged(path, "cannot be read (" + bytes.text + ")");
  const auto all = json::parse(bytes.text, nullptr, false);
  if (!all.is_object() || !all.contains("instances") || !all["instances"].is_object())
    return damaged(path, "is not what drydock writes");
  for (const auto& [id, entry] : all["instances"].items()) {
    const auto now = to_spec(entry);
    const auto before =
      entry.contains("before") ? to_spec(entry["before"]) : std::nullopt;
    replaced_instance x;
    if (now && before)
      x = {*now, *before};
    if (!now || !before || !take_extra(entry, x))
      return damaged(path, "is not what drydock writes at \"" + id + "\"");
    result.replaced[id] = std::move(x);
  }
  if (const auto wrong = read_rest(all, result))
    return damaged(path, "is not what drydock writes at \"" + *wrong + "\"");
  return result;
}

std::string to_json_text(const kept_instances& all) {
  json list = json::object();
  for (const auto& [id, x] : all.replaced) {
    auto& entry = list[id] = to_json(x.now);
    entry["before"] = to_json(x.before);
    if (x.extra)
      put_extra(entry, x);
    if (x.deleted)
      entry["deleted"] = true;
    if (x.born > 0)
      entry["born"] = x.born;
  }
  json result{{"instances", std::move(list)}};
  if (!all.given.empty())
    result["given"] = all.given;
  for (const auto& [id, x] : all.made)
    result["made"].push_back(to_json(x));
  return result.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

} // namespace drydock::config
