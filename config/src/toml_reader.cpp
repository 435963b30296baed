// SPDX-License-Identifier: Apache-2.0
#include "toml_reader.hpp"

// Only this file sees toml++: inside it, header-only and without exceptions. Its
// parser promises the compiler what a broken header (`[!`) does not keep, although
// its next lines would report it; so the promise is taken back.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
// clang-format off: the order matters.
#include <toml++/impl/preprocessor.h>
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expr) static_assert(true)
#include <toml++/toml.h>
// clang-format on

#include <sstream>

namespace drydock::config {
namespace {

position to_position(const toml::source_region& x) {
  return {x.begin.line, x.begin.column};
}

template <class Date>
void set_date(node& result, const Date& x) {
  std::ostringstream out;
  out << x;
  result.type = node::kind::date;
  result.text = out.str();
}

node convert(const toml::node& x) {
  node result;
  result.at = to_position(x.source());
  if (const auto* table = x.as_table()) {
    result.type = node::kind::table;
    for (const auto& [key, value] : *table)
      result.members.push_back(
        {std::string(key.str()), to_position(key.source()), convert(value)});
  } else if (const auto* list = x.as_array()) {
    result.type = node::kind::list;
    for (const auto& item : *list)
      result.items.push_back(convert(item));
  } else if (const auto* text = x.as_string()) {
    result.type = node::kind::text;
    result.text = text->get();
  } else if (const auto* integer = x.as_integer()) {
    result.type = node::kind::integer;
    result.integer = integer->get();
  } else if (const auto* floating = x.as_floating_point()) {
    result.type = node::kind::floating;
    result.floating = floating->get();
  } else if (const auto* boolean = x.as_boolean()) {
    result.type = node::kind::boolean;
    result.boolean = boolean->get();
  } else if (const auto* date = x.as_date()) {
    set_date(result, date->get());
  } else if (const auto* time = x.as_time()) {
    set_date(result, time->get());
  } else if (const auto* date_time = x.as_date_time()) {
    set_date(result, date_time->get());
  }
  return result;
}

} // namespace

std::variant<node, syntax_error> read_toml(std::string_view text) {
  const auto parsed = toml::parse(text);
  if (!parsed)
    return syntax_error{to_position(parsed.error().source()),
                        std::string(parsed.error().description())};
  return convert(parsed.table());
}

} // namespace drydock::config
