// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>

using namespace drydock;
using namespace drydock::config;
using namespace drydock::config::test;

namespace {

const std::string with_command =
  driver
  + "[scale_set]\nname = \"web\"\n[scale_set.inventory]\ncommand = [\"./inv\", "
    "\"{scale_set.name}\"]\n";

inventory_runner answer(std::string text) {
  return [text = std::move(text)](const auto&, const auto&) {
    return inventory_output{true, text};
  };
}

} // namespace

TEST_CASE("an inventory command runs in the file's folder and names the instances") {
  std::vector<std::string> argv;
  std::filesystem::path folder;
  const auto run = [&](const std::vector<std::string>& x,
                       const std::filesystem::path& where) {
    argv = x;
    folder = where;
    return inventory_output{true, R"([{"id": "a", "address": "10.0.0.1", "port": 80,
      "update_domain": 2, "vars": {"dir": "/a", "n": 1}, "latest_model_applied": true,
      "protect_from_scale_set_actions": true, "protect_from_scale_in": true},
      {"id": "b"}])"};
  };
  const auto file = loaded(with_command, run);
  CHECK(argv == std::vector<std::string>{"./inv", "web"});
  CHECK(folder == std::filesystem::current_path());
  REQUIRE(file.instances.size() == 2);
  CHECK(file.instances.id(0) == "a");
  CHECK(file.instances.address(0) == "10.0.0.1");
  CHECK(file.instances.port(0) == 80);
  CHECK(file.instances.update_domain(0) == 2);
  CHECK(*file.instances.var(0, "n") == "1");
  CHECK(file.instances.protected_from_actions(0));
  CHECK(file.instances.latest_model_applied(0));
  CHECK(file.instances.id(1) == "b");
  CHECK(file.instances.address(1) == "127.0.0.1");
}

TEST_CASE("generated instances come first, then inventory, then listed ones") {
  const auto file = loaded(with_command
                             + "[scale_set.instances]\ncount = 2\n"
                               "[[scale_set.instance]]\nid = \"last\"\n"
                               "[[scale_set.instance]]\nid = \"b\"\nport = 3\n"
                               "[[scale_set.instance]]\nid = \"web-1\"\nport = 4\n",
                           answer(R"([{"id": "b", "port": 1, "address": "x"},
                                      {"id": "web-1", "address": "y"}])"));
  struct row {
    const char* id;
    int port;
    const char* address;
  };
  const row rows[] = {{"web-0", 0, "127.0.0.1"},
                      {"web-1", 4, "y"},
                      {"b", 3, "x"},
                      {"last", 0, "127.0.0.1"}};
  REQUIRE(file.instances.size() == 4);
  for (engine::instance_index i = 0; i < 4; ++i) {
    CHECK(file.instances.id(i) == rows[i].id);
    CHECK(file.instances.port(i) == rows[i].port);
    CHECK(file.instances.address(i) == rows[i].address);
  }
}

TEST_CASE("mistakes of an inventory are reported at its key and name the entry") {
  struct row {
    const char* output;
    const char* error;
  };
  const row rows[] = {
    {"{}", "6:1: error: the inventory must be a JSON array of objects, not a table"},
    {"null", "the inventory must be a JSON array of objects, not null"},
    {"[1]", "6:1: error: inventory entry 1: must be an object, not an integer"},
    {"[{}]", "6:1: error: inventory entry 1: missing key \"id\""},
    {R"([{"id": "a"}, {"id": "a"}])",
     "inventory entry 2 (\"a\"): instance \"a\" is in the inventory twice"},
    {R"([{"id": "a", "prot": 1}])",
     "inventory entry 1 (\"a\"): unknown key \"prot\"; did you mean \"port\"?"},
    {R"([{"id": "a", "port": 99999999999999999999}])",
     "inventory entry 1 (\"a\"): port must be an integer"},
    {R"([{"id": "a", "port": 18446744073709551615}])", "it must be from 1 to 65535"},
    {R"([{"id": "a", "zone": null}])", "zone must be a string, not null"},
    {R"([{"id": "a", "vars": {"x": [1]}}])", "vars.x must be a string"},
    {"[{]", "6:1: error: the output of the inventory command is not JSON: parse error"},
    {"", "is not JSON"},
    {"[]", "the set has no instances"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.output);
    const auto found = all_errors(with_command, answer(x.output));
    CAPTURE(found);
    CHECK(found.find(x.error) != std::string::npos);
  }
}

