// SPDX-License-Identifier: Apache-2.0
#include "attendant_recorder.hpp"
#include "http_server.hpp"

#include "drydock/drivers/attendants.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace {

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;
using engine::guard_state;
using engine::step_outcome;
using engine::upgrade_hook;

/// An attendant in a temporary folder; `spec` and `guards` may be changed before the
/// first use of `attendant`.
struct fixture {
  temporary_folder folder;
  event_loop loop;
  engine::command_spec spec;
  std::vector<engine::guard_spec> guards;
  command_context context;
  mailbox<std::string> warnings;
  std::shared_ptr<attendant_recorder> port = std::make_shared<attendant_recorder>();
  std::unique_ptr<protocol::attendant> made;

  fixture() {
    spec.directory = folder.path();
    spec.log_directory = folder.path("fleet.toml.logs");
    spec.around.approve_interval = 20ms;
    context.scale_set = "web";
    context.upgrade_id = "u1";
    context.instances = make_fleet(1);
    context.latest_model.set("image.version", "2.0.0");
  }

  protocol::attendant& attendant() {
    if (made == nullptr)
      made = make_command_attendant(
        loop, spec, guards, context,
        [this](const std::string& text) { warnings.push(text); });
    return *made;
  }

  void hook(upgrade_hook which, const std::string& script) {
    const std::string name(to_string(which));
    spec.around.hooks[static_cast<std::size_t>(which)] = {
      folder.script(name + ".sh", script), "{upgrade}", "{model.image.version}"};
  }

  void approve(const std::string& script) {
    spec.around.approve = {folder.script("approve.sh", script), "{checkpoint}"};
  }

  engine::guard_spec& guard(const std::string& name, std::uint32_t failures = 1) {
    auto& x = guards.emplace_back();
    x.rule.name = name;
    x.interval = 20ms;
    x.timeout = 2s;
    x.number_of_failures = failures;
    return x;
  }
};

engine::step_outcome outcome_of_script(const std::string& script) {
  fixture f;
  f.hook(upgrade_hook::before_batch, script);
  f.attendant().run_hook({upgrade_hook::before_batch, 2, 1, 7}, f.port);
  const auto all = f.port->hooks.wait(1);
  REQUIRE(all.size() == 1);
  CHECK(all[0].request == 7);
  return all[0].outcome;
}

} // namespace

TEST_CASE("a hook is told where it stands, and its output is kept") {
  fixture f;
  f.hook(upgrade_hook::before_batch,
         "echo \"$DRYDOCK_SCALE_SET $DRYDOCK_UPGRADE $DRYDOCK_HOOK $DRYDOCK_BATCH "
         "$DRYDOCK_ATTEMPT $*\" >told; pwd; exit 0");
  f.attendant().run_hook({upgrade_hook::before_batch, 4, 2, 9}, f.port);
  const auto all = f.port->hooks.wait(1);
  REQUIRE(all.size() == 1);
  CHECK(all[0].request == 9);
  CHECK(all[0].outcome == step_outcome::succeeded);
  CHECK(all[0].error.empty());
  CHECK(f.folder.read("told") == "web u1 before_batch 4 2 u1 2.0.0\n");
  CHECK(f.folder.read("fleet.toml.logs/u1/before_batch-4-2.log") != "");
}

TEST_CASE("exit statuses of hooks mean what they mean for actions") {
  CHECK(outcome_of_script("exit 0") == step_outcome::succeeded);
  CHECK(outcome_of_script("exit 75") == step_outcome::transient);
  CHECK(outcome_of_script("exit 1") == step_outcome::failed);
  CHECK(outcome_of_script("kill -9 $$") == step_outcome::failed);
}

TEST_CASE("a hook that is not there has succeeded") {
  fixture f;
  f.attendant().run_hook({upgrade_hook::after_upgrade, 0, 1, 1}, f.port);
  CHECK(f.port->hooks.wait(1).front().outcome == step_outcome::succeeded);
}

TEST_CASE("a hook has the driver's timeout, and says what it printed") {
  fixture f;
  f.spec.retry.timeout = 100ms;
  f.hook(upgrade_hook::before_upgrade, "echo about to hang; exec sleep 60");
  f.attendant().run_hook({upgrade_hook::before_upgrade, 0, 1, 1}, f.port);
  const auto end = f.port->hooks.wait(1).front();
  CHECK(end.outcome == step_outcome::timed_out);
  CHECK(end.error == "before_upgrade: timed out after 0.1 s: about to hang");
}

