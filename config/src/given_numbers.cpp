// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/given_numbers.hpp"

#include "index_template.hpp"
#include "replacement_names.hpp"

#include <algorithm>
#include <charconv>

namespace drydock::config {
namespace {

bool is_digit(char x) {
  return x >= '0' && x <= '9';
}

std::optional<std::uint64_t> to_number(std::string_view digits) {
  std::uint64_t result = 0;
  const auto* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, result);
  return error == std::errc() && at == end ? std::optional(result) : std::nullopt;
}

/// The index that fills the template to `id`.
std::optional<std::uint64_t> index_of(const index_template& by, std::string_view id) {
  for (std::size_t first = 0; first < id.size();) {
    auto end = first;
    while (end < id.size() && is_digit(id[end]))
      ++end;
    // Digits of the template's own may stand on both sides of it.
    for (auto from = first; from < end; ++from)
      for (auto to = end; to > from; --to)
        if (const auto n = to_number(id.substr(from, to - from));
            n && by.fill(*n) == id)
          return n;
    first = std::max(end, first + 1);
  }
  return std::nullopt;
}

bool keep(given_numbers& all, std::string_view base, std::uint64_t number) {
  const auto [at, is_new] = all.try_emplace(std::string(base), number);
  if (!is_new && at->second >= number)
    return false;
  at->second = number;
  return true;
}

} // namespace

std::optional<std::uint64_t> index_of(const name_scheme& names, std::string_view id) {
  const auto by = names.id.empty() ? std::nullopt : index_template::parse(names.id);
  return by ? index_of(*by, id) : std::nullopt;
}

bool is_generated(const name_scheme& names, engine::instance_index member) {
  return member < names.generated || names.extras.contains(member);
}

std::optional<numbered_name> read_numbered(std::string_view id) {
  const auto dash = id.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == id.size()
      || id[dash + 1] == '0')
    return std::nullopt;
  const auto number = to_number(id.substr(dash + 1));
  if (!number)
    return std::nullopt;
  return numbered_name{std::string(id.substr(0, dash)), *number};
}

std::uint64_t last_given(const given_numbers& all, std::string_view base) {
  const auto at = all.find(base);
  return at == all.end() ? 0 : at->second;
}

bool note_given(given_numbers& all, const name_scheme& names,
                engine::instance_index member, std::string_view id) {
  const auto n = index_of(names, id);
  const auto is_new = n && keep(all, names.id, *n);
  if (is_generated(names, member) && !names.id.empty())
    return is_new;
  const auto name = read_numbered(id);
  return (name && keep(all, name->base, name->number)) || is_new;
}

bool note_arrival(given_numbers& all, const name_scheme& names, std::string_view id) {
  if (const auto n = index_of(names, id))
    return keep(all, names.id, *n);
  const auto name = read_numbered(id);
  return name && keep(all, name->base, name->number);
}

namespace {

/// `index`: of a generated one.
engine::instance_spec describe(const name_scheme& names,
                               std::optional<std::uint64_t> index,
                               engine::instance_spec of, std::string id) {
  of.id = std::move(id);
  if (!index) {
    if (of.address != engine::instance_spec{}.address)
      of.address.clear();
    of.port = 0;
    return of;
  }
  const auto address = index_template::parse(names.address);
  of.address = address ? address->fill(*index) : std::string();
  const auto port = names.port + (names.port_rises ? *index : 0);
  of.port = static_cast<std::uint16_t>(port <= 65'535 ? port : 0);
  return of;
}

} // namespace

engine::instance_spec describe_replacement(const name_scheme& names,
                                           engine::instance_index member,
                                           engine::instance_spec of, std::string id) {
  const auto index = is_generated(names, member) ? index_of(names, id) : std::nullopt;
  return describe(names, index, std::move(of), std::move(id));
}

engine::instance_spec describe_by_name(const name_scheme& names,
                                       engine::instance_spec of, std::string id) {
  const auto index = index_of(names, id);
  return describe(names, index, std::move(of), std::move(id));
}

} // namespace drydock::config
