// SPDX-License-Identifier: Apache-2.0
// Budgets that several scale sets share: docs/semantics.md, 4.15.
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto ill = health_state::unhealthy;
constexpr auto well = health_state::healthy;

/// A rollout that asks for shares of a budget of 3, and is answered by hand.
class asking : public driven_rollout {
public:
  explicit asking(rollout_options options, std::uint32_t count = 8)
    : driven_rollout(with_budget(std::move(options)), shape_of(count)) {
    watch([this](instant, const auto&, const std::vector<rollout_command>& commands) {
      for (const auto& c : commands)
        if (const auto* ask = std::get_if<command::ask_budget>(&c))
          last_ask = *ask;
    });
  }

  void give(std::uint32_t share, std::vector<budget_holder> holders = {}) {
    feed(input::budget_given{last_ask.request, share, 3, std::move(holders)});
  }

  /// `unavailable/kept/wanted` of the last word.
  [[nodiscard]] std::string asks() const {
    return std::to_string(last_ask.unavailable) + '/' + std::to_string(last_ask.kept)
           + '/' + std::to_string(last_ask.wanted);
  }

  command::ask_budget last_ask;

private:
  static rollout_options with_budget(rollout_options x) {
    x.shared_budget = 3;
    return x;
  }
  static fleet_shape shape_of(std::uint32_t count) {
    fleet_shape x;
    x.count = count;
    return x;
  }
};

/// B = U = 4 of 8.
rollout_options half() {
  return rolling_options(50, 50);
}

} // namespace

TEST_CASE("a rollout asks for what its own limits let it use, and takes what it gets") {
  asking d(half());
  d.start();
  CHECK(d.asks() == "0/0/4");
  CHECK(d.batches() == "");
  CHECK(d.count<told::waiting>() == 0); // not before it is answered
  d.give(2);
  CHECK(d.batches() == "[0 1]");
  CHECK(d.last<told::batch_started>()->bound == batch_bound::shared_budget);
  CHECK(d.asks() == "2/2/2");
  d.give(2);
  d.succeed({0}); // what it needs no more goes back at once
  CHECK(d.asks() == "1/1/1");
  d.give(1);
  d.succeed({1});
  CHECK(d.asks() == "0/0/4");
  CHECK(d.count<told::waiting>() == 0); // what was heard before is no answer to that
  d.give(4);
  CHECK(d.batches() == "[0 1][2 3 4 5]");
  CHECK(d.last<told::batch_started>()->bound == batch_bound::batch_instances);
}

TEST_CASE("whoever gets too little waits, and says who holds the rest") {
  asking d(half());
  d.start();
  d.give(0, {{"database", 2}, {"cache", 1}});
  const auto* wait = d.last<told::waiting>();
  REQUIRE(wait != nullptr);
  CHECK(wait->reason == wait_reason::shared_budget);
  CHECK(wait->limit == "shared budget of 3: database holds 2, cache holds 1");
  CHECK(wait->until.has_value());
  d.give(0, {{"database", 2}, {"cache", 1}});
  CHECK(d.count<told::waiting>() == 1); // the same is not said twice
  d.give(0, {{"database", 3}});
  CHECK(d.count<told::waiting>() == 2);
  d.give(1, {{"database", 2}, {"web", 1}});
  CHECK(d.batches() == "[0]");
}

TEST_CASE("a share of before the last word is not there any more") {
  asking d(half());
  d.start();
  const auto before = d.last_ask.request;
  d.health(7, health_state::initializing);
  CHECK(d.asks() == "1/0/4"); // its own limit leaves three beside that one
  CHECK(d.last_ask.request > before);
  d.feed(input::budget_given{before, 4, 3, {}});
  CHECK(d.batches() == "");
  d.give(2);
  CHECK(d.batches() == "[0]");
}

TEST_CASE("unhealthy ones cost nothing, and so they go without a share") {
  auto options = half();
  options.policy.rolling.ignore_unhealthy_before_start = true;
  asking d(options);
  d.start({{5, ill}, {6, ill}});
  CHECK(d.asks() == "2/0/2"); // those that go first need none
  CHECK(d.batches() == "[5 6]");
}

TEST_CASE("standing still for the budget ends at progress_deadline") {
  auto options = half();
  options.policy.rolling.progress_deadline = 10min;
  asking d(options);
  d.start();
  d.give(0, {{"database", 3}});
  d.advance(9min);
  d.give(1);
  CHECK(d.batches() == "[0]");
  d.succeed({0});
  d.give(0, {{"database", 3}});
  d.advance(10min);
  CHECK_FALSE(d.machine().finished());
  d.advance(1s);
  CHECK(d.outcome() == "Faulted 1/0/0/7/0 RollingUpgradeTimeoutError");
  CHECK(d.machine().report().error.message
        == "nothing moved for the length of progress_deadline: shared budget of 3: "
           "database holds 3; mend what is unavailable there, or raise "
           "max_unavailable_instances of [budget], and run again");
}

TEST_CASE("the last word is what stays unavailable") {
  asking d(half(), 1);
  d.start();
  d.give(1);
  d.fail(0);
  CHECK(d.machine().finished());
  CHECK(d.asks() == "1/1/1");
}

