// SPDX-License-Identifier: Apache-2.0
#include "coroutine_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>

using namespace drydock;
using namespace drydock::testing;
using engine::upgrade_status;

namespace {

/// Reads to the end, and once more.
task<std::vector<event>> read_all(event_stream& stream) {
  std::vector<event> all;
  while (auto next = co_await stream.next())
    all.push_back(std::move(*next));
  if (co_await stream.next())
    throw std::logic_error("the stream went on after its end");
  co_return all;
}

task<std::optional<event>> read_one(event_stream& stream) {
  co_return co_await stream.next();
}

foreign_coroutine wait_for_one(event_stream& stream, std::shared_ptr<int> held,
                               std::atomic<bool>* resumed) {
  static_cast<void>(co_await stream.next());
  *held = 1;
  *resumed = true;
}

bool is_end(const event& x) {
  return std::holds_alternative<told::upgrade_finished>(x.what);
}

/// No number is missing from `first` on, but for those that were lost.
void check_numbers(const std::vector<event>& all, std::uint64_t first) {
  for (const auto& one : all) {
    CHECK(one.number == first + one.lost);
    first = one.number + 1;
  }
}

/// An engine with a set of which nothing is answered yet.
struct fixture {
  std::shared_ptr<held_driver> held = std::make_shared<held_driver>();
  std::optional<upgrade_engine> engine{std::in_place};
  scale_set set = engine->add(make_set(held, 10)).value();
};

} // namespace

TEST_CASE_FIXTURE(fixture, "a stream has every event of an upgrade, in order") {
  start_options how;
  event_stream stream(how);
  held->release();
  const auto running = set.start_upgrade(to_version_2(), std::move(how)).value();
  const auto all = sync_wait(read_all(stream));
  // Started, a batch, ten settled, the batch's end, the end.
  REQUIRE(all.size() == 14);
  check_numbers(all, 1);
  CHECK(std::holds_alternative<told::upgrade_started>(all.front().what));
  CHECK(is_end(all.back()));
  CHECK(running.wait().status == upgrade_status::completed);
}

TEST_CASE_FIXTURE(fixture, "a stream of an upgrade that runs has what follows") {
  const auto running = set.start_upgrade(to_version_2()).value();
  held->await(10);
  event_stream stream(running);
  auto read = spawn(read_all(stream));
  held->release();
  const auto all = read.get();
  REQUIRE(!all.empty());
  CHECK(all.front().number > 1);
  check_numbers(all, all.front().number);
  CHECK(is_end(all.back()));
}

TEST_CASE_FIXTURE(fixture, "a stream of an upgrade that is over ends at once") {
  held->release();
  const auto over = set.start_upgrade(to_version_2()).value();
  CHECK(over.wait().status == upgrade_status::completed);
  event_stream stream(over);
  CHECK(sync_wait(read_all(stream)).empty());
}

TEST_CASE_FIXTURE(fixture, "a stream of an upgrade that was refused ends at once") {
  start_options how;
  event_stream stream(how);
  change wrong;
  wrong.patch.set("no_such_key", 1);
  REQUIRE(!set.start_upgrade(wrong, std::move(how)));
  CHECK(sync_wait(read_all(stream)).empty());
}

TEST_CASE_FIXTURE(fixture, "a full stream loses its oldest events and counts them") {
  for (const std::size_t capacity : {0U, 1U, 3U}) {
    CAPTURE(capacity);
    start_options how;
    how.events.capacity = capacity;
    event_stream stream(how);
    held->release();
    const auto running = set.start_upgrade(to_version_2(), std::move(how)).value();
    running.wait_for_events();
    const auto all = sync_wait(read_all(stream));
    REQUIRE(all.size() == std::max<std::size_t>(capacity, 1));
    check_numbers(all, 1);
    CHECK(is_end(all.back()));
    engine.emplace();
    set = engine->add(make_set(held, 10)).value();
  }
}