TEST_CASE("ending a hook ends the whole group of its processes") {
  fixture f;
  f.hook(upgrade_hook::before_batch,
         "sleep 60 & echo $! >child; echo $$ >self; touch running; wait");
  f.attendant().run_hook({upgrade_hook::before_batch, 1, 1, 1}, f.port);
  REQUIRE(eventually([&] { return f.folder.has("running"); }));
  f.attendant().end_hook(1);
  CHECK(f.port->hooks.wait(1).front().outcome == step_outcome::failed);
  CHECK(eventually([&] {
    return !is_alive(f.folder.read("child")) && !is_alive(f.folder.read("self"));
  }));
}

TEST_CASE("the end of an attendant kills what runs, and nobody is called") {
  fixture f;
  f.hook(upgrade_hook::before_batch, "echo $$ >self; touch running; exec sleep 60");
  f.attendant().run_hook({upgrade_hook::before_batch, 1, 1, 1}, f.port);
  REQUIRE(eventually([&] { return f.folder.has("running"); }));
  f.made = nullptr;
  CHECK_FALSE(is_alive(f.folder.read("self")));
  CHECK(f.port->hooks.size() == 0);
}

TEST_CASE("a hook that an earlier process left running is waited for") {
  fixture f;
  f.hook(upgrade_hook::before_batch, "echo again >>told");
  // What a process that was killed leaves behind: the record, and the command.
  f.folder.script("left.sh", "sleep 0.4; echo left >>told");
  const auto place = f.folder.path("fleet.toml.logs/u1/running");
  fixture earlier;
  // The record is written by whoever starts the command: here another attendant of the
  // same upgrade, which is still there.
  earlier.spec.log_directory = f.spec.log_directory;
  earlier.spec.directory = f.spec.directory;
  earlier.spec.around.hooks[static_cast<std::size_t>(upgrade_hook::before_batch)] = {
    "./left.sh"};
  earlier.attendant().run_hook({upgrade_hook::before_batch, 1, 1, 1}, earlier.port);
  REQUIRE(eventually([&] {
    return std::filesystem::exists(place + "/before_batch-1-1")
           && std::filesystem::file_size(place + "/before_batch-1-1") > 40;
  }));
  f.attendant().run_hook({upgrade_hook::before_batch, 1, 2, 1}, f.port);
  CHECK(f.port->hooks.wait(1).front().outcome == step_outcome::succeeded);
  CHECK(f.folder.read("told") == "left\nagain\n");
}

TEST_CASE("an approval command approves, or rejects and says why") {
  fixture yes;
  yes.approve("echo \"$DRYDOCK_CHECKPOINT $1 $DRYDOCK_UPGRADE\" >told; exit 0");
  yes.attendant().ask_approval(25, 3, yes.port);
  const auto approved = yes.port->words.wait(1).front().what;
  CHECK(approved.approved);
  CHECK(approved.by == "driver.command.approve");
  CHECK(approved.question == 3);
  CHECK(yes.folder.read("told") == "25 25 u1\n");
  fixture no;
  no.approve("echo looking; echo 'errors are up'; echo; exit 1");
  no.attendant().ask_approval(25, 4, no.port);
  const auto rejected = no.port->words.wait(1).front().what;
  CHECK_FALSE(rejected.approved);
  CHECK(rejected.message == "errors are up");
  CHECK(rejected.question == 4);
}

TEST_CASE("an approval command that has not decided is asked again") {
  fixture f;
  f.approve("echo x >>asked; [ $(wc -l <asked) -ge 3 ] && exit 0; exit 75");
  f.attendant().ask_approval(25, 1, f.port);
  CHECK(f.port->words.wait(1).front().what.approved);
  CHECK(f.folder.read("asked") == "x\nx\nx\n");
  CHECK(f.warnings.size() == 0);
}

TEST_CASE("an approval command that fails is asked again, and that is said") {
  fixture f;
  f.approve("echo x >>asked; [ $(wc -l <asked) -ge 2 ] && exit 0; echo broken; exit 2");
  f.attendant().ask_approval(25, 1, f.port);
  CHECK(f.port->words.wait(1).front().what.approved);
  const auto warnings = f.warnings.wait(1);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("approve: exit status 2: broken; it is asked again in")
        != std::string::npos);
}

