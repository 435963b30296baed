// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/command_driver.hpp"

#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <thread>

namespace {

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;
using engine::apply_class;
using protocol::step_kind;
using protocol::step_outcome;

/// A driver over a few instances in a temporary folder; `spec` may be changed
/// before the first use of `driver`.
struct fixture {
  temporary_folder folder;
  event_loop loop;
  engine::command_spec spec;
  command_context context;
  std::shared_ptr<step_recorder> port = std::make_shared<step_recorder>();
  std::unique_ptr<command_driver> made;

  explicit fixture(std::size_t instances = 3) {
    spec.directory = folder.path();
    spec.log_directory = folder.path("fleet.toml.logs");
    context.scale_set = "web";
    context.upgrade_id = "u/1";
    context.instances = make_fleet(instances);
    context.latest_model.set("image.version", "2.0.0");
    context.previous_model.set("image.version", "1.0.0");
  }

  command_driver& driver() {
    if (made == nullptr)
      made = std::make_unique<command_driver>(loop, spec, context);
    return *made;
  }

  void action(const std::string& script) {
    spec.actions[static_cast<std::size_t>(apply_class::reimage)] = {
      folder.script("act.sh", script), "{instance.id}", "{model.image.version}",
      "{previous.image.version}"};
  }

  protocol::step_request request(engine::instance_index i,
                                 step_kind step = step_kind::action) {
    protocol::step_request result;
    result.id = {i, 7, 1};
    result.step = step;
    result.action = apply_class::reimage;
    return result;
  }

  protocol::step_result run(const protocol::step_request& what) {
    auto n = port->finished_count();
    CHECK_FALSE(driver().start(what, port));
    auto answers = port->wait_finished(n + 1);
    REQUIRE(answers.size() == n + 1);
    CHECK(answers.back().id == what.id);
    return answers.back().result;
  }
};

} // namespace

TEST_CASE("a step begins, and its exit status decides its outcome") {
  fixture f;
  f.action("exit \"$(cat status)\"");
  struct row {
    const char* status;
    step_outcome outcome;
    const char* error;
  };
  for (auto [status, outcome, error] : {
         row{"0", step_outcome::succeeded, ""},
         row{"75", step_outcome::transient, "reimage of web-1: exit status 75"},
         row{"1", step_outcome::failed, "reimage of web-1: exit status 1"},
         row{"69", step_outcome::failed, "reimage of web-1: exit status 69"},
         row{"255", step_outcome::failed, "reimage of web-1: exit status 255"},
       }) {
    std::ofstream(f.folder.path("status")) << status;
    auto result = f.run(f.request(1));
    CHECK(result.outcome == outcome);
    CHECK(result.error == error);
  }
  auto begun = f.port->wait_begun(5);
  CHECK(begun.size() == 5);
  CHECK(begun[0] == protocol::ticket{1, 7, 1});
}

TEST_CASE("templates and the environment describe the step") {
  fixture f;
  f.action(
    "echo \"$@\"; env | grep -E "
    "'^DRYDOCK_(ACTION|ATTEMPT|INSTANCE|KEY|SCALE_SET|UPGRADE)=' | sort; exit 1");
  auto request = f.request(2);
  request.attempt = 3;
  CHECK(f.run(request).error
        == "reimage of web-2: exit status 1: web-2 2.0.0 1.0.0\n"
           "DRYDOCK_ACTION=reimage\nDRYDOCK_ATTEMPT=3\nDRYDOCK_INSTANCE=web-2\n"
           "DRYDOCK_KEY=u/1/web-2/reimage\n"
           "DRYDOCK_SCALE_SET=web\nDRYDOCK_UPGRADE=u/1");
}

