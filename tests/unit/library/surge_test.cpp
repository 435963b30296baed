// SPDX-License-Identifier: Apache-2.0
// Drivers that make and delete instances, so that members are replaced.
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

using namespace drydock;
using namespace drydock::testing;

namespace {

/// A driver whose instances are names in a set.
class replacing_driver : public driver {
public:
  explicit replacing_driver(std::uint32_t quota = 1000) : quota_(quota) {}

  [[nodiscard]] driver_features features() const override {
    driver_features can;
    can.create_and_remove = true;
    return can;
  }
  void upgrade(const instance& target, const action&, completion done) override {
    note("upgrade", target);
    done.succeed();
  }
  void create(const instance& target, const action&, completion done) override {
    note("create", target);
    const std::lock_guard guard(mutex_);
    if (extra_ == quota_)
      return done.fail_for_quota("no quota");
    ++extra_;
    done.succeed();
  }
  void remove(const instance& target, const action&, completion done) override {
    note("remove", target);
    const std::lock_guard guard(mutex_);
    --extra_;
    done.succeed();
  }

  /// What was called, sorted; upgrades run several at a time.
  [[nodiscard]] std::multiset<std::string> calls() {
    const std::lock_guard guard(mutex_);
    return calls_;
  }

private:
  void note(const char* what, const instance& target) {
    const std::lock_guard guard(mutex_);
    calls_.insert(what + (' ' + std::string(target.id())));
  }

  std::mutex mutex_;
  std::uint32_t quota_;
  std::uint32_t extra_ = 0;
  std::multiset<std::string> calls_;
};

scale_set_options surging(int count, std::shared_ptr<driver> by) {
  auto options = make_set(count, std::move(by));
  options.policy.rolling.max_surge = true;
  options.policy.rolling.max_batch_instance_percent = 50;
  options.policy.rolling.max_unhealthy_instance_percent = 50;
  return options;
}

} // namespace

TEST_CASE("instances are replaced, and the set knows the new ones") {
  upgrade_engine engine;
  const auto by = std::make_shared<replacing_driver>();
  auto set = *engine.add(surging(2, by));
  const auto first = set.instance_id(0), second = set.instance_id(1);
  auto begun = set.start_upgrade(to_version(2));
  REQUIRE(begun);
  const auto report = begun->wait();
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(report.progress.successful == 2);
  CHECK(report.batches.size() == 2);
  for (const auto& batch : report.batches)
    CHECK(batch.surge);
  CHECK(by->calls()
        == std::multiset<std::string>{"create " + first + "-2",
                                      "create " + second + "-2", "remove " + first,
                                      "remove " + second});
  CHECK(begun->instance_id(2) == first + "-2");
  CHECK(begun->instance_id(4).empty());
  CHECK(set.lagging().empty());
  CHECK(set.instance_id(0) == first + "-2");
  CHECK(set.instance_id(7).empty());
  // The next ones count up.
  CHECK(set.start_upgrade(to_version(3))->wait().progress.successful == 2);
  CHECK(set.instance_id(0) == first + "-3");
  CHECK(by->calls().contains("remove " + first + "-2"));
}

TEST_CASE("without quota the member is upgraded in place") {
  upgrade_engine engine;
  const auto by = std::make_shared<replacing_driver>(0);
  auto set = *engine.add(surging(2, by));
  const auto name = set.instance_id(0);
  const auto report = set.start_upgrade(to_version(2))->wait();
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(report.progress.successful == 2);
  for (const auto& batch : report.batches)
    CHECK_FALSE(batch.surge);
  CHECK(by->calls().contains("upgrade " + name));
  CHECK(set.instance_id(0) == name);
}

TEST_CASE("the name of one that may be left over is nobody else's") {
  class leaving_driver : public replacing_driver {
  public:
    void create(const instance& target, const action& what, completion done) override {
      if (!broken_)
        return replacing_driver::create(target, what, std::move(done));
      done.fail("it was made, and is no good");
    }
    void remove(const instance& target, const action& what, completion done) override {
      if (!broken_)
        return replacing_driver::remove(target, what, std::move(done));
      done.fail("it does not go");
    }
    std::atomic<bool> broken_{true};
  };
  upgrade_engine engine;
  const auto by = std::make_shared<leaving_driver>();
  auto options = surging(2, by);
  options.policy.rolling.max_batch_instance_percent = 100;
  auto set = *engine.add(std::move(options));
  const auto first = set.instance_id(0);
  const auto report = set.start_upgrade(to_version(2))->wait();
  REQUIRE_FALSE(report.error.details.empty());
  CHECK(report.error.details[0].message.find(first + "-2 could not be deleted")
        != std::string::npos);
  CHECK(set.instance_id(0) == first);
  by->broken_ = false;
  CHECK(set.start_upgrade(to_version(2))->wait().progress.successful == 2);
  CHECK(set.instance_id(0) == first + "-3");
  CHECK_FALSE(by->calls().contains("create " + first + "-2"));
}

TEST_CASE("who is deleted while its replacement takes over leaves that one behind") {
  upgrade_engine engine;
  const auto by = std::make_shared<replacing_driver>();
  auto options = surging(1, by);
  auto set = *engine.add(std::move(options));
  const auto first = set.instance_id(0);
  // The upgrade waits for room before it has told of the takeover, which is decided.
  const auto handler = [&](const event& e) {
    if (!std::holds_alternative<told::instance_created>(e.what))
      return;
    std::this_thread::sleep_for(300ms);
    CHECK(set.delete_instance(0));
  };
  auto begun = set.start_upgrade(
    to_version(2), {.on_event = handler,
                    .events = {.capacity = 1, .overflow = overflow_policy::wait}});
  REQUIRE(begun);
  static_cast<void>(begun->wait());
  begun->wait_for_events();
  // On a slow machine it is deleted first, and then nobody replaces it.
  const auto replaced = set.instance_id(0) != first;
  const auto report = set.start_upgrade(to_version(3))->wait();
  CHECK(report.progress.successful == (replaced ? 1 : 0));
}

TEST_CASE("a driver that cannot make instances is refused max_surge") {
  upgrade_engine engine;
  const auto by = std::make_shared<scripted_driver>(
    [](const instance&, const action&, completion done) { done.succeed(); });
  auto set = *engine.add(surging(2, by));
  const auto refused = set.start_upgrade(to_version(2));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error_code::invalid_argument);
  CHECK(refused.error().message.find("driver_features::create_and_remove")
        != std::string::npos);
  CHECK(by->upgrades == 0);
}

TEST_CASE("a driver that says so but does not make instances fails with what to do") {
  class half_driver : public driver {
  public:
    [[nodiscard]] driver_features features() const override {
      driver_features can;
      can.create_and_remove = true;
      return can;
    }
    void upgrade(const instance&, const action&, completion done) override {
      done.succeed();
    }
  };
  upgrade_engine engine;
  auto set = *engine.add(surging(2, std::make_shared<half_driver>()));
  const auto report = set.start_upgrade(to_version(2))->wait();
  CHECK(report.status == engine::upgrade_status::faulted);
  REQUIRE(report.error.details.size() == 1);
  CHECK(report.error.details[0].message.find("override driver::create")
        != std::string::npos);
  CHECK(report.error.details[0].message.find("may be left over") != std::string::npos);
}
