// SPDX-License-Identifier: Apache-2.0
// Commands that make and delete instances.
#include "drydock/drivers/command_driver.hpp"

#include "command_text.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <thread>

namespace {

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;
using protocol::step_kind;
using protocol::step_outcome;
using protocol::work_kind;

/// A driver over two instances, with positions for their replacements.
struct fixture {
  temporary_folder folder;
  event_loop loop;
  engine::command_spec spec;
  command_context context;
  std::shared_ptr<step_recorder> port = std::make_shared<step_recorder>();
  std::unique_ptr<command_driver> made;

  fixture() {
    auto fleet = std::make_shared<engine::fleet>();
    fleet->add({.id = "web-0", .port = 9000});
    fleet->add({.id = "web-1", .port = 9001});
    fleet->add_replacements({{.id = "web-2", .port = 9002, .vars = {{"zone", "a"}}},
                             {.id = "web-3", .port = 9003}});
    spec.directory = folder.path();
    spec.log_directory = folder.path("logs");
    context.scale_set = "web";
    context.upgrade_id = "u/1";
    context.instances = fleet;
    context.latest_model.set("image.version", "2.0.0");
    context.learnt = std::make_shared<learnt_details>();
  }

  command_driver& driver() {
    if (made == nullptr)
      made = std::make_unique<command_driver>(loop, spec, context);
    return *made;
  }

  static protocol::step_request request(engine::instance_index i, work_kind work,
                                        std::uint32_t generation = 1) {
    protocol::step_request result;
    result.id = {i, generation, 1};
    result.action = engine::apply_class::reimage;
    result.work = work;
    return result;
  }

  protocol::step_result run(const protocol::step_request& what) {
    const auto n = port->finished_count();
    CHECK_FALSE(driver().start(what, port));
    const auto answers = port->wait_finished(n + 1);
    REQUIRE(answers.size() == n + 1);
    return answers.back().result;
  }
};

} // namespace

TEST_CASE("a short quota is an outcome of its own, for creating alone") {
  fixture f;
  f.spec.create = {f.folder.script("create.sh", "exit 69")};
  f.spec.remove = f.spec.create;
  const auto refused = f.run(f.request(2, work_kind::create));
  CHECK(refused.outcome == step_outcome::quota_short);
  CHECK(refused.error == "create of web-2: exit status 69");
  CHECK(f.run(f.request(2, work_kind::discard)).outcome == step_outcome::failed);
  CHECK(f.run(f.request(0, work_kind::remove)).error
        == "delete of web-0: exit status 69");
}

TEST_CASE("what a create command tells holds for all that follows") {
  fixture f;
  f.spec.create = {f.folder.script(
    "create.sh", "echo starting; echo '{\"address\": \"10.0.0.9\", \"port\": 4711, "
                 "\"vars\": {\"zone\": \"b\", \"rack\": 7}}'; echo done >&2")};
  f.spec.before_instance = {f.folder.script("hook.sh", "echo \"$@\" >> said"),
                            "{instance.id}",
                            "{instance.address}:{instance.port}",
                            "{instance.vars.zone}",
                            "{instance.vars.rack}",
                            "{model.image.version}"};
  auto hook = f.request(2, work_kind::upgrade);
  hook.step = step_kind::before_instance;
  CHECK(f.run(hook).outcome == step_outcome::succeeded);
  CHECK(f.run(f.request(2, work_kind::create)).outcome == step_outcome::succeeded);
  CHECK(f.run(hook).outcome == step_outcome::succeeded);
  CHECK(f.folder.read("said")
        == "web-2 127.0.0.1:9002 a  2.0.0\nweb-2 10.0.0.9:4711 b 7 2.0.0\n");
  const auto learnt = f.context.learnt->of(2);
  REQUIRE(learnt);
  CHECK(learnt->port == 4711);
  CHECK_FALSE(f.context.learnt->of(3));
}

TEST_CASE("what a creation that fails has told serves to delete what it made") {
  fixture f;
  f.spec.create = {f.folder.script("create.sh", "echo '{\"port\": 4712}'; exit 1")};
  CHECK(f.run(f.request(3, work_kind::create)).outcome == step_outcome::failed);
  REQUIRE(f.context.learnt->of(3));
  CHECK(f.context.learnt->of(3)->port == 4712);
}

TEST_CASE("an object that is wrong fails the creation, and other lines are nobody's") {
  fixture f;
  f.spec.create = {f.folder.script("create.sh", "cat told")};
  struct row {
    const char* told;
    const char* error;
  };
  for (const auto& [told, error] : {
         row{"{\"port\": 0}", "port is no whole number from 1 to 65535"},
         row{"{\"port\": \"80\"}", "port is no whole number from 1 to 65535"},
         row{"{\"address\": 7}", "address is no string, or empty"},
         row{"{\"vars\": []}", "vars is no object"},
         row{"{\"vars\": {\"a\": []}}", "vars.a is no string, integer or boolean"},
         row{"{\"id\": \"x\"}\n{not json}\nport 7", ""},
         row{"{\"port\": 1}\n{\"port\": 2}", ""},
       }) {
    std::ofstream(f.folder.path("told")) << told;
    static std::uint32_t generation = 1;
    const auto result = f.run(f.request(3, work_kind::create, ++generation));
    CAPTURE(std::string(told));
    if (*error == '\0')
      CHECK(result.outcome == step_outcome::succeeded);
    else
      CHECK(result.error
            == "create of web-3: the JSON object that it printed is wrong: "
                 + std::string(error));
  }
  CHECK(f.context.learnt->of(3)->port == 2);
}

