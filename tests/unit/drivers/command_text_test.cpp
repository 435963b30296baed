// SPDX-License-Identifier: Apache-2.0
#include "command_text.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace drydock::drivers;
using namespace std::chrono_literals;
using ending = process_result::ending;

TEST_CASE("white space goes from both ends only") {
  CHECK(trim("  a b \r\n") == "a b");
  CHECK(trim("\t\n ").empty());
  CHECK(trim("").empty());
  CHECK(trim("x") == "x");
}

TEST_CASE("bytes that are no UTF-8 become question marks") {
  struct row {
    std::string_view in;
    std::string_view out;
  };
  for (auto [in, out] : {
         row{"plain", "plain"},
         row{"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\xA2",
             "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x9A\xA2"},
         row{"\xA9 cut", "? cut"},        // the end of a sequence
         row{"cut \xE2\x82", "cut ??"},   // its start
         row{"\xC0\xAF", "??"},           // overlong slash
         row{"\xED\xA0\x80", "???"},      // surrogate
         row{"\xF4\x90\x80\x80", "????"}, // beyond U+10FFFF
         row{"\xFF\xFE", "??"},
       })
    CHECK(to_utf8(in) == out);
}

TEST_CASE("file names hold any id, and differ where ids do") {
  CHECK(to_file_name("web-3.b_C") == "web-3.b_C");
  CHECK(to_file_name("a/b c") == "a%2Fb%20c");
  CHECK(to_file_name("..") == "%2E.");
  CHECK(to_file_name(".hidden") == "%2Ehidden");
  CHECK(to_file_name("a%2Fb") != to_file_name("a/b"));
  std::set<std::string> names;
  for (int i = 0; i < 10; ++i) {
    auto name = to_file_name(std::string(500, 'x') + std::to_string(i));
    CHECK(name.size() == 120);
    names.insert(name);
  }
  CHECK(names.size() == 10);
}

TEST_CASE("an end is described by what, how and the output") {
  process_result result;
  CHECK(describe("reimage of web-3", result, 10min).empty());
  result.status = 1;
  CHECK(describe("reimage of web-3", result, 10min)
        == "reimage of web-3: exit status 1");
  result.tail = "disk full\n";
  CHECK(describe("reimage of web-3", result, 10min)
        == "reimage of web-3: exit status 1: disk full");
  result.how = ending::signalled;
  result.status = 9;
  CHECK(describe("setup", result, 10min) == "setup: killed by signal 9: disk full");
  result.how = ending::timed_out;
  CHECK(describe("setup", result, 250ms) == "setup: timed out after 0.25 s: disk full");
  CHECK(describe("setup", result, 10min) == "setup: timed out after 600 s: disk full");
  result.how = ending::killed;
  CHECK(describe("setup", result, 10min) == "setup: killed: disk full");
  result.how = ending::withdrawn;
  CHECK(describe("setup", result, 10min) == "setup: cancelled before it began");
  result.how = ending::not_started;
  result.error = "cannot run 'x': no such file or directory";
  CHECK(describe("setup", result, 10min)
        == "setup: cannot run 'x': no such file or directory");
}
