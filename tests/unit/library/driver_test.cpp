// SPDX-License-Identifier: Apache-2.0
// Drivers that answer late, twice, never, from elsewhere, or not at all.
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <stdexcept>

using namespace drydock;
using namespace drydock::testing;

namespace {

struct outcome {
  upgrade_report report;
  upgrade_status_view status;
};

/// Rolls ten instances with this driver, and checks that the budget of two was kept.
outcome roll(const std::shared_ptr<scripted_driver>& by, engine_options how = {},
             duration timeout = 30s) {
  upgrade_engine engine(std::move(how));
  auto options = make_set(10, by);
  options.retry.timeout = timeout;
  auto set = engine.add(std::move(options));
  REQUIRE(set);
  auto run = set->start_upgrade(to_version(2));
  REQUIRE(run);
  outcome x{run->wait(), run->status()};
  CHECK(x.status.max_unavailable_instances <= 2);
  return x;
}

/// Threads for answers from elsewhere; joined at the end.
struct helpers {
  std::mutex mutex;
  std::vector<std::jthread> threads;

  template <class Task>
  void add(Task&& task) {
    const std::lock_guard guard(mutex);
    threads.emplace_back(std::forward<Task>(task));
  }
};

} // namespace

TEST_CASE("answers within the call complete the upgrade") {
  const auto by = std::make_shared<scripted_driver>(succeed);
  const auto x = roll(by);
  CHECK(x.report.status == engine::upgrade_status::completed);
  CHECK(x.report.progress.successful == 10);
  CHECK(by->upgrades == 10);
  CHECK(x.status.max_unavailable_instances > 0);
}

TEST_CASE("answers come late, and from other threads") {
  helpers elsewhere;
  std::atomic<int> at_work{0};
  std::atomic<int> most{0};
  const auto by = std::make_shared<scripted_driver>(
    [&](const instance&, const action&, completion done) {
      const auto now = ++at_work;
      auto seen = most.load();
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      elsewhere.add([&at_work, done = std::move(done)]() mutable {
        std::this_thread::sleep_for(10ms);
        --at_work;
        done.succeed();
      });
    });
  const auto x = roll(by);
  CHECK(x.report.progress.successful == 10);
  CHECK(most <= 2);
  CHECK(most >= 1);
}

TEST_CASE("of two answers the first counts") {
  SUBCASE("success") {
    const auto x = roll(std::make_shared<scripted_driver>(
      [](const instance&, const action&, completion done) {
        done.succeed();
        done.fail("not any more");
        CHECK_FALSE(done.is_open());
      }));
    CHECK(x.report.progress.successful == 10);
  }
  SUBCASE("failure") {
    const auto x = roll(std::make_shared<scripted_driver>(
      [](const instance& target, const action&, completion done) {
        if (target.index() == 3)
          done.fail("no disk");
        done.succeed();
      }));
    CHECK(x.report.progress.failed == 1);
    REQUIRE(x.report.error.details.size() == 1);
    CHECK(x.report.error.details[0].instance == 3);
    CHECK(x.report.error.details[0].message.find("no disk") != std::string::npos);
  }
}

TEST_CASE("an answer that never comes ends at the timeout, and the driver is told") {
  std::mutex mutex;
  std::vector<completion> kept;
  const auto by = std::make_shared<scripted_driver>(
    [&](const instance& target, const action&, completion done) {
      if (target.index() != 4)
        return done.succeed();
      const std::lock_guard guard(mutex);
      kept.push_back(std::move(done));
    });
  const auto x = roll(by, {}, 100ms);
  CHECK(x.report.progress.failed == 1);
  CHECK(x.report.progress.successful == 9);
  CHECK(by->kills == 1);
  REQUIRE(x.report.error.details.size() == 1);
  CHECK(x.report.error.details[0].code == "ActionTimedOut");
}