TEST_CASE("every attempt at a step has the same key, and rollbacks have their own") {
  fixture f;
  f.action("echo $DRYDOCK_KEY $4 >> keys");
  f.spec.actions[static_cast<std::size_t>(apply_class::reimage)].emplace_back("{key}");
  f.spec.before_instance = {f.folder.script("hook.sh", "echo $DRYDOCK_KEY $1 >> keys"),
                            "{key}"};
  auto request = f.request(2);
  f.run(request);
  request.attempt = 2;
  f.run(request);
  f.made.reset(); // as after a resume
  request.id.request = 9;
  f.run(request);
  request.work = protocol::work_kind::rollback;
  f.run(request);
  f.run(f.request(0, step_kind::before_instance));
  const std::string key = "u/1/web-2/reimage";
  const auto twice = [](const std::string& x) { return x + " " + x + "\n"; };
  CHECK(f.folder.read("keys")
        == twice(key) + twice(key) + twice(key) + twice(key + "/rollback")
             + twice("u/1/web-0/before_instance"));
}

TEST_CASE("a rollback swaps the models") {
  fixture f;
  f.action("echo \"$@\"; exit 1");
  auto request = f.request(0);
  request.work = protocol::work_kind::rollback;
  CHECK(f.run(request).error == "reimage of web-0: exit status 1: web-0 1.0.0 2.0.0");
}

TEST_CASE("hooks run as what they are, and missing ones are known") {
  fixture f;
  f.action("exit 0");
  f.spec.before_instance = {f.folder.script("hook.sh", "echo $DRYDOCK_ACTION; exit 1")};
  CHECK(f.driver().has_hook(step_kind::before_instance));
  CHECK_FALSE(f.driver().has_hook(step_kind::after_instance));
  CHECK(f.driver().timeout() == 10min);
  CHECK(f.run(f.request(0, step_kind::before_instance)).error
        == "before_instance of web-0: exit status 1: before_instance");
  CHECK(f.run(f.request(0, step_kind::after_instance)).outcome
        == step_outcome::succeeded);
}

TEST_CASE("a signal or a missing program fails a step for good") {
  fixture f;
  f.action("kill -9 $$");
  auto result = f.run(f.request(0));
  CHECK(result.outcome == step_outcome::failed);
  CHECK(result.error == "reimage of web-0: killed by signal 9");
  std::filesystem::remove(f.folder.path("act.sh"));
  result = f.run(f.request(0));
  CHECK(result.outcome == step_outcome::failed);
  CHECK(result.error
        == "reimage of web-0: cannot run './act.sh' in '" + f.folder.path()
             + "': no such file or directory");
}

TEST_CASE("a timeout is an outcome of its own") {
  fixture f;
  f.action("echo slow; exec sleep 60");
  f.spec.retry.timeout = 300ms;
  auto result = f.run(f.request(0));
  CHECK(result.outcome == step_outcome::timed_out);
  CHECK(result.error == "reimage of web-0: timed out after 0.3 s: slow");
}

TEST_CASE("every attempt has a log with all of its output") {
  fixture f;
  f.action("echo hello; echo trouble >&2");
  f.run(f.request(0));
  auto second = f.request(0);
  second.attempt = 2;
  f.run(second);
  second.work = protocol::work_kind::rollback;
  f.run(second);
  for (const char* name :
       {"web-0-reimage-1", "web-0-reimage-2", "web-0-rollback-reimage-2"})
    CHECK(f.folder.read("fleet.toml.logs/u%2F1/" + std::string(name) + ".log")
          == "hello\ntrouble\n");
}

TEST_CASE("silent steps leave no log, and logs that cannot be written stop nobody") {
  fixture f;
  f.action("exit 0");
  f.run(f.request(0));
  CHECK_FALSE(f.folder.has("fleet.toml.logs/u%2F1/web-0-reimage-1.log"));
  fixture g;
  g.action("echo text; exit 1");
  g.spec.log_directory = "/dev/null/logs";
  CHECK(g.run(g.request(0)).error == "reimage of web-0: exit status 1: text");
}

