// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/launch.hpp"

#include "coordinator.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

namespace drydock::inline v1::actors {

namespace {

engine::upgrade_report report_of_loss(const caf::error& reason) {
  engine::upgrade_report report;
  report.status = engine::upgrade_status::faulted;
  report.error.code = "InternalExecutionError";
  report.error.message =
    "the coordinator ended by itself (" + caf::to_string(reason) + ")";
  return report;
}

} // namespace

protocol::coordinator_actor launch(caf::actor_system& system, run_setup setup,
                                   std::shared_ptr<upgrade_listener> listener,
                                   std::function<void(engine::upgrade_report)> on_end) {
  auto context = std::make_shared<run_context>();
  context->setup = std::move(setup);
  context->listener = std::move(listener);
  // A coordinator may end without a word, because a listener threw, say.
  const auto tell = [told = std::make_shared<std::atomic<bool>>(false),
                     on_end = std::move(on_end)](engine::upgrade_report report) {
    if (!told->exchange(true))
      on_end(std::move(report));
  };
  context->on_finish = tell;
  auto result = system.spawn(coordinator, context_ptr{std::move(context)});
  caf::actor_cast<caf::abstract_actor*>(result)->attach_functor(
    [tell](const caf::error& reason) { tell(report_of_loss(reason)); });
  return result;
}

void set_scheduler(caf::actor_system_config& config, std::size_t threads) {
  // The stealing scheduler walks its queues under a lock and does not scale with
  // many ready actors.
  config.set("scheduler.policy", caf::atom("sharing"));
  const auto cores = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  config.set("scheduler.max-threads", threads > 0 ? threads : cores);
}

} // namespace drydock::inline v1::actors
