// SPDX-License-Identifier: Apache-2.0
// What handlers hear, in which order, and what full queues do.
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace drydock;
using namespace drydock::testing;

namespace {

/// Keeps what it hears.
struct recorder {
  std::mutex mutex;
  std::vector<event> events;

  event_handler handler(duration nap = 0s) {
    return [this, nap](const event& e) {
      if (nap > 0s)
        std::this_thread::sleep_for(nap);
      const std::lock_guard guard(mutex);
      events.push_back(e);
    };
  }
};

template <class What>
std::size_t count_of(const std::vector<event>& events) {
  std::size_t n = 0;
  for (const auto& e : events)
    n += std::holds_alternative<What>(e.what) ? 1 : 0;
  return n;
}

std::uint64_t lost_of(const std::vector<event>& events) {
  std::uint64_t n = 0;
  for (const auto& e : events)
    n += e.lost;
  return n;
}

} // namespace

TEST_CASE("events come in order, without gaps, from the first to the last") {
  upgrade_engine engine;
  auto set = engine.add(make_set(100, std::make_shared<scripted_driver>(succeed)));
  recorder heard;
  auto run = *set->start_upgrade(
    to_version(2), {.on_event = heard.handler(), .events = {}, .tell_steps = true});
  CHECK(run.wait().progress.successful == 100);
  run.wait_for_events();
  REQUIRE(heard.events.size() > 300);
  for (std::size_t i = 0; i < heard.events.size(); ++i) {
    CHECK(heard.events[i].number == i + 1);
    CHECK(heard.events[i].lost == 0);
    if (i > 0)
      CHECK(heard.events[i].since_start >= heard.events[i - 1].since_start);
  }
  CHECK(count_of<told::upgrade_started>(heard.events) == 1);
  CHECK(count_of<told::instance_settled>(heard.events) == 100);
  CHECK(count_of<told::step_finished>(heard.events) == 100);
  CHECK(std::holds_alternative<told::upgrade_finished>(heard.events.back().what));
}

TEST_CASE("steps are told only when asked for") {
  upgrade_engine engine;
  auto set = engine.add(make_set(10, std::make_shared<scripted_driver>(succeed)));
  recorder heard;
  auto run = *set->start_upgrade(to_version(2), {.on_event = heard.handler()});
  static_cast<void>(run.wait());
  run.wait_for_events();
  CHECK(count_of<told::step_finished>(heard.events) == 0);
  CHECK(count_of<told::instance_settled>(heard.events) == 10);
}

TEST_CASE("a full queue drops the oldest events and says how many") {
  upgrade_engine engine;
  auto set = engine.add(make_set(500, std::make_shared<scripted_driver>(succeed)));
  recorder heard;
  std::atomic<bool> go{false};
  auto record = heard.handler();
  auto run = *set->start_upgrade(to_version(2), {.on_event =
                                                   [&](const event& e) {
                                                     while (!go)
                                                       std::this_thread::sleep_for(1ms);
                                                     record(e);
                                                   },
                                                 .events = {.capacity = 10}});
  CHECK(run.wait().progress.successful == 500);
  go = true;
  run.wait_for_events();
  REQUIRE_FALSE(heard.events.empty());
  CHECK(heard.events.size() <= 80);
  CHECK(lost_of(heard.events) > 400);
  CHECK(std::holds_alternative<told::upgrade_finished>(heard.events.back().what));
  // Numbers tell the same story as the counts.
  auto expected = std::uint64_t{0};
  for (const auto& e : heard.events) {
    expected += e.lost + 1;
    CHECK(e.number == expected);
  }
}

TEST_CASE("a queue that waits loses nothing") {
  upgrade_engine engine;
  auto set = engine.add(make_set(200, std::make_shared<scripted_driver>(succeed)));
  recorder heard;
  auto run = *set->start_upgrade(
    to_version(2), {.on_event = heard.handler(100us),
                    .events = {.capacity = 1, .overflow = overflow_policy::wait}});
  CHECK(run.wait().progress.successful == 200);
  run.wait_for_events();
  CHECK(lost_of(heard.events) == 0);
  CHECK(count_of<told::instance_settled>(heard.events) == 200);
}

