// SPDX-License-Identifier: Apache-2.0
// A scale set belongs to one engine at a time.
#include "kept.hpp"

#include <drydock/store/store.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

using namespace drydock;
using namespace drydock::testing;
using engine::upgrade_status;

namespace {

std::unique_ptr<store::upgrade_store> open(const std::string& path) {
  return std::move(std::get<0>(store::open_sqlite(path, false)));
}

/// Takes the lease of the set `web` by force; returns its epoch.
std::uint64_t take_by_force(store::upgrade_store& in) {
  store::lease who;
  who.owner = "the test";
  who.process = 1;
  who.expires_us = std::numeric_limits<std::int64_t>::max() / 2;
  const auto got = in.acquire("web", who, 0, [](const store::lease&) { return true; });
  const auto& held = std::get<store::lease>(got);
  REQUIRE(held.owner == "the test");
  return held.epoch;
}

} // namespace

TEST_CASE("a set that another engine has is not to be had") {
  const scratch_folder folder;
  for (const auto& store :
       {store_options::in_memory(), store_options::sqlite(folder.file("s.db"))}) {
    const auto by = std::make_shared<scripted_driver>(succeed);
    kept_engine first(store, by);
    REQUIRE(*first.added);
    CHECK(first.engine->add(make_kept_set(by)).error().code
          == error_code::already_exists);
    kept_engine second(store, by);
    REQUIRE_FALSE(*second.added);
    CHECK(second.added->error().code == error_code::lease_held);
    CHECK(second.added->error().message.find("process " + std::to_string(getpid()))
          != std::string::npos);
    CHECK(second.engine->scale_sets().empty());
    // Another set is.
    CHECK(second.engine->add(make_set(3, by, "db")));
    CHECK(first.engine->remove("web"));
    CHECK(second.engine->add(make_kept_set(by)));
    CHECK(first.engine->add(make_kept_set(by)).error().code == error_code::lease_held);
    second.engine.reset();
    CHECK(first.engine->add(make_kept_set(by)));
  }
}

TEST_CASE("a lease is renewed as long as the set is there") {
  auto store = store_options::in_memory();
  store.lease = 200ms;
  const auto by = std::make_shared<scripted_driver>(succeed);
  kept_engine first(store, by);
  std::this_thread::sleep_for(600ms);
  kept_engine second(store, by);
  CHECK(second.added->error().code == error_code::lease_held);
  CHECK(first.set().start_upgrade(to_version(2))->wait().progress.successful == 10);
}

TEST_CASE("an upgrade whose lease is lost stops where it stands") {
  const scratch_folder folder;
  auto store = store_options::sqlite(folder.file("s.db"));
  SUBCASE("found out by the thread that renews it") {
    store.lease = 300ms;
  }
  SUBCASE("found out by the next write") {
    store.lease = 1h;
  }
  const auto renews = store.lease < 1min;
  machine_world world;
  log_lines log;
  const auto by = std::make_shared<world_driver>(world, 4);
  kept_engine first(store, by, clock_kind::real, log.handler());
  const auto run = *first.set().start_upgrade(to_version(2));
  REQUIRE(eventually([&] { return by->held() == 2; }));
  const auto other = open(store.path);
  const auto epoch = take_by_force(*other);
  if (!renews)
    for (auto& done : by->take_held())
      done.succeed();
  const auto report = run.wait();
  CHECK(report.status == upgrade_status::rolling_forward);
  CHECK(report.error.code == "LeaseLost");
  CHECK(report.error.message.find("web") != std::string::npos);
  CHECK(by->upgrades == 6);
  CHECK(by->kills == 0);
  CHECK_FALSE(first.set().running());
  const auto again = first.set().start_upgrade(to_version(3));
  REQUIRE_FALSE(again);
  CHECK(again.error().code == error_code::lease_lost);
  CHECK(first.set().resume_upgrade().error().code == error_code::lease_lost);
  CHECK(first.set().abandon_upgrade().error().code == error_code::lease_lost);
  if (renews)
    CHECK(log.count("error: another engine has taken scale set \"web\" over") == 1);
  CHECK(first.engine->remove("web"));

  // The lease that was taken stays, and whoever has it goes on.
  CHECK(first.engine->add(make_kept_set(by)).error().code == error_code::lease_held);
  CHECK_FALSE(other->release("web", epoch));
  kept_engine second(store, std::make_shared<world_driver>(world));
  CHECK(second.set().resume_upgrade()->wait().progress.successful == 10);
}

TEST_CASE("a lease that is lost between upgrades") {
  const scratch_folder folder;
  const auto store = store_options::sqlite(folder.file("s.db"));
  const auto by = std::make_shared<scripted_driver>(succeed);
  kept_engine first(store, by);
  const auto other = open(store.path);
  (void)take_by_force(*other);
  const auto run = first.set().start_upgrade(to_version(2));
  REQUIRE_FALSE(run);
  CHECK(run.error().code == error_code::lease_lost);
  CHECK(by->upgrades == 0);
  CHECK(version_in(first.set().model()) == 1);
}

TEST_CASE("what was asked while nobody ran it comes first") {
  const scratch_folder folder;
  const auto store = store_options::sqlite(folder.file("s.db"));
  machine_world world;
  const auto id = leave_unfinished(store, world, 4);
  CHECK_FALSE(open(store.path)->ask(id, {"cancel", "somebody", 1}));
  kept_engine second(store, std::make_shared<world_driver>(world));
  const auto report = second.set().resume_upgrade()->wait();
  CHECK(report.status == upgrade_status::cancelled);
  CHECK(world.count(2) == 6);
  CHECK_FALSE(*second.set().unfinished());
  CHECK(std::get<0>(open(store.path)->requests(id)).empty());
}

// A thousand engines over one store; every third is destroyed in the middle of an
// upgrade, which the next one takes up.
TEST_CASE("engines come and go, and their upgrades stay") {
  const auto store = store_options::in_memory();
  machine_world world;
  std::size_t resumed = 0;
  std::size_t completed = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto by = std::make_shared<world_driver>(world, i % 3 == 0 ? 1 : 1000);
    engine_options how;
    how.threads = 1;
    how.store = store;
    upgrade_engine engine(std::move(how));
    if (i % 2 == 0)
      continue; // never used
    auto options = make_set(4, by);
    options.retry.timeout = 0s;
    auto set = engine.add(std::move(options));
    REQUIRE(set);
    auto run = set->resume_upgrade();
    if (run)
      ++resumed;
    else
      run = set->start_upgrade(to_version(i + 2));
    REQUIRE(run);
    if (i % 3 != 0) {
      const auto report = run->wait();
      REQUIRE(report.status == upgrade_status::completed);
      completed += report.progress.successful == 4 ? 1 : 0;
      continue;
    }
    REQUIRE(eventually([&] { return by->held() > 0; }));
    auto ended = std::move(engine); // before the driver
  }
  CHECK(resumed == 166);
  CHECK(completed == 333);
}
