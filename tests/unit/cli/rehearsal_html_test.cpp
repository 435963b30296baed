// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_html.hpp"

#include "html_text.hpp"
#include "made_reports.hpp"
#include "picture_book.hpp"
#include "well_formed.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include <unistd.h>

using namespace drydock::cli;

namespace {

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size()))
    ++found;
  return found;
}

bool has(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

std::string page_of(const made::page_case& of) {
  auto page = rehearsal_html(of.variants, of.facts);
  if (const auto* why = std::get_if<html_trouble>(&page))
    FAIL(why->text);
  return std::get<std::string>(page);
}

made::page_case case_named(const std::string& name) {
  for (auto& each : made::page_cases())
    if (each.name == name)
      return each;
  FAIL("there is no such case");
  return {};
}

/// Another PATH, as long as it lives.
class with_path {
public:
  explicit with_path(const std::string& path) {
    if (const char* old = std::getenv("PATH"))
      before_ = old;
    setenv("PATH", path.c_str(), 1);
  }
  ~with_path() { setenv("PATH", before_.c_str(), 1); }
  with_path(const with_path&) = delete;
  with_path& operator=(const with_path&) = delete;

private:
  std::string before_;
};

bool no_gnuplot() {
  if (gnuplot_is_there())
    return false;
  MESSAGE("gnuplot is missing: nothing is drawn");
  return true;
}

} // namespace

TEST_CASE("the check of a page's form knows bad ones") {
  const auto check = [](const std::string& body) {
    return why_not_well_formed("<!DOCTYPE html>\n<html>" + body + "</html>\n");
  };
  CHECK(check("<p class=\"a\">a &amp; b<br/></p>").empty());
  for (const auto* bad :
       {"<p>", "</p>", "<b><i></b></i>", "a & b", "&nbsp;", "<br>", "<p class=a></p>",
        "<p a=\"1\" a=\"2\"></p>", "<p a=\"<\"></p>", "<p a=\"1></p>", "\x01", "]]>"})
    CHECK_MESSAGE(!check(bad).empty(), bad);
  CHECK_FALSE(why_not_well_formed("<html></html>").empty());
}

TEST_CASE("each page is well-formed, loads nothing and runs nothing") {
  if (no_gnuplot())
    return;
  for (const auto& each : made::page_cases()) {
    INFO(each.name);
    const auto page = page_of(each);
    CHECK(why_not_well_formed(page) == "");
    for (const auto* bad :
         {"http://", "https://", "<script", "<link", "<img", "@import", "url(",
          "src=", "onload=\"", "rgb(", "gnuplot", "Gnuplot", "GNUPLOT", "NaN", "\x01"})
      CHECK_MESSAGE(!has(page, bad), bad);
    CHECK(has(page, "<!DOCTYPE html>\n<html lang=\"en\">"));
    CHECK(count(page, "<svg class=\"wide\" role=\"img\"")
          == count(page, "<svg class=\"narrow\" role=\"img\""));
    CHECK(count(page, "<svg class=\"wide\" role=\"img\"") == count(page, "<figure>"));
    CHECK(count(page, "<h1>") == 1);
  }
}

TEST_CASE("no id is there twice, and every name that is asked for is there") {
  if (no_gnuplot())
    return;
  const auto page = page_of(case_named("settings"));
  std::set<std::string> ids;
  for (auto at = page.find(" id=\""); at != std::string::npos;
       at = page.find(" id=\"", at + 1)) {
    const auto id = page.substr(at + 5, page.find('"', at + 5) - at - 5);
    CHECK(ids.insert(id).second);
    CHECK(has(page, "aria-labelledby=\"" + id + "\""));
  }
  CHECK(ids.size() == count(page, "aria-labelledby"));
  CHECK(ids.size() > 80);
}

TEST_CASE("equal reports give equal bytes") {
  if (no_gnuplot())
    return;
  const auto typical = case_named("typical");
  CHECK(page_of(typical) == page_of(typical));
}

TEST_CASE("names are shown and never obeyed") {
  if (no_gnuplot())
    return;
  for (const auto* name : {"awkward", "awkward-settings"}) {
    const auto page = page_of(case_named(name));
    CHECK_FALSE(has(page, "<b>"));
    CHECK_FALSE(has(page, "<svg onload"));
    CHECK_FALSE(has(page, "]]></"));
    CHECK(has(page, "<h1>Rehearsal of " + html(made::awkward_name()) + "</h1>"));
    CHECK_FALSE(std::filesystem::exists("pwned"));
  }
  // In pictures, too.
  CHECK(count(page_of(case_named("awkward-settings")), "touch pwned`_{}^@x $(id)\\")
        > 20);
}

