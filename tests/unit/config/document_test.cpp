// SPDX-License-Identifier: Apache-2.0
// Files with several scale sets: docs/interface.md, `[[set]]`.
#include "support.hpp"

using namespace drydock::config;
using namespace drydock::config::test;

namespace {

/// What both sets share.
const std::string shared = R"([scale_set]
zones = ["1"]
[driver]
kind = "simulated"
[driver.simulated.durations]
reimage = "30s"
[change]
image = { version = "2" }
[scale_set.model]
image = { version = "1" }
)";

std::string set_called(const std::string& name, const std::string& own = {},
                       const std::string& more = {}) {
  return "[[set]]\n" + own + "[set.scale_set]\nname = \"" + name
         + "\"\nfeatures = [\"ImageReferenceUpgradeForVmoVMs\"]\n"
           "[set.scale_set.instances]\ncount = 2\n"
         + more;
}

document_result read(std::string_view text, std::string_view only = {}) {
  return parse_all(text, "f", refuse_to_run, only);
}

fleet_document document(std::string_view text, std::string_view only = {}) {
  auto result = read(text, only);
  if (const auto* bad = std::get_if<std::vector<diagnostic>>(&result))
    for (const auto& x : *bad)
      MESSAGE(to_string(x));
  REQUIRE(std::holds_alternative<fleet_document>(result));
  return std::get<fleet_document>(std::move(result));
}

/// All that is wrong, a line each, without the file's name.
std::string problems(std::string_view text, std::string_view only = {}) {
  const auto result = read(text, only);
  std::string lines;
  if (const auto* bad = std::get_if<std::vector<diagnostic>>(&result))
    for (const auto& x : *bad)
      lines += to_string(x).substr(2) + '\n';
  return lines;
}

} // namespace

TEST_CASE("each scale set is merged over what all of them share") {
  const auto d = document(
    shared + "[budget]\nmax_unavailable_instances = 3\n"
    + set_called("web", "after = [\"database\"]\n",
                 "[set.driver.simulated.durations]\nboot = \"5s\"\n")
    + set_called("database", {}, "[set.change]\nimage = { version = \"3\" }\n"));
  REQUIRE(d.sets.size() == 2);
  CHECK(d.several);
  CHECK(d.budget == 3);
  CHECK(d.after == std::vector<std::vector<std::size_t>>{{1}, {}});
  CHECK(d.sets[0].name == "web");
  CHECK(d.sets[1].name == "database");
  CHECK(d.sets[0].instances.zones() == std::vector<std::string>{"1"});
  CHECK(d.sets[0].instances.id(1) == "web-1");
  CHECK(d.sets[0].request.latest_model.find("image.version")->to_text() == "2");
  CHECK(d.sets[1].request.latest_model.find("image.version")->to_text() == "3");
  for (const auto& x : d.sets) {
    CHECK(x.one_of_several);
    CHECK(x.shared_budget == 3);
  }
  CHECK(d.sets[0].fingerprint != d.sets[1].fingerprint);
}

TEST_CASE("a file without [[set]] has one scale set, and one element is fine") {
  const auto d = document(minimal);
  REQUIRE(d.sets.size() == 1);
  CHECK_FALSE(d.several);
  CHECK_FALSE(d.sets[0].one_of_several);
  CHECK(d.budget == 0);
  CHECK(d.sets[0].fingerprint == loaded(minimal).fingerprint);
  const auto one = document(shared + set_called("web"));
  CHECK(one.several);
  CHECK(one.sets.size() == 1);
}

TEST_CASE("one of several is read alone") {
  const auto text =
    shared + set_called("web", "after = [\"database\"]\n") + set_called("database");
  const auto d = document(text, "web");
  REQUIRE(d.sets.size() == 1);
  CHECK(d.sets[0].name == "web");
  CHECK(d.after == std::vector<std::vector<std::size_t>>{{}});
  CHECK(problems(text, "wbe")
        == " error: there is no scale set \"wbe\" in this file; it has \"web\", "
           "\"database\"\n");
  CHECK(document(minimal, "web").sets.size() == 1);
  CHECK(problems(minimal, "cache")
        == " error: there is no scale set \"cache\" in this file; it has \"web\"\n");
}

TEST_CASE("where one scale set is wanted, a file with several is refused") {
  CHECK(all_errors(shared + set_called("web") + set_called("database"))
        == " error: only a scale set that has a file to itself can be watched or have "
           "its repairs steered, and this file has [[set]]: \"web\", \"database\"; put "
           "each set in a file of its own, without [[set]] and [budget], which holds "
           "within one file only\n");
  CHECK(all_errors(shared + set_called("web")).find("this file has [[set]]: \"web\";")
        != std::string::npos);
  CHECK(refuse_several({"web", "database"})
        == "this file has several scale sets, and this works on one of them; name it "
           "with --scale-set: \"web\", \"database\"");
}

