// SPDX-License-Identifier: Apache-2.0
// Upgrades in an actor system of the program's own.
#include "fixture.hpp"

#include <drydock/actors.hpp>
#include <drydock/protocol/messages.hpp>
#include <drydock/protocol/type_ids.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <doctest/doctest.h>

#include <future>
#include <stdexcept>

using namespace drydock;
using namespace drydock::testing;

namespace {

struct config : caf::actor_system_config {
  config() { drydock::actors::configure(*this); }
};

} // namespace

TEST_CASE("what driver::features throws is an error here as well") {
  struct broken : scripted_driver {
    broken() : scripted_driver(succeed) {}
    [[nodiscard]] driver_features features() const override {
      throw std::runtime_error("no idea");
    }
  };
  config settings;
  caf::actor_system system(settings);
  const auto made =
    drydock::actors::spawn_coordinator(system, make_set(3, std::make_shared<broken>()),
                                       to_version(2), [](const upgrade_report&) {});
  REQUIRE_FALSE(made);
  CHECK(made.error().code == error_code::invalid_argument);
  CHECK(made.error().message.find("no idea") != std::string::npos);
}

TEST_CASE("an actor approves by a message") {
  std::promise<upgrade_report> over;
  std::atomic<bool> asked{false};
  config settings;
  caf::actor_system system(settings);
  auto set = make_set(10, std::make_shared<scripted_driver>(succeed));
  set.policy.rolling.checkpoints = {
    {.percent = 50, .approval = checkpoint_approval::manual}};
  start_options how;
  how.on_event = [&](const event& x) {
    if (const auto* waits = std::get_if<told::waiting>(&x.what))
      asked = asked || waits->question != 0;
  };
  const auto made = drydock::actors::spawn_coordinator(
    system, std::move(set), to_version(2),
    [&](const upgrade_report& report) { over.set_value(report); }, std::move(how));
  REQUIRE(made);
  caf::anon_send(*made, protocol::begin_upgrade{});
  REQUIRE(eventually([&] { return asked.load(); }));
  caf::anon_send(*made, protocol::approve_upgrade{"an actor", true, {}, 0});
  CHECK(over.get_future().get().progress.successful == 10);
}
