// SPDX-License-Identifier: Apache-2.0
// What a resume hears of those who spoke while nobody ran the upgrade, and sets that
// lack what surrounded it.
#include "kept.hpp"

#include <drydock/journal/record.hpp>
#include <drydock/store/store.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

using namespace drydock;
using namespace drydock::testing;
using engine::upgrade_hook;
using engine::upgrade_status;

namespace {

std::unique_ptr<store::upgrade_store> open(const std::string& path) {
  return std::move(std::get<0>(store::open_sqlite(path, true)));
}

/// Ten instances, two at a time, with questions after two and after six.
scale_set_options with_checkpoints(std::shared_ptr<driver> by) {
  auto set = make_kept_set(std::move(by));
  set.policy.rolling.checkpoints = {{20, 0s, checkpoint_approval::manual},
                                    {60, 0s, checkpoint_approval::manual}};
  return set;
}

bool asks(const upgrade& run, std::uint32_t question) {
  const auto now = run.status();
  return now.waiting && now.waiting->reason == engine::wait_reason::checkpoint_approval
         && now.waiting->question == question;
}

/// Leaves an upgrade at its first checkpoint, with what is asked of it since.
void leave_asking(const store_options& in, machine_world& world, clock_kind clock,
                  const std::vector<std::string>& words) {
  std::string id;
  {
    kept_engine first(in, with_checkpoints(std::make_shared<world_driver>(world)),
                      clock);
    REQUIRE(*first.added);
    const auto run = first.set().start_upgrade(to_version(2));
    REQUIRE(run);
    REQUIRE(eventually([&] { return asks(*run, 1); }));
    id = run->id();
  }
  CHECK(world.count(2) == 2);
  for (const auto& word : words)
    CHECK_FALSE(open(in.path)->ask(id, {word, "ann", 1}));
}

} // namespace

TEST_CASE("an approval that came while nobody ran the upgrade is heard by a resume") {
  for (const auto clock : {clock_kind::real, clock_kind::virtual_time}) {
    const scratch_folder folder;
    const auto in = store_options::sqlite(folder.file("s.db"));
    machine_world world;
    // The first one answers what is not asked yet.
    leave_asking(in, world, clock, {"approve:2:too early", "approve:1:looks well"});
    std::mutex mutex;
    std::vector<told::checkpoint_left> left;
    start_options how;
    how.on_event = [&](const event& x) {
      const std::lock_guard guard(mutex);
      if (const auto* passed = std::get_if<told::checkpoint_left>(&x.what))
        left.push_back(*passed);
    };
    kept_engine second(in, with_checkpoints(std::make_shared<world_driver>(world)),
                       clock);
    REQUIRE(*second.added);
    auto run = second.set().resume_upgrade(std::move(how));
    REQUIRE(run);
    REQUIRE(eventually([&] { return asks(*run, 2); }));
    CHECK_FALSE(run->wait_for(50ms));
    CHECK(world.count(2) == 6);
    run->approve("bob", true, {}, 2);
    CHECK(run->wait().status == upgrade_status::completed);
    CHECK(world.count(2) == 10);
    run->wait_for_events();
    const std::lock_guard guard(mutex);
    REQUIRE(left.size() == 2);
    CHECK(left[0].by == "ann");
    CHECK(left[0].message == "looks well");
    CHECK(left[1].by == "bob");
  }
}

TEST_CASE("a rejection that came while nobody ran the upgrade ends it") {
  const scratch_folder folder;
  const auto in = store_options::sqlite(folder.file("s.db"));
  machine_world world;
  leave_asking(in, world, clock_kind::real, {"reject:1:too slow"});
  kept_engine second(in, with_checkpoints(std::make_shared<world_driver>(world)));
  const auto report = second.set().resume_upgrade()->wait();
  CHECK(report.status == upgrade_status::cancelled);
  CHECK(report.error.code == "RollingUpgradeCanceled");
  CHECK(report.error.message.find("too slow") != std::string::npos);
  CHECK(world.count(2) == 2);
}

TEST_CASE("the program's own word at once after a resume is heard") {
  for (const auto clock : {clock_kind::real, clock_kind::virtual_time}) {
    const scratch_folder folder;
    const auto in = store_options::sqlite(folder.file("s.db"));
    machine_world world;
    leave_asking(in, world, clock, {});
    kept_engine second(in, with_checkpoints(std::make_shared<world_driver>(world)),
                       clock);
    auto run = second.set().resume_upgrade();
    REQUIRE(run);
    run->approve("ann", true, {}, 1); // its thread may not have begun
    REQUIRE(eventually([&] { return asks(*run, 2); }));
    CHECK(world.count(2) == 6);
  }
}

