// SPDX-License-Identifier: Apache-2.0
// Changes of capacity in fleet files, and what is kept of them.
#include "drydock/config/fleet_file.hpp"
#include "support.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string_view>

#include <unistd.h>

using namespace drydock;
using namespace drydock::config;
using namespace drydock::config::test;
using engine::instance_index;

namespace {

/// A fleet file in a folder of its own, with what is kept of it.
struct place {
  place()
    : folder(std::filesystem::temp_directory_path()
             / ("drydock-scale-" + std::to_string(getpid()))),
      file(folder / "fleet.toml") {
    std::filesystem::create_directories(folder);
  }
  ~place() { std::filesystem::remove_all(folder); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;

  void keep(const replaced_instances& all, const given_numbers& given = {}) const {
    std::ofstream(replaced_path(file)) << to_json_text({all, given, {}});
  }
  [[nodiscard]] fleet_file read(const std::string& text) const {
    auto result = parse(text, file, nullptr);
    if (const auto* wrong = std::get_if<std::vector<diagnostic>>(&result))
      FAIL(to_string(wrong->front()));
    return std::get<fleet_file>(std::move(result));
  }
  /// The first that is wrong with it.
  [[nodiscard]] std::string problem(const std::string& text) const {
    auto result = parse(text, file, nullptr);
    const auto* wrong = std::get_if<std::vector<diagnostic>>(&result);
    return wrong == nullptr ? "" : to_string(wrong->front());
  }

  std::filesystem::path folder, file;
};

bool holds(const std::string& text, std::string_view part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

/// Instances of the set, a bar, and those that come: `web-0 web-1 | web-2`.
std::string ids(const fleet_file& x) {
  std::string text;
  const auto& all = x.instances;
  for (instance_index i = 0; i < all.size(); ++i)
    text += std::string(all.id(i)) + ' ';
  text += '|';
  for (auto i = all.first_arrival(); i < all.positions(); ++i)
    text += ' ' + std::string(all.id(i));
  return text;
}

std::string leaving(const fleet_file& x) {
  std::string text;
  for (const auto i : x.scale_in)
    text += (text.empty() ? "" : " ") + std::string(x.instances.id(i));
  return text;
}

std::string capacity(int n) {
  return "[change]\ncapacity = " + std::to_string(n) + "\n";
}

std::string zoned(int count, const std::string& more = "") {
  return "[scale_set]\nname = \"web\"\nzones = [\"1\", \"2\"]\n[scale_set.instances]\n"
         "count = "
         + std::to_string(count) + "\nport = { from = 9000 }\n" + more + driver;
}

replaced_instance made(const std::string& id, std::uint64_t born) {
  replaced_instance x;
  x.now = x.before = {.id = id, .zone = "1", .port = 7};
  x.extra = true;
  x.born = born;
  return x;
}

replaced_instance deleted(const std::string& id) {
  replaced_instance x;
  x.now = x.before = {.id = id};
  x.deleted = true;
  return x;
}

} // namespace

TEST_CASE("a larger capacity brings new instances, in the emptiest zones") {
  const auto x = loaded(zoned(3) + capacity(6));
  CHECK(ids(x) == "web-0 web-1 web-2 | web-3 web-4 web-5");
  const auto first = x.instances.first_arrival();
  CHECK(x.instances.zone_name(first) == "2");
  CHECK(x.instances.zone_name(first + 1) == "1");
  CHECK(x.instances.zone_name(first + 2) == "2");
  CHECK(x.instances.port(first) == 9003);
  CHECK(x.arrival_keys == std::vector<std::string>{"web-3", "web-4", "web-5"});
  CHECK(x.action == engine::apply_class::none);
  CHECK(x.changed_paths == std::vector<std::string>{"capacity"});
  CHECK(x.scale_in.empty());
}

TEST_CASE("a smaller capacity names those who go, by the rule of the file") {
  CHECK(leaving(loaded(zoned(5) + capacity(3))) == "web-4 web-3");
  const std::string oldest = "[scale_in_policy]\nrules = [\"OldestVM\"]\n";
  CHECK(leaving(loaded(zoned(5) + capacity(3) + oldest)) == "web-0 web-1");
  CHECK(loaded(zoned(5) + oldest).scale_in_rule == engine::scale_in_rule::oldest_vm);
  CHECK(leaving(loaded(zoned(5) + capacity(4) + "[scale_in_policy]\nrules = []\n"))
        == "web-4");
  CHECK(has_error(zoned(5) + "[scale_in_policy]\nrules = [\"Oldest\"]\n",
                  "rules has \"Oldest\"; it must be \"Default\", \"OldestVM\" or"));
  CHECK(has_error(zoned(5) + "[scale_in_policy]\nrules = [\"Default\", \"OldestVM\"]\n",
                  "rules has 2 entries"));
}

TEST_CASE("protected instances are spared, and too few others are refused") {
  const std::string guarded =
    "[[scale_set.instance]]\nid = \"web-2\"\nprotect_from_scale_in = true\n"
    "[[scale_set.instance]]\nid = \"web-1\"\nprotect_from_scale_set_actions = true\n";
  CHECK(leaving(loaded(zoned(3, guarded) + capacity(2))) == "web-0");
  CHECK(has_error(zoned(3, guarded) + capacity(1),
                  "error: OperationNotAllowed: capacity cannot go down by 2: of 3 "
                  "instances 2 are protected"));
}

TEST_CASE("a capacity that nobody can bring about is refused") {
  const std::string commands =
    head + "[driver]\nkind = \"command\"\n[driver.command]\nreimage = [\"r\"]\n";
  CHECK(
    has_error(commands + capacity(5),
              "error: OperationNotAllowed: capacity cannot change, since the driver "
              "has no commands to create and delete instances"));
  CHECK(has_error(commands + "create = [\"c\"]\n" + capacity(5), "has no commands"));
  CHECK(loads(commands + "create = [\"c\"]\ndelete = [\"d\"]\n" + capacity(5)));
  CHECK(has_error(zoned(3) + capacity(0), "capacity cannot become 0"));
}

TEST_CASE("who was made is there whether or not the file lists it by now") {
  const place p;
  p.keep({{"web-2", made("web-2", 1)}, {"web-3", made("web-3", 2)}});
  CHECK(ids(p.read(zoned(2))) == "web-0 web-1 web-2 web-3 |");
  const auto raised = p.read(zoned(4));
  CHECK(ids(raised) == "web-0 web-1 web-2 web-3 |");
  CHECK(raised.instances.port(2) == 7);
  CHECK(p.read(zoned(2) + capacity(4)).changed_paths.empty());
  CHECK(ids(p.read(zoned(2) + capacity(5))) == "web-0 web-1 web-2 web-3 | web-4");
}

TEST_CASE("who was deleted is not there whether or not the file lists it still") {
  const place p;
  auto stays = made("web-3", 0);
  stays.now.port = 9003;
  p.keep({{"web-1", deleted("web-1")}, {"web-2", deleted("web-2")}, {"web-3", stays}});
  CHECK(ids(p.read(zoned(4))) == "web-0 web-3 |");
  CHECK(ids(p.read(zoned(2))) == "web-0 web-3 |");
  // Numbers are not given again.
  const auto again = p.read(zoned(4) + capacity(3));
  CHECK(ids(again) == "web-0 web-3 | web-4");
  CHECK(again.instances.port(again.instances.first_arrival()) == 9004);
  CHECK(again.arrival_keys == std::vector<std::string>{"web-4"});
  CHECK(ids(p.read(zoned(2) + capacity(3))) == "web-0 web-3 | web-4");
}

TEST_CASE("one that is kept only in case is as the file says while that lists it") {
  const place p;
  p.keep({{"web-3", made("web-3", 0)}});
  CHECK(p.read(zoned(4)).instances.port(3) == 9003);
  CHECK(p.read(zoned(3)).instances.port(3) == 7);
}

TEST_CASE("instances made later are newer, wherever they are listed") {
  const place p;
  auto renewed = made("web-4", 1);
  renewed.extra = false;
  p.keep({{"web-0", renewed}});
  CHECK(ids(p.read(zoned(4))) == "web-4 web-1 web-2 web-3 |");
  // Zone 2 has web-1 and web-3, zone 1 has web-2 and web-4.
  CHECK(leaving(p.read(zoned(4) + capacity(2))) == "web-3 web-4");
}

TEST_CASE("what was replaced before has its name in the file for new ones to take") {
  const place p;
  replaced_instance x;
  x.now = {.id = "web-2"};
  x.before = {.id = "web-0"};
  p.keep({{"web-0", x}});
  const auto file = p.read(zoned(2) + capacity(3));
  CHECK(ids(file) == "web-2 web-1 | web-3");
  CHECK(file.arrival_keys == std::vector<std::string>{"web-2"});
}

TEST_CASE("sets without generated instances number new ones after the set") {
  const auto x = loaded("[scale_set]\nname = \"db\"\n[[scale_set.instance]]\nid = "
                        "\"db-a\"\n[[scale_set.instance]]\nid = \"db-7\"\n"
                        + driver + capacity(4));
  CHECK(ids(x) == "db-a db-7 | db-8 db-9");
}

TEST_CASE("replacements do not take names that were given before") {
  const place p;
  p.keep({{"web-1", deleted("web-1")}, {"web-2", made("web-2", 1)}});
  const auto x =
    p.read(zoned(2)
           + "[health.command]\nargv = [\"true\"]\n[upgrade_policy]\nmode = "
             "\"rolling\"\n[upgrade_policy.rolling]\nmax_surge = true\n");
  CHECK(ids(x) == "web-0 web-2 |");
  CHECK(x.instances.id(x.instances.replacement_of(0)) == "web-4");
  // One that was made beside those of the file goes by its templates as they do.
  CHECK(x.instances.id(x.instances.replacement_of(1)) == "web-6");
  CHECK(x.instances.port(x.instances.replacement_of(1)) == 9006);
  CHECK(x.names.extras == std::set<instance_index>{1});
  given_numbers given;
  CHECK(note_given(given, x.names, 1, "web-6"));
  CHECK(given == given_numbers{{"web-{index}", 6}});
}

TEST_CASE(
  "one that was made is replaced by the template where the file generates none") {
  const place p;
  auto fifth = made("web-5", 1);
  fifth.now.zone.clear();
  p.keep({{"web-5", fifth}});
  const auto x =
    p.read("[scale_set]\nname = \"web\"\n[scale_set.instances]\ncount = 0\n"
           "port = { from = 9000 }\n[[scale_set.instance]]\nid = \"db-a\"\n"
           "port = 1\n"
           + driver
           + "[health.command]\nargv = [\"true\"]\n[upgrade_policy]\nmode = "
             "\"rolling\"\n[upgrade_policy.rolling]\nmax_surge = true\n");
  CHECK(ids(x) == "db-a web-5 |");
  CHECK(x.instances.id(x.instances.replacement_of(0)) == "db-a-2");
  CHECK(x.instances.id(x.instances.replacement_of(1)) == "web-6");
  CHECK(x.instances.port(x.instances.replacement_of(1)) == 9006);
}

TEST_CASE("a new one is not kept under a name that the file lists") {
  const place p;
  const auto set = [](int count) {
    return "[scale_set]\nname = \"web\"\n[scale_set.instances]\ncount = "
           + std::to_string(count) + "\n[[scale_set.instance]]\nid = \"web-3\"\n"
           + driver;
  };
  const auto grown = p.read(set(3) + capacity(5));
  CHECK(ids(grown) == "web-0 web-1 web-2 web-3 | web-4");
  REQUIRE(grown.arrival_keys == std::vector<std::string>{"web-4"});
  auto x = made("web-4", 1);
  x.now.zone.clear();
  p.keep({{grown.arrival_keys.front(), x}});
  CHECK(ids(p.read(set(3))) == "web-0 web-1 web-2 web-3 web-4 |");
  CHECK(ids(p.read(set(5))) == "web-0 web-1 web-2 web-3 web-4 |");
  // Its key is another than its id where a number was given in vain.
  p.keep({}, {{"web-{index}", 5}});
  CHECK(p.read(set(3) + capacity(5)).arrival_keys == std::vector<std::string>{"web-4"});
}

TEST_CASE("nobody knows where a new one is whose address no template makes") {
  const auto set = [](const std::string& more) {
    return loaded("[scale_set]\nname = \"db\"\n[[scale_set.instance]]\nid = \"db-a\"\n"
                  + more + driver + capacity(2));
  };
  const auto away = set("address = \"10.0.0.1\"\nport = 5432\n");
  CHECK(away.instances.address(away.instances.first_arrival()).empty());
  CHECK(away.instances.port(away.instances.first_arrival()) == 0);
  const auto here = set("port = 5432\n");
  CHECK(here.instances.address(here.instances.first_arrival()) == "127.0.0.1");
  CHECK(here.instances.port(here.instances.first_arrival()) == 0);
}

TEST_CASE("ports of new ones must not go past the last") {
  const auto set = [](int count) {
    return "[scale_set]\nname = \"web\"\n[scale_set.instances]\ncount = "
           + std::to_string(count) + "\nport = { from = 65530 }\n" + driver;
  };
  CHECK(loads(set(4) + capacity(6)));
  CHECK(has_error(set(4) + capacity(7),
                  "capacity is 7, but the port of the new instance \"web-6\" would go "
                  "past 65535; ask for less, or lower from"));
}

TEST_CASE("a set does not grow beyond what a file says of it") {
  CHECK(has_error(zoned(3) + capacity(10'000'001),
                  "capacity is 10000001; it must be 10000000 or less"));
  CHECK(has_error(zoned(3) + capacity(-1), "capacity is -1; it must be 1 or more"));
  const place p;
  std::ofstream(p.folder / "there.json") << R"([{"id": "web-0"}, {"id": "web-1"}])";
  const auto listed = "[scale_set]\nname = \"web\"\n[scale_set.inventory]\nfile = "
                      "\"there.json\"\n"
                      + driver;
  CHECK(
    holds(p.problem(listed + capacity(3)),
          "OperationNotAllowed: capacity cannot go up, since nothing would list the "
          "new instances: drydock does not write inventory.file"));
  CHECK(leaving(p.read(listed + capacity(1))) == "web-1");
}

TEST_CASE("a set does not grow in the change that gives it more zones") {
  const std::string three = "zones = [\"2\", \"1\", \"3\"]\n";
  const auto why =
    "error: OperationNotAllowed: capacity cannot go up in the change that "
    "adds zones, since new instances come to those of scale_set.zones; "
    "leave capacity out until that change is made, then add ";
  CHECK(has_error(zoned(3) + capacity(4) + three,
                  why + std::string("\"3\" to scale_set.zones and change capacity")));
  CHECK(has_error(
    zoned(3) + capacity(4) + three + "[model_classes]\nzones = \"none\"\n", why));
  CHECK(has_error(minimal + capacity(5) + "zones = [\"1\", \"2\"]\n",
                  why + std::string("\"1\", \"2\" to scale_set.zones")));
  CHECK(loads(zoned(3) + capacity(4) + "zones = [\"2\", \"1\"]\n"));
  CHECK(loads(zoned(3) + capacity(3) + three));
  CHECK(leaving(loaded(zoned(3) + capacity(2) + three)) == "web-2");
}

TEST_CASE("what is kept of others must fit the file as it is now") {
  const place p;
  auto x = made("web-2", 1);
  x.now.zone = "3";
  p.keep({{"web-2", x}});
  CHECK(holds(p.problem(zoned(2)),
              "fleet.toml.instances.json keeps instance \"web-2\" in zone \"3\", which "
              "is not in scale_set.zones; put that zone back, or correct \"zone\""));
  CHECK(ids(p.read(zoned(3))) == "web-0 web-1 web-2 |"); // the file says where it is
  x.now.zone.clear();
  p.keep({{"web-2", x}});
  CHECK(holds(p.problem(zoned(2)), "keeps instance \"web-2\" without a zone, but the "
                                   "set has zones; add \"zone\""));
}

TEST_CASE("an id that somebody has already says how that one came to it") {
  const place p;
  const auto nine = zoned(2, "[[scale_set.instance]]\nid = \"web-9\"\nzone = \"1\"\n");
  p.keep({{"web-2", made("web-9", 1)}});
  CHECK(holds(p.problem(nine), "instance \"web-9\" is there already: a change of "
                               "capacity has made it; give the new one another id"));
  auto x = made("web-9", 2);
  x.before.id = "web-6";
  p.keep({{"web-2", x}});
  CHECK(holds(p.problem(nine), "is there already: it replaced \"web-6\"; give"));
}

TEST_CASE("a number that was given to anybody is not given to a new one") {
  const place p;
  // web-5 was to be made, and nobody knows what became of it.
  p.keep({}, {{"web-{index}", 5}});
  const auto x = p.read(zoned(3) + capacity(5));
  CHECK(ids(x) == "web-0 web-1 web-2 | web-6 web-7");
  CHECK(x.instances.port(x.instances.first_arrival()) == 9006);
  CHECK(x.arrival_keys == std::vector<std::string>{"web-3", "web-4"});
  const auto& names = x.names;
  given_numbers given;
  CHECK(note_arrival(given, names, "web-7"));
  CHECK_FALSE(note_arrival(given, names, "web-6"));
  CHECK(note_arrival(given, {}, "db-8"));
  CHECK_FALSE(note_arrival(given, names, "db"));
  CHECK(given == given_numbers{{"db", 8}, {"web-{index}", 7}});
  // Of one whose turn it was before a crash its name says where it is.
  CHECK(describe_by_name(names, {}, "web-5").port == 9005);
  CHECK(describe_by_name(names, {}, "db-8").port == 0);
  const auto db = "[scale_set]\nname = \"web\"\n[[scale_set.instance]]\nid = \"db-a\"\n"
                  + driver + capacity(2);
  p.keep({}, {{"web", 4}});
  CHECK(ids(p.read(db)) == "db-a | web-5");
}

TEST_CASE("what is kept is read as it was written, and what is wrong with it is said") {
  const place p;
  auto x = made("web-9", 3);
  x.now.update_domain = 2;
  x.now.protect_from_scale_in = true;
  p.keep({{"web-2", x}, {"web-0", deleted("web-0")}});
  const auto back = std::get<kept_instances>(read_replaced(p.file)).replaced;
  CHECK(back.at("web-2").extra);
  CHECK(back.at("web-2").born == 3);
  CHECK(back.at("web-2").now.zone == "1");
  CHECK(back.at("web-2").now.update_domain == 2);
  CHECK(back.at("web-2").now.protect_from_scale_in);
  CHECK(back.at("web-0").deleted);
  for (const auto* wrong : {"\"extra\": 1", "\"deleted\": \"no\"", "\"born\": -1"}) {
    std::ofstream(replaced_path(p.file))
      << "{\"instances\": {\"a\": {\"id\": \"a\", \"before\": {\"id\": \"a\"}, "
      << wrong << "}}}";
    CHECK(std::holds_alternative<std::string>(read_replaced(p.file)));
  }
}
