// SPDX-License-Identifier: Apache-2.0
// What a process that was killed leaves running, and the one that comes after it.
#include "drydock/drivers/command_driver.hpp"

#include "process_table.hpp"
#include "running_record.hpp"
#include "support.hpp"

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace {

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;
using engine::action_fate;
using engine::apply_class;
using protocol::step_kind;
using protocol::step_outcome;

/// Commands that write the version of web-0 to the file `version`, and wait for the
/// file `go` first.
struct fixture {
  temporary_folder folder;
  engine::command_spec spec;
  command_context context;
  std::shared_ptr<step_recorder> port = std::make_shared<step_recorder>();
  std::unique_ptr<event_loop> loop;
  std::unique_ptr<command_driver> made;

  fixture() {
    spec.directory = folder.path();
    spec.log_directory = folder.path("logs");
    spec.inspect = {folder.script("version.sh", "cat version")};
    spec.inspect_expect = "{model.image.version}";
    context.scale_set = "web";
    context.upgrade_id = "u1";
    context.instances = make_fleet(2);
    context.latest_model.set("image.version", "2");
    context.previous_model.set("image.version", "1");
    put("version", "1");
    action("while [ ! -e go ]; do sleep 0.02; done; echo $1 > version");
  }

  ~fixture() {
    made.reset();
    for (const auto* name : {"pid", "server"})
      if (const auto pid = std::atoi(folder.read(name).c_str()); pid > 1)
        ::kill(-pid, SIGKILL);
  }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(folder.path(name)) << text << '\n';
  }

  /// Every action tells its number in the file `pid` first.
  void action(const std::string& script) {
    spec.actions[static_cast<std::size_t>(apply_class::reimage)] = {
      folder.script("act.sh", "echo + >> begun; echo $$ > new; mv new pid; " + script),
      "{model.image.version}"};
  }

  command_driver& driver() {
    if (made == nullptr) {
      loop = std::make_unique<event_loop>();
      made = std::make_unique<command_driver>(*loop, spec, context);
    }
    return *made;
  }

  static protocol::step_request request(bool rollback = false) {
    protocol::step_request result;
    result.id = {0, 3, 1};
    result.action = apply_class::reimage;
    result.work =
      rollback ? protocol::work_kind::rollback : protocol::work_kind::upgrade;
    return result;
  }

  /// A process that begins the action, or its rollback, and is killed once the file
  /// `file` is there.
  void leave_behind(bool rollback = false, const char* file = "pid") {
    const auto& argv = spec.actions[static_cast<std::size_t>(apply_class::reimage)];
    const auto directory = folder.path();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::execl(DRYDOCK_EARLIER_RUN, "earlier_run", directory.c_str(), "u1",
              argv[0].c_str(), rollback ? "rollback" : "action", nullptr);
      ::_exit(127);
    }
    CHECK(eventually([&] { return folder.has(file); }));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
  }

  void inspect(const protocol::step_request& what) {
    CHECK(driver().inspect(what, port));
  }

  step_recorder::fate_answer fate() {
    const auto answers = port->wait_inspected(1);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].id == request().id);
    return answers[0];
  }

  [[nodiscard]] std::string pid() const { return folder.read("pid"); }

  [[nodiscard]] std::size_t records() const {
    std::error_code error;
    std::filesystem::directory_iterator all(folder.path("logs/u1/running"), error);
    return error ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
};

} // namespace

TEST_CASE("a command outlives drydock, and an inspection waits for it") {
  fixture f;
  f.leave_behind();
  CHECK(is_alive(f.pid()));
  CHECK(f.records() == 1);
  f.inspect(f.request());
  f.loop->run([] {});
  CHECK(f.port->inspected_count() == 0);
  f.put("go", "");
  CHECK(f.fate().fate == action_fate::done);
  CHECK(f.fate().error.empty());
  CHECK_FALSE(is_alive(f.pid()));
  CHECK(f.records() == 0);
}

TEST_CASE("what a command still prints after the end of drydock is in its log") {
  fixture f;
  f.action("echo before; while [ ! -e go ]; do sleep 0.02; done; echo after; echo $1 > "
           "version");
  f.leave_behind();
  f.put("go", "");
  f.inspect(f.request());
  CHECK(f.fate().fate == action_fate::done);
  CHECK(f.folder.read("logs/u1/web-0-reimage-1.log") == "before\nafter\n");
}

