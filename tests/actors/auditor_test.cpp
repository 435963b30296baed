// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/auditor.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::engine;

namespace {

told::health_changed health(instance_index i, health_state from, health_state to) {
  return {i, from, to};
}

void settle_all(actors::auditor& a, std::uint32_t count) {
  for (instance_index i = 0; i < count; ++i)
    a.on_event(health(i, health_state::initializing, health_state::healthy));
}

told::batch_started batch(std::vector<instance_index> members) {
  told::batch_started e;
  e.batch = 1;
  e.instances = std::move(members);
  return e;
}

} // namespace

TEST_CASE("the auditor counts nothing before every instance is settled") {
  actors::auditor a(3, true);
  a.on_event(health(0, health_state::initializing, health_state::healthy));
  a.on_event(health(1, health_state::initializing, health_state::unhealthy));
  CHECK(a.unavailable() == 2);
  CHECK(a.max_unavailable() == 0);
  a.on_event(health(2, health_state::initializing, health_state::healthy));
  CHECK(a.max_unavailable() == 1);
}

TEST_CASE("a member is unavailable from its batch's start until it settles healthy") {
  actors::auditor a(5, true);
  settle_all(a, 5);
  a.on_event(batch({0, 1}));
  CHECK(a.unavailable() == 2);
  a.on_event(told::instance_settled{0, failure_reason::none, false, {}});
  CHECK(a.unavailable() == 1);
  a.on_event(told::instance_settled{1, failure_reason::health_timeout, false, {}});
  CHECK_MESSAGE(a.unavailable() == 0,
                "its health is healthy, so only the hand held it");
  CHECK(a.max_unavailable() == 2);
}

TEST_CASE("a failed action makes an instance unavailable until a rollback succeeds") {
  actors::auditor a(2, true);
  settle_all(a, 2);
  a.on_event(batch({0}));
  a.on_event(told::instance_settled{0, failure_reason::action_failed, true, {}});
  CHECK(a.unavailable() == 1);
  a.on_event(told::rollback_started{0});
  a.on_event(told::rollback_finished{0, true, false, {}});
  CHECK(a.unavailable() == 0);
}

TEST_CASE("an unhealthy member is one unavailable instance, not two") {
  actors::auditor a(4, true);
  settle_all(a, 4);
  a.on_event(health(2, health_state::healthy, health_state::unknown));
  a.on_event(batch({2}));
  CHECK(a.unavailable() == 1);
}

TEST_CASE("a deleted instance leaves the count, in whatever state it was") {
  actors::auditor a(3, true);
  settle_all(a, 2);
  a.on_event(told::instance_deleted{2});
  CHECK(a.max_unavailable() == 0);
  a.on_event(batch({0}));
  CHECK(a.unavailable() == 1);
  a.on_event(told::instance_deleted{0});
  CHECK(a.unavailable() == 0);
  CHECK(a.max_unavailable() == 1);
}

TEST_CASE("without a health source batches and failures count, health does not") {
  actors::auditor a(4, false);
  a.on_event(health(3, health_state::healthy, health_state::unhealthy));
  CHECK(a.unavailable() == 0);
  a.on_event(batch({0, 1}));
  a.on_event(told::instance_settled{0, failure_reason::none, false, {}});
  a.on_event(told::instance_settled{1, failure_reason::hook_failed, false, {}});
  CHECK(a.unavailable() == 1);
  CHECK(a.max_unavailable() == 2);
}

TEST_CASE("nothing counts after the end of the upgrade") {
  actors::auditor a(2, true);
  settle_all(a, 2);
  a.on_event(told::upgrade_finished{});
  a.on_event(health(0, health_state::healthy, health_state::unhealthy));
  CHECK(a.max_unavailable() == 0);
}

TEST_CASE("a member that a cancel gave back is available again") {
  actors::auditor a(2, true);
  settle_all(a, 2);
  a.on_event(batch({0}));
  a.on_event(told::batch_extended{1, {1}});
  CHECK(a.unavailable() == 2);
  a.on_event(told::instance_released{0});
  CHECK(a.unavailable() == 1);
}

