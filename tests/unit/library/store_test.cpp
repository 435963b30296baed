// SPDX-License-Identifier: Apache-2.0
// Upgrades that outlive their engine.
#include "kept.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

using namespace drydock;
using namespace drydock::testing;
using engine::upgrade_status;

TEST_CASE("without a store nothing is kept") {
  machine_world world;
  kept_engine only({}, std::make_shared<world_driver>(world));
  auto& set = only.set();
  const auto none = set.unfinished();
  REQUIRE(none);
  CHECK_FALSE(*none);
  CHECK(set.resume_upgrade().error().code == error_code::nothing_to_resume);
  CHECK(set.abandon_upgrade().error().code == error_code::nothing_to_resume);
  CHECK(set.start_upgrade(to_version(2))->wait().progress.successful == 10);
}

TEST_CASE("an upgrade that came to its end leaves nothing behind") {
  const scratch_folder folder;
  for (const auto& store :
       {store_options::in_memory(), store_options::sqlite(folder.file("s.db"))})
    for (const auto clock : {clock_kind::real, clock_kind::virtual_time}) {
      machine_world world;
      for (int version = 2; version < 4; ++version) {
        kept_engine one(store, std::make_shared<world_driver>(world), clock);
        REQUIRE(*one.added);
        CHECK_FALSE(*one.set().unfinished());
        const auto run = one.set().start_upgrade(to_version(version));
        REQUIRE(run);
        CHECK(run->wait().progress.successful == 10);
        CHECK(one.set().lagging().empty());
        CHECK_FALSE(*one.set().unfinished());
        CHECK(one.set().resume_upgrade().error().code == error_code::nothing_to_resume);
        CHECK(one.set().start_upgrade(to_version(version + 5))->wait().status
              == upgrade_status::completed);
      }
    }
}

TEST_CASE("stores that cannot be") {
  const auto by = std::make_shared<scripted_driver>(succeed);
  const scratch_folder folder;
  const auto refused = [&](const store_options& store) {
    kept_engine one(store, by);
    REQUIRE_FALSE(*one.added);
    CHECK(one.engine->scale_sets().empty());
    return one.added->error();
  };
  auto expired = store_options::in_memory();
  expired.lease = 0s;
  CHECK(refused(expired).code == error_code::invalid_argument);
  CHECK(refused(store_options::sqlite("")).message.find("path") != std::string::npos);
  CHECK(refused(store_options::postgresql("")).code == error_code::invalid_argument);
  const auto away = refused(store_options::sqlite(folder.file("none/s.db")));
  CHECK(away.code == error_code::store_unavailable);
  CHECK(away.message.find("none/s.db") != std::string::npos);
  CHECK(refused(store_options::postgresql("host=" + folder.file("") + " dbname=x")).code
        == error_code::store_unavailable);
  std::ofstream(folder.file("other")) << std::string(5000, 'x');
  CHECK(refused(store_options::sqlite(folder.file("other"))).code
        == error_code::store_unavailable);
}

TEST_CASE("a store of a later version") {
  const scratch_folder folder;
  const auto path = folder.file("s.db");
  const auto by = std::make_shared<scripted_driver>(succeed);
  {
    kept_engine first(store_options::sqlite(path), by);
    REQUIRE(*first.added);
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60); // the version of the tables, as SQLite's format has it
    file.write("\0\0\0\x63", 4);
  }
  kept_engine second(store_options::sqlite(path), by);
  REQUIRE_FALSE(*second.added);
  CHECK(second.added->error().code == error_code::store_newer);
}

