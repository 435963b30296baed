// SPDX-License-Identifier: Apache-2.0
// What is accepted, and what becomes of a set from one upgrade to the next.
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <random>

using namespace drydock;
using namespace drydock::testing;

TEST_CASE("all that is wrong with a scale set is told at once") {
  upgrade_engine engine;
  scale_set_options set;
  set.instances.add({.id = "a"});
  set.instances.add({.id = "a"});
  set.policy.rolling.max_batch_instance_percent = 0;
  set.prober = healthy_prober();
  set.health.interval = 0s;
  set.model.set("imagge.version", 1);
  const auto refused = engine.add(std::move(set));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error_code::invalid_argument);
  for (const auto* part : {"must have a name", "two instances are called \"a\"",
                           "max_batch_instance_percent", "health.interval", "no driver",
                           "unknown key \"imagge.version\""})
    CHECK_MESSAGE(refused.error().message.find(part) != std::string::npos,
                  refused.error().message);
}

TEST_CASE("a refused change leaves no trace") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(succeed);
  auto set = *engine.add(make_set(5, by));
  change what;
  what.patch.set("orchestration_mode", "uniform");
  const auto refused = set.start_upgrade(what);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error_code::change_refused);
  CHECK(refused.error().reason == "PropertyChangeNotAllowed");
  change larger; // the library's sets do not scale
  larger.patch.set("capacity", 9);
  const auto scaled = set.start_upgrade(larger);
  REQUIRE_FALSE(scaled);
  CHECK(scaled.error().reason == "OperationNotAllowed");
  CHECK(scaled.error().message.find("capacity cannot change") != std::string::npos);
  change wrong;
  wrong.patch.set("settingz.app", 2);
  wrong.instances = {9};
  wrong.policy = upgrade_policy{};
  wrong.policy->rolling.max_unhealthy_instance_percent = 101;
  const auto unknown = set.start_upgrade(wrong);
  REQUIRE_FALSE(unknown);
  for (const auto* part : {"settingz.app", "no instance 9", "max_unhealthy_instance"})
    CHECK(unknown.error().message.find(part) != std::string::npos);
  CHECK(by->upgrades == 0);
  CHECK(*set.model().find("settings.app")->as_int() == 1);
  CHECK(set.policy().mode == upgrade_mode::rolling);
  CHECK_FALSE(set.running());
}

TEST_CASE("one upgrade of a set at a time") {
  upgrade_engine engine;
  std::mutex mutex;
  std::vector<completion> kept;
  auto set =
    *engine.add(make_set(5, std::make_shared<scripted_driver>(
                              [&](const instance&, const action&, completion d) {
                                const std::lock_guard guard(mutex);
                                kept.push_back(std::move(d));
                              })));
  auto run = *set.start_upgrade(to_version(2));
  const auto second = set.start_upgrade(to_version(3));
  REQUIRE_FALSE(second);
  CHECK(second.error().code == error_code::upgrade_in_progress);
  CHECK(second.error().reason == "OperationNotAllowed");
  CHECK(engine.remove("web").error().code == error_code::upgrade_in_progress);
  CHECK(set.running()->id() == run.id());
  CHECK(*set.model().find("settings.app")->as_int() == 2);
  CHECK_FALSE(run.wait_for(1ms));
  run.cancel("the test", true);
  const auto report = run.wait();
  CHECK(report.status == engine::upgrade_status::cancelled);
  CHECK_FALSE(set.running());
  CHECK(engine.remove("web"));
}

TEST_CASE("what an upgrade left behind the next one takes up") {
  upgrade_engine engine;
  std::atomic<bool> bad{true};
  const auto by = std::make_shared<scripted_driver>(
    [&](const instance& target, const action&, completion done) {
      if (bad && target.index() >= 2)
        return done.fail("bad image");
      done.succeed();
    });
  auto set = *engine.add(make_set(10, by));
  CHECK(set.lagging().size() == 10);
  auto report = set.start_upgrade(to_version(2))->wait();
  CHECK(report.status == engine::upgrade_status::faulted);
  CHECK(set.lagging().size() == 8);
  bad = false;
  const auto before = by->upgrades.load();
  report = set.start_upgrade({})->wait();
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(report.progress.successful == 10);
  CHECK(by->upgrades - before == 8);
  CHECK(set.lagging().empty());
  // Nothing is left to do.
  report = set.start_upgrade({})->wait();
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(by->upgrades - before == 8);
}

