// SPDX-License-Identifier: Apache-2.0
// A program that has actors of its own, and drydock's coordinator among them: ten hosts
// get version 2, then version 3, which an actor cancels after its first batch.
#include "hosts.hpp"

#include <cstdio>
#include <future>
#include <optional>
#include <string>

namespace {

using drydock::protocol::coordinator_actor;

constexpr int host_count = 10;

struct config : caf::actor_system_config {
  config() {
    drydock::actors::configure(*this); // its messages, and the scheduler that suits it
    add_message_types<caf::id_block::embed_actors>();
  }
};

drydock::scale_set_options hosts_set(const std::shared_ptr<host_fleet>& fleet,
                                     std::int64_t version) {
  drydock::scale_set_options set;
  set.name = "hosts";
  for (int i = 0; i < host_count; ++i) {
    drydock::instance_spec one;
    one.id = "host-" + std::to_string(i);
    set.instances.add(one);
  }
  set.model.set("settings.version", version);
  set.policy.mode = drydock::upgrade_mode::rolling; // 20 %: two hosts at a time
  set.health.interval = std::chrono::milliseconds(50);
  set.driver = fleet;
  set.prober = fleet;
  return set;
}

drydock::change to_version(std::int64_t version) {
  drydock::change what;
  what.patch.set("settings.version", version);
  return what;
}

/// An upgrade in `system`, to its end. `on_event` may send to the coordinator, which
/// therefore exists, and is told to begin, before anything happens.
std::optional<drydock::upgrade_report>
upgrade(caf::actor_system& system, drydock::scale_set_options set,
        const drydock::change& what,
        const std::function<void(const drydock::event&, const coordinator_actor&)>&
          on_event) {
  const auto over = std::make_shared<std::promise<drydock::upgrade_report>>();
  const auto coordinator = std::make_shared<coordinator_actor>();
  drydock::start_options how;
  // The upgrade waits for the handler, so that what it sends is not too late.
  how.events = {1, drydock::overflow_policy::wait};
  how.on_event = [on_event, coordinator](const drydock::event& told) {
    on_event(told, *coordinator);
  };
  auto made = drydock::actors::spawn_coordinator(
    system, std::move(set), what,
    [over](const drydock::upgrade_report& report) { over->set_value(report); }, how);
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().message.c_str());
    return std::nullopt;
  }
  *coordinator = *made;
  caf::anon_send(*made, drydock::protocol::begin_upgrade{});
  return over->get_future().get();
}

/// How many hosts run `version`, which the hosts themselves are asked.
int running(caf::actor_system& system, const std::vector<host_actor>& hosts,
            std::int64_t version) {
  caf::scoped_actor self(system);
  int count = 0;
  for (const auto& one : hosts)
    self->request(one, std::chrono::seconds(10), which_version{})
      .receive([&](std::int64_t x) { count += x == version ? 1 : 0; },
               [](const caf::error&) {});
  return count;
}

int check(bool holds, const char* what) {
  std::printf("%s: %s\n", holds ? "ok" : "FAILED", what);
  return holds ? 0 : 1;
}

} // namespace

int main() {
  using enum drydock::engine::upgrade_status;
  config settings;
  caf::actor_system system(settings);
  std::vector<host_actor> hosts;
  for (int i = 0; i < host_count; ++i)
    hosts.push_back(system.spawn(host));
  const auto fleet = std::make_shared<host_fleet>(hosts);

  // Host 9 is taken away while the upgrade runs: it is in no count any more.
  const auto first =
    upgrade(system, hosts_set(fleet, 1), to_version(2),
            [](const drydock::event& told, const coordinator_actor& to) {
              if (std::holds_alternative<drydock::told::batch_finished>(told.what))
                caf::anon_send(to, drydock::protocol::delete_instance{9});
            });
  int failed = check(first && first->status == completed, "version 2 is everywhere");
  failed += check(first && first->progress.successful == 9, "nine hosts got it");
  failed += check(running(system, hosts, 2) == 9, "and they run it");

  // What runs goes to its end; nothing new begins.
  const auto second = upgrade(
    system, hosts_set(fleet, 2), to_version(3),
    [](const drydock::event& told, const coordinator_actor& to) {
      if (std::holds_alternative<drydock::told::batch_started>(told.what))
        caf::anon_send(to, drydock::protocol::cancel_upgrade{"an actor", false});
    });
  failed += check(second && second->status == cancelled, "version 3 was cancelled");
  failed +=
    check(second && second->progress.pending >= 6, "most hosts were left alone");
  return failed == 0 ? 0 : 1;
}