TEST_CASE("an action that was killed along with drydock is not done") {
  fixture f;
  f.leave_behind();
  ::kill(-std::stoi(f.pid()), SIGKILL);
  f.inspect(f.request());
  CHECK(f.fate().fate == action_fate::not_done);
  CHECK(f.fate().error.empty());
}

TEST_CASE("without anything left behind the inspect command decides at once") {
  fixture f;
  f.inspect(f.request());
  CHECK(f.fate().fate == action_fate::not_done);
  fixture g;
  g.put("version", " 2 ");
  g.inspect(g.request());
  CHECK(g.fate().fate == action_fate::done);
  CHECK(g.folder.read("logs/u1/web-0-inspect.log") == " 2 \n");
}

TEST_CASE("an inspection that fails tells why") {
  fixture f;
  f.spec.inspect = {f.folder.script("version.sh", "echo no route; exit 1")};
  f.inspect(f.request());
  CHECK(f.fate().fate == action_fate::unknown);
  CHECK(f.fate().error == "inspect of web-0: exit status 1: no route");
}

TEST_CASE("without an inspect command nothing is told before the action has ended") {
  fixture f;
  f.spec.inspect = {};
  f.leave_behind();
  f.inspect(f.request());
  f.loop->run([] {});
  CHECK(f.port->inspected_count() == 0);
  f.put("go", "");
  CHECK(f.fate().fate == action_fate::cannot_tell);
  CHECK(f.folder.read("version") == "2\n");
}

TEST_CASE("an answer that is the same for both models tells nothing") {
  fixture f;
  f.spec.inspect_expect = "{scale_set.name}";
  f.put("version", "web");
  f.inspect(f.request());
  CHECK(f.fate().fate == action_fate::cannot_tell);
}

TEST_CASE("a rollback is done when the instance runs its previous model") {
  fixture f;
  f.put("version", "2");
  f.leave_behind(true);
  f.put("go", "");
  f.inspect(f.request(true));
  CHECK(f.fate().fate == action_fate::done);
  CHECK(f.folder.read("version") == "1\n");
  fixture g;
  g.put("version", "2");
  g.inspect(g.request(true));
  CHECK(g.fate().fate == action_fate::not_done);
}

TEST_CASE("a server that a finished action left behind is not taken for the action") {
  for (const auto* serve :
       {// In a session of its own, with all that the action handed down to it.
        "setsid sh -c 'echo $$ > new; mv new server; exec sleep 60' & ",
        // In the action's own session and group.
        "nohup sh -c 'echo $$ > new; mv new server; exec sleep 60' & "}) {
    fixture f;
    f.action(std::string(serve)
             + "while [ ! -e go ] || [ ! -e server ]; do sleep 0.02; done; "
               "echo $1 > version");
    f.leave_behind(false, "server");
    f.put("go", "");
    f.inspect(f.request());
    CHECK(f.fate().fate == action_fate::done);
    CHECK_FALSE(is_alive(f.pid()));
    CHECK(is_alive(f.folder.read("server")));
    ::kill(std::stoi(f.folder.read("server")), SIGKILL);
  }
}

TEST_CASE("another process that got the number of an action is left alone") {
  fixture f;
  f.leave_behind();
  // As if the action had ended, and its number had been given away.
  const auto path = f.folder.path("logs/u1/running/web-0-reimage-1");
  auto text = f.folder.read("logs/u1/running/web-0-reimage-1");
  const auto record = running_record::read(path);
  REQUIRE(record.has_value());
  const auto start = " " + std::to_string(record->process.start) + " ";
  text.replace(text.rfind(start), start.size(), " 5 ");
  std::ofstream(path) << text;
  f.spec.retry.timeout = 5s; // by that start it would be over
  f.inspect(f.request());
  CHECK(f.fate().fate == action_fate::not_done);
  CHECK(is_alive(f.pid()));
}

TEST_CASE("an action's timeout counts from its start, whoever waits for it") {
  fixture f;
  f.action("trap 'echo asked > asked; exit' TERM; while :; do sleep 0.02; done");
  f.leave_behind();
  f.spec.retry.timeout = 200ms;
  f.inspect(f.request());
  CHECK(f.fate().fate == action_fate::not_done);
  CHECK(f.folder.has("asked"));
  CHECK_FALSE(is_alive(f.pid()));
}