TEST_CASE("mistakes of one set stand at their places, those of all are told once") {
  auto text = problems(shared + set_called("web", {}, "max = 3\n") + set_called("db"));
  CHECK(text.starts_with("17:1: error: unknown key"));
  text =
    problems("[driver]\nkind = \"simulted\"\n" + set_called("web") + set_called("db"));
  CHECK(text.starts_with("2:8: error: "));
  CHECK(text.find("2:8: error: ", 1) == std::string::npos);
}

TEST_CASE("the names of scale sets are checked") {
  CHECK(problems(shared + set_called("web") + set_called("web"))
          .starts_with("19:1: error: two scale sets of this file are called \"web\""));
  const std::string named = "[scale_set]\nname = \"web\"\n[scale_set.instances]\n"
                            "count = 1\n[driver]\nkind = \"simulated\"\n";
  CHECK(problems(named + "[[set]]\n[[set]]\n")
          .starts_with("8:1: error: this scale set has no name of its own"));
}

TEST_CASE("the order of scale sets is checked") {
  CHECK(problems(shared + set_called("web", "after = [\"databse\"]\n")
                 + set_called("database"))
        == "12:10: error: after names \"databse\", which is no scale set of this file; "
           "it has \"web\", \"database\"\n");
  CHECK(problems(shared + set_called("web", "after = [\"database\"]\n")
                 + set_called("database", "after = [\"web\"]\n"))
        == "12:1: error: these scale sets wait for each other, so that none could "
           "begin: web after database after web; take one of them out of after\n");
  CHECK(problems(shared + set_called("web", "after = [\"database\", \"database\"]\n")
                 + set_called("database"))
        == "12:22: error: after names \"database\" twice; once is enough\n");
  CHECK(
    problems(shared + set_called("web", "after = [\"web\"]\n")).find("web after web")
    != std::string::npos);
  CHECK(
    problems(shared + set_called("web", "after = 3\n")).starts_with("12:9: error: "));
}

TEST_CASE("a budget is of the file, of one instance at least, and for several sets") {
  const auto sets = set_called("web") + set_called("database");
  CHECK(problems(shared + "[budget]\nmax_unavailable_instances = 0\n" + sets)
          .starts_with("12:29: error: "));
  CHECK(problems(shared + "[budget]\n" + sets).find("max_unavailable_instances")
        != std::string::npos);
  CHECK(problems(shared + "[budget]\nmax_unavailable_instances = 3\nmax = 1\n" + sets)
          .find("13:1: error: unknown key")
        == 0);
  CHECK(problems(shared + set_called("web", {}, "[set.budget]\nmax = 1\n"))
          .find("a budget is shared by all scale sets")
        != std::string::npos);
  CHECK(has_error(minimal + "[budget]\nmax_unavailable_instances = 3\n",
                  "this file has no [[set]]"));
}

TEST_CASE("all scale sets of a file have one store and one clock") {
  CHECK(problems(shared + set_called("web", {}, "[set.store]\nkind = \"sqlite\"\n")
                 + set_called("database"))
          .find("are kept in one store")
        != std::string::npos);
  CHECK(
    problems(shared + "[store]\nkind = \"none\"\n" + set_called("web")
             + set_called("database", {}, "[set.driver.simulated]\nclock = \"real\"\n"))
      .find("do not share a clock")
    != std::string::npos);
}

TEST_CASE("who was replaced is kept for each scale set") {
  CHECK(replaced_path("dir/f.toml") == "dir/f.toml.instances.json");
  CHECK(replaced_path("dir/f.toml", "web") == "dir/f.toml.web.instances.json");
  CHECK(replaced_path("dir/f.toml", "a/b c") == "dir/f.toml.a%2fb%20c.instances.json");
}

TEST_CASE(
  "keys of the file and of [[set]] are known to who misspells or misplaces one") {
  const auto both = set_called("web") + set_called("database");
  CHECK(problems(shared + set_called("web", "aftr = [\"database\"]\n")
                 + set_called("database"))
        == "12:1: error: unknown key \"aftr\"; did you mean \"after\"?\n");
  CHECK(problems(shared + "[budgett]\nmax_unavailable_instances = 3\n" + both)
        == "11:2: error: unknown key \"budgett\"; did you mean \"budget\"?\n");
  CHECK(
    problems("after = [\"web\"]\n" + shared + both)
    == "1:1: error: after is about one scale set; write it inside of its [[set]]\n");
  CHECK(problems(shared + set_called("web", {}, "[[set.set]]\n"))
          .find("error: a scale set holds no others; write each [[set]] at the top of "
                "the file\n")
        != std::string::npos);
}