namespace {

/// What the store says of an upgrade of ten to version 2 that was cut short after four.
void check_left(scale_set& set, const std::string& id) {
  const auto left = set.unfinished();
  REQUIRE(left);
  REQUIRE(*left);
  CHECK((*left)->id == id);
  CHECK((*left)->progress.successful == 4);
  CHECK((*left)->progress.in_progress == 2);
  CHECK((*left)->progress.pending == 4);
  CHECK((*left)->in_hand.size() == 2);
  CHECK(version_in((*left)->latest_model) == 2);
  CHECK(version_in((*left)->previous_model) == 1);
  CHECK((*left)->policy.rolling.max_batch_instance_percent == 20);
  CHECK(std::chrono::system_clock::now() - (*left)->begun < 1min);
  const auto refused = set.start_upgrade(to_version(3));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error_code::unfinished_upgrade);
  CHECK(refused.error().message.find(id) != std::string::npos);
}

/// All is told, from the start on, and no steps, which nobody has asked for.
void check_told(const std::vector<event>& all) {
  REQUIRE(all.size() > 10);
  bool resumed = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].number == i + 1);
    CHECK_FALSE(std::holds_alternative<told::step_started>(all[i].what));
    CHECK_FALSE(std::holds_alternative<told::step_finished>(all[i].what));
    resumed = resumed || std::holds_alternative<told::upgrade_resumed>(all[i].what);
  }
  CHECK(resumed);
  CHECK(std::holds_alternative<told::upgrade_started>(all[0].what));
}

/// A driver that finds out what became of actions.
std::shared_ptr<world_driver> knowing_driver(machine_world& world,
                                             const std::string& id) {
  const auto by = std::make_shared<world_driver>(world);
  by->on_inspect_action = [&world, id](const instance& target, const action& what,
                                       action_inspection done) {
    CHECK(what.kind == apply_class::in_place);
    CHECK_FALSE(what.rollback);
    CHECK(target.upgrade_id() == id);
    const auto is_done =
      world.version(target.id()) == version_in(target.latest_model());
    done.answer(is_done ? action_fate::done : action_fate::not_done);
  };
  return by;
}

} // namespace

TEST_CASE("the next engine goes on") {
  const scratch_folder folder;
  for (const auto& store :
       {store_options::in_memory(), store_options::sqlite(folder.file("s.db"))}) {
    machine_world world;
    const auto id = leave_unfinished(store, world, 4);
    CHECK(world.count(2) == 6);
    auto options = make_kept_set(knowing_driver(world, id));
    options.model.set("settings.app", 7); // what it goes on with is what it began with
    options.policy.rolling.max_batch_instance_percent = 100;
    kept_engine second(store, std::move(options));
    auto& set = second.set();
    check_left(set, id);
    CHECK(version_in(set.model()) == 7);

    std::vector<event> all;
    start_options how;
    how.on_event = [&](const event& e) { all.push_back(e); };
    const auto run = set.resume_upgrade(std::move(how));
    REQUIRE(run);
    CHECK(run->id() == id);
    const auto report = run->wait();
    CHECK(report.status == upgrade_status::completed);
    CHECK(report.progress.successful == 10);
    CHECK(run->status().max_unavailable_instances <= 2);
    CHECK(version_in(set.model()) == 2);
    CHECK(set.policy().rolling.max_batch_instance_percent == 20);
    CHECK(set.lagging().empty());
    CHECK(world.count(2) == 10);
    for (int i = 0; i < 10; ++i)
      CHECK(world.acted_on("i-" + std::to_string(i)) == 1);
    run->wait_for_events();
    check_told(all);
    CHECK(set.start_upgrade(to_version(3))->wait().progress.successful == 10);
  }
}

TEST_CASE("postgresql: the next engine goes on") {
  const auto* place = std::getenv("DRYDOCK_TEST_POSTGRESQL");
  REQUIRE(place != nullptr);
  const auto store = store_options::postgresql(place);
  machine_world world;
  const auto id = leave_unfinished(store, world, 4);
  const auto by = std::make_shared<world_driver>(world);
  kept_engine second(store, by);
  REQUIRE(*second.added);
  kept_engine third(store, by);
  CHECK(third.added->error().code == error_code::lease_held);
  const auto run = second.set().resume_upgrade();
  REQUIRE(run);
  CHECK(run->id() == id);
  CHECK(run->wait().progress.successful == 10);
  CHECK_FALSE(*second.set().unfinished());
}