TEST_CASE("the end of an inspection ends the action that it waits for") {
  fixture f;
  f.action("sleep 60 & wait");
  f.leave_behind();
  f.inspect(f.request());
  f.driver().kill(f.request().id);
  CHECK(f.fate().fate == action_fate::unknown);
  CHECK(f.fate().error == "inspect of web-0: killed");
  CHECK_FALSE(has_living_member(std::stoi(f.pid())));
}

TEST_CASE("an inspect command that hangs can be killed") {
  fixture f;
  f.spec.inspect = {f.folder.script("version.sh", "echo $$ > new; mv new pid; "
                                                  "exec sleep 60")};
  f.inspect(f.request());
  REQUIRE(eventually([&] { return f.folder.has("pid"); }));
  f.driver().kill(f.request().id);
  CHECK(f.fate().fate == action_fate::unknown);
  CHECK(f.fate().error == "inspect of web-0: killed");
  CHECK(eventually([&] { return !is_alive(f.pid()); }));
}

TEST_CASE("no step begins while an earlier process's works on the same instance") {
  fixture f;
  f.spec.after_instance = {f.folder.script("hook.sh", "cat version > hooked")};
  f.leave_behind();
  auto hook = f.request();
  hook.step = step_kind::after_instance;
  f.driver().start(hook, f.port);
  auto other = f.request();
  other.id.instance = 1;
  other.step = step_kind::after_instance;
  f.driver().start(other, f.port);
  // The other instance has nothing to wait for.
  REQUIRE(f.port->wait_finished(1).size() == 1);
  CHECK(f.port->wait_finished(1)[0].id.instance == 1);
  CHECK(f.folder.read("hooked") == "1\n");
  f.put("go", "");
  const auto answers = f.port->wait_finished(2);
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].result.outcome == step_outcome::succeeded);
  CHECK(f.folder.read("hooked") == "2\n");
}

TEST_CASE("a step that waits for an earlier process's can be withdrawn or killed") {
  fixture f;
  f.leave_behind();
  f.driver().start(f.request(), f.port);
  f.driver().withdraw(f.request().id);
  REQUIRE(f.port->wait_finished(1).size() == 1);
  CHECK(f.port->wait_finished(1)[0].result.outcome == step_outcome::withdrawn);
  CHECK(is_alive(f.pid()));
  CHECK(f.port->begun_count() == 0);
  f.driver().start(f.request(), f.port);
  f.driver().kill(f.request().id);
  REQUIRE(f.port->wait_finished(2).size() == 2);
  CHECK(f.port->wait_finished(2)[1].result.outcome == step_outcome::failed);
  CHECK(f.port->wait_finished(2)[1].result.error == "reimage of web-0: killed");
  CHECK_FALSE(is_alive(f.pid()));
  CHECK(f.folder.read("begun") == "+\n");
}

TEST_CASE("a command finds itself written down from its first moment") {
  fixture f;
  f.action("cat logs/u1/running/web-0-reimage-1 > seen");
  f.driver().start(f.request(), f.port);
  REQUIRE(f.port->wait_finished(1).size() == 1);
  const auto seen = f.folder.read("seen");
  CHECK(seen.starts_with(boot_id() + "\nweb-0\n" + std::to_string(std::stoi(f.pid()))
                         + " ("));
}

TEST_CASE("what runs is written down as long as it runs, and no longer") {
  fixture f;
  f.driver().start(f.request(), f.port);
  REQUIRE(eventually([&] { return f.folder.has("pid"); }));
  const auto record =
    running_record::read(f.folder.path("logs/u1/running/web-0-reimage-1"));
  REQUIRE(record.has_value());
  CHECK(record->instance == "web-0");
  CHECK(record->process.pid == std::stoi(f.pid()));
  CHECK(record->runs());
  f.put("go", "");
  CHECK(f.port->wait_finished(1).size() == 1);
  CHECK(f.records() == 0);
  f.driver().start(f.request(), f.port);
  f.port->wait_begun(2);
  f.made.reset();
  CHECK_FALSE(f.folder.has("logs/u1/running"));
}

TEST_CASE("a driver that ends leaves an earlier process's commands to a later one") {
  fixture f;
  f.leave_behind();
  f.inspect(f.request());
  f.loop->run([] {});
  f.made.reset();
  CHECK(is_alive(f.pid()));
  CHECK(f.records() == 1);
  f.put("go", "");
  f.inspect(f.request());
  CHECK(f.fate().fate == action_fate::done);
}
