// SPDX-License-Identifier: Apache-2.0
// Upgrades that one run begins and another one goes on with.
#include "world.hpp"

#include "drydock/drivers/simulated.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::engine;
using namespace drydock::test;

namespace {

/// Keeps turns in memory, and takes no more than `room` of them.
class short_journal : public protocol::upgrade_journal {
public:
  bool next(protocol::recorded_turn& turn) override {
    if (position_ == turns.size())
      return false;
    turn = turns[position_++];
    return true;
  }
  [[nodiscard]] duration since_last_turn() const override { return {}; }
  void begin(instant at, std::span<const rollout_input> inputs) override {
    at_hand_ = {at, {inputs.begin(), inputs.end()}};
  }
  void told(const upgrade_event&) override {}
  [[nodiscard]] std::optional<std::string>
  commit(std::span<const rollout_command>) override {
    if (turns.size() == room)
      return "no room";
    turns.push_back(std::move(at_hand_));
    return std::nullopt;
  }

  std::size_t room = 0;
  std::vector<protocol::recorded_turn> turns;

private:
  std::size_t position_ = 0;
  protocol::recorded_turn at_hand_;
};

actors::run_setup real_setup(const std::shared_ptr<short_journal>& journal) {
  auto setup = make_setup(12);
  setup.virtual_clock = false;
  setup.threads = 2;
  setup.health.interval = 5ms;
  setup.journal = journal;
  auto fleet = std::make_shared<drivers::simulated_fleet>(
    simulated_spec{}, setup.health, *setup.instances);
  setup.driver = fleet;
  setup.prober = fleet;
  return setup;
}

} // namespace

TEST_CASE(
  "what was told before the end of a process is told again at the same moments") {
  const auto journal = std::make_shared<short_journal>();
  journal->room = 20;
  recorder first(12, true);
  CHECK(actors::upgrade_run(real_setup(journal), first).run().status
        == upgrade_status::rolling_forward);
  journal->room = std::size_t(-1);
  recorder second(12, true);
  CHECK(actors::upgrade_run(real_setup(journal), second).run().status
        == upgrade_status::completed);
  // The turn that found no room was told, and is gone.
  REQUIRE(!first.events.empty());
  const auto last = first.events.back().second;
  std::size_t same = 0;
  for (std::size_t i = 0; i < first.events.size() && first.events[i].second < last;
       ++i) {
    CAPTURE(i);
    REQUIRE(i < second.events.size());
    CHECK(first.events[i].first.index() == second.events[i].first.index());
    CHECK(first.events[i].second == second.events[i].second);
    ++same;
  }
  CHECK(same > 10);
  CHECK(second.all<told::upgrade_resumed>().size() == 1);
}

TEST_CASE("a cancel that comes before an upgrade is resumed lets nothing more begin") {
  const auto journal = std::make_shared<short_journal>();
  journal->room = 20;
  recorder first(12, true);
  actors::upgrade_run(real_setup(journal), first).run();
  const auto begun = first.all<told::batch_started>().size();
  journal->room = std::size_t(-1);
  recorder second(12, true);
  actors::upgrade_run run(real_setup(journal), second);
  run.cancel("a test", false);
  const auto report = run.run();
  CHECK(report.status == upgrade_status::cancelled);
  CHECK(report.progress.pending > 0);
  CHECK(second.all<told::batch_started>().size() <= begun);
}

TEST_CASE("replacements that have their places are watched by whoever goes on") {
  for (const std::size_t room : {25U, 32U, 40U, 50U, 60U}) {
    CAPTURE(room);
    const auto make = [](const std::shared_ptr<short_journal>& journal) {
      auto setup = real_setup(journal);
      auto instances = std::make_shared<fleet>(*setup.instances);
      std::vector<instance_spec> next(instances->size());
      for (std::size_t i = 0; i < next.size(); ++i)
        next[i].id = "new-" + std::to_string(i);
      instances->add_replacements(next);
      setup.instances = instances;
      setup.rollout.policy.rolling.max_surge = true;
      setup.rollout.policy.rolling.progress_deadline = std::chrono::seconds(5);
      setup.shard_size = 5;
      const auto world = std::make_shared<drivers::simulated_fleet>(
        simulated_spec{}, setup.health, *setup.instances);
      setup.driver = world;
      setup.prober = world;
      return setup;
    };
    const auto journal = std::make_shared<short_journal>();
    journal->room = room;
    recorder first(12, true);
    const auto report = actors::upgrade_run(make(journal), first).run();
    if (report.status != upgrade_status::rolling_forward)
      continue; // it was over before
    journal->room = std::size_t(-1);
    recorder second(12, true);
    const auto rest = actors::upgrade_run(make(journal), second).run();
    CHECK(rest.status == upgrade_status::completed);
    CHECK(rest.progress.successful == 12);
    CHECK(second.all<told::instance_replaced>().size() == 12);
  }
}