TEST_CASE("an answer that comes after its timeout is ignored") {
  helpers elsewhere;
  const auto by = std::make_shared<scripted_driver>(
    [&](const instance& target, const action&, completion done) {
      if (target.index() != 0)
        return done.succeed();
      elsewhere.add([done = std::move(done)]() mutable {
        std::this_thread::sleep_for(150ms);
        done.succeed();
      });
    });
  CHECK(roll(by, {}, 50ms).report.progress.failed == 1);
}

TEST_CASE("a driver that throws fails the action with its text") {
  log_lines log;
  engine_options how;
  how.log = log.handler();
  SUBCASE("a standard exception") {
    const auto x = roll(std::make_shared<scripted_driver>(
                          [](const instance& target, const action&, completion done) {
                            if (target.index() == 7)
                              throw std::runtime_error("out of cheese");
                            done.succeed();
                          }),
                        how);
    CHECK(x.report.progress.failed == 1);
    REQUIRE(x.report.error.details.size() == 1);
    CHECK(x.report.error.details[0].message.find("out of cheese") != std::string::npos);
    CHECK(log.count("out of cheese") == 1);
  }
  SUBCASE("something else, after the answer: the answer counts") {
    const auto x = roll(std::make_shared<scripted_driver>(
                          [](const instance& target, const action&, completion done) {
                            done.succeed();
                            if (target.index() == 7)
                              throw 42;
                          }),
                        how);
    CHECK(x.report.progress.successful == 10);
    CHECK(log.count("the driver threw") == 1);
  }
}

TEST_CASE("a driver that keeps its completion and throws fails at once") {
  std::mutex mutex;
  std::vector<completion> kept;
  const auto x = roll(std::make_shared<scripted_driver>(
    [&](const instance& target, const action&, completion done) {
      if (target.index() != 1)
        return done.succeed();
      {
        const std::lock_guard guard(mutex);
        kept.push_back(std::move(done));
      }
      throw std::runtime_error("queue is full");
    }));
  CHECK(x.report.progress.failed == 1);
  REQUIRE(x.report.error.details.size() == 1);
  CHECK(x.report.error.details[0].message.find("queue is full") != std::string::npos);
}

TEST_CASE("a completion that an exception of the driver's own destroys fails at once") {
  const auto submit = [](completion) { throw std::runtime_error("no room"); };
  const auto x = roll(std::make_shared<scripted_driver>(
    [&](const instance& target, const action&, completion done) {
      if (target.index() != 1)
        return done.succeed();
      try {
        submit(std::move(done));
      } catch (const std::exception&) {
      }
    }));
  CHECK(x.report.progress.failed == 1);
}

TEST_CASE("a completion that is dropped is a failure at once") {
  log_lines log;
  engine_options how;
  how.log = log.handler();
  const auto before = std::chrono::steady_clock::now();
  const auto x = roll(std::make_shared<scripted_driver>(
                        [](const instance& target, const action&, completion done) {
                          if (target.index() == 2)
                            return; // and `done` goes
                          done.succeed();
                        }),
                      how);
  CHECK(log.count("instance 2 without an answer") == 1);
  CHECK(x.report.progress.failed == 1);
  REQUIRE(x.report.error.details.size() == 1);
  CHECK(x.report.error.details[0].message.find("let go") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - before < 20s);
}

TEST_CASE("a completion outlives its engine") {
  std::mutex mutex;
  std::vector<completion> kept;
  std::optional<upgrade> run;
  {
    upgrade_engine engine;
    auto set =
      engine.add(make_set(10, std::make_shared<scripted_driver>(
                                [&](const instance&, const action&, completion d) {
                                  const std::lock_guard guard(mutex);
                                  kept.push_back(std::move(d));
                                })));
    REQUIRE(set);
    run = *set->start_upgrade(to_version(2));
    REQUIRE(eventually([&] {
      const std::lock_guard guard(mutex);
      return kept.size() == 2;
    }));
  }
  kept[0].succeed();
  kept.clear(); // an answer too
  const auto report = run->wait();
  CHECK(report.status == engine::upgrade_status::cancelled);
  CHECK(report.error.code == "EngineDestroyed");
}

