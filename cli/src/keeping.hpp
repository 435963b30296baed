// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event_writer.hpp"
#include "replacement_keeper.hpp"
#include "run_parts.hpp"
#include "session.hpp"

#include "drydock/engine/repairs.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace drydock::cli {

/// The run of a watch between two upgrades: it probes, and repairs.
class keeping {
public:
  struct parts {
    /// Its latest model is the one that the fleet has.
    std::shared_ptr<config::fleet_file> file;
    /// By which its commands are told from those of other runs.
    std::string id;
    /// Null: the fleet is a real one.
    std::shared_ptr<drivers::simulated_fleet> simulation = nullptr;
    std::optional<engine::repair_options> repairs = std::nullopt;
    /// Virtual clock: since the start of the watch.
    engine::duration clock_start{0};
    wall_time start{};
    /// Events are appended there; -1: none are.
    int events = -1;
    bool quiet = false;
    /// Hears of everything, too.
    actors::upgrade_listener* listener = nullptr;
  };

  explicit keeping(parts what);
  /// Ends it at once, if it runs.
  ~keeping();

  keeping(const keeping&) = delete;
  keeping& operator=(const keeping&) = delete;

  /// Runs it on a thread of its own; `ended` is called there at the end.
  void start(std::function<void()> ended);
  /// Waits for its end.
  void join();
  /// Virtual clock: runs it here, for so long, unless it is stopped.
  engine::upgrade_report run_for(engine::duration length);

  /// Begins no more repairs, and ends once those in hand are over. From any thread.
  void stop();
  /// Ends what is in hand, too.
  void cancel(const std::string& by);
  /// No more repairs, or again.
  void steer(bool suspend, const std::string& by);

  [[nodiscard]] std::shared_ptr<const engine::fleet> instances() const {
    return world_.instances();
  }

private:
  [[nodiscard]] actors::run_setup make_setup(parts& what) const;

  session world_;
  std::unique_ptr<event_writer> writer_;
  std::unique_ptr<actors::upgrade_listener> view_;
  std::optional<replacement_keeper> replacements_;
  listeners all_;
  std::unique_ptr<actors::upgrade_run> run_;
  std::thread thread_;
};

} // namespace drydock::cli
