// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"

#include <caf/actor_clock.hpp>
#include <caf/logger.hpp>

#include <functional>
#include <memory>

namespace drydock::inline v1::actors {

/// What every actor of one upgrade reads; never written once actors run.
struct run_context {
  /// Told once, when the upgrade is over. Outlives the others: it may keep what a
  /// driver or a prober needs to its end.
  std::function<void(engine::upgrade_report)> on_finish;
  std::shared_ptr<upgrade_listener> listener;
  run_setup setup;
  /// Whether the threads belong to drydock, which never writes to CAF's log.
  bool log_off = false;

  /// To be called after a spawn, which gives the thread CAF's log back: with it CAF
  /// notes at each step, under a lock, which actor runs on which thread.
  void take_log_away() const {
    if (log_off)
      caf::logger::set_current_actor_system(nullptr);
  }
};

using context_ptr = std::shared_ptr<const run_context>;

/// The one translation between CAF's clock and the engine's.
inline engine::instant to_instant(caf::actor_clock::time_point t) {
  return engine::instant{
    std::chrono::duration_cast<engine::duration>(t.time_since_epoch())};
}

} // namespace drydock::inline v1::actors
