// SPDX-License-Identifier: Apache-2.0
// What an upgrade keeps of those who hear it; seen from within, for what it keeps is
// what nobody has any more.
#include "fixture.hpp"
#include "upgrade_state.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using detail::event_queue;
using detail::upgrade_state;

namespace {

std::shared_ptr<upgrade_state> make_state() {
  const auto instances = std::make_shared<fleet>();
  instances->add({.id = "i-0"});
  return std::make_shared<upgrade_state>(
    "an id", instances, engine::rollout_options{}, detail::log_sink{},
    std::make_shared<detail::call_guard>(), nullptr);
}

std::shared_ptr<event_queue> subscribe(upgrade_state& to, event_handler handler) {
  const auto queue = std::make_shared<event_queue>(std::move(handler), event_options{},
                                                   detail::log_sink{});
  to.listen(queue, false);
  return queue;
}

void tell(upgrade_state& to) {
  static_cast<actors::upgrade_listener&>(to).on_event(told::batch_finished{},
                                                      duration{0});
}

} // namespace

TEST_CASE("an upgrade forgets whose subscription has ended") {
  const auto state = make_state();
  auto stays = subscribe(*state, [](const event&) {});
  auto goes = subscribe(*state, [](const event&) {});
  tell(*state);
  const std::weak_ptr<event_queue> gone = goes;
  goes->close();
  goes = nullptr;
  tell(*state);
  CHECK(gone.expired());
  // And the others when it is over.
  const std::weak_ptr<event_queue> last = stays;
  state->finish({});
  stays->wait();
  stays->close();
  stays = nullptr;
  CHECK(last.expired());
}

TEST_CASE("an upgrade that never began tells its handlers that nothing will come") {
  auto state = make_state();
  auto kept = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = kept;
  const auto queue = subscribe(*state, [kept = std::move(kept)](const event&) {});
  state = nullptr;
  CHECK(testing::eventually([&] { return watch.expired(); }));
  queue->close();
}