TEST_CASE_FIXTURE(fixture, "an upgrade may wait for a full stream to be read") {
  start_options how;
  how.events = {2, overflow_policy::wait};
  event_stream stream(how);
  held->release();
  const auto running = set.start_upgrade(to_version_2(), std::move(how)).value();
  CHECK(!running.wait_for(50ms));
  const auto all = sync_wait(read_all(stream));
  CHECK(all.size() == 14);
  check_numbers(all, 1);
  for (const auto& one : all)
    CHECK(one.lost == 0);
  CHECK(running.wait().status == upgrade_status::completed);
}

TEST_CASE_FIXTURE(fixture, "a stream that is dropped holds nobody up") {
  start_options how;
  how.events = {1, overflow_policy::wait};
  std::optional<event_stream> stream(std::in_place, how);
  const auto running = set.start_upgrade(to_version_2(), std::move(how)).value();
  CHECK(sync_wait(read_one(*stream)));
  std::optional<event_stream> second(std::in_place, running,
                                     event_options{1, overflow_policy::wait});
  held->release();
  CHECK(!running.wait_for(20ms));
  stream.reset();
  second.reset();
  CHECK(running.wait().status == upgrade_status::completed);
}

TEST_CASE_FIXTURE(fixture,
                  "who waits for an event of a stream that is closed wakes up") {
  const auto running = set.start_upgrade(to_version_2()).value();
  held->await(10);
  event_stream stream(running);
  auto waits = spawn(read_all(stream));
  stream.close();
  CHECK(waits.get().empty());
  // Assigning to a stream closes it as well.
  event_stream other(running);
  auto waits_too = spawn(read_one(other));
  other = std::move(stream);
  CHECK(!waits_too.get());
}

TEST_CASE_FIXTURE(fixture, "a stream is closed by a coroutine that it resumes") {
  start_options how;
  std::optional<event_stream> stream(std::in_place, how);
  auto reads = [](std::optional<event_stream>& from) -> task<int> {
    const auto first = co_await from->next();
    from.reset();
    co_return first ? 1 : 0;
  }(stream);
  auto read = spawn(std::move(reads));
  held->release();
  const auto running = set.start_upgrade(to_version_2(), std::move(how)).value();
  CHECK(read.get() == 1);
  CHECK(running.wait().status == upgrade_status::completed);
}

TEST_CASE_FIXTURE(fixture, "a coroutine that is destroyed in a stream loses no event") {
  const auto running = set.start_upgrade(to_version_2()).value();
  held->await(10);
  event_stream stream(running);
  const auto alive = std::make_shared<int>(0);
  std::atomic<bool> resumed{false};
  {
    const auto waits = wait_for_one(stream, alive, &resumed);
    CHECK(alive.use_count() == 2);
  }
  CHECK(alive.use_count() == 1);
  held->release();
  const auto all = sync_wait(read_all(stream));
  REQUIRE(!all.empty());
  check_numbers(all, all.front().number);
  CHECK(is_end(all.back()));
  CHECK(!resumed);
}

TEST_CASE_FIXTURE(fixture, "two coroutines cannot read one stream at the same time") {
  const auto running = set.start_upgrade(to_version_2()).value();
  held->await(10);
  event_stream stream(running);
  auto first = spawn(read_one(stream));
  CHECK_THROWS_AS(sync_wait(read_one(stream)), std::logic_error);
  stream.close();
  CHECK(!first.get());
}

TEST_CASE_FIXTURE(fixture, "streams end when the engine is destroyed") {
  start_options how;
  event_stream all(how);
  const auto running = set.start_upgrade(to_version_2(), std::move(how)).value();
  held->await(10);
  event_stream rest(running);
  auto read = spawn(read_all(rest));
  engine.reset();
  CHECK(read.get().empty());
  const auto told = sync_wait(read_all(all));
  check_numbers(told, 1);
  for (const auto& one : told)
    CHECK(!is_end(one));
}
