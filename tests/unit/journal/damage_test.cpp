// SPDX-License-Identifier: Apache-2.0
// Bytes that nobody wrote.
#include "samples.hpp"

#include "checksum.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace drydock::journal;
using namespace drydock::journal::testing;
using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

std::string full_turn() {
  return record_of(instant{5s}, 1'893'553'445'000'001, all_inputs(), all_commands(),
                   all_events());
}

/// With a checksum that fits again.
std::string sealed(std::string body) {
  const auto sum = checksum(body);
  for (unsigned i = 0; i < 4; ++i)
    body += static_cast<char>(sum >> (8 * i));
  return body;
}

std::string body_of(const std::string& record) {
  return record.substr(0, record.size() - 4);
}

/// Either the problem, or nothing: what was read writes the same bytes again.
std::string outcome_of_turn(const std::string& bytes) {
  const auto result = read_turn(bytes);
  const auto text = problem(result);
  if (!text.empty())
    return text;
  const auto& x = std::get<turn>(result);
  const auto again = record_of(x.at, x.wall_us, x.inputs, x.effects);
  // The events are not there, so all but their count and digest must be the same.
  const auto shared = again.size() - 5;
  CHECK(bytes.substr(0, shared) == again.substr(0, shared));
  return {};
}

std::string outcome_of_header(const std::string& bytes) {
  const auto result = read_header(bytes);
  const auto text = problem(result);
  if (!text.empty())
    return text;
  const auto once = write_header(std::get<header>(result));
  const auto twice = read_header(once);
  REQUIRE(problem(twice) == "");
  CHECK(write_header(std::get<header>(twice)) == once);
  return {};
}

using outcome_function = std::string (*)(const std::string&);

struct sample {
  std::string bytes;
  outcome_function outcome;
};

std::vector<sample> samples() {
  return {{full_turn(), outcome_of_turn},
          {write_header(full_header()), outcome_of_header}};
}

constexpr auto bad_checksum =
  "the record is damaged: its checksum is not that of its bytes";

} // namespace

TEST_CASE("a byte that flips anywhere is found out by the checksum") {
  for (const auto& [bytes, outcome] : samples()) {
    REQUIRE(outcome(bytes) == "");
    for (std::size_t at = 0; at < bytes.size(); ++at)
      for (const unsigned flip : {0x01U, 0x80U, 0xffU}) {
        auto x = bytes;
        x[at] = static_cast<char>(static_cast<unsigned char>(x[at]) ^ flip);
        CHECK(outcome(x) == bad_checksum);
      }
  }
}

TEST_CASE("a record that is cut off at any length is none") {
  for (const auto& [bytes, outcome] : samples())
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      CHECK(outcome(bytes.substr(0, n)) != "");
      CHECK(outcome(sealed(body_of(bytes).substr(0, std::min(n, bytes.size() - 5))))
            != "");
    }
}

TEST_CASE("bytes that are left over are no part of a record") {
  for (const auto& [bytes, outcome] : samples()) {
    CHECK(outcome(bytes + '\0') == bad_checksum);
    CHECK(outcome(sealed(body_of(bytes) + '\0'))
          == "the record is damaged: bytes are left over at its end");
  }
}

TEST_CASE("any byte may be any other under a checksum that fits") {
  std::size_t taken = 0;
  for (const auto& [bytes, outcome] : samples()) {
    const auto body = body_of(bytes);
    for (std::size_t at = 0; at < body.size(); ++at)
      for (unsigned value = 0; value < 256; ++value) {
        auto x = body;
        x[at] = static_cast<char>(value);
        taken += outcome(sealed(x)).empty() ? 1 : 0;
      }
  }
  CHECK(taken > 10'000); // most of texts, instants and numbers are as good as others
}

TEST_CASE("a later version is told from damage") {
  for (const auto& [bytes, outcome] : samples()) {
    auto later = body_of(bytes);
    later[0] = static_cast<char>(later[0] + 1);
    CHECK(outcome(sealed(later))
          == "the record is of a later version of drydock: read it with that");
    auto none = body_of(bytes);
    none[0] = 0;
    CHECK(outcome(sealed(none))
          == "the record is damaged: it has a value that no version writes");
  }
}

TEST_CASE("a header is no turn, and a turn is no header") {
  CHECK(problem(read_turn(write_header(full_header())))
        == "the record is damaged: it is no turn");
  CHECK(problem(read_header(full_turn())) == "the record is damaged: it is no header");
  CHECK(problem(read_turn("")) == "the record is damaged: it ends too early");
}

TEST_CASE("a few bytes do not ask for much memory") {
  byte_writer out;
  out.byte(static_cast<unsigned>(body_of(full_turn())[0])); // the version
  out.byte(2);
  out.number(0);
  out.number(0);
  out.number(4'000'000'000); // inputs
  CHECK(problem(read_turn(sealed(std::string(out.bytes()))))
        == "the record is damaged: it ends too early");
}

TEST_CASE("an instance in a zone that has the name of another is none") {
  auto instances = std::make_shared<fleet>(std::vector<std::string>{"ea", "eb"});
  instances->add({.id = "1", .zone = "eb"});
  header x;
  x.instances = instances;
  auto body = body_of(write_header(x));
  REQUIRE(outcome_of_header(sealed(body)) == "");
  body[body.rfind("eb") + 1] = 'a';
  CHECK(outcome_of_header(sealed(body))
        == "the record is damaged: a zone in it has the name of another, or none");
}
