// SPDX-License-Identifier: Apache-2.0
#include "controller.hpp"
#include "fleets.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::cli;
using namespace drydock::engine;

namespace {

constexpr auto reimage = static_cast<std::size_t>(apply_class::reimage);

value model_of(const char* version) {
  return value::table{{"version", version}};
}

/// A fleet file that asks for version 2, with commands and a health source.
config::fleet_file make_file(fleet instances = make_fleet(6, {"1", "2", "3"})) {
  config::fleet_file file;
  file.path = "fleet.toml";
  file.name = "web";
  file.instances = std::move(instances);
  file.request.policy.mode = upgrade_mode::rolling;
  file.request.current_model = model_of("1");
  file.request.latest_model = model_of("2");
  file.action = apply_class::reimage;
  file.health.kind = health_kind::command;
  command_spec commands;
  commands.actions[reimage] = {{"./reimage.sh"}};
  file.driver = commands;
  return file;
}

/// The upgrade that this file begins.
unfinished_upgrade begun_by(const config::fleet_file& file) {
  unfinished_upgrade past;
  past.entry.id = past.header.upgrade_id = "4711";
  past.header.scale_set = file.name;
  past.header.rollout.policy = file.request.policy;
  past.header.rollout.action = file.action;
  past.header.rollout.has_health = file.health.kind != health_kind::none;
  past.header.rollout.windows = file.windows;
  for (const auto& x : file.guards)
    past.header.rollout.guards.push_back(x.rule);
  past.header.previous_model = file.request.current_model;
  past.header.latest_model = file.request.latest_model;
  past.header.instances = std::make_shared<const fleet>(file.instances);
  return past;
}

/// What `run` and `resume` are told of a file beside the upgrade of `make_file`; both
/// the same, or else they are not refused alike.
std::string refusal_of(const config::fleet_file& file) {
  const auto past = begun_by(make_file());
  const auto run = find_difference(file, past, true);
  CHECK(run == find_difference(file, past, false));
  return run.value_or("");
}

bool has(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("the file that an upgrade was begun with goes on with it") {
  CHECK(refusal_of(make_file()).empty());
}

TEST_CASE("run refuses another change or policy, and names both ways out") {
  const auto past = begun_by(make_file());
  auto file = make_file();
  file.request.latest_model = model_of("3");
  const auto change = find_difference(file, past, true).value_or("");
  CHECK(has(change, "OperationNotAllowed: upgrade 4711, which was cut short,"));
  CHECK(has(change, "another change"));
  CHECK(has(change, "`drydock resume fleet.toml`"));
  CHECK(has(change, "`drydock cancel fleet.toml`"));
  CHECK_FALSE(find_difference(file, past, false));

  file = make_file();
  file.request.policy.rolling.health_timeout += 1s;
  const auto policy = find_difference(file, past, true).value_or("");
  CHECK(has(policy, "another policy"));
  CHECK(has(policy, "`drydock resume fleet.toml`"));
  CHECK_FALSE(find_difference(file, past, false));
}

TEST_CASE("an upgrade goes on with its own instances alone") {
  CHECK(has(refusal_of(make_file(make_fleet(5, {"1", "2", "3"}))), "instances"));
  CHECK(has(refusal_of(make_file(make_fleet(7, {"1", "2", "3"}))), "instances"));
  CHECK(has(refusal_of(make_file(make_fleet(6, {"1", "3", "2"}))), "instances"));
  CHECK(has(refusal_of(make_file(make_fleet(6))), "instances"));
  const auto with = [](const char* last_id, int domain) {
    fleet instances({"1", "2", "3"});
    for (int i = 0; i < 6; ++i) {
      instance_spec spec;
      spec.id = i == 5 ? last_id : "web-" + std::to_string(i);
      spec.zone = std::to_string(i % 3 + 1);
      if (domain >= 0)
        spec.update_domain = static_cast<std::uint32_t>(domain);
      instances.add(spec);
    }
    return make_file(std::move(instances));
  };
  CHECK(refusal_of(with("web-5", -1)).empty());
  CHECK(has(refusal_of(with("web-6", -1)), "instances"));
  CHECK(has(refusal_of(with("web-5", 1)), "instances"));
}

TEST_CASE("an upgrade goes on with a driver that can do what is left") {
  auto file = make_file();
  std::get<command_spec>(file.driver).actions[reimage].clear();
  CHECK(has(refusal_of(file), "no command for reimage"));
  file.driver = simulated_spec{};
  CHECK(refusal_of(file).empty());
}

TEST_CASE("an upgrade that goes by health needs it to the end, and one that does not "
          "never has it") {
  auto file = make_file();
  file.health.kind = health_kind::none;
  CHECK(has(refusal_of(file), "put it back"));
  const auto without = begun_by(file);
  CHECK(has(find_difference(make_file(), without, false).value_or(""), "take it out"));
  CHECK_FALSE(find_difference(file, without, true));
}

TEST_CASE("an upgrade goes on with its guards and with whoever approves") {
  auto begun = make_file();
  begun.guards.resize(2);
  begun.guards[0].rule.name = "errors";
  begun.guards[1].rule.name = "latency";
  begun.request.policy.rolling.checkpoints = {{25, 0s, checkpoint_approval::command}};
  std::get<command_spec>(begun.driver).around.approve = {"./approve.sh"};
  const auto past = begun_by(begun);
  CHECK_FALSE(find_difference(begun, past, true));
  auto file = begun;
  file.guards[0].interval = 1s; // how it is looked at may change
  CHECK_FALSE(find_difference(file, past, true));
  file.guards[0].rule.on_failure = guard_consequence::fault;
  CHECK(has(find_difference(file, past, true).value_or(""),
            "another on_failure of its guards now; finish it with `drydock resume"));
  CHECK_FALSE(find_difference(file, past, false)); // by the rule of the beginning
  adopt(file, past.header);
  CHECK(file.guards[0].rule == begun.guards[0].rule);
  CHECK(file.guards[0].interval == 1s);
  std::swap(file.guards[0], file.guards[1]);
  CHECK(has(find_difference(file, past, false).value_or(""),
            "does not have the guards that upgrade 4711"));
  file.guards.pop_back();
  CHECK(has(find_difference(file, past, false).value_or(""), "guards"));
  file = begun;
  std::get<command_spec>(file.driver).around.approve.clear();
  CHECK(has(find_difference(file, past, false).value_or(""), "no approve command"));
}

TEST_CASE(
  "run refuses other maintenance windows, and resume goes by those of the beginning") {
  auto begun = make_file();
  maintenance_window night;
  night.start = 22h;
  night.length = 4h;
  night.time_zone = "Europe/Berlin";
  night.offsets = {{0s, 1h}};
  begun.windows = {night};
  const auto past = begun_by(begun);
  CHECK_FALSE(find_difference(begun, past, true));
  auto file = begun;
  file.windows[0].offsets.push_back({1h, 2h}); // a time zone has got another rule
  CHECK_FALSE(find_difference(file, past, true));
  const auto refused = [&](const std::vector<maintenance_window>& windows) {
    file.windows = windows;
    CHECK_FALSE(find_difference(file, past, false));
    return has(
      find_difference(file, past, true).value_or(""),
      "asks for other maintenance windows now; finish it with `drydock resume");
  };
  CHECK(refused({}));
  CHECK(refused({night, night}));
  night.time_zone = "UTC";
  CHECK(refused({night}));
  night = begun.windows[0];
  night.length += 1h;
  CHECK(refused({night}));
  adopt(file, past.header);
  CHECK(file.windows == begun.windows);
}

TEST_CASE("what is adopted is what the upgrade was begun with") {
  auto begun = make_file();
  begun.request.policy.rolling.max_batch_instance_percent = 50;
  begun.instances.set_latest_model_applied(4, true);
  const auto past = begun_by(begun);
  auto file = make_file();
  file.request.current_model = model_of("2");
  file.request.latest_model = model_of("3");
  file.request.policy.rolling.max_batch_instance_percent = 10;
  file.action = apply_class::restart;
  file.instances.set_latest_model_applied(1, true);
  adopt(file, past.header);
  CHECK(file.request.current_model == model_of("1"));
  CHECK(file.request.latest_model == model_of("2"));
  CHECK(file.request.policy.rolling.max_batch_instance_percent == 50);
  CHECK(file.action == apply_class::reimage);
  CHECK_FALSE(file.instances.latest_model_applied(1));
  CHECK(file.instances.latest_model_applied(4));
  CHECK_FALSE(find_difference(file, past, true));
}

TEST_CASE("instances that the upgrade has replaced are its own under either name") {
  auto with_next = [] {
    auto all = make_fleet(2);
    all.add_replacements({{.id = "web-2", .port = 2}, {.id = "web-3", .port = 3}});
    return all;
  };
  auto begun = make_file(with_next());
  auto& commands = std::get<command_spec>(begun.driver);
  commands.create = commands.remove = {"./x.sh"};
  const auto past = begun_by(begun);
  // Since then web-3 has taken the place of web-1, and is where it said.
  fleet now;
  now.add({.id = "web-0"});
  now.add({.id = "web-3", .address = "10.0.0.1", .port = 77});
  now.add_replacements({{.id = "web-2", .port = 2}, {.id = "web-4"}});
  auto file = begun;
  file.instances = std::move(now);
  file.origins[1] = "web-1";
  file.replaced["web-1"] = {{.id = "web-3"}, {.id = "web-1", .port = 71}};
  file.names = {2, "web-{index}", "10.0.1.{index}", 9000, true};
  CHECK_FALSE(find_difference(file, past, true));
  adopt(file, past.header);
  const auto& all = file.instances;
  REQUIRE(all.positions() == 4);
  CHECK(all.id(1) == "web-1");
  CHECK(all.port(1) == 71);
  CHECK(all.id(2) == "web-2");
  CHECK(all.address(2) == "10.0.1.2"); // by its name: later ones are not it
  CHECK(all.port(2) == 9002);
  CHECK(all.id(3) == "web-3");
  CHECK(all.port(3) == 77);
  CHECK(all.address(3) == "10.0.0.1");
  std::get<command_spec>(file.driver).remove = {};
  CHECK(has(find_difference(file, past, false).value_or(""), "create and delete"));
}

TEST_CASE("what an inventory lists is known by its ids, replacements among them") {
  auto all = make_fleet(3);
  all.add_replacements({{.id = "web-0-2"}, {.id = "web-1-2"}, {.id = "web-2-2"}});
  auto begun = make_file(all);
  auto& commands = std::get<command_spec>(begun.driver);
  commands.create = commands.remove = {"./x.sh"};
  const auto past = begun_by(begun);
  const auto listing = [&](std::vector<instance_spec> list) {
    auto file = begun;
    file.instances = fleet();
    for (const auto& spec : list)
      file.from_inventory.insert(file.instances.add(spec));
    return file;
  };
  // web-0 has been replaced and is gone, web-1 goes, and web-2 waits for one of whom
  // create has told, but whom the inventory does not have yet.
  auto file = listing({{.id = "web-2", .port = 72},
                       {.id = "web-0-2", .address = "10.0.0.2", .port = 80},
                       {.id = "web-1", .port = 71},
                       {.id = "web-1-2", .address = "10.0.0.3", .port = 81}});
  file.made["web-2-2"] = {.id = "web-2-2", .address = "10.0.0.4", .port = 82};
  CHECK_FALSE(find_difference(file, past, true));
  adopt(file, past.header);
  const auto& now = file.instances;
  REQUIRE(now.positions() == 6);
  CHECK(now.id(0) == "web-0");
  CHECK(now.address(0).empty()); // not where the new one is
  CHECK(now.port(0) == 0);
  CHECK(now.address(3) == "10.0.0.2");
  CHECK(now.port(1) == 71);
  CHECK(now.port(4) == 81);
  CHECK(now.port(2) == 72);
  CHECK(now.port(5) == 82);
  CHECK(file.from_inventory == std::set<instance_index>{0, 1, 2});

  const auto refused = [&](std::vector<instance_spec> list) {
    return has(find_difference(listing(std::move(list)), past, true).value_or(""),
               "does not list the instances");
  };
  CHECK(refused({{.id = "web-0"}, {.id = "web-1"}}));
  CHECK(refused({{.id = "web-0"}, {.id = "web-1"}, {.id = "web-2"}, {.id = "web-9"}}));
  CHECK(
    refused({{.id = "web-0", .update_domain = 1}, {.id = "web-1"}, {.id = "web-2"}}));
}

TEST_CASE("a set that scales may have those who come already, and lack those who go") {
  auto begun = make_file(make_fleet(4));
  begun.instances.add_arrival({.id = "web-4", .address = "10.0.0.4", .port = 4});
  begun.instances.add_arrival({.id = "web-5", .address = "10.0.0.5", .port = 5});
  begun.scale_in = {3, 1};
  auto& commands = std::get<command_spec>(begun.driver);
  commands.create = commands.remove = {"./x.sh"};
  auto past = begun_by(begun);
  past.header.rollout.scale_in = begun.scale_in;
  // web-3 is gone by now, and web-4 has come, and is where it said.
  auto file = begun;
  fleet now;
  for (const auto* id : {"web-0", "web-1", "web-2"})
    now.add({.id = id, .port = 1});
  now.add({.id = "web-4", .address = "10.9.9.9", .port = 77});
  now.add_arrival({.id = "web-5", .address = "10.0.0.5", .port = 55});
  file.instances = now;
  file.scale_in = {1};
  file.replaced["web-3"] = {{.id = "web-3", .port = 33}, {.id = "web-3", .port = 33}};
  CHECK_FALSE(find_difference(file, past, true));
  adopt(file, past.header);
  CHECK(file.scale_in == std::vector<instance_index>{3, 1});
  const auto& all = file.instances;
  REQUIRE(all.size() == 4);
  REQUIRE(all.arrivals() == 2);
  CHECK(all.port(0) == 1);
  CHECK(all.id(3) == "web-3");
  CHECK(all.port(3) == 33);
  CHECK(all.address(4) == "10.9.9.9");
  CHECK(all.port(5) == 55);
  // Others are neither its own nor to be missed.
  file = begun;
  file.instances.add_arrival({.id = "web-9"});
  CHECK_FALSE(find_difference(file, past, true)); // nobody is there yet
  fleet foreign = make_fleet(4);
  foreign.add({.id = "db"});
  file.instances = foreign;
  CHECK(has(find_difference(file, past, true).value_or(""), "instances"));
  file.instances = make_fleet(2); // web-2 is to stay
  CHECK(has(find_difference(file, past, true).value_or(""), "instances"));
  file = begun;
  std::get<command_spec>(file.driver).create.clear();
  CHECK(has(find_difference(file, past, true).value_or(""), "create and delete"));
}

TEST_CASE("a set that scales has its instances where they were, but for new ones") {
  const std::vector<std::string> zones{"1", "2", "3"};
  auto begun = make_file(make_fleet(4, zones));
  begun.instances.add_arrival({.id = "web-4", .zone = "3"});
  auto& commands = std::get<command_spec>(begun.driver);
  commands.create = commands.remove = {"./x.sh"};
  const auto past = begun_by(begun);
  const auto with = [&](const instance_spec& last, const char* zone_of_new) {
    auto file = begun;
    file.instances = make_fleet(3, zones);
    file.instances.add(last);
    file.instances.add({.id = "web-4", .zone = zone_of_new});
    return find_difference(file, past, true).value_or("");
  };
  CHECK(with({.id = "web-3", .zone = "1"}, "3").empty());
  CHECK(with({.id = "web-3", .zone = "1"}, "2").empty()); // by its number in the file
  CHECK(has(with({.id = "web-3", .zone = "2"}, "3"), "instances"));
  CHECK(has(with({.id = "web-3", .zone = "1", .update_domain = 1}, "3"), "instances"));
}

TEST_CASE("who is called by the template is known by the places of the upgrade") {
  auto begun = make_file(make_fleet(4));
  begun.scale_in = {0};
  auto& commands = std::get<command_spec>(begun.driver);
  commands.create = commands.remove = {"./x.sh"};
  auto past = begun_by(begun);
  past.header.rollout.scale_in = begun.scale_in;
  // web-0 is gone, and web-3 is not of the file, whose count was 3.
  auto file = begun;
  file.instances = fleet();
  for (const auto* id : {"web-1", "web-2", "web-3"})
    file.instances.add({.id = id});
  file.names = {2, "web-{index}", "127.0.0.1", 9000, true, {2}};
  REQUIRE_FALSE(find_difference(file, past, true));
  adopt(file, past.header);
  for (const instance_index i : {1U, 2U, 3U})
    CHECK(config::is_generated(file.names, i));
  CHECK_FALSE(config::is_generated(file.names, 4));
}
