// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;

namespace {

std::string set(const std::string& keys) {
  return driver + "[scale_set]\nname = \"web\"\n" + keys;
}

} // namespace

TEST_CASE("generated instances go round the zones, then the update domains") {
  const auto file =
    loaded(set("zones = [\"b\", \"a\"]\n"
               "[scale_set.instances]\ncount = 7\nid = \"n{index:03}\"\n"
               "address = \"10.0.0.{index}\"\nport = { from = 9000 }\n"
               "update_domains = 3\n"));
  struct row {
    const char* id;
    const char* zone;
    std::uint32_t domain;
    const char* address;
    int port;
  };
  const row rows[] = {
    {"n000", "b", 0, "10.0.0.0", 9000}, {"n001", "a", 0, "10.0.0.1", 9001},
    {"n002", "b", 1, "10.0.0.2", 9002}, {"n003", "a", 1, "10.0.0.3", 9003},
    {"n004", "b", 2, "10.0.0.4", 9004}, {"n005", "a", 2, "10.0.0.5", 9005},
    {"n006", "b", 0, "10.0.0.6", 9006},
  };
  REQUIRE(file.instances.size() == 7);
  for (engine::instance_index i = 0; i < 7; ++i) {
    CAPTURE(i);
    CHECK(file.instances.id(i) == rows[i].id);
    CHECK(file.instances.zone_name(i) == rows[i].zone);
    CHECK(file.instances.update_domain(i) == rows[i].domain);
    CHECK(file.instances.address(i) == rows[i].address);
    CHECK(file.instances.port(i) == rows[i].port);
  }
  CHECK(file.instances.zones() == std::vector<std::string>{"b", "a"});
}

TEST_CASE("without zones the update domain is the index modulo their number") {
  const auto file = loaded(set("[scale_set.instances]\ncount = 4\nupdate_domains = 3\n"
                               "port = 8080\n"));
  const std::uint32_t domains[] = {0, 1, 2, 0};
  for (engine::instance_index i = 0; i < 4; ++i) {
    CHECK(file.instances.update_domain(i) == domains[i]);
    CHECK(file.instances.port(i) == 8080);
  }
}

TEST_CASE("index templates take padding and doubled braces, and nothing else") {
  const auto id = [](const std::string& text) {
    return set("[scale_set.instances]\ncount = 1\nid = \"" + text + "\"\n");
  };
  CHECK(loaded(id("a{{{index:02}}}")).instances.id(0) == "a{00}");
  CHECK(loaded(id("a")).instances.id(0) == "a");
  for (const char* wrong : {"{indx}", "{index", "index}", "{index:}", "{index:0}",
                            "{index:3}", "{index:0x}", "{index:0999}", "{}"}) {
    CAPTURE(wrong);
    CHECK(has_error(id(wrong), "its placeholders can only be {index} and {index:03}"));
  }
}

TEST_CASE("generated ids must differ") {
  CHECK(has_error(set("[scale_set.instances]\ncount = 2\nid = \"web\"\n"),
                  "7:6: error: id is the same for all 2 instances; put {index} in it"));
}

TEST_CASE("generated instances have ranges") {
  const auto count = [](const std::string& x) {
    return set("[scale_set.instances]\ncount = " + x + "\n");
  };
  CHECK(has_error(count("-1"), "count is -1; it must be from 0 to 10000000"));
  CHECK(has_error(count("10000001"), "count is 10000001; it must be from"));
  CHECK(has_error(count("0"), "the set has no instances"));
  CHECK(loads(count("1")));
  const auto port = [&](const std::string& x) {
    return count("3") + "port = " + x + "\n";
  };
  CHECK(has_error(port("0"), "port is 0; it must be from 1 to 65535"));
  CHECK(has_error(port("65536"), "port is 65536"));
  CHECK(loads(port("1")));
  CHECK(loads(port("65535")));
  CHECK(loads(port("{ from = 65533 }")));
  CHECK(
    has_error(port("{ from = 65534 }"),
              "7:17: error: from is 65534; with 3 instances the ports would go past "
              "65535"));
  CHECK(has_error(port("{}"), "missing key \"from\""));
  CHECK(has_error(port("\"x\""), "port must be an integer or a table"));
  CHECK(has_error(count("3") + "update_domains = 0\n", "update_domains is 0"));
  CHECK(has_error(set("[scale_set.instances]\nid = \"{index}\"\n"),
                  "missing key \"count\""));
}

TEST_CASE("a set without instances is an error") {
  CHECK(has_error(set(""), "3:1: error: the set has no instances"));
}

