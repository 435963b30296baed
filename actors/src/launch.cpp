// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/launch.hpp"

#include "coordinator.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/logger.hpp>
#include <caf/thread_hook.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

namespace drydock::inline v1::actors {

namespace {

/// `kept`: the upgrade is written down, so that it can go on.
engine::upgrade_report report_of_loss(const caf::error& reason, bool kept) {
  engine::upgrade_report report;
  report.status =
    kept ? engine::upgrade_status::rolling_forward : engine::upgrade_status::faulted;
  report.error.code = "InternalExecutionError";
  report.error.message =
    "the coordinator ended by itself (" + caf::to_string(reason) + ")";
  return report;
}

/// Takes CAF's log away from the threads that CAF starts.
class log_off : public caf::thread_hook {
public:
  void init(caf::actor_system&) override {}
  void thread_started() override { caf::logger::set_current_actor_system(nullptr); }
  void thread_terminates() override {}
};

} // namespace

protocol::coordinator_actor launch(caf::actor_system& system, run_setup setup,
                                   std::shared_ptr<upgrade_listener> listener,
                                   std::function<void(engine::upgrade_report)> on_end) {
  auto context = std::make_shared<run_context>();
  context->log_off = caf::get_or(system.config(), "drydock.log-off", false);
  context->setup = std::move(setup);
  if (context->setup.journal) // who goes on must know how far the work had come
    context->setup.tell_steps = true;
  context->listener = std::move(listener);
  // A coordinator may end without a word, because a listener threw, say.
  const auto tell = [told = std::make_shared<std::atomic<bool>>(false),
                     on_end = std::move(on_end)](engine::upgrade_report report) {
    if (!told->exchange(true))
      on_end(std::move(report));
  };
  context->on_finish = tell;
  const auto kept = context->setup.journal != nullptr;
  auto result = system.spawn(coordinator, context_ptr{std::move(context)});
  caf::actor_cast<caf::abstract_actor*>(result)->attach_functor(
    [tell, kept](const caf::error& reason) { tell(report_of_loss(reason, kept)); });
  return result;
}

void set_scheduler(caf::actor_system_config& config, std::size_t threads) {
  // The stealing scheduler walks its queues under a lock and does not scale with
  // many ready actors.
  config.set("scheduler.policy", caf::atom("sharing"));
  const auto cores = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  config.set("scheduler.max-threads", threads > 0 ? threads : cores);
}

void set_log_off(caf::actor_system_config& config) {
  config.add_thread_hook<log_off>();
  caf::put(config.content, "drydock.log-off", true);
}

} // namespace drydock::inline v1::actors