TEST_CASE("an inventory command that fails is an error at its key") {
  const auto fail = [](const auto&, const auto&) {
    return inventory_output{false, "exit status 1"};
  };
  CHECK(all_errors(with_command, fail)
        == "6:1: error: the inventory command \"./inv\" failed: exit status 1\n");
  CHECK(all_errors(with_command, nullptr).find("cannot be run here")
        != std::string::npos);
}

TEST_CASE("a wrong file does not run its inventory command") {
  bool ran = false;
  const auto run = [&](const auto&, const auto&) {
    ran = true;
    return inventory_output{true, "[]"};
  };
  CHECK(errors(with_command + "x = 1\n", run).size() == 1);
  CHECK_FALSE(ran);
}

TEST_CASE("checks that need the inventory wait for it") {
  const std::string text = with_command + R"([[scale_set.instance]]
id = "a"
port = 1
[driver.command]
reimage = ["x", "{instance.vars.dir}"]
[[driver.simulated.fault]]
instance = "b"
)";
  CHECK(all_errors(text, answer(R"([{"id": "b", "vars": {"dir": "x"}}])")).empty());
  const auto found = errors(text, answer(R"([{"id": "c"}])"));
  REQUIRE(found.size() == 2);
  CHECK(found[0].find("unknown placeholder: {instance.vars.dir}") != std::string::npos);
  CHECK(found[1].find("there is no instance \"b\"") != std::string::npos);
  // In a zonal set the inventory may give what a listed entry leaves out.
  const std::string zonal = driver
                            + "[scale_set]\nname = \"web\"\nzones = [\"1\"]\n"
                              "[scale_set.inventory]\ncommand = [\"i\"]\n"
                              "[[scale_set.instance]]\nid = \"a\"\n";
  CHECK(all_errors(zonal, answer(R"([{"id": "a", "zone": "1"}])")).empty());
  CHECK(all_errors(zonal, answer(R"([{"id": "a"}])")).find("has no zone")
        != std::string::npos);
}

TEST_CASE("a hundred thousand mistakes are found in seconds") {
  std::string entries = "[";
  for (int i = 0; i < 100'000; ++i)
    entries += R"({"id": "i)" + std::to_string(i) + R"(", "prt": 1},)";
  entries.back() = ']';
  // The process's own time, which others on the machine do not lengthen.
  const auto begin = std::clock();
  const auto found = errors(with_command, answer(entries));
  CHECK(found.size() == 100'000);
  // One by one against all others they would take minutes.
  CHECK((std::clock() - begin) / CLOCKS_PER_SEC < 30);
}

TEST_CASE("an inventory file is relative to the fleet file's folder") {
  const auto folder = std::filesystem::temp_directory_path() / "drydock_inventory_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "hosts.json") << R"([{"id": "a"}])";
  const std::string text =
    driver
    + "[scale_set]\nname = \"web\"\n[scale_set.inventory]\nfile = \"hosts.json\"\n";
  std::ofstream(folder / "fleet.toml") << text;
  const auto result = load(folder / "fleet.toml", refuse_to_run);
  REQUIRE(std::holds_alternative<fleet_file>(result));
  CHECK(std::get<fleet_file>(result).instances.id(0) == "a");
  std::filesystem::remove(folder / "hosts.json");
  const auto missing = load(folder / "fleet.toml", refuse_to_run);
  const auto& found = std::get<std::vector<diagnostic>>(missing);
  REQUIRE(found.size() == 1);
  CHECK(found[0].line == 6);
  CHECK(found[0].text
        == "cannot read the inventory \"hosts.json\": No such file or directory");
  std::filesystem::remove_all(folder);
}

TEST_CASE("an inventory is a command or a file, not both") {
  const std::string inventory =
    driver + "[scale_set]\nname = \"web\"\n[scale_set.inventory]\n";
  CHECK(has_error(inventory, "5:1: error: an inventory needs a command or a file"));
  CHECK(has_error(inventory + "file = \"x\"\ncommand = [\"y\"]\n",
                  "an inventory is either a command or a file; keep one of the two"));
  CHECK(has_error(inventory + "command = []\n", "command must name a program"));
  CHECK(has_error(inventory + "command = [\"x\", \"{instance.id}\"]\n",
                  "this command belongs to no instance"));
}
