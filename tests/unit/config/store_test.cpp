// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/starter.hpp"
#include "support.hpp"

using namespace drydock;
using namespace drydock::config;
using namespace drydock::config::test;

namespace {

const std::string real =
  head + "[driver]\nkind = \"simulated\"\n" + "[driver.simulated]\nclock = \"real\"\n";
const std::string commands = head + "[driver]\nkind = \"command\"\n";

store_spec store_of(const std::string& text, const std::string& path = "f") {
  const auto result = parse(text, path, refuse_to_run);
  INFO(all_errors(text));
  REQUIRE(std::holds_alternative<fleet_file>(result));
  return std::get<fleet_file>(result).store;
}

store_spec in_file(const std::string& path) {
  return {store_kind::sqlite, path, {}};
}

/// The starter's line that begins with `# ` and `key`, without the former.
std::string shown(const std::string& key) {
  const std::string text(starter_text());
  const auto at = text.find("\n# " + key);
  REQUIRE(at != std::string::npos);
  return text.substr(at + 3, text.find('\n', at + 1) - at - 2);
}

} // namespace

TEST_CASE("what runs in real time is written to a file beside the fleet file") {
  CHECK(store_of(real) == in_file("f.db"));
  CHECK(store_of(commands) == in_file("f.db"));
  CHECK(store_of(real, "some/where/fleet.toml") == in_file("some/where/fleet.toml.db"));
  CHECK(store_of(real, "/etc/fleet.toml") == in_file("/etc/fleet.toml.db"));
}

TEST_CASE("what runs in virtual time is written down only when the file says so") {
  CHECK(store_of(minimal) == store_spec{});
  CHECK(store_of(minimal + "[store]\n") == in_file("f.db"));
  CHECK(store_of(minimal + "[store]\npath = \"a.db\"\n") == in_file("a.db"));
}

TEST_CASE("every key of a store is read") {
  CHECK(store_of(real + "[store]\nkind = \"sqlite\"\n") == in_file("f.db"));
  CHECK(store_of(real + "[store]\nkind = \"none\"\n") == store_spec{});
  CHECK(store_of(real
                 + "[store]\nkind = \"postgresql\"\n"
                   "connection = \"postgresql://db/drydock\"\n")
        == store_spec{store_kind::postgresql, {}, "postgresql://db/drydock"});
}

TEST_CASE("the path of a store counts from the fleet file's folder") {
  const auto with = [](const std::string& path) {
    return store_of(real + "[store]\npath = \"" + path + "\"\n", "some/fleet.toml");
  };
  CHECK(with("web.db") == in_file("some/web.db"));
  CHECK(with("../web.db") == in_file("some/../web.db"));
  CHECK(with("/var/lib/web.db") == in_file("/var/lib/web.db"));
}

TEST_CASE("wrong stores are errors") {
  struct row {
    const char* keys;
    const char* error;
  };
  const row rows[] = {
    {"kind = \"mysql\"", "10:8: error: kind is \"mysql\"; it must be \"sqlite\", "
                         "\"postgresql\" or \"none\""},
    {"kind = 1", "10:8: error: kind must be a string, not an integer"},
    {"kind = \"mysql\"\npath = \"a\"\nconnection = \"b\"", "kind is \"mysql\""},
    {"pth = \"a\"", "10:1: error: unknown key \"pth\"; did you mean \"path\"?"},
    {"path = \"\"", "10:8: error: path is empty; write the name of a file"},
    {"path = 1", "10:8: error: path must be a string, not an integer"},
    {"connection = \"x\"", "10:14: error: connection belongs to kind = \"postgresql\"; "
                           "remove it or change kind"},
    {"kind = \"none\"\npath = \"a\"",
     "11:8: error: path belongs to kind = \"sqlite\"; remove it or change kind"},
    {"kind = \"none\"\nconnection = \"a\"", "11:14: error: connection belongs to kind"},
    {"kind = \"postgresql\"",
     "9:1: error: missing key \"connection\", which kind = \"postgresql\" needs"},
    {"kind = \"postgresql\"\nconnection = \"\"", "11:14: error: connection is empty"},
    {"kind = \"postgresql\"\nconnection = 5",
     "11:14: error: connection must be a string, not an integer"},
    {"kind = \"postgresql\"\nconnection = \"x\"\npath = \"a\"",
     "12:8: error: path belongs to kind = \"sqlite\""},
  };
  for (const auto& x : rows) {
    const auto text = real + "[store]\n" + x.keys + "\n";
    CAPTURE(x.keys);
    CAPTURE(all_errors(text));
    CHECK(errors(text).size() == 1);
    CHECK(has_error(text, x.error));
  }
  CHECK(has_error("store = 1\n" + real, "1:9: error: store must be a table"));
}

TEST_CASE("the store that the starter shows is the default one") {
  const auto table =
    shown("[store]") + shown("kind = \"sqlite\"") + shown("path = \"dry");
  CHECK(store_of(real + table, "drydock.toml") == store_of(real, "drydock.toml"));
}
