// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/bytes.hpp"

#include "checksum.hpp"
#include "codec.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string_view>

using namespace drydock::journal;

namespace {

std::string written(std::uint64_t x) {
  byte_writer out;
  out.number(x);
  return std::string(out.bytes());
}

} // namespace

TEST_CASE("numbers take seven bits a byte and come back") {
  struct {
    std::uint64_t x;
    std::size_t bytes;
  } const table[] = {
    {0, 1},          {127, 1},         {128, 2},
    {16'383, 2},     {16'384, 3},      {2'097'151, 3},
    {1ULL << 62, 9}, {1ULL << 63, 10}, {std::numeric_limits<std::uint64_t>::max(), 10},
  };
  for (const auto& row : table) {
    CAPTURE(row.x);
    const auto bytes = written(row.x);
    CHECK(bytes.size() == row.bytes);
    byte_reader in(bytes);
    CHECK(in.number() == row.x);
    CHECK(in.ok());
    CHECK(in.left() == 0);
  }
}

TEST_CASE("small numbers of either sign are short") {
  CHECK(zigzag(0) == 0);
  CHECK(zigzag(-1) == 1);
  CHECK(zigzag(1) == 2);
  for (const auto x : {std::int64_t{0}, std::int64_t{-64}, std::int64_t{63},
                       std::numeric_limits<std::int64_t>::min(),
                       std::numeric_limits<std::int64_t>::max()})
    CHECK(unzigzag(zigzag(x)) == x);
  byte_writer out;
  out.signed_number(-64);
  CHECK(out.size() == 1);
}

TEST_CASE("only the shortest form of a number is one") {
  using namespace std::string_literals;
  for (const auto& bytes :
       {"\x80\x00"s, "\xff\x80\x00"s, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s,
        "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"s}) {
    byte_reader in(bytes);
    CHECK(in.number() == 0);
    CHECK(std::string_view(in.problem()) == byte_reader::out_of_range);
    CHECK(in.left() == 0);
  }
  byte_reader cut("\xff");
  CHECK(cut.number() == 0);
  CHECK(std::string_view(cut.problem()) == byte_reader::too_short);
}

TEST_CASE("after the first problem nothing is left to read") {
  byte_reader in("\x05"
                 "abc");
  CHECK(in.text().empty());
  CHECK(std::string_view(in.problem()) == byte_reader::too_short);
  CHECK(in.left() == 0);
  CHECK(in.byte() == 0);
  CHECK(in.fixed64() == 0);
  CHECK(in.instances().empty());
  CHECK(std::string_view(in.problem()) == byte_reader::too_short);
}

TEST_CASE("a count is never more than what is left could hold") {
  byte_writer out;
  out.number(1'000'000'000'000);
  out.byte(0);
  byte_reader in(out.bytes());
  CHECK(in.count() == 0);
  CHECK_FALSE(in.ok());

  byte_reader enough("\x03"
                     "123456");
  CHECK(enough.count(2) == 3);
  byte_reader short_by_one("\x03"
                           "12345");
  CHECK(short_by_one.count(2) == 0);
  CHECK_FALSE(short_by_one.ok());
}

TEST_CASE("neighbours in a list take a byte each, and any order is kept") {
  std::vector<drydock::engine::instance_index> list;
  for (std::uint32_t i = 900'000; i < 900'100; ++i)
    list.push_back(i);
  byte_writer out;
  out.instances(list);
  CHECK(out.size() == 1 + 3 + 99);
  byte_reader in(out.bytes());
  CHECK(in.instances() == list);

  const std::vector<drydock::engine::instance_index> wild{0, UINT32_MAX, 0,         5,
                                                          4, 4,          UINT32_MAX};
  out.clear();
  out.instances(wild);
  byte_reader again(out.bytes());
  CHECK(again.instances() == wild);
  CHECK(again.ok());
}

TEST_CASE("positions below 0 and above 32 bits are none") {
  for (const auto step : {std::int64_t{-1}, std::int64_t{UINT32_MAX} + 1,
                          std::numeric_limits<std::int64_t>::max(),
                          std::numeric_limits<std::int64_t>::min()}) {
    byte_writer out;
    out.signed_number(step);
    byte_reader in(out.bytes());
    drydock::engine::instance_index last = 0;
    CHECK(in.instance(last) == 0);
    CHECK(std::string_view(in.problem()) == byte_reader::out_of_range);
  }
}

TEST_CASE("the checksum is CRC-32C") {
  CHECK(checksum("123456789") == 0xe3069283);
  CHECK(checksum("") == 0);
  CHECK(checksum(std::string(32, '\0')) == 0x8a9136aa); // RFC 3720, B.4
  CHECK(checksum(std::string(32, '\xff')) == 0x62a8ab43);
}

TEST_CASE("columns that go round cost a few bytes, others a byte each") {
  struct {
    const char* name;
    std::size_t size;
    std::uint32_t (*at)(std::uint32_t);
    std::size_t bytes_max;
  } const table[] = {
    {"empty", 0, [](std::uint32_t) { return 0U; }, 0},
    {"one", 1, [](std::uint32_t) { return 7U; }, 2},
    {"constant", 100'000, [](std::uint32_t) { return 7U; }, 8},
    {"zones", 100'000, [](std::uint32_t i) { return i % 3; }, 12},
    {"domains", 100'000, [](std::uint32_t i) { return i / 3 % 20; }, 80},
    {"one is other", 100'000, [](std::uint32_t i) { return i == 50'000 ? 1U : 0U; },
     20},
    {"irregular", 10'000, [](std::uint32_t i) { return i * i % 127 * i % 101; },
     10'010},
  };
  for (const auto& row : table) {
    CAPTURE(row.name);
    std::vector<std::uint32_t> column;
    for (std::uint32_t i = 0; i < row.size; ++i)
      column.push_back(row.at(i));
    byte_writer out;
    put_column(out, column);
    CHECK(out.size() <= row.bytes_max);
    byte_reader in(out.bytes());
    CHECK(get_column(in, row.size) == column);
    CHECK(in.ok());
    CHECK(in.left() == 0);
  }
}

TEST_CASE("columns that refer to nothing, or go on too long, are none") {
  using namespace std::string_literals;
  // A token is twice a length, with 1 added for a copy, then its distance.
  for (const auto& bytes : {
         "\x00"s,                     // no length
         "\x03\x01"s,                 // a copy of what is not there
         "\x02\x09\x05\x02"s,         // from before the first
         "\x02\x09\x05\x00"s,         // from itself
         "\x0a\x01\x01\x01\x01\x01"s, // five values
         "\x02\x09\x09\x01"s,         // and four more
         "\x04\x01"s,                 // ends within
       }) {
    byte_reader in(bytes);
    CHECK(get_column(in, 4).size() == 4);
    CHECK_FALSE(in.ok());
  }
}