TEST_CASE("one that is discarded has nothing of the member but its place") {
  fixture f;
  f.spec.create = {f.folder.script("create.sh", "echo \"$@\" >> said; cat told"),
                   "{instance.vars.zone}", "{instance.vars.vm}"};
  f.spec.remove = {f.folder.script("delete.sh", "echo \"$@\" >> said"), "{instance.id}",
                   "{instance.vars.zone}", "{instance.vars.vm}"};
  std::ofstream(f.folder.path("told")) << "";
  CHECK(f.run(f.request(2, work_kind::create)).outcome == step_outcome::succeeded);
  CHECK(f.run(f.request(2, work_kind::discard)).outcome == step_outcome::succeeded);
  std::ofstream(f.folder.path("told")) << "{\"vars\": {\"vm\": \"i-2\"}}";
  CHECK(f.run(f.request(2, work_kind::create, 2)).outcome == step_outcome::succeeded);
  CHECK(f.run(f.request(2, work_kind::discard, 2)).outcome == step_outcome::succeeded);
  // One that took over has what it was made with.
  CHECK(f.run(f.request(2, work_kind::remove, 3)).outcome == step_outcome::succeeded);
  CHECK(f.folder.read("said") == "a \nweb-2  \na \nweb-2  i-2\nweb-2 a i-2\n");
}

/// What is wrong with it when `create` prints this; all are probed over the network.
static auto creation_of(fixture& f, std::shared_ptr<const engine::fleet> fleet,
                        engine::instance_index i) {
  f.context.instances = std::move(fleet);
  f.context.needs_address = f.context.needs_port = true;
  f.spec.create = {f.folder.script("create.sh", "cat told")};
  return [&f, i, generation = std::uint32_t{0}](const char* text) mutable {
    std::ofstream(f.folder.path("told")) << text;
    return f.run(f.request(i, work_kind::create, ++generation)).error;
  };
}

TEST_CASE("who is probed over the network must be known to be somewhere") {
  fixture f;
  auto fleet = std::make_shared<engine::fleet>();
  fleet->add({.id = "db", .address = "10.0.0.1", .port = 5432});
  fleet->add_replacements({{.id = "db-2", .address = ""}});
  auto told = creation_of(f, fleet, 1);
  CHECK(told("")
        == "create of db-2: it must print where the instance is probed, as "
           "{\"address\": …} on a line of its own");
  CHECK(told("{\"address\": \"10.0.0.2\"}").find("{\"port\": …}") != std::string::npos);
  CHECK(told("{\"address\": \"10.0.0.2\", \"port\": 5433}").empty());
}

TEST_CASE("a new one that nobody says the place of is not probed at another's") {
  fixture f;
  auto fleet = std::make_shared<engine::fleet>();
  fleet->add({.id = "db-0", .address = "10.0.0.1"});
  fleet->add({.id = "db-1", .address = "10.0.0.1", .port = 5432});
  fleet->add_arrival({.id = "db-2", .address = "10.0.0.2"});
  auto told = creation_of(f, fleet, 2);
  CHECK(told("")
        == "create of db-2: it must print where the instance is probed, as "
           "{\"port\": …} on a line of its own");
  CHECK(told("{\"port\": 5433}").empty());
}

TEST_CASE("a deletion waits until what was killed has ended") {
  fixture f;
  f.spec.create = {f.folder.script(
    "create.sh", "trap 'sleep 0.3; echo created >> order; exit 1' TERM; touch ready; "
                 "while :; do sleep 0.02; done")};
  f.spec.remove = {f.folder.script("delete.sh", "echo deleted >> order")};
  const auto create = f.request(2, work_kind::create, 1);
  CHECK_FALSE(f.driver().start(create, f.port));
  while (!std::ifstream(f.folder.path("ready")))
    std::this_thread::sleep_for(5ms);
  f.driver().kill(create.id);
  CHECK_FALSE(f.driver().start(f.request(2, work_kind::discard, 2), f.port));
  CHECK(f.port->wait_finished(2).size() == 2);
  CHECK(f.folder.read("order").find("deleted\n") != std::string::npos);
  CHECK(f.folder.read("order").find("created", 7) == std::string::npos);
}

TEST_CASE("the command that tells an instance of its deletion knows when that is") {
  fixture f;
  f.spec.retry.timeout = 50ms; // it has a time of its own
  f.spec.terminate_notification = {
    f.folder.script("notify.sh", "sleep 0.2; echo \"$@ $DRYDOCK_ACTION "
                                 "$DRYDOCK_NOT_BEFORE\" > said"),
    "{instance.id}", "{not_before}"};
  auto notice = f.request(0, work_kind::remove);
  notice.step = step_kind::terminate_notification;
  notice.not_before = 24h;
  CHECK(f.driver().has_hook(notice.step));
  const auto before = time_text(24h);
  CHECK(f.run(notice).outcome == step_outcome::succeeded);
  const auto said = f.folder.read("said");
  REQUIRE(said.size() > 46);
  const auto at = said.substr(6, 20);
  CHECK(at >= before);
  CHECK(at <= time_text(24h));
  CHECK(said == "web-0 " + at + " terminate_notification " + at + "\n");
}