TEST_CASE("a transient failure is tried again") {
  std::atomic<int> tries{0};
  const auto by = std::make_shared<scripted_driver>(
    [&](const instance& target, const action& what, completion done) {
      if (target.index() == 5 && what.attempt < 3) {
        ++tries;
        return done.fail_transiently("busy");
      }
      done.succeed();
    });
  upgrade_engine engine;
  auto options = make_set(10, by);
  options.retry.max_attempts = 3;
  options.retry.backoff_initial = 1ms;
  options.retry.backoff_max = 1ms;
  auto set = engine.add(std::move(options));
  CHECK(set->start_upgrade(to_version(2))->wait().progress.successful == 10);
  CHECK(tries == 2);
}

TEST_CASE("hooks stand around the action, and a failing one fails the instance") {
  const auto by = std::make_shared<scripted_driver>(succeed);
  by->can.before_instance = by->can.after_instance = true;
  by->on_before = [](const instance& target, const action&, completion done) {
    if (target.index() == 1)
      throw std::runtime_error("cannot drain");
    done.succeed();
  };
  const auto x = roll(by);
  CHECK(x.report.progress.failed == 1);
  std::map<std::string, std::vector<std::string>> of;
  for (const auto& call : by->calls())
    of[call.substr(call.find(' ') + 1)].push_back(call.substr(0, call.find(' ')));
  CHECK(of["i-0"] == std::vector<std::string>{"before", "upgrade", "after"});
  CHECK(of["i-1"] == std::vector<std::string>{"before"});
}

TEST_CASE("a driver's inspection spares those that need nothing") {
  log_lines log;
  engine_options how;
  how.log = log.handler();
  const auto by = std::make_shared<scripted_driver>(succeed);
  by->can.inspect = true;
  by->on_inspect = [](const instance& target, inspection done) {
    if (target.index() == 0)
      throw std::runtime_error("no route");
    if (target.index() == 1)
      return; // dropped
    if (target.index() == 2)
      return done.fail("unreachable");
    done.runs_latest_model(target.index() >= 5);
  };
  const auto x = roll(by, how);
  CHECK(x.report.progress.successful == 10);
  CHECK(by->upgrades == 5);
  CHECK(log.count("no route") == 1);
  CHECK(log.count("without an answer") >= 1);
  CHECK(log.count("unreachable") == 1);
}

TEST_CASE("what an instance shows to its driver outlives the engine") {
  std::optional<instance> kept;
  {
    upgrade_engine engine;
    auto options =
      make_set(1, std::make_shared<scripted_driver>(
                    [&](const instance& target, const action& what, completion done) {
                      kept = target;
                      CHECK(what.kind == apply_class::in_place);
                      CHECK_FALSE(what.rollback);
                      done.succeed();
                    }));
    options.instances = {};
    options.instances.add({.id = "a",
                           .zone = "2",
                           .address = "10.0.0.7",
                           .port = 8080,
                           .vars = {{"k", "v"}}});
    auto set = engine.add(std::move(options));
    REQUIRE(set);
    CHECK(set->start_upgrade(to_version(2))->wait().progress.successful == 1);
  }
  REQUIRE(kept);
  CHECK(kept->id() == "a");
  CHECK(kept->zone() == "2");
  CHECK(kept->address() == "10.0.0.7");
  CHECK(kept->port() == 8080);
  CHECK(*kept->var("k") == "v");
  CHECK(kept->var("x") == nullptr);
  CHECK(kept->scale_set() == "web");
  CHECK(kept->upgrade_id().size() == 36);
  CHECK(*kept->latest_model().find("settings.app")->as_int() == 2);
  CHECK(*kept->previous_model().find("settings.app")->as_int() == 1);
}
