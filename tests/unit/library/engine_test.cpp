// SPDX-License-Identifier: Apache-2.0
// Engines: what they hold, how they end, many of them.
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <set>

using namespace drydock;
using namespace drydock::testing;

TEST_CASE("the version is that of the headers") {
  CHECK(version() == DRYDOCK_VERSION);
  CHECK(std::string(version_text())
        == std::to_string(DRYDOCK_VERSION_MAJOR) + "."
             + std::to_string(DRYDOCK_VERSION_MINOR) + "."
             + std::to_string(DRYDOCK_VERSION_PATCH));
}

TEST_CASE("scale sets are added, found and removed by name") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(succeed);
  REQUIRE(engine.add(make_set(3, by, "a")));
  REQUIRE(engine.add(make_set(4, by, "b")));
  const auto twice = engine.add(make_set(1, by, "a"));
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == error_code::already_exists);
  CHECK(engine.find("b")->size() == 4);
  CHECK(engine.find("c").error().code == error_code::not_found);
  REQUIRE(engine.scale_sets().size() == 2);
  CHECK(engine.scale_sets()[0].name() == "a");
  auto a = *engine.find("a");
  CHECK(engine.remove("a"));
  CHECK(engine.remove("a").error().code == error_code::not_found);
  CHECK(a.start_upgrade(to_version(2)).error().code == error_code::not_found);
  CHECK(a.delete_instance(0).error().code == error_code::not_found);
  CHECK(a.plan(to_version(2)).error().code == error_code::not_found);
  CHECK(engine.scale_sets().size() == 1);
}

TEST_CASE("a driver whose features throw is not taken on") {
  struct broken : scripted_driver {
    broken() : scripted_driver(succeed) {}
    [[nodiscard]] driver_features features() const override {
      throw std::runtime_error("no idea");
    }
  };
  upgrade_engine engine;
  const auto set = engine.add(make_set(3, std::make_shared<broken>()));
  REQUIRE_FALSE(set);
  CHECK(set.error().code == error_code::invalid_argument);
  CHECK(set.error().message.find("no idea") != std::string::npos);
  CHECK(engine.scale_sets().empty());
}

TEST_CASE("handles outlive their engine") {
  std::optional<scale_set> set;
  std::optional<upgrade> run;
  {
    upgrade_engine engine;
    set = *engine.add(make_set(5, std::make_shared<scripted_driver>(succeed)));
    run = *set->start_upgrade(to_version(2));
    CHECK(run->wait().progress.successful == 5);
  }
  CHECK(run->wait().progress.successful == 5);
  CHECK(run->status().status == engine::upgrade_status::completed);
  run->cancel("nobody");
  CHECK(set->name() == "web");
  CHECK(set->start_upgrade(to_version(3)).error().code == error_code::engine_stopped);
  bool told = false;
  run->on_finish([&](const upgrade_report&) { told = true; });
  CHECK(told);
}

TEST_CASE("three scale sets at once share the threads of an engine") {
  engine_options how;
  how.threads = 2;
  upgrade_engine engine(std::move(how));
  std::vector<upgrade> runs;
  for (const auto* name : {"a", "b", "c"}) {
    auto set =
      engine.add(make_set(50, std::make_shared<scripted_driver>(succeed), name));
    REQUIRE(set);
    runs.push_back(*set->start_upgrade(to_version(2)));
  }
  std::set<std::string> ids;
  for (const auto& run : runs) {
    CHECK(run.wait().progress.successful == 50);
    ids.insert(run.id());
  }
  CHECK(ids.size() == 3);
}

TEST_CASE("a virtual clock takes no time, and the same seed gives the same upgrade") {
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    engine_options how;
    how.clock = clock_kind::virtual_time;
    how.seed = 7;
    upgrade_engine engine(std::move(how));
    auto options = make_set(10, std::make_shared<scripted_driver>(
                                  [](const instance&, const action&, completion done) {
                                    done.succeed(10min);
                                  }));
    options.retry.timeout = 1h;
    options.policy.rolling.pause_time_between_batches = 1h;
    auto set = engine.add(std::move(options));
    auto run = *set->start_upgrade(to_version(2));
    const auto report = run.wait();
    CHECK(report.progress.successful == 10);
    CHECK(report.end - report.start >= 4h + 50min);
    ids.push_back(run.id());
  }
  CHECK(ids[0] == ids[1]);
}

TEST_CASE("a virtual clock waits for nothing outside of it") {
  engine_options how;
  how.clock = clock_kind::virtual_time;
  upgrade_engine engine(std::move(how));
  auto commands = make_set(3, nullptr, "commands");
  commands.driver = command_spec{};
  CHECK(engine.add(std::move(commands)).error().code == error_code::invalid_argument);
  auto network = make_set(3, std::make_shared<scripted_driver>(succeed), "network");
  network.prober = nullptr;
  network.health.kind = health_kind::binary_extension;
  CHECK(engine.add(std::move(network)).error().message.find("prober")
        != std::string::npos);
  // Late answers do not count; and with no timer at all a cancel still ends it.
  std::mutex mutex;
  std::vector<completion> kept;
  auto late = make_set(3, std::make_shared<scripted_driver>(
                            [&](const instance&, const action&, completion done) {
                              const std::lock_guard guard(mutex);
                              kept.push_back(std::move(done));
                            }));
  late.prober = nullptr;
  late.policy.mode = upgrade_mode::automatic;
  late.retry.timeout = 0s;
  auto run = *engine.add(std::move(late))->start_upgrade(to_version(2));
  REQUIRE(eventually([&] {
    const std::lock_guard guard(mutex);
    return kept.size() == 3;
  }));
  {
    const std::lock_guard guard(mutex);
    kept.clear();
  }
  CHECK_FALSE(run.wait_for(20ms));
  run.cancel("the test", true);
  CHECK(run.wait().status == engine::upgrade_status::cancelled);
}

