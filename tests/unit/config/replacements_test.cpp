// SPDX-License-Identifier: Apache-2.0
// Who may replace whom, and what is kept of it.
#include "drydock/config/fleet_file.hpp"
#include "drydock/config/replaced_instances.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace drydock;
using namespace drydock::config;
using engine::instance_index;

namespace {

/// A fleet file in a folder of its own.
struct place {
  place()
    : folder(std::filesystem::temp_directory_path()
             / ("drydock-replaced-" + std::to_string(getpid()))),
      file(folder / "fleet.toml") {
    std::filesystem::create_directories(folder);
  }
  ~place() { std::filesystem::remove_all(folder); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  void keep(const kept_instances& all) const {
    std::ofstream(replaced_path(file)) << to_json_text(all);
  }
  [[nodiscard]] load_result read(const std::string& text) const {
    return parse(text, file, nullptr);
  }
  [[nodiscard]] fleet_file good(const std::string& text) const {
    auto result = read(text);
    if (const auto* wrong = std::get_if<std::vector<diagnostic>>(&result))
      FAIL(to_string(wrong->front()));
    return std::get<fleet_file>(std::move(result));
  }
  [[nodiscard]] std::string bad(const std::string& text) const {
    const auto result = read(text);
    REQUIRE(std::holds_alternative<std::vector<diagnostic>>(result));
    return to_string(std::get<std::vector<diagnostic>>(result).front());
  }

  std::filesystem::path folder, file;
};

const std::string surging = R"(
[change]
tags = { a = "b" }
[health.command]
argv = ["true"]
[driver]
kind = "simulated"
[upgrade_policy]
mode = "rolling"
[upgrade_policy.rolling]
max_surge = true
)";

std::string ids(const engine::fleet& x, std::size_t from, std::size_t to) {
  std::string text;
  for (auto i = static_cast<instance_index>(from); i < to; ++i)
    text += (text.empty() ? "" : " ") + std::string(x.id(i));
  return text;
}

std::string next_ids(const engine::fleet& x) {
  return ids(x, x.size(), x.positions());
}

const std::string three = "[scale_set]\nname = \"web\"\n[scale_set.instances]\n"
                          "count = 3\nport = { from = 9000 }\n";
const std::string listed = "[scale_set]\nname = \"web\"\n[[scale_set.instance]]\n"
                           "id = \"db-a\"\nport = 5\nvars = { v = \"w\" }\n"
                           "[[scale_set.instance]]\nid = \"db-a-2\"\n";

} // namespace

TEST_CASE("generated instances are replaced by the next of their kind") {
  const place p;
  const auto file = p.good(three + surging);
  CHECK(ids(file.instances, 0, 3) == "web-0 web-1 web-2");
  CHECK(next_ids(file.instances) == "web-3 web-4 web-5");
  CHECK(file.instances.port(4) == 9004);
}

TEST_CASE("listed instances are replaced by numbered ones, and ids do not collide") {
  const place p;
  const auto file = p.good(listed + surging);
  CHECK(next_ids(file.instances) == "db-a-3 db-a-2-2");
  CHECK(file.instances.port(2) == 0); // that one is the member's
  CHECK(file.instances.address(2) == "127.0.0.1");
  CHECK(*file.instances.var(2, "v") == "w");
}