TEST_CASE("a listed instance overrides the fields it gives of a generated one") {
  const auto file = loaded(set("zones = [\"1\", \"2\"]\n"
                               "[scale_set.instances]\ncount = 3\nport = 80\n"
                               "[[scale_set.instance]]\nid = \"web-1\"\nport = 8080\n"
                               "vars = { dir = \"/srv\", n = 3, on = true }\n"
                               "latest_model_applied = true\n"
                               "[[scale_set.instance]]\nid = \"other\"\nzone = \"1\"\n"
                               "update_domain = 4\naddress = \"10.0.0.7\"\n"
                               "protect_from_scale_set_actions = true\n"));
  REQUIRE(file.instances.size() == 4);
  CHECK(file.instances.id(1) == "web-1");
  CHECK(file.instances.zone_name(1) == "2");
  CHECK(file.instances.port(1) == 8080);
  CHECK(file.instances.port(0) == 80);
  CHECK(*file.instances.var(1, "dir") == "/srv");
  CHECK(*file.instances.var(1, "n") == "3");
  CHECK(*file.instances.var(1, "on") == "true");
  CHECK(file.instances.latest_model_applied(1));
  CHECK(file.knows_latest_model);
  CHECK(file.instances.id(3) == "other");
  CHECK(file.instances.zone_name(3) == "1");
  CHECK(file.instances.update_domain(3) == 4);
  CHECK(file.instances.address(3) == "10.0.0.7");
  CHECK(file.instances.port(3) == 0);
  CHECK(file.instances.protected_from_actions(3));
}

TEST_CASE("mistakes of listed instances are found where they are") {
  struct row {
    std::string keys;
    const char* error;
  };
  const std::string one = "[[scale_set.instance]]\n";
  const row rows[] = {
    {one + "id = \"a\"\n" + one + "id = \"a\"\n",
     "8:6: error: instance \"a\" is listed twice; give each one an id of its own"},
    {one + "port = 1\n", "5:1: error: missing key \"id\""},
    {one + "id = \"\"\n", "6:6: error: an instance's id must not be empty"},
    {one + "id = \"a,b\"\n", "id is \"a,b\"; it must not"},
    {one + "id = \"*\"\n", "id is \"*\"; it must not"},
    {one + "id = \"a\"\nport = 0\n",
     "7:8: error: port is 0; it must be from 1 to 65535"},
    {one + "id = \"a\"\nupdate_domain = -1\n",
     "update_domain is -1; it must be from 0"},
    {one + "id = \"a\"\naddress = \"\"\n", "address must not be empty"},
    {one + "id = \"a\"\nvars = { x = 1.5 }\n",
     "vars.x must be a string, an integer or a boolean, not a float"},
    {one + "id = \"a\"\nzone = \"1\"\n",
     "7:8: error: zone is \"1\", but the set has no zones"},
    {"zones = [\"1\"]\n" + one + "id = \"a\"\n",
     "6:1: error: instance \"a\" has no zone, but the set has zones"},
    {"zones = [\"1\"]\n" + one + "id = \"a\"\nzone = \"2\"\n",
     "8:8: error: zone \"2\" is not in scale_set.zones"},
    {"zones = [\"1\", \"1\"]\n" + one + "id = \"a\"\nzone = \"1\"\n",
     "5:15: error: zone \"1\" is listed twice"},
    {"zones = [\"\"]\n" + one + "id = \"a\"\n", "a zone must have a name"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.keys);
    CAPTURE(all_errors(set(x.keys)));
    CHECK(has_error(set(x.keys), x.error));
  }
}

TEST_CASE("update domains are refused for flexible sets in azure compatibility only") {
  const std::string error = "is not for flexible sets with compatibility \"azure\"";
  const std::string domains = "[scale_set.instances]\ncount = 2\nupdate_domains = 2\n";
  const std::string domain = "[[scale_set.instance]]\nid = \"a\"\nupdate_domain = 0\n";
  for (const auto& x : {domains, domain}) {
    CAPTURE(x);
    CHECK(loads(set(x)));
    CHECK(has_error(set("compatibility = \"azure\"\n" + x), error));
    CHECK(
      loads(set("compatibility = \"azure\"\norchestration_mode = \"uniform\"\n" + x)));
  }
}

TEST_CASE("protection from actions needs protection from scale in, in azure only") {
  const std::string one =
    "[[scale_set.instance]]\nid = \"a\"\nprotect_from_scale_set_actions = true\n";
  CHECK(loads(set(one)));
  CHECK(
    has_error(set("compatibility = \"azure\"\n" + one),
              "6:1: error: instance \"a\" has protect_from_scale_set_actions without"));
  CHECK(
    loads(set("compatibility = \"azure\"\n" + one + "protect_from_scale_in = true\n")));
}