namespace {

/// Has a simulated fleet begin an upgrade, and leaves it unfinished.
void leave_simulated(
  const store_options& in,
  const std::function<void(scale_set_options&, simulated_spec&)>& with) {
  simulated_spec world;
  for (auto& x : world.durations)
    x.first = 200ms;
  auto options = make_set(10, nullptr);
  options.prober = nullptr;
  options.health.kind = health_kind::binary_extension;
  with(options, world);
  options.driver = world;
  kept_engine first(in, std::move(options));
  REQUIRE(*first.added);
  const auto run = first.set().start_upgrade(to_version(2));
  REQUIRE(run);
  REQUIRE(eventually([&] { return run->status().progress.successful >= 2; }));
}

/// Why the set cannot go on with what is left.
std::string refusal(const store_options& in, scale_set_options options) {
  kept_engine one(in, std::move(options));
  REQUIRE(*one.added);
  const auto run = one.set().resume_upgrade();
  REQUIRE_FALSE(run);
  CHECK(run.error().code == error_code::resume_refused);
  CHECK(run.error().reason == "OperationNotAllowed");
  CHECK(*one.set().unfinished());
  return run.error().message;
}

/// Commands that succeed.
scale_set_options with_commands(const std::string& folder) {
  auto options = make_kept_set(nullptr);
  command_spec commands;
  commands.directory = folder;
  for (auto& action : commands.actions)
    action = {"true"};
  options.driver = std::move(commands);
  return options;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("an upgrade with hooks does not go on without them") {
  const scratch_folder folder;
  const auto in = store_options::in_memory();
  leave_simulated(in, [](auto&, simulated_spec& world) {
    for (const auto hook : {upgrade_hook::before_batch, upgrade_hook::after_upgrade})
      world.around.hooks[static_cast<std::size_t>(hook)].emplace().first = 1ms;
  });
  machine_world world;
  CHECK(holds(refusal(in, make_kept_set(std::make_shared<world_driver>(world))),
              "hook before_batch"));
  auto options = with_commands(folder.file(""));
  auto& hooks = std::get<command_spec>(options.driver).around.hooks;
  hooks[static_cast<std::size_t>(upgrade_hook::before_batch)] = {"true"};
  const auto why = refusal(in, options);
  CHECK(holds(why, "hook after_upgrade"));
  CHECK(holds(why, "command_spec::around.hooks"));
  hooks[static_cast<std::size_t>(upgrade_hook::after_upgrade)] = {"true"};
  kept_engine last(in, std::move(options));
  const auto run = last.set().resume_upgrade();
  REQUIRE(run);
  CHECK(run->wait().progress.successful == 10);
}

TEST_CASE("an upgrade that a command approves does not go on without it") {
  const scratch_folder folder;
  const auto in = store_options::in_memory();
  leave_simulated(in, [](scale_set_options& options, simulated_spec& world) {
    options.policy.rolling.checkpoints = {{20, 0s, checkpoint_approval::command}};
    world.around.approve_after = 1h;
  });
  machine_world world;
  CHECK(holds(refusal(in, make_kept_set(std::make_shared<world_driver>(world))),
              "command_spec::around.approve"));
  auto options = with_commands(folder.file(""));
  CHECK(holds(refusal(in, options), "command_spec::around.approve"));
  std::get<command_spec>(options.driver).around.approve = {"true"};
  kept_engine last(in, std::move(options));
  const auto run = last.set().resume_upgrade();
  REQUIRE(run);
  CHECK(run->wait().progress.successful == 10);
}

TEST_CASE("an upgrade with guards is for `drydock resume`") {
  const scratch_folder folder;
  const auto in = store_options::sqlite(folder.file("s.db"));
  const auto guarded = store_options::sqlite(folder.file("guarded.db"));
  machine_world world;
  const auto id = leave_unfinished(in, world, 4);
  const auto bytes = open(in.path)->header(id);
  auto read = journal::read_header(std::get<std::string>(bytes));
  auto& header = std::get<journal::header>(read);
  header.rollout.guards = {{"error budget", engine::guard_consequence::wait}};
  {
    const auto to = open(guarded.path);
    store::lease who;
    who.owner = "the test";
    const auto got = to->acquire("web", who, 0, [](const auto&) { return true; });
    const auto epoch = std::get<store::lease>(got).epoch;
    store::upgrade_entry entry;
    entry.id = id;
    entry.scale_set = "web";
    entry.started_us = header.started_us;
    REQUIRE_FALSE(to->create(entry, journal::write_header(header), epoch));
    REQUIRE_FALSE(to->release("web", epoch));
  }
  const auto why =
    refusal(guarded, make_kept_set(std::make_shared<world_driver>(world)));
  CHECK(holds(why, "guards"));
  CHECK(holds(why, "`drydock resume`"));
  // Without them it goes on.
  kept_engine last(in, std::make_shared<world_driver>(world));
  CHECK(last.set().resume_upgrade()->wait().progress.successful == 10);
}