TEST_CASE("an engine that ends ends its upgrades") {
  for (const auto clock : {clock_kind::real, clock_kind::virtual_time}) {
    std::mutex mutex;
    std::vector<completion> kept;
    std::optional<upgrade> run;
    std::atomic<bool> told{false};
    {
      engine_options how;
      how.clock = clock;
      upgrade_engine engine(std::move(how));
      auto options =
        make_set(10, std::make_shared<scripted_driver>(
                       [&](const instance&, const action&, completion done) {
                         const std::lock_guard guard(mutex);
                         kept.push_back(std::move(done));
                       }));
      options.retry.timeout = 0s;
      auto set = engine.add(std::move(options));
      run = *set->start_upgrade(to_version(2));
      run->on_finish([&](const upgrade_report&) { told = true; });
      REQUIRE(eventually([&] {
        const std::lock_guard guard(mutex);
        return kept.size() == 2;
      }));
    }
    CHECK(told);
    const auto report = run->wait_for(0s);
    REQUIRE(report);
    CHECK(report->status == engine::upgrade_status::cancelled);
    CHECK(report->error.code == "EngineDestroyed");
  }
}

TEST_CASE("an engine that ends while it inspects") {
  std::mutex mutex;
  std::vector<inspection> kept;
  std::optional<upgrade> run;
  const auto by = std::make_shared<scripted_driver>(succeed);
  by->can.inspect = true;
  by->on_inspect = [&](const instance&, inspection done) {
    const std::lock_guard guard(mutex);
    kept.push_back(std::move(done));
  };
  {
    upgrade_engine engine;
    run = *engine.add(make_set(10, by))->start_upgrade(to_version(2));
    REQUIRE(eventually([&] {
      const std::lock_guard guard(mutex);
      return kept.size() == 10;
    }));
  }
  CHECK(run->wait().error.code == "EngineDestroyed");
  CHECK(by->upgrades == 0);
}

TEST_CASE("an engine ends although a thread that began an upgrade goes on") {
  std::optional<upgrade_engine> engine(std::in_place);
  auto set = *engine->add(make_set(5, std::make_shared<scripted_driver>(succeed)));
  std::atomic<bool> begun{false};
  std::atomic<bool> leave{false};
  std::atomic<bool> ended{false};
  std::jthread beginner([&] {
    CHECK(set.start_upgrade(to_version(2))->wait().progress.successful == 5);
    begun = true;
    while (!leave)
      std::this_thread::sleep_for(1ms);
  });
  CHECK(eventually([&] { return begun.load(); }));
  std::jthread other([&] {
    engine.reset();
    ended = true;
  });
  CHECK(eventually([&] { return ended.load(); }));
  leave = true;
}

TEST_CASE("driver and prober are gone when their set has been removed") {
  for (const auto clock : {clock_kind::real, clock_kind::virtual_time}) {
    engine_options how;
    how.clock = clock;
    upgrade_engine engine(std::move(how));
    std::size_t late = 0;
    for (int i = 0; i < 200; ++i) {
      auto by = std::make_shared<scripted_driver>(succeed);
      by->can.inspect = i % 2 == 1;
      by->on_inspect = [](const instance&, inspection done) {
        done.runs_latest_model(false);
      };
      const std::weak_ptr<driver> acts = by;
      auto options = make_set(10, std::move(by));
      const std::weak_ptr<prober> looks = options.prober;
      auto set = *engine.add(std::move(options));
      CHECK(set.start_upgrade(to_version(2))->wait().progress.successful == 10);
      CHECK(engine.remove("web"));
      late += acts.expired() && looks.expired() ? 0 : 1;
    }
    CHECK(late == 0);
  }
}

TEST_CASE("moved engines") {
  upgrade_engine first;
  auto run = *first.add(make_set(5, std::make_shared<scripted_driver>(succeed)))
                ->start_upgrade(to_version(2));
  upgrade_engine second(std::move(first));
  CHECK(run.wait().progress.successful == 5);
  second = upgrade_engine{};
  CHECK(second.scale_sets().empty());
}

// A thousand engines; every third is destroyed in the middle of an upgrade, with
// answers under way.
TEST_CASE("engines come and go") {
  std::vector<std::jthread> answers;
  std::size_t completed = 0;
  for (int i = 0; i < 1000; ++i) {
    engine_options how;
    how.threads = 1;
    upgrade_engine engine(std::move(how));
    if (i % 2 == 0)
      continue; // never used
    std::mutex mutex;
    std::vector<completion> kept;
    const auto in_the_middle = i % 3 == 0;
    auto set = engine.add(make_set(
      4, std::make_shared<scripted_driver>(
           [&, in_the_middle](const instance&, const action&, completion done) {
             if (!in_the_middle)
               return done.succeed();
             const std::lock_guard guard(mutex);
             kept.push_back(std::move(done));
           })));
    auto run = *set->start_upgrade(to_version(2));
    if (!in_the_middle) {
      completed += run.wait().progress.successful == 4 ? 1 : 0;
      continue;
    }
    REQUIRE(eventually([&] {
      const std::lock_guard guard(mutex);
      return !kept.empty();
    }));
    std::jthread answer([late = std::move(kept)]() mutable {
      for (auto& done : late)
        done.succeed();
    });
    answers.push_back(std::move(answer));
    if (answers.size() > 50)
      answers.clear();
    // `mutex` and `kept` go before the engine would otherwise: end it first.
    auto ended = std::move(engine);
  }
  CHECK(completed == 333);
}
