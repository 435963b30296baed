// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "controller.hpp"
#include "forecast.hpp"
#include "image_memory.hpp"
#include "joint_events.hpp"
#include "repair_ear.hpp"
#include "replacement_keeper.hpp"
#include "run_parts.hpp"
#include "session.hpp"
#include "watched_run.hpp"

#include "drydock/actors/joint_runs.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace drydock::cli {

class event_writer;

/// The upgrade of one scale set by `drydock run`, from the accepted file to its end.
/// The steps are called in order, from one thread; `on_signal` from any.
class run_session {
public:
  /// `watched`: what a watch that runs it has already; null: it is a run of its own.
  run_session(const run_options& options, std::shared_ptr<config::fleet_file> file,
              instance_selection selection, watched_run* watched = nullptr);
  ~run_session();

  run_session(const run_session&) = delete;
  run_session& operator=(const run_session&) = delete;

  /// Makes this the run of the scale set, and finds out whether it goes on with an
  /// upgrade that was cut short; says why it may not. `resume`: it must. A signal ends
  /// a command that finds out which image is the newest.
  [[nodiscard]] std::optional<std::string> take_control(bool resume,
                                                        signal_watch& signals);

  /// Makes the world that it acts on.
  void enter_world();

  /// What a signal does, which depends on how far it has come. After `enter_world`.
  void on_signal(const char* name, int count) { on_cancel_->on_signal(name, count); }
  [[nodiscard]] bool interrupted() { return on_cancel_->pressed(); }

  /// Sets the fleet up, and asks it what it runs; false, and said so: it did not work
  /// out. Blocks.
  [[nodiscard]] bool prepare();

  /// Whom the upgrade tells, and whom it asks, beside what `run_options` say.
  struct surroundings {
    /// Where the events go; null: nowhere.
    std::function<std::unique_ptr<actors::upgrade_listener>(event_context)> events;
    std::shared_ptr<protocol::budget_port> budget;
    /// There are several upgrades to be told apart.
    bool one_of_several = false;
    /// How long others have run on the same clock already.
    engine::duration since_first{0};
  };
  /// Begins the upgrade; false, and said so: it could not.
  [[nodiscard]] bool begin(actors::joint_runs& runs, const surroundings& around);

  /// Takes its end. The report of one that stops where it stands leaves it to be
  /// resumed.
  [[nodiscard]] exit_status end(const engine::upgrade_report& report);

  /// Tears the fleet down; nothing, where somebody goes on with what stands.
  void leave_world();

  [[nodiscard]] const config::fleet_file& file() const { return *file_; }
  [[nodiscard]] bool goes_on() const { return resumes_ != nullptr; }
  [[nodiscard]] bool virtual_clock() const;
  [[nodiscard]] controller& control() { return control_; }
  /// Once it has ended; null before.
  [[nodiscard]] const json& summary() const { return summary_; }

private:
  void hand_over(const engine::upgrade_report& report);
  [[nodiscard]] std::optional<std::string> read_repairs();
  void take_repairs(actors::run_setup& setup);
  void take_last_word();
  void hear_repairs(actors::joint_runs& runs, std::size_t run);
  std::optional<std::string> take_journal(actors::run_setup& setup, wall_time start);
  [[nodiscard]] journal::header header_of(const actors::run_setup& setup,
                                          wall_time start) const;
  [[nodiscard]] wall_time start_time(engine::duration since_first) const;
  [[nodiscard]] std::unique_ptr<actors::upgrade_listener>
  make_view(const surroundings& around);
  void remember_images();

  const run_options& options_;
  std::shared_ptr<config::fleet_file> file_;
  instance_selection selection_;
  watched_run* watched_;
  std::string upgrade_id_;
  std::optional<std::uint64_t> seed_;
  controller own_control_;
  controller& control_;                      // the watch's, or its own
  const journal::header* resumes_ = nullptr; // what it goes on with; the controller's
  std::optional<session> world_;
  std::optional<cancel_switch> on_cancel_;
  std::unique_ptr<forecast> forecast_; // outlives the view that asks it
  std::optional<listeners> all_;
  std::unique_ptr<actors::upgrade_listener> events_, view_;
  std::optional<replacement_keeper> keeper_;
  std::optional<repair_keeper> own_repairs_;
  image_versions own_images_;
  std::optional<image_memory> images_;
  repair_keeper* repairs_ = nullptr; // the watch's, or its own; null: nothing is kept
  repair_ear repair_ear_;
  wall_time start_{};
  bool stopped_ = false;
  json summary_;
};

/// The file that events go to, if any does; says why it cannot be opened.
class events_file {
public:
  events_file() = default;
  ~events_file();
  events_file(const events_file&) = delete;
  events_file& operator=(const events_file&) = delete;

  /// Why it cannot be opened, if so. `appends`: what it has stays, else it goes.
  [[nodiscard]] std::optional<std::string> open(const std::string& name,
                                                bool appends = false);
  /// -1: none is open.
  [[nodiscard]] int descriptor() const { return descriptor_; }

private:
  int descriptor_ = -1;
  bool owned_ = false;
};

/// Says that events were lost, if `error` is not 0; whether they were written.
bool told_all(int error, const std::string& name, const std::string& ended);

/// Several scale sets of one file: in their order, within their budget.
[[nodiscard]] int run_sets(const run_options& options, const fleet_sets& sets,
                           signal_watch& signals);

} // namespace drydock::cli
