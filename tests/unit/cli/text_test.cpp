// SPDX-License-Identifier: Apache-2.0
#include "text.hpp"

#include "fleets.hpp"

#include <doctest/doctest.h>

using namespace drydock::cli;

TEST_CASE("columns count characters, and wide ones twice") {
  CHECK(columns("") == 0);
  CHECK(columns("web-0") == 5);
  CHECK(columns("·●◐✖–…") == 6);
  CHECK(columns("größe") == 5);
  CHECK(columns("日本") == 4);
  CHECK(columns("🚀") == 2);
  CHECK(columns("\xff\xc3") == 2); // broken bytes count one each
}

TEST_CASE("a printable text obeys no escape sequence and has one line") {
  CHECK(printable("a\x1b[31mb\nc\td\re") == "a [31mb c d e");
  CHECK(printable("a\xc2\x9b"
                  "1m")
        == "a 1m"); // a control of eight bits
  CHECK(printable("a\xe2\x80\xae"
                  "b")
        == "a b"); // turns the direction
  CHECK(printable("a\xff\xc0\xaf\xed\xa0\x80z") == "a??????z");
  CHECK(printable("größe 日") == "größe 日");
  CHECK(printable("größe 日", false) == "gr??e ?");
}

TEST_CASE("what is no UTF-8 becomes question marks, and all else stays") {
  CHECK(valid_utf8("").empty());
  CHECK(valid_utf8("größe\n日\t\x1b🚢") == "größe\n日\t\x1b🚢");
  CHECK(valid_utf8("a\xff\xc0\xaf\xed\xa0\x80z") == "a??????z");
  CHECK(valid_utf8("cut short \xe6\x97") == "cut short ??");
}

TEST_CASE("a text that is too wide is cut and shows it") {
  CHECK(truncated("abcdef", 6) == "abcdef");
  CHECK(truncated("abcdef", 5) == "abcd…");
  CHECK(truncated("abcdef", 1) == "…");
  CHECK(truncated("abcdef", 0).empty());
  CHECK(truncated("abcdef", 5, false) == "ab...");
  CHECK(truncated("abcdef", 2, false) == "..");
  CHECK(truncated("日本語", 4) == "日…");
}

TEST_CASE("only the first line of an error is not indented") {
  CHECK(with_indented_tail("one") == "one");
  CHECK(with_indented_tail("one\r\n\n  two\n\x1b[1mthree\n")
        == "one\n            two\n           [1mthree");
  CHECK(with_indented_tail("").empty());
}

TEST_CASE("a list of instances names the first few and counts the rest") {
  const auto instances = make_fleet(20);
  const auto list = first_instances(20);
  CHECK(name_instances(std::span(list).first(1), 1, instances) == "web-0");
  CHECK(name_instances(std::span(list).first(3), 3, instances)
        == "web-0, web-1, web-2");
  CHECK(name_instances(list, 20, instances, 2) == "web-0, web-1 and 18 more");
  CHECK(name_instances(std::span(list).first(2), 700, instances)
        == "web-0, web-1 and 698 more");
  CHECK(name_instances({}, 0, instances).empty());
}

TEST_CASE("a place names what sets a batch apart") {
  const auto instances = make_fleet(4, {"a", "b"});
  CHECK(describe_place(nowhere, instances).empty());
  CHECK(describe_place({2, 1, 3}, instances) == "phase 2, zone b, update domain 3");
}

TEST_CASE("times are written for people") {
  CHECK(seconds_text(0s) == "0.0s");
  CHECK(seconds_text(425s) == "425.0s");
  CHECK(seconds_text(1250ms) == "1.2s");
  CHECK(clock_text(0s) == "00:00");
  CHECK(clock_text(155s) == "02:35");
  CHECK(clock_text(155999ms) == "02:35");
  CHECK(clock_text(3755s) == "1:02:35");
  CHECK(clock_text(-3s) == "00:00");
}