TEST_CASE("what an earlier engine left behind") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(succeed);
  auto options = make_set(0, by);
  for (int i = 0; i < 10; ++i)
    options.instances.add({.id = std::to_string(i), .latest_model_applied = i < 6});
  options.lagging_action = apply_class::restart;
  auto set = *engine.add(std::move(options));
  CHECK(set.lagging().size() == 4);
  CHECK(set.plan({})->action == apply_class::restart);
  CHECK(set.start_upgrade({})->wait().progress.successful == 10);
  CHECK(by->upgrades == 4);
  CHECK(set.lagging().empty());
}

TEST_CASE("a breach rolls back what failed, to the model before") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(
    [&](const instance& target, const action& what, completion done) {
      if (what.rollback) {
        CHECK(*target.previous_model().find("settings.app")->as_int() == 1);
        return done.succeed();
      }
      done.fail("bad image");
    });
  auto options = make_set(10, by);
  options.policy.rolling.rollback_failed_instances_on_policy_breach = true;
  auto set = *engine.add(std::move(options));
  const auto report = set.start_upgrade(to_version(2))->wait();
  CHECK(report.status == engine::upgrade_status::faulted);
  CHECK(report.rolled_back);
  CHECK(report.rollbacks_succeeded == 2);
  CHECK(set.lagging().size() == 10);
}

TEST_CASE("a change that touches no instance") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(succeed);
  auto set = *engine.add(make_set(10, by));
  change tags;
  tags.patch.set("tags.owner", "me");
  const auto report = set.start_upgrade(tags)->wait();
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(by->upgrades == 0);
  CHECK(*set.model().find("tags.owner")->as_string() == "me");
}

TEST_CASE("manual mode takes the named ones") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(succeed);
  auto options = make_set(10, by);
  options.policy.mode = upgrade_mode::manual;
  auto set = *engine.add(std::move(options));
  auto what = to_version(2);
  what.instances = {7, 3};
  what.up_to_date = {0};
  CHECK(set.start_upgrade(what)->wait().status == engine::upgrade_status::completed);
  CHECK(by->upgrades == 2);
  CHECK(set.lagging() == std::vector<instance_index>{1, 2, 4, 5, 6, 8, 9});
  change rest;
  rest.all_instances = true;
  CHECK(set.start_upgrade(rest)->wait().status == engine::upgrade_status::completed);
  CHECK(set.lagging().empty());
}

TEST_CASE("deleted instances are in no count") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(succeed);
  auto set = *engine.add(make_set(10, by));
  CHECK(set.delete_instance(11).error().code == error_code::invalid_argument);
  CHECK(set.delete_instance(4));
  CHECK(set.delete_instance(4));
  auto run = *set.start_upgrade(to_version(2));
  const auto report = run.wait();
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(report.progress.successful == 9);
  CHECK(by->upgrades == 9);
  CHECK(run.status().max_unavailable_instances <= 1); // 20 % of nine
  CHECK(set.lagging().empty());
  // And hold up nothing afterwards.
  CHECK(set.plan({})->action == apply_class::none);
  change tags;
  tags.patch.set("tags.owner", "me");
  CHECK(set.plan(tags)->action == apply_class::none);
}

TEST_CASE("an instance that is deleted while it is worked on") {
  for (const auto clock : {clock_kind::real, clock_kind::virtual_time}) {
    engine_options how;
    how.clock = clock;
    upgrade_engine engine(std::move(how));
    std::mutex mutex;
    std::vector<completion> kept;
    auto options = make_set(10, std::make_shared<scripted_driver>(
                                  [&](const instance& i, const action&, completion d) {
                                    if (i.index() != 0)
                                      return d.succeed();
                                    const std::lock_guard guard(mutex);
                                    kept.push_back(std::move(d));
                                  }));
    options.retry.timeout = 0s;
    options.policy.rolling.progress_deadline = std::chrono::hours(24 * 365);
    auto set = *engine.add(std::move(options));
    auto run = *set.start_upgrade(to_version(2));
    REQUIRE(eventually([&] {
      const std::lock_guard guard(mutex);
      return kept.size() == 1;
    }));
    CHECK(set.delete_instance(0));
    CHECK(run.wait().progress.successful == 9);
  }
}