TEST_CASE("the next engine goes on in virtual time") {
  const auto store = store_options::in_memory();
  machine_world world;
  std::optional<upgrade> run;
  {
    const auto by = std::make_shared<world_driver>(world, 4);
    kept_engine first(store, by, clock_kind::virtual_time);
    run = *first.set().start_upgrade(to_version(2));
    REQUIRE(eventually([&] { return by->held() == 2; }));
    std::thread answers([&] { // from outside nothing counts
      by->take_held();
    });
    answers.join();
  }
  const auto cut = run->wait();
  CHECK(cut.status == upgrade_status::rolling_forward);
  CHECK(cut.error.code == "EngineDestroyed");
  CHECK(cut.error.message.find("resume") != std::string::npos);
  kept_engine second(store, std::make_shared<world_driver>(world),
                     clock_kind::virtual_time);
  REQUIRE(*second.set().unfinished());
  const auto again = second.set().resume_upgrade();
  REQUIRE(again);
  CHECK(again->id() == run->id());
  CHECK(again->wait().progress.successful == 10);
  // The same seed would give its id again.
  const auto next = second.set().start_upgrade(to_version(3));
  REQUIRE(next);
  CHECK(next->id() != run->id());
  CHECK(next->wait().progress.successful == 10);
}

TEST_CASE("an upgrade may be cut short many times") {
  const scratch_folder folder;
  const auto store = store_options::sqlite(folder.file("s.db"));
  machine_world world;
  const auto id = leave_unfinished(store, world, 2);
  for (int cuts = 0; cuts < 3; ++cuts) {
    const auto by = std::make_shared<world_driver>(world, 1);
    by->on_inspect_action = [&](const instance& target, const action&,
                                action_inspection done) {
      done.answer(world.version(target.id()) == 2 ? action_fate::done
                                                  : action_fate::not_done);
    };
    kept_engine next(store, by);
    const auto run = next.set().resume_upgrade();
    REQUIRE(run);
    CHECK(run->id() == id);
    REQUIRE(eventually([&] { return by->held() > 0; }));
    next.engine.reset();
    CHECK(run->wait().error.code == "EngineDestroyed");
  }
  kept_engine last(store, std::make_shared<world_driver>(world));
  CHECK(last.set().resume_upgrade()->wait().progress.successful == 10);
}

TEST_CASE("a set that is not the one that is to be resumed") {
  const auto store = store_options::in_memory();
  machine_world world;
  const auto id = leave_unfinished(store, world, 4);
  const auto by = std::make_shared<world_driver>(world);
  const auto refused = [&](scale_set_options options) {
    kept_engine one(store, std::move(options));
    const auto run = one.set().resume_upgrade();
    REQUIRE_FALSE(run);
    CHECK(run.error().code == error_code::resume_refused);
    CHECK(*one.set().unfinished());
    return run.error().message;
  };
  auto fewer = make_kept_set(by);
  fewer.instances = make_set(9, by).instances;
  CHECK(refused(std::move(fewer)).find("same order") != std::string::npos);
  auto other = make_kept_set(by);
  other.instances = {};
  for (int i = 9; i >= 0; --i)
    other.instances.add({.id = "i-" + std::to_string(i)});
  CHECK(refused(std::move(other)).find("same order") != std::string::npos);
  auto silent = make_kept_set(by);
  silent.prober = nullptr;
  silent.policy.mode = upgrade_mode::manual;
  CHECK(refused(std::move(silent)).find("health source") != std::string::npos);
  auto commands = make_kept_set(nullptr);
  commands.driver = command_spec{};
  CHECK(refused(std::move(commands)).find("command") != std::string::npos);

  // It can be given up all the same.
  kept_engine last(store, make_set(9, by));
  CHECK(last.set().abandon_upgrade());
  CHECK_FALSE(*last.set().unfinished());
  CHECK(last.set().resume_upgrade().error().code == error_code::nothing_to_resume);
  CHECK(last.set().abandon_upgrade().error().code == error_code::nothing_to_resume);
  CHECK(last.set().start_upgrade(to_version(3))->wait().progress.successful == 9);
}

