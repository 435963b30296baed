// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include "drydock/drivers/simulated.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

using namespace drydock;
using namespace drydock::engine;
using namespace drydock::test;

namespace {

std::shared_ptr<drivers::simulated_fleet> simulate(actors::run_setup& setup,
                                                   duration reimage, duration boot) {
  simulated_spec spec;
  spec.durations[static_cast<std::size_t>(apply_class::reimage)].first = reimage;
  spec.boot.first = boot;
  auto world =
    std::make_shared<drivers::simulated_fleet>(spec, setup.health, *setup.instances);
  setup.driver = world;
  setup.prober = world;
  return world;
}

/// Remembers after which events there was a pause.
class pause_recorder : public recorder {
public:
  using recorder::recorder;

  void on_pause(const upgrade_progress&) override { pauses.push_back(events.size()); }

  [[nodiscard]] bool paused_after(std::size_t count) const {
    return std::binary_search(pauses.begin(), pauses.end(), count);
  }

  std::vector<std::size_t> pauses;
};

} // namespace

TEST_CASE("a batch lasts its action and its boot, rounded up to the next probe") {
  struct row {
    duration reimage, boot, batch;
  };
  for (const auto& [reimage, boot, batch] :
       {row{60s, 20s, 80s}, row{60s, 21s, 85s}, row{60s, 0s, 60s}, row{0s, 3s, 5s}}) {
    auto setup = make_setup(10);
    simulate(setup, reimage, boot);
    recorder heard(10, true);
    const auto report = actors::upgrade_run(std::move(setup), heard).run();
    CHECK(report.status == upgrade_status::completed);
    CHECK(report.batches.size() == 5);
    CHECK(report.end - report.start == 5 * batch);
    CHECK(heard.audit.max_unavailable() == 2);
  }
}

TEST_CASE("how a fleet is cut into shards and who runs first changes no outcome") {
  for (const std::uint32_t shard_size : {1U, 3U, 4096U}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      auto setup = make_setup(17);
      setup.shard_size = shard_size;
      setup.interleaving_seed = seed;
      simulate(setup, 10s, 7s);
      recorder heard(17, true);
      const auto report = actors::upgrade_run(std::move(setup), heard).run();
      CHECK(report.progress.successful == 17);
      CHECK(report.batches.size() == 6); // 17 × 20 % = 3
      CHECK(report.end - report.start == 6 * 20s);
      CHECK(heard.audit.max_unavailable() == 3);
    }
  }
}

TEST_CASE("a cancel lets the batch run out and leaves the rest pending") {
  auto setup = make_setup(10);
  simulate(setup, 60s, 0s);
  recorder heard(10, true);
  actors::upgrade_run run(std::move(setup), heard);
  run.cancel_at("a test", false, 70s);
  const auto report = run.run();
  CHECK(report.status == upgrade_status::cancelled);
  CHECK(report.error.code == "RollingUpgradeCanceled");
  CHECK(report.progress.successful == 4);
  CHECK(report.progress.pending == 6);
  CHECK(report.end - report.start == 120s);
  CHECK(report.cancel_was_last_action);
  CHECK(report.last_action - report.start == 70s);
}

TEST_CASE("a cancel now ends what is in flight and counts it as failed") {
  auto setup = make_setup(10);
  simulate(setup, 60s, 0s);
  recorder heard(10, true);
  actors::upgrade_run run(std::move(setup), heard);
  run.cancel_at("a test", false, 10s);
  run.cancel_at("a test", true, 20s);
  const auto report = run.run();
  CHECK(report.status == upgrade_status::cancelled);
  CHECK(report.progress.failed == 2);
  CHECK(report.progress.pending == 8);
  CHECK(report.end - report.start == 20s);
}

TEST_CASE("a cancel before the start touches nobody") {
  auto setup = make_setup(5);
  int started = 0;
  setup.driver = std::make_shared<scripted_driver>([&](auto&, auto) {
    ++started;
    return true;
  });
  setup.prober = always_healthy();
  recorder heard(5, true);
  actors::upgrade_run run(std::move(setup), heard);
  run.cancel("a test", false);
  const auto report = run.run();
  CHECK(report.status == upgrade_status::cancelled);
  CHECK(report.progress.pending == 5);
  CHECK(started == 0);
}