TEST_CASE("no more processes run at once than allowed, first come, first served") {
  fixture f(12);
  // Each counts itself in and out; the highest number seen is kept.
  f.action("echo + >> live; grep -c . live >> seen; sleep 0.1; "
           "sed -i 1d live; exit 0");
  f.spec.max_processes = 1;
  for (engine::instance_index i = 0; i < 3; ++i)
    f.driver().start(f.request(i), f.port);
  f.port->wait_finished(3);
  CHECK(f.folder.read("seen") == "1\n1\n1\n");
  auto begun = f.port->wait_begun(3);
  for (engine::instance_index i = 0; i < 3; ++i)
    CHECK(begun[i].instance == i);

  fixture g(12);
  g.action("echo $1 >> started; while [ ! -e go ]; do sleep 0.02; done");
  g.spec.max_processes = 4;
  for (engine::instance_index i = 0; i < 12; ++i)
    g.driver().start(g.request(i), g.port);
  auto lines = [&] {
    auto text = g.folder.read("started");
    return std::count(text.begin(), text.end(), '\n');
  };
  REQUIRE(eventually([&] { return lines() == 4; }));
  std::this_thread::sleep_for(100ms);
  CHECK(lines() == 4);
  CHECK(g.port->begun_count() == 4);
  g.folder.script("go", "");
  CHECK(g.port->wait_finished(12).size() == 12);
  CHECK(lines() == 12);
}

TEST_CASE("a waiting step can be withdrawn, a running one cannot") {
  fixture f;
  f.action("while [ ! -e go ]; do sleep 0.02; done");
  f.spec.max_processes = 1;
  f.driver().start(f.request(0), f.port);
  f.driver().start(f.request(1), f.port);
  f.driver().start(f.request(2), f.port);
  f.port->wait_begun(1);
  f.driver().withdraw(f.request(0).id);
  f.driver().withdraw(f.request(1).id);
  auto answers = f.port->wait_finished(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].id.instance == 1);
  CHECK(answers[0].result.outcome == step_outcome::withdrawn);
  f.folder.script("go", "");
  answers = f.port->wait_finished(3);
  REQUIRE(answers.size() == 3);
  CHECK(answers[1].id.instance == 0);
  CHECK(answers[1].result.outcome == step_outcome::succeeded);
  CHECK(answers[2].id.instance == 2);
  CHECK(f.port->begun_count() == 2);
}

TEST_CASE("a killed step fails at once, its children too") {
  fixture f;
  f.action("sleep 60 & echo $! > new; mv new pid; wait");
  f.driver().start(f.request(0), f.port);
  REQUIRE(eventually([&] { return f.folder.has("pid"); }));
  f.driver().kill(f.request(0).id);
  auto answers = f.port->wait_finished(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].result.outcome == step_outcome::failed);
  CHECK(answers[0].result.error == "reimage of web-0: killed");
  CHECK(eventually([&] { return !is_alive(f.folder.read("pid")); }));
}

TEST_CASE("killing all answers running steps as failed and waiting ones as withdrawn") {
  fixture f;
  f.action("exec sleep 60");
  f.spec.max_processes = 2;
  for (engine::instance_index i = 0; i < 3; ++i)
    f.driver().start(f.request(i), f.port);
  f.port->wait_begun(2);
  f.driver().kill_all();
  std::map<engine::instance_index, step_outcome> outcomes;
  for (const auto& x : f.port->wait_finished(3))
    outcomes[x.id.instance] = x.result.outcome;
  CHECK(
    outcomes
    == std::map<engine::instance_index, step_outcome>{{0, step_outcome::failed},
                                                      {1, step_outcome::failed},
                                                      {2, step_outcome::withdrawn}});
}

TEST_CASE("the end of a driver kills its processes and answers nobody") {
  fixture f;
  f.action("sleep 60 & echo $! > new; mv new pid; wait");
  f.spec.max_processes = 1;
  f.driver().start(f.request(0), f.port);
  f.driver().start(f.request(1), f.port);
  REQUIRE(eventually([&] { return f.folder.has("pid"); }));
  f.made.reset();
  CHECK(eventually([&] { return !is_alive(f.folder.read("pid")); }));
  CHECK(f.port->finished_count() == 0);
  // Nothing holds on to the port any more.
  f.loop.run([] {});
  CHECK(f.port.use_count() == 1);
}
