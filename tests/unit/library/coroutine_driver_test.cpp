// SPDX-License-Identifier: Apache-2.0
#include "coroutine_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <stdexcept>

using namespace drydock;
using namespace drydock::testing;
using engine::upgrade_status;

namespace {

/// Keeps who awaits it until the test resumes it.
class gate {
public:
  struct awaiter {
    gate* at;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> who) const {
      at->who_ = who;
      at->waits_ = true;
      at->waits_.notify_all();
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] awaiter pass() { return {this}; }
  void await_waiter() const { waits_.wait(false); }
  void resume() const { who_.resume(); }

private:
  std::coroutine_handle<> who_;
  std::atomic<bool> waits_{false};
};

/// Does what the test says.
class scripted_driver : public coroutine_driver {
public:
  using step = std::function<task<action_result>(instance, action)>;

  explicit scripted_driver(step upgrade) : upgrade_(std::move(upgrade)) {}

  [[nodiscard]] driver_features features() const override { return offers; }
  task<action_result> upgrade_task(instance target, action what) override {
    return upgrade_(std::move(target), what);
  }
  task<action_result> before_instance_task(instance, action) override {
    co_await another_thread{};
    ++before;
    co_return action_result::success();
  }
  task<action_result> after_instance_task(instance target, action) override {
    if (target.index() == 3)
      co_return action_result::failure("no room in the pool");
    ++after;
    co_return action_result::success();
  }
  task<std::optional<bool>> inspect_task(instance target) override {
    co_await another_thread{};
    if (target.index() == 0)
      throw std::runtime_error("no answer");
    if (target.index() == 1)
      co_return std::nullopt;
    co_return target.index() == 2;
  }
  task<action_fate> inspect_action_task(instance target, action) override {
    ++asked;
    co_await another_thread{};
    if (target.index() == 0)
      throw std::runtime_error("no answer");
    co_return action_fate::done;
  }

  driver_features offers;
  std::atomic<int> before{0};
  std::atomic<int> after{0};
  std::atomic<int> asked{0};

private:
  step upgrade_;
};

std::shared_ptr<scripted_driver> doing(scripted_driver::step what) {
  return std::make_shared<scripted_driver>(std::move(what));
}

upgrade_report run(std::shared_ptr<driver> driver) {
  upgrade_engine engine;
  auto set = engine.add(make_set(std::move(driver))).value();
  return set.start_upgrade(to_version_2()).value().wait();
}

/// Every instance failed, and says why.
void check_all_failed(const upgrade_report& report, const std::string& why) {
  CHECK(report.progress.failed == 4);
  REQUIRE(report.error.details.size() == 4);
  for (const auto& one : report.error.details)
    CHECK_MESSAGE(one.message.find(why) != std::string::npos, one.message);
}

task<action_result> succeed_at_once(instance, action) {
  co_return action_result::success();
}

task<action_result> succeed_elsewhere(instance, action) {
  co_await another_thread{};
  co_return action_result::success();
}

task<action_result> fail_for_good(instance target, action) {
  co_return action_result::failure("no disk in " + std::string(target.id()));
}

task<action_result> fail_once(instance, action what) {
  if (what.attempt == 1)
    co_return action_result::transient_failure("try again");
  co_await another_thread{};
  co_return action_result::success();
}

task<action_result> throw_text(instance, action) {
  co_await another_thread{};
  throw std::runtime_error("out of paint");
}

task<action_result> throw_number(instance, action) {
  throw 7;
  co_return action_result::success();
}

task<action_result> throw_before_it_begins(const instance&, const action&) {
  throw std::runtime_error("not even begun");
}

} // namespace

TEST_CASE("a coroutine's result is what became of the action") {
  CHECK(run(doing(succeed_at_once)).progress.successful == 4);
  CHECK(run(doing(succeed_elsewhere)).progress.successful == 4);
  CHECK(run(doing(fail_once)).progress.successful == 4);
  check_all_failed(run(doing(fail_for_good)), "no disk in vm-");
}

TEST_CASE("an exception in a driver's coroutine fails the action with its text") {
  check_all_failed(run(doing(throw_text)), "out of paint");
  check_all_failed(run(doing(throw_number)), "no std::exception");
  check_all_failed(run(doing(throw_before_it_begins)), "not even begun");
}

TEST_CASE("hooks and inspections are coroutines as well") {
  const auto driver = doing(succeed_elsewhere);
  driver->offers = {.before_instance = true, .after_instance = true, .inspect = true};
  const auto report = run(driver);
  // Instance 2 runs the latest model already; the last one cannot be put back.
  CHECK(driver->before == 3);
  CHECK(driver->after == 2);
  CHECK(report.progress.successful == 3);
  CHECK(report.progress.failed == 1);
}

TEST_CASE("what became of an action is found out by a coroutine") {
  engine_options options;
  options.store = store_options::in_memory();
  auto set_of = [](std::shared_ptr<driver> by) {
    auto set = make_set(std::move(by));
    set.policy.rolling.max_batch_instance_percent = 50; // two at a time
    set.retry.max_attempts = 2;
    set.retry.backoff_initial = 1ms;
    return set;
  };
  std::atomic<int> begun{0};
  gate never;
  {
    upgrade_engine first(options);
    auto set = first
                 .add(set_of(doing([&](instance target, action) -> task<action_result> {
                   ++begun;
                   if (target.index() == 0)
                     co_await never.pass();
                   co_return action_result::success();
                 })))
                 .value();
    REQUIRE(set.start_upgrade(to_version_2()));
    never.await_waiter();
  }
  never.resume(); // its answer comes too late
  const auto by = doing(succeed_elsewhere);
  upgrade_engine second(options);
  auto set = second.add(set_of(by)).value();
  CHECK(set.resume_upgrade().value().wait().progress.successful == 4);
  CHECK(by->asked >= 2); // instance 0 says nothing, twice
}

TEST_CASE("a coroutine takes its time on a virtual clock") {
  engine_options options;
  options.clock = clock_kind::virtual_time;
  upgrade_engine engine(options);
  auto set = engine
               .add(make_set(doing([](instance, action) -> task<action_result> {
                 co_return action_result::success(5min);
               })))
               .value();
  const auto running = set.start_upgrade(to_version_2()).value();
  CHECK(running.wait().progress.successful == 4);
  CHECK(running.status().since_start == 5min);
}

TEST_CASE("a coroutine keeps its driver, and may end after the engine") {
  gate opens;
  std::weak_ptr<driver> kept;
  {
    const auto driver = doing([&opens](instance target, action) -> task<action_result> {
      if (target.index() == 0)
        co_await opens.pass();
      co_return action_result::success();
    });
    kept = driver;
    upgrade_engine engine;
    auto set = engine.add(make_set(driver)).value();
    static_cast<void>(set.start_upgrade(to_version_2()).value());
    opens.await_waiter();
  }
  CHECK(!kept.expired());
  opens.resume();
  CHECK(kept.expired());
}
