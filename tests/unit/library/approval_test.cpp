// SPDX-License-Identifier: Apache-2.0
// Checkpoints, and who may approve them.
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

using namespace drydock;
using namespace drydock::testing;

namespace {

scale_set_options with_checkpoint(checkpoint_approval approval,
                                  std::shared_ptr<driver> by) {
  auto set = make_set(5, std::move(by));
  set.policy.rolling.checkpoints = {{20, 0s, approval}};
  return set;
}

bool asks(const upgrade& x) {
  const auto now = x.status();
  return now.waiting && now.waiting->reason == engine::wait_reason::checkpoint_approval;
}

} // namespace

TEST_CASE("an upgrade waits at a checkpoint until somebody approves") {
  upgrade_engine engine;
  auto set = *engine.add(with_checkpoint(checkpoint_approval::manual,
                                         std::make_shared<scripted_driver>(succeed)));
  auto run = *set.start_upgrade(to_version(2));
  REQUIRE(eventually([&] { return asks(run); }));
  const auto question = run.status().waiting->question;
  CHECK(question == 1);
  CHECK(run.status().progress.successful == 1);
  run.approve("ann", true, {}, question + 1); // a word for another question
  CHECK_FALSE(run.wait_for(50ms));
  run.approve("ann", true, "looks well", question);
  const auto report = run.wait();
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(report.progress.successful == 5);
  run.approve("ann"); // nothing happens when it is over
}

TEST_CASE("a rejection ends an upgrade as its policy says") {
  upgrade_engine engine;
  auto options = with_checkpoint(checkpoint_approval::manual,
                                 std::make_shared<scripted_driver>(succeed));
  options.policy.rolling.on_rejection = rejection::roll_back;
  auto set = *engine.add(std::move(options));
  auto run = *set.start_upgrade(to_version(2));
  REQUIRE(eventually([&] { return asks(run); }));
  run.approve("ann", false, "too slow");
  const auto report = run.wait();
  CHECK(report.status == engine::upgrade_status::faulted);
  CHECK(report.error.code == "CheckpointRejected");
  CHECK(report.error.message.find("too slow") != std::string::npos);
  CHECK(report.rollbacks_succeeded == 1);
  CHECK(set.lagging().size() == 5);
}

TEST_CASE("on a virtual clock it is the program that approves") {
  engine_options how;
  how.clock = clock_kind::virtual_time;
  upgrade_engine engine(how);
  auto options = with_checkpoint(checkpoint_approval::manual, nullptr);
  simulated_spec world;
  for (auto& length : world.durations)
    length.first = 60s;
  world.around.hooks[static_cast<std::size_t>(engine::upgrade_hook::before_batch)]
    .emplace()
    .first = 5s;
  options.driver = world;
  auto set = *engine.add(std::move(options));
  auto run = *set.start_upgrade(to_version(2));
  REQUIRE(eventually([&] { return asks(run); }));
  run.approve("ann");
  const auto report = run.wait();
  CHECK(report.status == engine::upgrade_status::completed);
  CHECK(report.batches.size() == 5);
}

TEST_CASE("approval by command is for drivers that have the command") {
  upgrade_engine engine;
  const auto refused = engine.add(with_checkpoint(
    checkpoint_approval::command, std::make_shared<scripted_driver>(succeed)));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == error_code::invalid_argument);
  CHECK(refused.error().message.find("command_spec::around.approve")
        != std::string::npos);
  auto options = with_checkpoint(checkpoint_approval::manual,
                                 std::make_shared<scripted_driver>(succeed));
  options.policy.mode = upgrade_mode::automatic;
  const auto wrong_mode = engine.add(std::move(options));
  REQUIRE_FALSE(wrong_mode);
  CHECK(wrong_mode.error().message.find("rolling mode only") != std::string::npos);
}

TEST_CASE("hooks and approvals of a command_spec are run") {
  const auto folder = std::filesystem::temp_directory_path()
                      / ("drydock-approval-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  {
    upgrade_engine engine;
    auto options = with_checkpoint(checkpoint_approval::command, nullptr);
    command_spec commands;
    commands.directory = folder.string();
    for (auto& action : commands.actions)
      action = {"true"};
    commands.around.approve = {"sh", "-c", "echo $0 $DRYDOCK_CHECKPOINT >>told",
                               "approve"};
    for (auto& hook : commands.around.hooks)
      hook = {"sh", "-c", "echo $DRYDOCK_HOOK >>told"};
    options.driver = commands;
    auto set = *engine.add(std::move(options));
    auto run = *set.start_upgrade(to_version(2));
    CHECK(run.wait().status == engine::upgrade_status::completed);
  }
  std::ifstream in(folder / "told");
  std::string line, all;
  while (std::getline(in, line))
    all += line + ' ';
  CHECK(all.starts_with("before_upgrade before_batch after_batch approve 20 "));
  CHECK(all.ends_with("after_batch after_upgrade "));
  std::filesystem::remove_all(folder);
}
