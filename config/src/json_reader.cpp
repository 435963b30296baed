// SPDX-License-Identifier: Apache-2.0
#include "json_reader.hpp"

#include <nlohmann/json.hpp>

#include <limits>

namespace drydock::config {
namespace {

// Instances are two levels deep; whatever is deeper is wrong anyway, and is not
// worth a stack overflow.
constexpr int deepest = 8;

node convert(const nlohmann::json& x, position at, int depth) {
  node result;
  result.at = at;
  switch (x.type()) {
  case nlohmann::json::value_t::object:
    result.type = node::kind::table;
    if (depth < deepest)
      for (const auto& [key, value] : x.items())
        result.members.push_back({key, at, convert(value, at, depth + 1)});
    break;
  case nlohmann::json::value_t::array:
    result.type = node::kind::list;
    if (depth < deepest)
      for (const auto& value : x)
        result.items.push_back(convert(value, at, depth + 1));
    break;
  case nlohmann::json::value_t::string:
    result.type = node::kind::text;
    result.text = x.get<std::string>();
    break;
  case nlohmann::json::value_t::boolean:
    result.type = node::kind::boolean;
    result.boolean = x.get<bool>();
    break;
  case nlohmann::json::value_t::number_unsigned:
  case nlohmann::json::value_t::number_integer:
    result.type = node::kind::integer;
    // Numbers beyond 64 bits stay out of every range.
    result.integer =
      x.is_number_unsigned()
          && x.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)
        ? std::numeric_limits<std::int64_t>::max()
        : x.get<std::int64_t>();
    break;
  case nlohmann::json::value_t::number_float:
    result.type = node::kind::floating;
    result.floating = x.get<double>();
    break;
  default:
    break;
  }
  return result;
}

} // namespace

std::variant<node, std::string> read_json(std::string_view text, position at) {
  try {
    return convert(nlohmann::json::parse(text), at, 0);
  } catch (const nlohmann::json::exception& error) {
    const std::string_view what = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    const auto end = what.find("] ");
    return std::string(end == std::string_view::npos ? what : what.substr(end + 2));
  }
}

} // namespace drydock::config