TEST_CASE("an engine ends although a handler never makes room") {
  std::atomic<bool> go{false};
  std::jthread release;
  {
    upgrade_engine engine;
    auto set = engine.add(make_set(200, std::make_shared<scripted_driver>(succeed)));
    std::atomic<bool> called{false};
    auto run = *set->start_upgrade(
      to_version(2), {.on_event =
                        [&](const event&) {
                          called = true;
                          while (!go)
                            std::this_thread::sleep_for(1ms);
                        },
                      .events = {.capacity = 1, .overflow = overflow_policy::wait}});
    REQUIRE(eventually([&] { return called.load(); }));
    release = std::jthread([&] {
      std::this_thread::sleep_for(50ms);
      go = true; // the call under way is waited for, the others are not made
    });
    auto ended = std::move(engine);
  }
  CHECK(go);
}

TEST_CASE("a handler that throws hears no more, and the upgrade goes on") {
  log_lines log;
  engine_options how;
  how.log = log.handler();
  upgrade_engine engine(std::move(how));
  auto set = engine.add(make_set(50, std::make_shared<scripted_driver>(succeed)));
  std::atomic<int> calls{0};
  auto run = *set->start_upgrade(to_version(2), {.on_event = [&](const event&) {
                                   ++calls;
                                   throw std::runtime_error("too loud");
                                 }});
  CHECK(run.wait().progress.successful == 50);
  run.wait_for_events();
  CHECK(calls == 1);
  CHECK(log.count("too loud") == 1);
}

TEST_CASE("late subscribers hear the rest, and may leave from their own handler") {
  upgrade_engine engine;
  std::mutex mutex;
  std::vector<completion> kept;
  std::atomic<bool> open{false};
  auto set =
    engine.add(make_set(10, std::make_shared<scripted_driver>(
                              [&](const instance&, const action&, completion d) {
                                const std::lock_guard guard(mutex);
                                if (open)
                                  d.succeed();
                                else
                                  kept.push_back(std::move(d));
                              })));
  auto run = *set->start_upgrade(to_version(2));
  REQUIRE(eventually([&] {
    const std::lock_guard guard(mutex);
    return kept.size() == 2;
  }));
  recorder heard;
  auto all = run.on_event(heard.handler());
  std::atomic<int> calls{0};
  subscription one;
  std::mutex one_mutex;
  auto token = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = token;
  {
    const std::lock_guard guard(one_mutex);
    one = run.on_event([&, token = std::move(token)](const event&) {
      ++calls;
      const std::lock_guard inner(one_mutex);
      one = {};
    });
  }
  {
    const std::lock_guard guard(mutex);
    open = true;
    for (auto& d : kept)
      d.succeed();
  }
  CHECK(run.wait().progress.successful == 10);
  all.wait();
  CHECK(eventually([&] { return watch.expired(); }));
  CHECK(calls == 1);
  REQUIRE_FALSE(heard.events.empty());
  CHECK(heard.events.front().number > 1);
  CHECK(count_of<told::upgrade_finished>(heard.events) == 1);
  // Of an upgrade that is over nothing is heard, and nobody waits.
  recorder nothing;
  run.on_event(nothing.handler()).wait();
  CHECK(nothing.events.empty());
}

TEST_CASE("a handler is destroyed once it has heard all") {
  upgrade_engine engine;
  auto set = engine.add(make_set(3, std::make_shared<scripted_driver>(succeed)));
  auto token = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = token;
  auto run = *set->start_upgrade(
    to_version(2), {.on_event = [token = std::move(token)](const event&) {}});
  static_cast<void>(run.wait());
  run.wait_for_events();
  CHECK(eventually([&] { return watch.expired(); }));
}
