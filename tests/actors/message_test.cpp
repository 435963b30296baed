// SPDX-License-Identifier: Apache-2.0
// What crosses between coordinator and shard can live on another machine.
#include "drydock/protocol/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::protocol;

namespace {

template <class T>
T round_trip(const T& x) {
  caf::actor_system_config config;
  config.add_message_types<caf::id_block::drydock>();
  caf::actor_system system(config);
  std::vector<char> bytes;
  caf::binary_serializer out(system, bytes);
  REQUIRE(out(x) == caf::none);
  T y;
  caf::binary_deserializer in(system, bytes);
  REQUIRE(in(y) == caf::none);
  return y;
}

} // namespace

TEST_CASE("a shard's report survives a trip over the wire") {
  instance_update update;
  update.kind = instance_update::subject::settled;
  update.instance = 77;
  update.reason = engine::failure_reason::health_timeout;
  update.action_begun = true;
  update.attempt = 3;
  update.phase = -5;
  update.text = "not healthy";
  const auto back = round_trip(shard_report{9, {update, update}});
  CHECK(back.shard == 9);
  REQUIRE(back.updates.size() == 2);
  CHECK(back.updates[1].kind == update.kind);
  CHECK(back.updates[1].instance == 77);
  CHECK(back.updates[1].reason == update.reason);
  CHECK(back.updates[1].action_begun);
  CHECK_FALSE(back.updates[1].action_failed);
  CHECK(back.updates[1].attempt == 3);
  CHECK(back.updates[1].phase == -5);
  CHECK(back.updates[1].text == "not healthy");
}

TEST_CASE("a coordinator's orders survive a trip over the wire") {
  const auto work =
    round_trip(work_on_instances{{1, 2, 3},
                                 engine::work_kind::rollback,
                                 {{engine::known_progress::acting, 2}, {}, {}}});
  CHECK(work.instances == std::vector<instance_index>{1, 2, 3});
  CHECK(work.work == engine::work_kind::rollback);
  REQUIRE(work.known.size() == 3);
  CHECK(work.known[0].known == engine::known_progress::acting);
  CHECK(work.known[0].attempt == 2);
  CHECK(round_trip(abandon_work{true}).now);
  CHECK(round_trip(forget_instance{12}).instance == 12);
  const auto cancel = round_trip(cancel_upgrade{"someone", true});
  CHECK(cancel.by == "someone");
  CHECK(cancel.now);
}

TEST_CASE("words about repairs survive a trip over the wire") {
  const auto word = round_trip(steer_repairs{"ann", true});
  CHECK(word.by == "ann");
  CHECK(word.go_on);
  round_trip(stop_keeping{});
}