TEST_CASE("health that nobody knows yet counts as unavailable") {
  asking d(half());
  d.begin();
  CHECK(d.asks() == "8/0/8");
  d.health(0, well);
  CHECK(d.asks() == "7/0/7");
}

TEST_CASE("after a resume a rollout asks again before anybody new goes") {
  asking d(half());
  d.start();
  d.give(2);
  CHECK(d.batches() == "[0 1]");
  d.feed(input::resumed{});
  CHECK(d.asks() == "8/0/8"); // two in hand, and six that nobody has seen
  for (instance_index i = 0; i < 8; ++i)
    d.health(i, well);
  CHECK(d.asks() == "2/0/2");
  d.give(0);
  d.succeed({0, 1});
  CHECK(d.asks() == "0/0/4");
  CHECK(d.batches() == "[0 1]");
  d.give(1);
  CHECK(d.batches() == "[0 1][2]");
}

TEST_CASE("the share of a batch is kept while its hook runs") {
  auto options = half();
  options.hooks.before_batch = true;
  asking d(options);
  d.start();
  d.give(3);
  CHECK(d.batches() == "");
  CHECK(d.last_ask.request == 1); // nothing was given back
  d.feed(input::hook_finished{1, step_outcome::succeeded, {}});
  CHECK(d.batches() == "[0 1 2]");
}

TEST_CASE("a sliding batch gives each place back, and asks for it again") {
  auto options = half();
  options.policy.rolling.batching = batching_mode::sliding;
  asking d(options);
  d.start();
  d.give(2);
  CHECK(d.batches() == "[0 1]");
  d.give(2);
  d.succeed({0});
  CHECK(d.batches() == "[0 1]");
  CHECK(d.asks() == "1/1/4");
  d.give(2);
  CHECK(d.batches() == "[0 1][2]");
  d.succeed({1, 2}); // nobody is in hand, and the batch goes on if there is a share
  d.give(1);
  CHECK(d.batches() == "[0 1][2][3]");
  CHECK(d.count<told::batch_started>() == 1);
}

TEST_CASE(
  "automatic mode begins no more than its share, whoever is ill costs nothing") {
  auto options = plain_options(upgrade_mode::automatic);
  options.has_health = true;
  asking d(options);
  d.start({{4, ill}});
  CHECK(d.batches() == "[4]"); // it costs nothing
  d.give(1);
  d.give(3);
  CHECK(d.batches() == "[4][0 1]");
  d.succeed({0, 1, 4});
  d.give(3);
  CHECK(d.batches() == "[4][0 1][2 3 5]");
  while (!d.machine().finished()) {
    d.succeed_all();
    d.give(3);
  }
  CHECK(d.outcome() == "Completed 8/0/0/0/0");
}

TEST_CASE("a rollback takes no more than its share either") {
  auto options = half();
  options.policy.rolling.rollback = rollback_scope::all;
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
  asking d(options);
  d.start();
  d.give(4);
  CHECK(d.batches() == "[0 1 2 3]");
  d.succeed({0, 1, 2});
  d.fail(3);
  CHECK(d.batches() == "[0 1 2 3]undo[3]"); // it is unavailable anyway
  CHECK(d.asks() == "1/1/4");
  d.give(1, {{"database", 2}, {"web", 1}});
  d.succeed({3});
  CHECK(d.batches() == "[0 1 2 3]undo[3]");
  d.give(0, {{"database", 3}});
  CHECK(d.last<told::waiting>()->reason == wait_reason::shared_budget);
  d.give(2);
  CHECK(d.batches() == "[0 1 2 3]undo[3]undo[0 1]");
}

TEST_CASE("a rollback that stands still for the budget says so each time") {
  auto options = half();
  options.policy.rolling.rollback = rollback_scope::all;
  options.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
  asking d(options);
  d.start();
  d.give(4);
  d.succeed({0, 1, 2});
  d.fail(3);
  d.succeed({3});
  d.give(0, {{"database", 3}});
  CHECK(d.count<told::waiting>() == 1);
  d.give(0, {{"database", 3}});
  CHECK(d.count<told::waiting>() == 1); // the same is not said twice
  d.give(1, {{"database", 2}, {"web", 1}});
  CHECK(d.batches() == "[0 1 2 3]undo[3]undo[0]");
  d.succeed({0});
  d.give(0, {{"database", 3}});
  CHECK(d.batches() == "[0 1 2 3]undo[3]undo[0]");
  CHECK(d.count<told::waiting>() == 2); // it had moved meanwhile
}

TEST_CASE("without a shared budget nothing is asked") {
  fleet_shape shape;
  shape.count = 8;
  driven_rollout d(half(), shape);
  auto asked = 0;
  d.watch([&](instant, const auto&, const std::vector<rollout_command>& commands) {
    for (const auto& c : commands)
      asked += std::holds_alternative<command::ask_budget>(c) ? 1 : 0;
  });
  d.start();
  d.feed(input::budget_given{0, 0, 3, {}}); // and nothing given means anything
  d.succeed_all();
  d.succeed_all();
  CHECK(d.outcome() == "Completed 8/0/0/0/0");
  CHECK(asked == 0);
}
