// SPDX-License-Identifier: Apache-2.0
#include "codec.hpp"

#include <bit>
#include <utility>

namespace drydock::inline v1::journal {

using engine::value;

namespace {

enum class value_kind : std::uint8_t {
  null,
  no,
  yes,
  whole,
  real,
  text,
  list,
  table,
};

void put_kind(byte_writer& out, value_kind kind) {
  out.byte(static_cast<unsigned>(kind));
}

value get_list(byte_reader& in, unsigned depth) {
  const auto n = in.count();
  value::list list;
  for (std::size_t i = 0; i < n && in.ok(); ++i)
    list.push_back(get_value(in, depth + 1));
  return list;
}

value get_table(byte_reader& in, unsigned depth) {
  const auto n = in.count(2);
  value::table table;
  for (std::size_t i = 0; i < n && in.ok(); ++i) {
    auto key = in.text();
    if (!table.empty() && key <= table.rbegin()->first)
      in.fail("keys in it are out of order");
    auto x = get_value(in, depth + 1);
    table.emplace_hint(table.end(), std::move(key), std::move(x));
  }
  return table;
}

} // namespace

void put_value(byte_writer& out, const value& x) {
  if (const auto* b = x.as_bool()) {
    put_kind(out, *b ? value_kind::yes : value_kind::no);
  } else if (const auto* i = x.as_int()) {
    put_kind(out, value_kind::whole);
    out.signed_number(*i);
  } else if (const auto* d = x.as_double()) {
    put_kind(out, value_kind::real);
    out.fixed64(std::bit_cast<std::uint64_t>(*d));
  } else if (const auto* s = x.as_string()) {
    put_kind(out, value_kind::text);
    out.text(*s);
  } else if (const auto* l = x.as_list()) {
    put_kind(out, value_kind::list);
    out.number(l->size());
    for (const auto& y : *l)
      put_value(out, y);
  } else if (const auto* t = x.as_table()) {
    put_kind(out, value_kind::table);
    out.number(t->size());
    for (const auto& [key, y] : *t) {
      out.text(key);
      put_value(out, y);
    }
  } else {
    put_kind(out, value_kind::null);
  }
}

value get_value(byte_reader& in, unsigned depth) {
  if (depth > value_depth_max) {
    in.fail("a model in it is nested too deeply");
    return {};
  }
  switch (in.choice(in.byte(), value_kind::table)) {
  case value_kind::null:
    break;
  case value_kind::no:
    return false;
  case value_kind::yes:
    return true;
  case value_kind::whole:
    return in.signed_number();
  case value_kind::real:
    return std::bit_cast<double>(in.fixed64());
  case value_kind::text:
    return in.text();
  case value_kind::list:
    return get_list(in, depth);
  case value_kind::table:
    return get_table(in, depth);
  }
  return {};
}

} // namespace drydock::inline v1::journal
