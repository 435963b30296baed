// SPDX-License-Identifier: Apache-2.0
// What became of actions that were under way when their engine ended.
#include "kept.hpp"

#include <doctest/doctest.h>

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
