// SPDX-License-Identifier: Apache-2.0
// What became of actions that were under way when their engine ended.
#include "kept.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace drydock;
using namespace drydock::testing;
using engine::upgrade_status;

namespace {

/// An upgrade that was cut short with two in hand, whose driver says this of them.
struct resumed {
  explicit resumed(
    std::function<void(const instance&, const action&, action_inspection)> says,
    bool acted = true) {
    const auto store = store_options::in_memory();
    leave_unfinished(store, world, 4, acted);
    by = std::make_shared<world_driver>(world);
    by->on_inspect_action = std::move(says);
    auto options = make_kept_set(by);
    options.retry.max_attempts = 3;
    options.retry.backoff_initial = 1ms;
    next.emplace(store, std::move(options));
    run = *next->set().resume_upgrade();
  }

  /// How often the two that were in hand were acted on by the second driver.
  int again() {
    report = run->wait();
    CHECK(report.status == upgrade_status::completed);
    CHECK(report.progress.successful == 10);
    CHECK(world.count(2) == 10);
    return by->upgrades - 4;
  }
  [[nodiscard]] int asked() const {
    int count = 0;
    for (const auto& call : by->calls())
      count += call.starts_with("inspect action") ? 1 : 0;
    return count;
  }

  machine_world world;
  std::shared_ptr<world_driver> by;
  std::optional<kept_engine> next;
  std::optional<upgrade> run;
  upgrade_report report;
};

} // namespace

TEST_CASE("done is not done again") {
  resumed x([](const instance&, const action&, action_inspection done) {
    done.answer(action_fate::done);
  });
  CHECK(x.again() == 0);
  CHECK(x.asked() == 2);
}

TEST_CASE("not done is done") {
  resumed x([](const instance&, const action&,
               action_inspection done) { done.answer(action_fate::not_done); },
            false);
  CHECK(x.again() == 2);
  CHECK(x.asked() == 2);
}

TEST_CASE("a driver that says nothing of it does it again") {
  resumed x(nullptr);
  CHECK(x.again() == 2);
  CHECK(x.asked() == 2);
}

TEST_CASE("unknown is asked again, as often as an action is tried") {
  SUBCASE("said") {
    resumed x([](const instance&, const action&, action_inspection done) {
      done.answer(action_fate::unknown, "the cloud is away");
    });
    CHECK(x.again() == 2);
    CHECK(x.asked() == 6);
  }
  SUBCASE("let go of") {
    resumed x([](const instance&, const action&, action_inspection) {});
    CHECK(x.again() == 2);
    CHECK(x.asked() == 6);
  }
  SUBCASE("thrown") {
    resumed x([](const instance&, const action&, const action_inspection&) {
      throw std::runtime_error("no idea");
    });
    CHECK(x.again() == 2);
    CHECK(x.asked() == 6);
  }
  SUBCASE("at first") {
    std::atomic<int> asked{0};
    resumed x([&](const instance&, const action&, action_inspection done) {
      done.answer(++asked > 2 ? action_fate::done : action_fate::unknown);
    });
    CHECK(x.again() == 0);
    CHECK(x.asked() == 4);
  }
}

TEST_CASE("an action that is still at work is waited for") {
  std::mutex mutex;
  std::vector<action_inspection> kept;
  resumed x([&](const instance&, const action&, action_inspection done) {
    const std::lock_guard guard(mutex);
    kept.push_back(std::move(done));
  });
  REQUIRE(eventually([&] {
    const std::lock_guard guard(mutex);
    return kept.size() == 2;
  }));
  // Meanwhile the two count as unavailable, and no other may go.
  CHECK_FALSE(x.run->wait_for(100ms));
  CHECK(x.by->upgrades == 0);
  CHECK(x.run->status().progress.in_progress == 2);
  kept[0].answer(action_fate::done);
  kept[0].answer(action_fate::not_done); // the first one counts
  action_inspection moved(std::move(kept[1]));
  kept[1] = std::move(moved);
  kept[1].answer(action_fate::done, {}, 20ms);
  CHECK(x.again() == 0);
}

