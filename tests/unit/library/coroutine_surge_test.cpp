// SPDX-License-Identifier: Apache-2.0
// Coroutines that make and delete instances, so that members are replaced.
#include "coroutine_fixture.hpp"
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <set>
#include <stdexcept>

using namespace drydock;
using namespace drydock::testing;

namespace {

/// Says that it can make instances, and leaves it at that.
class half_driver : public coroutine_driver {
public:
  [[nodiscard]] driver_features features() const override {
    driver_features can;
    can.create_and_remove = true;
    return can;
  }
  task<action_result> upgrade_task(instance target, action) override {
    note("upgrade", target);
    co_return action_result::success();
  }

  /// What was begun, sorted; several are at a time.
  [[nodiscard]] std::multiset<std::string> calls() {
    const std::lock_guard guard(mutex_);
    return calls_;
  }

protected:
  void note(const char* what, const instance& target) {
    const std::lock_guard guard(mutex_);
    calls_.insert(what + (' ' + std::string(target.id())));
  }

private:
  std::mutex mutex_;
  std::multiset<std::string> calls_;
};

class replacing_driver : public half_driver {
public:
  task<action_result> create_task(instance target, action) override {
    note("create", target);
    co_await another_thread{};
    if (broken)
      throw std::runtime_error("out of steel");
    co_return quota ? action_result::success()
                    : action_result::quota_failure("no quota");
  }
  task<action_result> remove_task(instance target, action) override {
    note("remove", target);
    co_await another_thread{};
    co_return action_result::success();
  }

  bool quota = true;
  bool broken = false;
};

upgrade_report replace_two(std::shared_ptr<driver> by) {
  upgrade_engine engine;
  auto options = make_set(2, std::move(by));
  options.policy.rolling.max_surge = true;
  options.policy.rolling.max_batch_instance_percent = 50;
  options.policy.rolling.max_unhealthy_instance_percent = 50;
  auto set = engine.add(std::move(options)).value();
  return set.start_upgrade(to_version(2)).value().wait();
}

void check_said(const upgrade_report& report, std::string_view part) {
  REQUIRE_FALSE(report.error.details.empty());
  const auto& said = report.error.details[0].message;
  CHECK_MESSAGE(said.find(part) != std::string::npos, said);
}

} // namespace

TEST_CASE("coroutines make the replacements and delete who is replaced") {
  const auto by = std::make_shared<replacing_driver>();
  const auto report = replace_two(by);
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(report.progress.successful == 2);
  CHECK(by->calls()
        == std::multiset<std::string>{"create i-0-2", "create i-1-2", "remove i-0",
                                      "remove i-1"});
}

TEST_CASE("a coroutine without quota has the member upgraded in place") {
  const auto by = std::make_shared<replacing_driver>();
  by->quota = false;
  const auto report = replace_two(by);
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(report.progress.successful == 2);
  CHECK(by->calls().contains("upgrade i-0"));
  CHECK_FALSE(by->calls().contains("remove i-0"));
}

TEST_CASE("an exception in the coroutine that makes an instance fails it") {
  const auto by = std::make_shared<replacing_driver>();
  by->broken = true;
  check_said(replace_two(by), "out of steel");
  CHECK_FALSE(by->calls().contains("remove i-0"));
}

TEST_CASE("a driver of coroutines that makes no instances says what to override") {
  check_said(replace_two(std::make_shared<half_driver>()),
             "override coroutine_driver::create_task");
}
