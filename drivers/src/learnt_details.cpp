// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/learnt_details.hpp"

#include "command_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace drydock::drivers {

namespace {

using nlohmann::json;

std::string read_vars(const json& from, engine::instance_details& to) {
  if (!from.is_object())
    return "vars is no object";
  for (const auto& [name, x] : from.items()) {
    if (x.is_string())
      to.vars[name] = x.get<std::string>();
    else if (x.is_number_integer() || x.is_boolean())
      to.vars[name] = x.dump();
    else
      return "vars." + name + " is no string, integer or boolean";
  }
  return {};
}

create_output read_object(const json& from) {
  engine::instance_details result;
  if (const auto at = from.find("address"); at != from.end()) {
    if (!at->is_string() || at->get<std::string>().empty())
      return {{}, "address is no string, or empty"};
    result.address = at->get<std::string>();
  }
  if (const auto at = from.find("port"); at != from.end()) {
    if (!at->is_number_unsigned() || at->get<std::uint64_t>() == 0
        || at->get<std::uint64_t>() > 65'535)
      return {{}, "port is no whole number from 1 to 65535"};
    result.port = at->get<std::uint16_t>();
  }
  if (const auto at = from.find("vars"); at != from.end())
    if (auto problem = read_vars(*at, result); !problem.empty())
      return {{}, std::move(problem)};
  return {std::move(result), {}};
}

bool tells_something(const json& x) {
  return x.is_object()
         && (x.contains("address") || x.contains("port") || x.contains("vars"));
}

} // namespace

create_output read_create_output(std::string_view text) {
  create_output result;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with('{'))
      continue;
    const auto object = json::parse(line.begin(), line.end(), nullptr, false);
    if (tells_something(object))
      result = read_object(object);
  }
  return result;
}

} // namespace drydock::drivers