TEST_CASE("once a checkpoint is left nobody is asked any more") {
  fixture f;
  f.approve("echo x >>asked; exit 75");
  f.attendant().ask_approval(25, 1, f.port);
  REQUIRE(eventually([&] { return f.folder.has("asked"); }));
  f.attendant().end_approval();
  f.loop.run([] {}); // it has heard of it
  const auto count = f.folder.read("asked").size();
  std::this_thread::sleep_for(200ms);
  CHECK(f.folder.read("asked").size() <= count + 2); // one may have been on its way
  CHECK(f.port->words.size() == 0);
}

TEST_CASE("a guard's first good look counts at once, failures when they are enough") {
  fixture f;
  f.guard("errors", 3).command = {
    f.folder.script("guard.sh", "echo x >>looks; echo \"$DRYDOCK_GUARD is bad\"; "
                                "[ ! -e bad ]")};
  f.attendant().watch_guards(f.port);
  auto all = f.port->guards.wait(1);
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == guard_state::holds);
  CHECK(all[0].message.empty());
  std::ofstream(f.folder.path("bad"));
  const auto before = f.folder.read("looks").size();
  all = f.port->guards.wait(2);
  REQUIRE(all.size() == 2);
  CHECK(all[1].state == guard_state::fails);
  CHECK(all[1].message == "errors is bad");
  CHECK(f.folder.read("looks").size() >= before + 4);
  std::filesystem::remove(f.folder.path("bad"));
  all = f.port->guards.wait(3);
  REQUIRE(all.size() == 3);
  CHECK(all[2].state == guard_state::holds);
}

TEST_CASE("a look that takes too long has failed") {
  fixture f;
  auto& guard = f.guard("slow");
  guard.command = {f.folder.script("slow.sh", "exec sleep 60")};
  guard.timeout = 100ms;
  f.attendant().watch_guards(f.port);
  const auto all = f.port->guards.wait(1);
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == guard_state::fails);
  CHECK(all[0].message == "timed out after 0.1 s");
}

TEST_CASE("guards do not wait for each other, nor for a hook") {
  fixture f;
  f.hook(upgrade_hook::before_batch, "touch running; exec sleep 60");
  f.guard("slow").command = {f.folder.script("slow.sh", "exec sleep 60")};
  f.guards[0].timeout = 30s;
  f.guard("quick").command = {"true"};
  f.attendant().run_hook({upgrade_hook::before_batch, 1, 1, 1}, f.port);
  REQUIRE(eventually([&] { return f.folder.has("running"); }));
  f.attendant().watch_guards(f.port);
  const auto all = f.port->guards.wait(1);
  REQUIRE(all.size() == 1);
  CHECK(all[0].guard == 1);
  CHECK(all[0].state == guard_state::holds);
}

TEST_CASE("Prometheus is asked for the value of a query") {
  std::atomic<const char*> value{"1"};
  mailbox<std::string> targets;
  http_server server([&](const http_request& request) -> std::optional<std::string> {
    targets.push(request.target);
    return http_reply(
      200, std::string(R"({"status":"success","data":{"resultType":"vector","result":)")
             + R"([{"metric":{},"value":[1,")" + value.load() + "\"]}]}}");
  });
  fixture f;
  auto& guard = f.guard("errors");
  guard.prometheus = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
  guard.query = "sum(rate(e[1m])) < bool 1";
  f.attendant().watch_guards(f.port);
  CHECK(f.port->guards.wait(1).front().state == guard_state::holds);
  CHECK(targets.wait(1).front()
        == "/api/v1/query?query=sum%28rate%28e%5B1m%5D%29%29%20%3C%20bool%201");
  value = "0";
  const auto all = f.port->guards.wait(2);
  REQUIRE(all.size() == 2);
  CHECK(all[1].state == guard_state::fails);
  CHECK(all[1].message == "the value is 0 for {}");
}

TEST_CASE("a Prometheus that cannot be reached is a look that failed") {
  fixture f;
  f.guard("errors").prometheus = "http://127.0.0.1:1";
  f.guards[0].query = "1";
  f.attendant().watch_guards(f.port);
  const auto all = f.port->guards.wait(1);
  REQUIRE(all.size() == 1);
  CHECK(all[0].state == guard_state::fails);
  CHECK(all[0].message.starts_with("Prometheus does not answer: "));
}
