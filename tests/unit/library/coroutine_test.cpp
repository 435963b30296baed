// SPDX-License-Identifier: Apache-2.0
#include "coroutine_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

using namespace drydock;
using namespace drydock::testing;
using engine::upgrade_status;

namespace {

task<int> give(int x) {
  co_return x;
}

task<long> add_up(int n) {
  long sum = 0;
  for (int i = 0; i < n; ++i)
    sum += co_await give(i);
  co_return sum;
}

task<int> fail_with(std::string text) {
  throw std::runtime_error(text);
  co_return 0;
}

task<std::string> catch_it() {
  try {
    co_await fail_with("boom");
  } catch (const std::runtime_error& thrown) {
    co_return thrown.what();
  }
  co_return "nothing was thrown";
}

task<std::unique_ptr<int>> make_seven() {
  co_return std::make_unique<int>(7);
}

/// The status of an upgrade at its end, and where the coroutine goes on then.
struct ending {
  upgrade_status status;
  std::string code;
  std::thread::id where;
};

task<ending> await_end(upgrade what) {
  const auto report = co_await finished(what);
  co_return ending{report.status, report.error.code, std::this_thread::get_id()};
}

/// Two tasks deep, so that a destruction passes through both.
foreign_coroutine watch(upgrade what, std::shared_ptr<int> held,
                        std::atomic<bool>* resumed) {
  static_cast<void>(co_await await_end(std::move(what)));
  *held = 1;
  *resumed = true;
}

foreign_coroutine rehearse_forever(scale_set set, std::shared_ptr<int> held,
                                   std::atomic<bool>* resumed) {
  rehearsal_options how;
  how.runs = 1'000'000'000;
  how.jobs = 1;
  how.world.emplace();
  static_cast<void>(co_await rehearse_async(set, to_version_2(), how));
  *held = 1;
  *resumed = true;
}

task<result<rehearsal::report>> rehearse_some(scale_set set, rehearsal_options how) {
  co_return co_await rehearse_async(set, to_version_2(), how);
}

} // namespace

TEST_CASE("a task gives its value or its exception to whoever awaits it") {
  CHECK(sync_wait(give(3)) == 3);
  CHECK(*sync_wait(make_seven()) == 7);
  CHECK(sync_wait(catch_it()) == "boom");
  CHECK_THROWS_WITH_AS(sync_wait(fail_with("boom")), "boom", std::runtime_error);
  CHECK_THROWS_WITH_AS(spawn(fail_with("boom")).get(), "boom", std::runtime_error);
}

TEST_CASE("tasks that do not wait cost no stack") {
  CHECK(sync_wait(add_up(300'000)) == 44'999'850'000);
}

TEST_CASE("a task that is never awaited does nothing") {
  const auto never = fail_with("boom");
  static_cast<void>(never);
}

TEST_CASE("sync_wait goes on with the coroutine on its own thread") {
  const auto held = std::make_shared<held_driver>();
  upgrade_engine engine;
  auto set = engine.add(make_set(held)).value();
  const auto running = set.start_upgrade(to_version_2()).value();
  std::thread other([&] {
    held->await(4);
    held->release();
  });
  const auto end = sync_wait(await_end(running));
  other.join();
  CHECK(end.status == upgrade_status::completed);
  CHECK(end.where == std::this_thread::get_id());
  // And of one that is over.
  CHECK(sync_wait(await_end(running)).status == upgrade_status::completed);
}

TEST_CASE("a spawned coroutine goes on where the news is, or where its executor says") {
  const auto held = std::make_shared<held_driver>();
  upgrade_engine engine;
  auto set = engine.add(make_set(held)).value();
  const auto running = set.start_upgrade(to_version_2()).value();
  std::vector<std::function<void()>> posted;
  std::mutex mutex;
  auto direct = spawn(await_end(running));
  auto mine = spawn(await_end(running), [&](std::function<void()> next) {
    const std::lock_guard guard(mutex);
    posted.push_back(std::move(next));
  });
  CHECK(direct.wait_for(0s) == std::future_status::timeout);
  held->release();
  CHECK(direct.get().where != std::this_thread::get_id());
  while (mine.wait_for(0s) == std::future_status::timeout) {
    const std::lock_guard guard(mutex);
    for (const auto& next : std::exchange(posted, {}))
      next();
  }
  CHECK(mine.get().where == std::this_thread::get_id());
}

TEST_CASE("when the engine is destroyed whoever waits wakes up") {
  const auto held = std::make_shared<held_driver>();
  std::future<ending> waits;
  std::optional<upgrade> running;
  {
    upgrade_engine engine;
    auto set = engine.add(make_set(held)).value();
    running = set.start_upgrade(to_version_2()).value();
    held->await(4);
    waits = spawn(await_end(*running));
  }
  const auto end = waits.get();
  CHECK(end.status == upgrade_status::cancelled);
  CHECK(end.code == "EngineDestroyed");
  // Late answers are ignored, and late questions answered.
  held->release();
  CHECK(sync_wait(await_end(*running)).code == "EngineDestroyed");
}

TEST_CASE("a coroutine that is destroyed while it waits is never resumed") {
  const auto held = std::make_shared<held_driver>();
  upgrade_engine engine;
  auto set = engine.add(make_set(held)).value();
  const auto running = set.start_upgrade(to_version_2()).value();
  held->await(4);
  const auto alive = std::make_shared<int>(0);
  std::atomic<bool> resumed{false};
  {
    const auto waits = watch(running, alive, &resumed);
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
  held->release();
  CHECK(running.wait().status == upgrade_status::completed);
  CHECK(!resumed);
}

TEST_CASE("a coroutine that is destroyed while it rehearses ends the rehearsal") {
  upgrade_engine engine;
  auto set = engine.add(make_set(std::make_shared<held_driver>())).value();
  const auto alive = std::make_shared<int>(0);
  std::atomic<bool> resumed{false};
  {
    const auto waits = rehearse_forever(set, alive, &resumed);
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
  CHECK(!resumed);
}

TEST_CASE("a rehearsal can be awaited") {
  upgrade_engine engine;
  auto set = engine.add(make_set(std::make_shared<held_driver>())).value();
  rehearsal_options how;
  how.runs = 5;
  const auto unknown = sync_wait(rehearse_some(set, how));
  REQUIRE(!unknown);
  CHECK(unknown.error().code == error_code::invalid_argument);
  how.world.emplace();
  const auto known = sync_wait(rehearse_some(set, how));
  REQUIRE(known);
  CHECK(known->runs == 5);
  const auto elsewhere = spawn(rehearse_some(set, how)).get();
  REQUIRE(elsewhere);
  CHECK(elsewhere->runs == 5);
}
