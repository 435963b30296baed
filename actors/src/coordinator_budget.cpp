// SPDX-License-Identifier: Apache-2.0
// What an upgrade asks of a budget that several share.
#include "coordinator.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace drydock::inline v1::actors {

using namespace protocol;

void coordinator_state::perform(const engine::command::ask_budget& command) {
  const auto& setup = context->setup;
  if (!setup.budget) { // all of it is this one's
    const auto ceiling = setup.rollout.shared_budget;
    self->send(self,
               budget_news{command.request,
                           std::min(command.wanted, std::max(command.kept, ceiling)),
                           ceiling,
                           {},
                           {}});
    return;
  }
  // Weakly: who holds the budget may outlive the upgrade.
  setup.budget->ask(
    {command.request, command.unavailable, command.kept, command.wanted},
    [to = caf::actor_cast<caf::weak_actor_ptr>(self)](budget_answer x) {
      const auto alive = caf::actor_cast<coordinator_actor>(to);
      if (!alive)
        return;
      budget_news news{x.request, x.share, x.ceiling, {}, {}};
      for (auto& [set, count] : x.holders) {
        news.holders.push_back(std::move(set));
        news.counts.push_back(count);
      }
      caf::anon_send(alive, std::move(news));
    });
}

void coordinator_state::hear_budget(budget_news& m) {
  engine::input::budget_given given{m.request, m.share, m.ceiling, {}};
  for (std::size_t i = 0; i < m.holders.size() && i < m.counts.size(); ++i)
    given.holders.push_back({std::move(m.holders[i]), m.counts[i]});
  feed(std::move(given));
}

} // namespace drydock::inline v1::actors
