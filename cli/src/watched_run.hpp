// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "commands.hpp"
#include "controller.hpp"
#include "repair_record.hpp"

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/drivers/simulated.hpp"
#include "drydock/engine/keeper.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drydock::cli {

/// An upgrade that a watch runs: what the watch has already, and what came of it.
struct watched_run {
  /// Holds the lease, and has nothing in hand but an upgrade that is to be gone on
  /// with.
  controller& control;
  /// Where events go; -1: nowhere.
  int events = -1;
  /// The fleet that lives on from one run to the next; null: it is a real one.
  std::shared_ptr<drivers::simulated_fleet> simulation = nullptr;
  /// Virtual clock: since the start of the watch.
  engine::duration clock_start{0};
  /// How many upgrades the watch has run.
  std::uint32_t number = 0;
  engine::upgrade_cause cause = engine::upgrade_cause::start;
  /// Members that fail get their previous image back at once.
  bool restore_failed = false;
  /// How repairs stand; nothing: there are none.
  std::optional<engine::repair_options> repairs = std::nullopt;
  /// Hears of it, too; may be null.
  actors::upgrade_listener* listener = nullptr;
  /// What is kept of repairs, which words of others change; may be null.
  repair_keeper* repair_memory = nullptr;

  /// How it ended; nothing: it did not begin.
  std::optional<engine::upgrade_report> report = std::nullopt;
  std::string upgrade_id = {};
  /// What it was about, with the version of the image.
  engine::value target = {};
  /// What it went out from.
  engine::value previous = {};
  wall_time start{};
  std::uint32_t max_unavailable = 0;
};

/// The same as `run_file`, for a watch: the lock and the store are the watch's, nothing
/// is set up or torn down, and no summary is printed. The images of `file` are settled
/// already, but for an upgrade that is gone on with.
[[nodiscard]] int run_watched(const run_options& options,
                              std::shared_ptr<config::fleet_file> file,
                              watched_run& run, signal_watch& signals);

/// Whether any instance failed, also of those that were to come or to go.
[[nodiscard]] bool any_failed(const engine::upgrade_report& report);

/// Whether there are instances to be made or deleted, for the file's capacity.
[[nodiscard]] bool changes_capacity(const config::fleet_file& file);

/// Why a watch cannot change the capacity; nothing: it can, or there is nothing to
/// change. Nobody keeps who came to a simulated fleet, and who went.
[[nodiscard]] std::optional<std::string>
find_lost_capacity(const config::fleet_file& file);

/// What the shell is told of an upgrade that has ended.
[[nodiscard]] int exit_status_of(const engine::upgrade_report& report);

/// Whether runs of the file have a clock that is as fast as the work allows.
[[nodiscard]] bool has_virtual_clock(const config::fleet_file& file);

/// Keeps an upgrade whose image changed on the list of image upgrades, where the file
/// follows the newest image; says it when that does not work out.
void keep_image_upgrade(const config::fleet_file& file,
                        const engine::upgrade_report& report,
                        const summary_facts& facts, engine::upgrade_cause cause);

} // namespace drydock::cli
