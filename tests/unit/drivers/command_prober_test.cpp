// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/probers.hpp"

#include "support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

namespace {

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::test;
using namespace std::chrono_literals;
using engine::health_state;

struct fixture {
  temporary_folder folder;
  event_loop loop;
  engine::health_source source;
  std::shared_ptr<probe_recorder> port = std::make_shared<probe_recorder>();
  std::unique_ptr<protocol::prober> prober;

  fixture(const std::string& script, std::size_t instances,
          engine::duration timeout = 10s) {
    source.kind = engine::health_kind::command;
    source.timeout = timeout;
    source.argv = {folder.script("check.sh", script), "{instance.id}",
                   "{model.image.version}"};
    engine::value latest;
    latest.set("image.version", "2.0.0");
    prober = make_command_prober(
      loop, source, {"web", "upgrade-1", make_fleet(instances), latest, {}},
      folder.path());
  }

  void ask(std::uint32_t count, std::uint32_t generation = 1) {
    std::vector<protocol::probe_request> requests;
    for (std::uint32_t i = 0; i < count; ++i)
      requests.push_back({i, generation});
    std::vector<protocol::probe_answer> at_once;
    prober->probe(requests, {}, at_once, port);
    CHECK(at_once.empty());
  }
};

} // namespace

TEST_CASE("the exit status is the health") {
  fixture f("case $1 in web-0) exit 0;; web-1) exit 1;; web-2) exit 2;; "
            "web-3) kill -9 $$;; web-4) sleep 60;; esac",
            5, 500ms);
  f.ask(5, 4);
  auto answers = f.port->wait(5);
  REQUIRE(answers.size() == 5);
  const health_state expected[] = {health_state::healthy, health_state::unhealthy,
                                   health_state::unknown, health_state::unknown,
                                   health_state::unknown};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(answers[i].raw == expected[i]);
    CHECK(answers[i].generation == 4);
  }
}

TEST_CASE("a check that cannot run says nothing about health") {
  fixture f("exit 0", 1);
  std::filesystem::remove(f.folder.path("check.sh"));
  f.ask(1);
  auto answers = f.port->wait(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].raw == health_state::unknown);
}

TEST_CASE("checks are told the instance, and their output may carry metrics") {
  fixture f(
    "echo \"$1 $2 $DRYDOCK_SCALE_SET $DRYDOCK_INSTANCE $DRYDOCK_ACTION\" > told\n"
    "echo not for reading >&2\n"
    "cat <<'END'\n"
    R"({"CustomMetrics": "{\"rollingUpgrade\": {\"PhaseOrderingNumber\": 7, )"
    R"(\"SkipUpgrade\": true}}"})"
    "\nEND\nexit 1",
    1);
  f.ask(1);
  auto answers = f.port->wait(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].raw == health_state::unhealthy);
  CHECK(answers[0].metrics.phase == 7);
  CHECK(answers[0].metrics.skip_upgrade);
  CHECK(f.folder.read("told") == "web-0 2.0.0 web web-0 health\n");
}

TEST_CASE("64 checks run at a time") {
  fixture f("echo x >> started; while [ ! -e go ]; do sleep 0.05; done", 100, 60s);
  f.ask(100);
  auto lines = [&] {
    auto text = f.folder.read("started");
    return std::count(text.begin(), text.end(), '\n');
  };
  REQUIRE(eventually([&] { return lines() == 64; }));
  std::this_thread::sleep_for(100ms);
  CHECK(lines() == 64);
  f.folder.script("go", "");
  auto answers = f.port->wait(100);
  REQUIRE(answers.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(answers[i].instance == i);
    CHECK(answers[i].raw == health_state::healthy);
  }
}

TEST_CASE("an instance that was just worked on is checked before those that wait") {
  fixture f("echo $1 >> started; while [ ! -e go ]; do sleep 0.05; done", 100, 60s);
  f.ask(100);
  REQUIRE(eventually([&] {
    auto text = f.folder.read("started");
    return std::count(text.begin(), text.end(), '\n') == 64;
  }));
  // Two that wait, of whom the later one is asked anew.
  std::vector<protocol::probe_request> anew{{99, 2}};
  std::vector<protocol::probe_answer> at_once;
  f.prober->probe(anew, {}, at_once, f.port);
  f.loop.run([] {});
  f.folder.script("go", "");
  REQUIRE(f.port->wait(100).size() == 100);
  auto text = f.folder.read("started");
  CHECK(text.find("web-99\n") < text.find("web-98\n"));
}

TEST_CASE("a newer generation replaces the check under way") {
  fixture f("if [ -e second ]; then exit 0; fi; echo $$ > new; mv new first; "
            "exec sleep 60",
            1, 30s);
  f.ask(1, 1);
  REQUIRE(eventually([&] { return f.folder.has("first"); }));
  f.ask(1, 1); // the same: one check is enough
  f.folder.script("second", "");
  f.ask(1, 2);
  auto answers = f.port->wait(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].generation == 2);
  CHECK(answers[0].raw == health_state::healthy);
  CHECK(eventually([&] { return !is_alive(f.folder.read("first")); }));
  std::this_thread::sleep_for(50ms);
  CHECK(f.port->size() == 1);
}

TEST_CASE("the end of a prober kills its checks and gives no answers") {
  fixture f("echo $$ > new; mv new pid; exec sleep 60", 1, 30s);
  f.ask(1);
  REQUIRE(eventually([&] { return f.folder.has("pid"); }));
  f.prober.reset();
  CHECK(eventually([&] { return !is_alive(f.folder.read("pid")); }));
  f.loop.run([] {});
  CHECK(f.port->size() == 0);
  CHECK(f.port.use_count() == 1);
}