TEST_CASE("a replacement takes the place of its member, which served all the while") {
  actors::auditor a(2, true);
  settle_all(a, 2);
  auto surge = batch({0, 1});
  surge.surge = true;
  a.on_event(surge);
  CHECK(a.unavailable() == 0);
  a.on_event(told::instance_created{2, 0});
  CHECK(a.strays() == 1);
  a.on_event(health(2, health_state::initializing, health_state::healthy));
  a.on_event(told::instance_replaced{0, 2});
  CHECK(a.strays() == 0);
  CHECK(a.bad_replacements() == 0);
  a.on_event(told::instance_deleted{0, deletion_reason::surge});
  a.on_event(told::instance_settled{2, failure_reason::none, false, {}});
  CHECK(a.unavailable() == 0);
  a.on_event(health(2, health_state::healthy, health_state::unhealthy));
  CHECK(a.unavailable() == 1);
  // There is no quota for the other one.
  a.on_event(told::surge_short{1, {1}});
  CHECK(a.unavailable() == 2);
}

TEST_CASE(
  "who goes before its replacement serves is missed, and who is left over too") {
  actors::auditor a(2, true);
  settle_all(a, 2);
  a.on_event(told::instance_created{2, 0});
  a.on_event(told::instance_replaced{0, 2});
  CHECK(a.bad_replacements() == 1);
  CHECK(a.unavailable() == 1);
  a.on_event(told::instance_created{3, 1});
  CHECK(a.strays() == 1);
  a.on_event(told::instance_deleted{3, deletion_reason::surge});
  CHECK(a.strays() == 0);
  CHECK(a.unavailable() == 1);
}

TEST_CASE("one that is restarted or reimaged is down until its repair is over") {
  actors::auditor a(40, true);
  settle_all(a, 40);
  for (const instance_index i : {3U, 4U})
    a.on_event(health(i, health_state::healthy, health_state::unhealthy));
  a.on_event(told::repair_started{3, repair_action::restart});
  a.on_event(health(3, health_state::unhealthy, health_state::healthy));
  CHECK(a.unavailable() == 2);
  a.on_event(
    told::repair_finished{3, repair_outcome::succeeded, failure_reason::none, {}});
  CHECK(a.unavailable() == 1);
  // One that is replaced is as it is.
  a.on_event(told::repair_started{4, repair_action::replace});
  a.on_event(told::instance_created{44, 4, creation_reason::repair});
  a.on_event(health(44, health_state::initializing, health_state::healthy));
  CHECK(a.unavailable() == 1);
  a.on_event(told::instance_replaced{4, 44});
  CHECK(a.unavailable() == 0);
  CHECK((a.bad_repairs() == 0 && a.bad_replacements() == 0 && a.strays() == 0));
}

TEST_CASE("repairs that must not be are counted") {
  actors::auditor a(39, true);
  settle_all(a, 39);
  a.on_event(told::repair_started{0, repair_action::restart}); // it is well
  CHECK(a.bad_repairs() == 1);
  a.on_event(health(1, health_state::healthy, health_state::unhealthy));
  a.on_event(told::repair_started{1, repair_action::restart}); // one too many
  CHECK(a.bad_repairs() == 2);
  for (const instance_index i : {0U, 1U})
    a.on_event(
      told::repair_finished{i, repair_outcome::failed, failure_reason::none, {}});
  a.on_event(told::repair_started{1, repair_action::restart});
  CHECK(a.bad_repairs() == 2);
  a.on_event(
    told::repair_finished{1, repair_outcome::failed, failure_reason::none, {}});
  a.on_event(told::repairs_suspended{});
  a.on_event(told::repair_started{1, repair_action::restart});
  CHECK(a.bad_repairs() == 3);
  a.on_event(
    told::repair_finished{1, repair_outcome::failed, failure_reason::none, {}});
  a.on_event(told::repairs_resumed{});
  a.on_event(batch({1}));
  a.on_event(told::repair_started{1, repair_action::restart}); // it is taken
  CHECK(a.bad_repairs() == 4);
}