TEST_CASE("a cancel now does not wait for what became of them") {
  std::mutex mutex;
  std::vector<action_inspection> kept;
  resumed x([&](const instance&, const action&, action_inspection done) {
    const std::lock_guard guard(mutex);
    kept.push_back(std::move(done));
  });
  REQUIRE(eventually([&] {
    const std::lock_guard guard(mutex);
    return kept.size() == 2;
  }));
  x.run->cancel("the test", true);
  CHECK(x.run->wait().status == upgrade_status::cancelled);
  CHECK(x.by->kills == 2);
  x.next.reset();
  kept.clear(); // after the engine
}

TEST_CASE("a rollback that was cut short goes on") {
  const auto store = store_options::in_memory();
  std::mutex mutex;
  std::vector<completion> kept;
  const auto make = [](std::shared_ptr<driver> by) {
    auto options = make_kept_set(std::move(by));
    options.policy.rolling.rollback_failed_instances_on_policy_breach = true;
    return options;
  };
  {
    kept_engine first(store,
                      make(std::make_shared<scripted_driver>(
                        [&](const instance&, const action& what, completion done) {
                          if (!what.rollback)
                            return done.fail("bad image");
                          const std::lock_guard guard(mutex);
                          kept.push_back(std::move(done));
                        })));
    REQUIRE(first.set().start_upgrade(to_version(2)));
    REQUIRE(eventually([&] {
      const std::lock_guard guard(mutex);
      return kept.size() == 2;
    }));
    const std::lock_guard guard(mutex);
    kept[0].succeed();
  }
  const auto by = std::make_shared<scripted_driver>(succeed);
  by->on_inspect_action = [](const instance& target, const action& what,
                             action_inspection done) {
    CHECK(what.rollback);
    CHECK(version_in(target.previous_model()) == 1);
    done.answer(action_fate::not_done);
  };
  kept_engine second(store, make(by));
  const auto report = second.set().resume_upgrade()->wait();
  CHECK(report.status == upgrade_status::faulted);
  CHECK(report.rolled_back);
  CHECK(report.rollbacks_succeeded == 2);
  CHECK(by->upgrades <= 2);
  for (const auto& call : by->calls())
    CHECK(call.starts_with("upgrade") == false);
  CHECK(second.set().lagging().size() == 10);
  CHECK_FALSE(*second.set().unfinished());
}

TEST_CASE("commands that were cut short are inspected, and run again") {
  const scratch_folder folder;
  const auto store = store_options::sqlite(folder.file("s.db"));
  auto options = make_set(6, nullptr);
  command_spec commands;
  commands.directory = folder.file("");
  commands.log_directory = folder.file("logs");
  commands.actions[static_cast<int>(apply_class::in_place)] = {
    "/bin/sh", "-c",
    "echo begun >> {instance.id}.acts; test -e go || exec sleep 60; "
    "echo {model.settings.app} > {instance.id}"};
  commands.inspect = {"/bin/sh", "-c", "cat {instance.id} 2>/dev/null || echo none"};
  commands.inspect_expect = "{model.settings.app}";
  options.driver = commands;
  {
    kept_engine first(store, options);
    REQUIRE(first.set().start_upgrade(to_version(2)));
    REQUIRE(
      eventually([&] { return std::filesystem::exists(folder.file("i-0.acts")); }));
  }
  std::ofstream(folder.file("go")) << "now";
  kept_engine second(store, options);
  const auto left = second.set().unfinished();
  REQUIRE(left);
  REQUIRE(*left);
  CHECK((*left)->in_hand == std::vector<instance_index>{0});
  CHECK(second.set().resume_upgrade()->wait().progress.successful == 6);
  CHECK(std::filesystem::file_size(folder.file("i-0.acts")) == 12);
  CHECK(std::filesystem::file_size(folder.file("i-5.acts")) == 6);
  second.engine.reset(); // its driver works in the folder to its end
}