TEST_CASE("a member that is deleted leaves all counts and the batch goes on") {
  auto setup = make_setup(10);
  simulate(setup, 60s, 0s);
  recorder heard(10, true);
  actors::upgrade_run run(std::move(setup), heard);
  run.delete_instance_at(0, 30s);
  run.delete_instance_at(9, 31s);
  const auto report = run.run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.progress.successful == 8);
  CHECK(report.progress.failed == 0);
  CHECK(heard.all<told::instance_deleted>().size() == 2);
}

TEST_CASE("the real clock runs the same upgrade with real threads") {
  auto setup = make_setup(12);
  setup.virtual_clock = false;
  setup.threads = 2;
  setup.shard_size = 4;
  setup.health.interval = 5ms;
  simulate(setup, 10ms, 3ms);
  recorder heard(12, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.progress.successful == 12);
  CHECK(heard.audit.max_unavailable() <= 2);
  CHECK(report.end - report.start >= 6 * 10ms);
}

TEST_CASE("a run that is cancelled from another thread ends") {
  auto setup = make_setup(12);
  setup.virtual_clock = false;
  setup.health.interval = 5ms;
  simulate(setup, 20ms, 0ms);
  recorder heard(12, true);
  actors::upgrade_run run(std::move(setup), heard);
  std::thread other([&] { run.cancel("another thread", true); });
  const auto report = run.run();
  other.join();
  CHECK(report.status == upgrade_status::cancelled);
}

TEST_CASE("listeners hear of a pause before time goes on, and after the end") {
  for (const auto virtual_clock : {true, false}) {
    auto setup = make_setup(12);
    setup.virtual_clock = virtual_clock;
    setup.health.interval = 5ms;
    simulate(setup, 10ms, 3ms);
    pause_recorder heard(12, true);
    {
      actors::upgrade_run run(std::move(setup), heard);
      CHECK(run.run().status == upgrade_status::completed);
      CHECK(heard.paused_after(heard.events.size()));
    }
    const auto& events = heard.events;
    REQUIRE(!events.empty());
    auto missing = 0;
    for (std::size_t i = 1; i < events.size(); ++i)
      missing += events[i].second != events[i - 1].second && !heard.paused_after(i);
    CHECK(missing == 0);
    // The end is told once: nobody may be left to hear of it later.
    CHECK(std::count(heard.pauses.begin(), heard.pauses.end(), events.size()) == 1);
    CHECK(heard.pauses.size() > 12);
  }
}

TEST_CASE("a step is told as begun and then as ended, also if both happen at once") {
  for (const auto reimage : {0s, 10s}) {
    auto setup = make_setup(12);
    setup.shard_size = 5;
    simulate(setup, reimage, 0s);
    recorder heard(12, true);
    actors::upgrade_run(std::move(setup), heard).run();
    std::vector<int> begun(12), ended(12);
    for (const auto& [event, at] : heard.events) {
      if (const auto* a = std::get_if<told::step_started>(&event)) {
        CHECK(a->action == apply_class::reimage);
        CHECK(ended[a->instance] == begun[a->instance]++);
      } else if (const auto* b = std::get_if<told::step_finished>(&event)) {
        CHECK(b->action == apply_class::reimage);
        CHECK(b->outcome == step_outcome::succeeded);
        CHECK(++ended[b->instance] == begun[b->instance]);
      }
    }
    CHECK(begun == std::vector<int>(12, 1));
    CHECK(ended == std::vector<int>(12, 1));
  }
}

TEST_CASE("a run that is never run can be destroyed") {
  auto setup = make_setup(3);
  simulate(setup, 1s, 0s);
  recorder heard(3, true);
  const actors::upgrade_run run(std::move(setup), heard);
  CHECK(heard.events.empty());
}
