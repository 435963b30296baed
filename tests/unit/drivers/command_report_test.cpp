// SPDX-License-Identifier: Apache-2.0
// Commands of the run as a whole: setup, teardown and inspect.
#include "drydock/drivers/command_driver.hpp"

#include "support.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>

namespace {

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;

struct fixture {
  temporary_folder folder;
  event_loop loop;
  engine::command_spec spec;
  command_context context;
  mailbox<command_report> reports;
  mailbox<std::vector<inspection>> inspections;

  fixture() {
    spec.directory = folder.path();
    spec.log_directory = folder.path("logs");
    context.scale_set = "web";
    context.upgrade_id = "u";
    context.instances = make_fleet(3);
    context.latest_model.set("image.version", "2.0.0");
    context.previous_model.set("image.version", "1.0.0");
  }

  command_report run(bool teardown = false) {
    command_driver driver(loop, spec, context);
    auto done = [this](command_report x) { reports.push(std::move(x)); };
    auto n = reports.size();
    if (teardown)
      driver.teardown(done);
    else
      driver.setup(done);
    auto all = reports.wait(n + 1);
    REQUIRE(all.size() == n + 1);
    return all.back();
  }

  std::vector<inspection> inspect() {
    command_driver driver(loop, spec, context);
    driver.inspect([this](auto x) { inspections.push(std::move(x)); });
    auto all = inspections.wait(1);
    REQUIRE(all.size() == 1);
    return all[0];
  }
};

} // namespace

TEST_CASE("setup and teardown run once, in the fleet's folder, and are logged") {
  fixture f;
  f.spec.setup = {f.folder.script("up.sh", "echo $DRYDOCK_ACTION \"$1\""),
                  "{scale_set.name}"};
  f.spec.teardown = {f.folder.script("down.sh", "echo $DRYDOCK_ACTION; exit 2")};
  auto up = f.run();
  CHECK(up.ok);
  CHECK(up.error.empty());
  CHECK(f.folder.read("logs/u/setup.log") == "setup web\n");
  auto down = f.run(true);
  CHECK_FALSE(down.ok);
  CHECK(down.error == "teardown: exit status 2: teardown");
  CHECK(f.folder.read("logs/u/teardown.log") == "teardown\n");
}

TEST_CASE("without a command setup and teardown succeed") {
  fixture f;
  CHECK(f.run().ok);
  CHECK(f.run(true).ok);
}

TEST_CASE("a setup that does not return in time fails") {
  fixture f;
  f.spec.setup = {"sleep", "60"};
  f.spec.retry.timeout = 200ms;
  CHECK(f.run().error == "setup: timed out after 0.2 s");
}

TEST_CASE("a server that setup leaves behind lives and may go on writing") {
  fixture f;
  f.spec.setup = {f.folder.script(
    "up.sh", "sh -c 'while [ ! -e go ]; do sleep 0.02; done; echo late; touch "
             "wrote' & echo $! > pid")};
  CHECK(f.run().ok);
  CHECK(is_alive(f.folder.read("pid")));
  f.folder.script("go", "");
  CHECK(eventually([&] { return f.folder.has("wrote"); }));
  CHECK(f.folder.read("logs/u/setup.log") == "late\n");
}

TEST_CASE("killing all ends a setup, and one that waits as well") {
  fixture f;
  f.spec.setup = {"sleep", "60"};
  f.spec.max_processes = 1;
  command_driver driver(f.loop, f.spec, f.context);
  driver.setup([&](command_report x) { f.reports.push(std::move(x)); });
  driver.setup([&](command_report x) { f.reports.push(std::move(x)); });
  driver.kill_all();
  auto all = f.reports.wait(2);
  REQUIRE(all.size() == 2);
  CHECK(all[0].error == "setup: cancelled before it began");
  CHECK(all[1].error == "setup: killed");
}

TEST_CASE("inspect compares trimmed output with what is expected") {
  fixture f;
  f.spec.inspect = {f.folder.script("version.sh",
                                    "case $1 in\n"
                                    "web-0) echo noise >&2; echo ' 2.0.0 ';;\n"
                                    "web-1) echo 1.0.0;;\n"
                                    "*) echo 2.0.0; echo down >&2; exit 1;;\n"
                                    "esac"),
                    "{instance.id}"};
  f.spec.inspect_expect = "{model.image.version}";
  auto answers = f.inspect();
  REQUIRE(answers.size() == 3);
  for (engine::instance_index i = 0; i < 3; ++i)
    CHECK(answers[i].instance == i);
  CHECK(answers[0].on_latest_model);
  CHECK(answers[0].error.empty());
  CHECK_FALSE(answers[1].on_latest_model);
  CHECK(answers[1].error.empty());
  CHECK_FALSE(answers[2].on_latest_model);
  CHECK(answers[2].error.starts_with("inspect of web-2: exit status 1: "));
  CHECK(answers[2].error.find("down") != std::string::npos);
  CHECK(f.folder.read("logs/u/web-1-inspect.log") == "1.0.0\n");
}

TEST_CASE("an inspect that hangs says nothing about its instance") {
  fixture f;
  f.spec.inspect = {"sh", "-c", "echo 2.0.0; exec sleep 60"};
  f.spec.inspect_expect = "2.0.0";
  f.spec.retry.timeout = 200ms;
  for (const auto& x : f.inspect()) {
    CHECK_FALSE(x.on_latest_model);
    CHECK(x.error.find("timed out after 0.2 s") != std::string::npos);
  }
}

TEST_CASE("without inspect there is no answer for any instance") {
  fixture f;
  CHECK(f.inspect().empty());
}
