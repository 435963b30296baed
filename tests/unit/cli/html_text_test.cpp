// SPDX-License-Identifier: Apache-2.0
#include "html_text.hpp"

#include "made_reports.hpp"
#include "text.hpp"

#include "drydock/rehearsal/statistics.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace drydock::cli;
using namespace std::chrono_literals;

namespace {

/// With ordinary blanks, which are easier to write down.
std::string plain(std::string text) {
  for (auto at = text.find("\u00a0"); at != std::string::npos; at = text.find("\u00a0"))
    text.replace(at, 2, " ");
  return text;
}

} // namespace

TEST_CASE("no text leaves its place in HTML") {
  CHECK(html("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
  CHECK(html("a\x01\n\xff") == "a  ?");
  CHECK(html("größe · 日本") == "größe · 日本");
}

TEST_CASE("long words in code may break where words end") {
  CHECK(html_code("InternalExecutionError")
        == "<code>Internal<wbr/>Execution<wbr/>Error</code>");
  CHECK(html_code("max_batch = 1") == "<code>max_<wbr/>batch = <wbr/>1</code>");
  CHECK(html_code("<&") == "<code>&lt;&amp;</code>");
  CHECK(html_code("") == "<code></code>");
}

TEST_CASE("a text is wrapped at good places") {
  using lines = std::vector<std::string>;
  CHECK(wrapped("faulted: RollingUpgradeTimeoutError", 16, 9)
        == lines{"faulted: Rolling", "UpgradeTimeout", "Error"});
  CHECK(wrapped("one two", 7, 3) == lines{"one two"});
  CHECK(wrapped("one two", 6, 3) == lines{"one", "two"});
  CHECK(wrapped("abcdefgh", 3, 9) == lines{"abc", "def", "gh"});
  CHECK(wrapped("ünïcödé", 3, 9) == lines{"ünï", "cöd", "é"});
  CHECK(wrapped("abcdefgh", 3, 2) == lines{"abc", "de…"});
  CHECK(wrapped("", 3, 2) == lines{""});
  for (std::size_t width = 2; width < 90; ++width)
    for (const auto& line : wrapped(made::awkward_name(), width, 5))
      CHECK(columns(line) <= width);
}

TEST_CASE("a word of a shell stays one word") {
  CHECK(shell_word("examples/web-1.toml") == "examples/web-1.toml");
  CHECK(shell_word("größe") == "größe");
  CHECK(shell_word("my file") == "'my file'");
  CHECK(shell_word("it's $(id)") == "'it'\\''s $(id)'");
  CHECK(shell_word("") == "''");
}

TEST_CASE("a share is never told as sure when it is not") {
  CHECK(plain(percent_text(0.0)) == "0 %");
  CHECK(plain(percent_text(1e-9)) == "0.1 %");
  CHECK(plain(percent_text(0.935)) == "93.5 %");
  CHECK(plain(percent_text(0.92)) == "92.0 %");
  CHECK(plain(percent_text(0.99999)) == "99.9 %");
  CHECK(plain(percent_text(1.0)) == "100 %");
  CHECK(plain(interval_text({3, 0.3, 0.108, 0.6})) == "10.8 to 60.0 %");
}

TEST_CASE("numbers have no digits that say nothing") {
  CHECK(number_text(2.50, 3) == "2.5");
  CHECK(number_text(100, 2) == "100");
  CHECK(number_text(-0.001, 1) == "0");
  CHECK(number_text(1e300, 9).size() == 301);
}

TEST_CASE("a length is told in two units at most") {
  CHECK(plain(length_text(0ns)) == "0 s");
  CHECK(plain(length_text(1500ns)) == "0.002 ms");
  CHECK(plain(length_text(820ms)) == "820 ms");
  CHECK(plain(length_text(3140ms)) == "3.14 s");
  CHECK(plain(length_text(59'900ms)) == "59.9 s");
  CHECK(plain(length_text(59'990ms)) == "1 min");
  CHECK(plain(length_text(41min + 12s)) == "41 min 12 s");
  CHECK(plain(length_text(59min + 59'700ms)) == "1 h");
  CHECK(plain(length_text(2h + 5min + 10s)) == "2 h 5 min");
  CHECK(plain(length_text(76h)) == "3 d 4 h");
  CHECK(plain(length_text(-90s)) == "−1 min 30 s");
  CHECK(plain(signed_length_text(90s)) == "+1 min 30 s");
  CHECK(plain(signed_length_text(0s)) == "0 s");
}

TEST_CASE("ends and counts are told in words") {
  using kind = drydock::rehearsal::fate::kind;
  CHECK(fate_text(kind::completed, "") == "completed");
  CHECK(fate_text(kind::completed_with_failures, "") == "completed with failures");
  CHECK(fate_text(kind::cancelled, "") == "cancelled");
  CHECK(fate_text(kind::faulted, "Code") == "faulted: Code");
  CHECK(count_text(1, "run") == "1 run");
  CHECK(count_text(0, "run") == "0 runs");
}