TEST_CASE("instances that are gone stay gone") {
  const auto store = store_options::in_memory();
  machine_world world;
  {
    const auto by = std::make_shared<world_driver>(world, 4);
    kept_engine first(store, by);
    CHECK(first.set().delete_instance(9)); // before it begins
    const auto run = first.set().start_upgrade(to_version(2));
    REQUIRE(eventually([&] { return by->held() > 0; }));
    CHECK(first.set().delete_instance(8));
    REQUIRE(eventually([&] { return run->status().progress.pending <= 3; }));
  }
  kept_engine second(store, std::make_shared<world_driver>(world));
  CHECK(second.set().delete_instance(7)); // while nobody runs it
  const auto run = second.set().resume_upgrade();
  REQUIRE(run);
  CHECK(run->wait().progress.successful == 7);
  for (int i = 7; i < 10; ++i)
    CHECK(world.acted_on("i-" + std::to_string(i)) == 0);
  CHECK(second.set().lagging().empty());
}

TEST_CASE("a driver that inspects is asked before anything is written") {
  const auto store = store_options::in_memory();
  machine_world world;
  std::mutex mutex;
  std::vector<inspection> kept;
  std::optional<upgrade> run;
  {
    const auto by = std::make_shared<world_driver>(world);
    by->can.inspect = true;
    by->on_inspect = [&](const instance&, inspection done) {
      const std::lock_guard guard(mutex);
      kept.push_back(std::move(done));
    };
    kept_engine first(store, by);
    run = *first.set().start_upgrade(to_version(2));
    REQUIRE(eventually([&] {
      const std::lock_guard guard(mutex);
      return kept.size() == 10;
    }));
  }
  CHECK(run->wait().status == upgrade_status::cancelled);
  const auto by = std::make_shared<world_driver>(world, 2);
  by->can.inspect = true;
  by->on_inspect = [](const instance& target, inspection done) {
    done.runs_latest_model(target.index() < 3);
  };
  {
    kept_engine second(store, by);
    CHECK_FALSE(*second.set().unfinished());
    run = *second.set().start_upgrade(to_version(2));
    REQUIRE(eventually([&] { return by->held() > 0; }));
  }
  CHECK(run->wait().status == upgrade_status::rolling_forward);
  // Those that were found to have it are not asked for again.
  const auto last_by = std::make_shared<world_driver>(world);
  last_by->can.inspect = true;
  last_by->on_inspect = [](const instance&, inspection) { FAIL("asked again"); };
  kept_engine third(store, last_by);
  CHECK(third.set().resume_upgrade()->wait().progress.successful == 10);
  for (int i = 0; i < 3; ++i)
    CHECK(world.acted_on("i-" + std::to_string(i)) == 0);
  CHECK(third.set().lagging().empty());
}

TEST_CASE("a simulated fleet goes on where it was") {
  const auto store = store_options::in_memory();
  simulated_spec world;
  for (auto& x : world.durations)
    x.first = 30ms;
  auto options = make_set(10, nullptr);
  options.prober = nullptr;
  options.health.kind = health_kind::binary_extension;
  options.driver = world;
  std::optional<upgrade> run;
  {
    kept_engine first(store, options);
    run = *first.set().start_upgrade(to_version(2));
    REQUIRE(eventually([&] { return run->status().progress.successful >= 2; }));
  }
  kept_engine second(store, options);
  const auto again = second.set().resume_upgrade();
  REQUIRE(again);
  const auto report = again->wait();
  CHECK(report.status == upgrade_status::completed);
  CHECK(report.progress.successful == 10);
}