TEST_CASE("a plan is what then runs") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(succeed);
  auto set = *engine.add(make_set(10, by));
  const auto plan = set.plan(to_version(2));
  REQUIRE(plan);
  CHECK(plan->action == apply_class::in_place);
  CHECK(by->upgrades == 0);
  CHECK(*set.model().find("settings.app")->as_int() == 1);
  const auto report = set.start_upgrade(to_version(2))->wait();
  REQUIRE(report.batches.size() == plan->batches.size());
  for (std::size_t i = 0; i < report.batches.size(); ++i)
    CHECK(report.batches[i].instances == plan->batches[i].instances);
}

TEST_CASE("a rehearsal touches nothing") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(succeed);
  auto set = *engine.add(make_set(10, by));
  CHECK(rehearse(set, to_version(2)).error().code == error_code::invalid_argument);
  rehearsal_options how;
  how.runs = 50;
  how.world.emplace();
  how.world->durations[static_cast<int>(apply_class::in_place)].first = 60s;
  how.world->action_failure = 0.1;
  const auto odds = rehearse(set, to_version(2), how);
  REQUIRE(odds);
  CHECK(odds->runs == 50);
  CHECK(odds->faulted().count > 0);
  CHECK(by->upgrades == 0);
  CHECK(rehearse(set, to_version(2), how)->faulted().count == odds->faulted().count);
}

TEST_CASE("ready-made drivers: a fleet in memory") {
  engine_options how;
  how.clock = clock_kind::virtual_time;
  upgrade_engine engine(std::move(how));
  auto options = make_set(20, nullptr);
  options.prober = nullptr;
  options.health.kind = health_kind::rich_extension;
  simulated_spec world;
  world.durations[static_cast<int>(apply_class::in_place)].first = 60s;
  world.boot.first = 30s;
  options.driver = world;
  auto set = engine.add(std::move(options));
  REQUIRE(set);
  const auto report = set->start_upgrade(to_version(2))->wait();
  CHECK(report.progress.successful == 20);
  CHECK(report.end - report.start >= 5 * 90s);
  CHECK(rehearse(*set, to_version(3), {.runs = 10})->runs == 10);
}

TEST_CASE("ready-made drivers: commands, with inspection and command health") {
  namespace fs = std::filesystem;
  const auto folder = fs::temp_directory_path()
                      / ("drydock-library-" + std::to_string(std::random_device{}()));
  fs::create_directories(folder);
  // Once the engine is gone: its driver tidies up in there to its end.
  const std::shared_ptr<void> removal(nullptr,
                                      [folder](void*) { fs::remove_all(folder); });
  upgrade_engine engine;
  auto options = make_set(6, nullptr);
  options.prober = nullptr;
  options.health.kind = health_kind::command;
  options.health.argv = {"/bin/true"};
  command_spec commands;
  commands.directory = folder;
  commands.log_directory = folder / "logs";
  commands.actions[static_cast<int>(apply_class::in_place)] = {
    "/bin/sh", "-c", "echo {model.settings.app} > {instance.id}"};
  commands.inspect = {"/bin/sh", "-c", "cat {instance.id} 2>/dev/null || echo none"};
  commands.inspect_expect = "{model.settings.app}";
  options.driver = commands;
  auto set = engine.add(std::move(options));
  REQUIRE(set);
  std::ofstream(folder / "i-0") << '2'; // this one has it already
  auto report = set->start_upgrade(to_version(2))->wait();
  CHECK(report.progress.successful == 6);
  CHECK(fs::file_size(folder / "i-5") == 2);
  CHECK(fs::file_size(folder / "i-0") == 1);
  CHECK(set->lagging().empty());
  commands.setup = {"/bin/true"};
  auto again = make_set(1, nullptr, "other");
  again.driver = commands;
  CHECK(engine.add(std::move(again)).error().message.find("setup")
        != std::string::npos);
}
