// SPDX-License-Identifier: Apache-2.0
// A program with an actor system of its own: drydock's messages must be the same
// types on both sides of the library's border.
#include <drydock/actors.hpp>
#include <drydock/protocol/messages.hpp>
#include <drydock/protocol/type_ids.hpp>
#include <drydock/version.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <cstdio>

int main() {
  caf::actor_system_config config;
  drydock::actors::configure(config);
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  self->send(self, drydock::protocol::cancel_upgrade{"somebody", true});
  bool heard = false;
  self->receive([&](const drydock::protocol::cancel_upgrade& x) {
    heard = x.by == "somebody" && x.now;
  });
  std::puts(drydock::version_text());
  return heard ? 0 : 1;
}
