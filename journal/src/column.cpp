// SPDX-License-Identifier: Apache-2.0
// Zones and update domains of generated fleets go round and round, flags are mostly
// the same: a column is a few values, and then "as 15 places before, 999 985 times".
#include "codec.hpp"

#include <array>

namespace drydock::inline v1::journal {

namespace {

// What is looked for again, and what a copy must be at least to save anything.
constexpr std::size_t window = 4;
constexpr std::size_t worthwhile = 8;
constexpr unsigned slot_bits = 12;

std::size_t slot_of(const std::uint32_t* at) {
  std::uint64_t x = 0;
  for (std::size_t i = 0; i < window; ++i)
    x = (x ^ at[i]) * 0x9e3779b97f4a7c15U;
  return static_cast<std::size_t>(x >> (64U - slot_bits));
}

void put_values(byte_writer& out, std::span<const std::uint32_t> values) {
  if (values.empty())
    return;
  out.number(std::uint64_t{values.size()} << 1U);
  for (const auto x : values)
    out.number(x);
}

} // namespace

void put_column(byte_writer& out, std::span<const std::uint32_t> column) {
  std::array<std::size_t, std::size_t{1} << slot_bits> seen{}; // one past the place
  std::size_t at = 0, begin = 0;
  while (at + window <= column.size()) {
    auto& slot = seen[slot_of(&column[at])];
    const auto before = slot;
    slot = at + 1;
    std::size_t length = 0;
    if (before > 0)
      while (at + length < column.size()
             && column[before - 1 + length] == column[at + length])
        ++length;
    if (length < worthwhile) {
      ++at;
      continue;
    }
    put_values(out, column.subspan(begin, at - begin));
    out.number(std::uint64_t{length} << 1U | 1U);
    out.number(at - (before - 1));
    at += length;
    begin = at;
  }
  put_values(out, column.subspan(begin));
}

std::vector<std::uint32_t> get_column(byte_reader& in, std::size_t size) {
  std::vector<std::uint32_t> column;
  column.reserve(size);
  while (column.size() < size && in.ok()) {
    const auto token = in.number();
    const auto length = token >> 1U;
    if (length == 0 || length > size - column.size()) {
      in.fail(byte_reader::out_of_range);
    } else if ((token & 1U) == 0) {
      for (std::uint64_t i = 0; i < length && in.ok(); ++i)
        column.push_back(in.number32());
    } else {
      const auto distance = in.number();
      if (distance == 0 || distance > column.size())
        in.fail(byte_reader::out_of_range);
      else
        for (std::uint64_t i = 0; i < length; ++i)
          column.push_back(column[column.size() - static_cast<std::size_t>(distance)]);
    }
  }
  column.resize(size);
  return column;
}

} // namespace drydock::inline v1::journal