TEST_CASE("a plain rehearsal tells its numbers") {
  if (no_gnuplot())
    return;
  const auto typical = case_named("typical");
  const auto page = page_of(typical);
  const auto& of = typical.variants.front().result;
  CHECK(has(page, "184 of 200 runs"));
  CHECK(has(page, "<strong>" + length_text(of.length.p50) + "</strong>"));
  CHECK(has(page, "nine of ten runs take at most " + length_text(of.length.p90)));
  CHECK(has(page, "When the image is bad"));
  CHECK(has(page, ">faulted: RollingUpgradeTimeoutError</text>"));
  CHECK(has(page, "Where runs end that do not complete"));
  CHECK(has(page, "<pre>drydock rehearse web.toml <span>--seed 7</span> <span>--run "
                    + std::to_string(of.worst.front().run)
                    + "</span> <span>--events -</span></pre>"));
  CHECK(count(page, "<pre>") == 10);
  CHECK_FALSE(has(page, "Settings side by side"));
  CHECK(has(page, ">Duration of a run (min)</text>"));
  CHECK(has(page, ">Available instances (%)</text>"));
  CHECK(has(page, ">Share of the time (%)</text>"));
}

TEST_CASE("settings are compared first, and the others folded away") {
  if (no_gnuplot())
    return;
  auto settings = case_named("settings");
  settings.facts.replay = {"web.toml --set a=1"};
  const auto page = page_of(settings);
  CHECK(page.find("Settings side by side") < page.find("How it ends"));
  CHECK(count(page, "<details class=\"setting\">") == 7);
  CHECK(count(page, ">max_batch_instance_percent = 40</text>") == 6);
  CHECK(has(page, "Against the first setting"));
  CHECK(has(page, "no clear difference") == false);
  CHECK(has(page, "<td role=\"cell\" data-name=\"In all\">shorter</td>"));
  CHECK(count(page, "drydock rehearse web.toml --set a=1 ") == 10);
  CHECK(count(page, "drydock rehearse web.toml ") == 80);
  settings.variants[1].against_first->length_high = std::chrono::seconds(1);
  CHECK(has(page_of(settings), "no clear difference"));
}

TEST_CASE("without gnuplot there is one sentence") {
  const with_path path("/nowhere");
  CHECK_FALSE(gnuplot_is_there());
  const auto page =
    rehearsal_html(made::alone(made::report_of({})), made::facts_of("web"));
  const auto* why = std::get_if<html_trouble>(&page);
  REQUIRE(why != nullptr);
  CHECK(why->text == "--html needs gnuplot: apt-get install gnuplot-nox");
}

TEST_CASE("a gnuplot that fails, or draws something else, is told of") {
  const auto folder = std::filesystem::temp_directory_path()
                      / ("drydock-gnuplot-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const auto said_with = [&](const std::string& body) {
    const auto program = folder / "gnuplot";
    std::ofstream(program) << "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n" << body;
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    const with_path path(folder.string());
    const auto page =
      rehearsal_html(made::alone(made::report_of({})), made::facts_of("web"));
    const auto* why = std::get_if<html_trouble>(&page);
    return why == nullptr ? "" : why->text;
  };
  CHECK(
    said_with("echo no svg here >&2\nexit 1\n")
    == "--html: the pictures could not be drawn: gnuplot: exit status 1: no svg here");
  const std::string unread = "--html: gnuplot's pictures are not understood: is it "
                             "gnuplot 5 with its svg terminal?";
  CHECK(said_with("echo '<svg></svg>'\n") == unread);
  CHECK(said_with("for i in 1 2 3 4 5 6 7 8 9 10; do echo '<svg></svg>'; done\n")
        == unread);
  std::filesystem::remove_all(folder);
}

TEST_CASE("without a place for the script there is one sentence") {
  if (no_gnuplot())
    return;
  setenv("TMPDIR", "/nowhere/at/all", 1);
  const auto page =
    rehearsal_html(made::alone(made::report_of({})), made::facts_of("web"));
  unsetenv("TMPDIR");
  const auto* why = std::get_if<html_trouble>(&page);
  REQUIRE(why != nullptr);
  CHECK(
    why->text
    == "--html: no temporary file can be written: name a folder with space in TMPDIR");
}