TEST_CASE("a replacement is where its own name says, or nobody knows where") {
  const place p;
  auto own = three + surging
             + "[[scale_set.instance]]\nid = \"web-0\"\nport = 7\n"
               "address = \"10.0.0.7\"\n";
  auto file = p.good(own);
  CHECK(file.instances.port(3) == 9003);
  CHECK(file.instances.address(3) == "127.0.0.1");
  own.replace(own.find("from = 9000"), 11, "from = 65531");
  file = p.good(own);
  CHECK(file.instances.port(4) == 65'535);
  CHECK(file.instances.port(5) == 0);
  auto elsewhere = listed;
  elsewhere.replace(elsewhere.find("port = 5"), 8, "address = \"db.example\"");
  file = p.good(elsewhere + surging);
  CHECK(file.instances.address(2).empty());
  // What one was told to be is not what its replacement is.
  kept_instances all;
  all.replaced["web-1"] = {{.id = "web-4", .address = "10.0.0.1", .port = 7},
                           {.id = "web-1"}};
  all.replaced["web-2"] = {{.id = "web-5", .address = ""}, {.id = "web-2"}};
  all.given = {{"web-{index}", 5}};
  all.made["web-8"] = {.id = "web-8", .address = "10.0.0.8", .port = 8};
  p.keep(all);
  file = p.good(three + surging);
  CHECK(next_ids(file.instances) == "web-6 web-7 web-8");
  CHECK(file.instances.address(4) == "127.0.0.1");
  CHECK(file.instances.port(4) == 9007);
  CHECK(file.instances.address(2).empty());
  CHECK(file.made.at("web-8").port == 8);
}

TEST_CASE("without max_surge there are no such positions") {
  const place p;
  auto text = three + surging;
  text.replace(text.find("max_surge = true"), 16, "max_surge = false");
  CHECK_FALSE(p.good(text).instances.has_replacements());
}

TEST_CASE("who was replaced is known again, and names count up") {
  const place p;
  kept_instances all;
  all.replaced["web-1"] = {
    {.id = "web-4", .address = "10.0.0.1", .port = 7, .vars = {{"a", "b"}}},
    {.id = "web-1", .port = 9001}};
  all.replaced["gone"] = {{.id = "gone-2"}, {.id = "gone"}};
  all.given = {{"web-{index}", 4}, {"gone", 2}};
  p.keep(all);
  const auto file = p.good(three + surging);
  CHECK(ids(file.instances, 0, 3) == "web-0 web-4 web-2");
  CHECK(file.instances.address(1) == "10.0.0.1");
  CHECK(file.instances.port(1) == 7);
  CHECK(*file.instances.var(1, "a") == "b");
  CHECK(next_ids(file.instances) == "web-6 web-7 web-5");
  CHECK(file.origins.at(1) == "web-1");
  CHECK(file.origins.size() == 1);
  CHECK(file.replaced.size() == 2); // what the file does not have is kept
  CHECK(file.replaced.at("web-1").before.port == 9001);
  CHECK(file.given == all.given);
}

TEST_CASE("a number that was given does not come again, whoever had it") {
  const place p;
  kept_instances all;
  all.given = {{"web-{index}", 7}, {"db-a", 5}};
  p.keep(all);
  CHECK(next_ids(p.good(three + surging).instances) == "web-9 web-10 web-8");
  // Another count changes nothing about that.
  auto four = three + surging;
  four.replace(four.find("count = 3"), 9, "count = 4");
  CHECK(next_ids(p.good(four).instances) == "web-8 web-9 web-10 web-11");
  // `db-a-2` has a number of `db-a`, and so does whoever follows it.
  CHECK(next_ids(p.good(listed + surging).instances) == "db-a-6 db-a-7");
}

TEST_CASE("numbers are read from the names that were given") {
  given_numbers all;
  const name_scheme names{2, "n7-{index:03}0-{index}", {}, 0, false};
  CHECK(note_given(all, names, 1, "n7-0120-12"));
  CHECK_FALSE(note_given(all, names, 0, "n7-0120-12"));
  CHECK_FALSE(note_given(all, names, 0, "n7-0080-8"));
  CHECK_FALSE(note_given(all, names, 0, "n7-0080-9"));
  CHECK(note_given(all, names, 2, "db-a-4"));
  CHECK_FALSE(note_given(all, names, 3, "db-a-3"));
  CHECK(note_given(all, names, 3, "db-a-10"));
  for (const auto* text :
       {"db", "db-", "-3", "db-x", "db-03", "db-99999999999999999999"})
    CHECK_FALSE(note_given(all, names, 3, text));
  CHECK(all == given_numbers{{names.id, 12}, {"db-a", 10}});
}

TEST_CASE("an id that a replacement has is nobody else's") {
  const place p;
  kept_instances all;
  all.replaced["db-a"] = {{.id = "db-a-2"}, {.id = "db-a"}};
  p.keep(all);
  CHECK(
    p.bad(listed + surging).find("\"db-a-2\" is there already: it replaced \"db-a\"")
    != std::string::npos);
}

TEST_CASE("a file that is damaged says so, and what to do") {
  const place p;
  for (const auto* text :
       {"", "[]", "{\"instances\": {\"web-1\": {}}}",
        "{\"instances\": {\"web-1\": {\"id\": \"x\", \"port\": 0, "
        "\"before\": {\"id\": \"y\"}}}}",
        "{\"instances\": {}, \"given\": []}", "{\"instances\": {}, \"made\": {}}",
        "{\"instances\": {}, \"made\": [{\"port\": 1}]}",
        "{\"instances\": {}, \"given\": {\"web\": -1}}"}) {
    CAPTURE(text);
    std::ofstream(replaced_path(p.file)) << text;
    CHECK(p.bad(three + surging).find("mend it, or delete it") != std::string::npos);
  }
}
