// SPDX-License-Identifier: Apache-2.0
#include "checksum.hpp"

#include <array>
#include <cstddef>

namespace drydock::inline v1::journal {

namespace {

constexpr std::uint32_t polynomial = 0x82f63b78; // reflected

using table = std::array<std::uint32_t, 256>;

/// Eight tables, so that eight bytes at a time need no step to wait for another.
constexpr std::array<table, 8> make_tables() {
  std::array<table, 8> t{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    auto x = i;
    for (int bit = 0; bit < 8; ++bit)
      x = (x >> 1U) ^ ((x & 1U) != 0 ? polynomial : 0U);
    t[0][i] = x;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t i = 0; i < 256; ++i)
      t[k][i] = (t[k - 1][i] >> 8U) ^ t[0][t[k - 1][i] & 0xffU];
  return t;
}

constexpr auto tables = make_tables();

std::uint32_t octet(char x) {
  return static_cast<std::uint8_t>(x);
}

} // namespace

std::uint32_t checksum(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    crc ^= octet(bytes[0]) | octet(bytes[1]) << 8U | octet(bytes[2]) << 16U
           | octet(bytes[3]) << 24U;
    crc = tables[7][crc & 0xffU] ^ tables[6][crc >> 8U & 0xffU]
          ^ tables[5][crc >> 16U & 0xffU] ^ tables[4][crc >> 24U]
          ^ tables[3][octet(bytes[4])] ^ tables[2][octet(bytes[5])]
          ^ tables[1][octet(bytes[6])] ^ tables[0][octet(bytes[7])];
  }
  for (const auto x : bytes)
    crc = (crc >> 8U) ^ tables[0][(crc ^ octet(x)) & 0xffU];
  return ~crc;
}

} // namespace drydock::inline v1::journal
