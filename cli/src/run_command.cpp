// SPDX-License-Identifier: Apache-2.0
#include "event_writer.hpp"
#include "rehearse_scenario.hpp"
#include "run_lock.hpp"
#include "run_session.hpp"
#include "signals.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <iostream>

namespace drydock::cli {

using namespace engine;

namespace {

/// Listens in place of a writer that outlives the session.
class hearer : public actors::upgrade_listener {
public:
  explicit hearer(event_writer& to) : to_(to) {}
  void on_event(const upgrade_event& event, duration since_start) override {
    to_.on_event(event, since_start);
  }
  void on_pause(const upgrade_progress& progress) override { to_.on_pause(progress); }

private:
  event_writer& to_;
};

/// The upgrade of the only scale set there is.
class single_run {
public:
  /// `events`: where they go; -1: nowhere. `clock_start`: how long a virtual clock has
  /// run already.
  single_run(const run_options& options, run_session& session, int events,
             duration clock_start = duration{0})
    : options_(options), session_(session), events_(events), clock_start_(clock_start) {
  }

  int run() {
    auto status = exit_died;
    if (session_.prepare())
      status = upgrade();
    session_.leave_world();
    if (!session_.summary().is_null()) // once nothing is left to go wrong
      std::cout << to_text(session_.summary(), 2) << '\n' << std::flush;
    return deliver(status);
  }

private:
  exit_status upgrade() {
    upgrade_report report;
    auto status = exit_died;
    {
      actors::joint_runs runs({session_.virtual_clock(), clock_start_});
      run_session::surroundings around;
      around.since_first = clock_start_;
      if (events_ >= 0)
        around.events = [this](event_context context) {
          return make_writer(std::move(context));
        };
      if (!session_.begin(runs, around))
        return exit_died;
      report = runs.wait()->report;
      status = session_.end(report);
    }
    const auto error = writer_ ? writer_->finish() : 0;
    if (report.status == upgrade_status::rolling_forward)
      return status;
    return told_all(error, options_.events,
                    "the upgrade has ended (" + std::string(to_string(report.status))
                      + ")")
             ? status
             : exit_died;
  }

  std::unique_ptr<actors::upgrade_listener> make_writer(event_context context) {
    // Between the lines of a view, if both go to one place.
    const auto pace = options_.events != "-" || options_.quiet
                        ? event_writer::pace::turn
                        : event_writer::pace::event;
    writer_ = std::make_unique<event_writer>(events_, pace, std::move(context));
    return std::make_unique<hearer>(*writer_);
  }

  const run_options& options_;
  run_session& session_;
  int events_;
  duration clock_start_;
  std::unique_ptr<event_writer> writer_;
};

} // namespace

int run_file(const run_options& options, std::shared_ptr<config::fleet_file> file,
             instance_selection selection, signal_watch& signals) {
  const auto path = file->path;
  run_session session(options, std::move(file), std::move(selection));
  run_lock lock;
  if (!session.virtual_clock())
    if (const auto why = lock.take(path))
      return refuse(path, *why);
  if (const auto why = session.take_control(options.resume, signals))
    return refuse(path, *why);
  session.enter_world();
  // Only now: a run that is refused must not empty the other one's events.
  events_file events;
  if (const auto why = events.open(options.events))
    return refuse(path, *why);
  signals.route([&](const char* name, int count) { session.on_signal(name, count); });
  const auto status = single_run(options, session, events.descriptor()).run();
  signals.route(nullptr);
  return status;
}

int run_watched(const run_options& options, std::shared_ptr<config::fleet_file> file,
                watched_run& run, signal_watch& signals) {
  const auto path = file->path;
  run_session session(options, std::move(file), {}, &run);
  if (const auto why = session.take_control(options.resume, signals))
    return refuse(path, *why);
  session.enter_world();
  signals.route([&](const char* name, int count) { session.on_signal(name, count); });
  const auto status = single_run(options, session, run.events, run.clock_start).run();
  signals.route(nullptr);
  return status;
}

int run_command(const run_options& options, signal_watch& signals) {
  if (options.json && options.events == "-")
    return refuse(options.file, "--json and --events - both want standard output; give "
                                "the events a file");
  auto sets = load_sets_or_complain(options.file, signals, options.scale_set);
  if (!sets)
    return exit_refused;
  if (sets->files.size() > 1) {
    if (options.instances || options.rehearse_first)
      return refuse(options.file, sets->refusal());
    return run_sets(options, *sets, signals);
  }
  auto file = sets->files.front();
  auto selection = select_instances(*file, options.instances);
  if (!selection)
    return exit_refused;
  if (options.rehearse_first) {
    std::atomic<bool> stop{false};
    signals.route([&](const char*, int) { stop.store(true); });
    const auto why = find_bad_odds(options, file, *selection, stop);
    signals.route(nullptr);
    if (stop.load()) {
      spdlog::warn("interrupted while it was rehearsed; nothing was touched");
      return exit_cancelled;
    }
    if (why)
      return refuse(options.file, *why);
  }
  return run_file(options, std::move(file), std::move(*selection), signals);
}

} // namespace drydock::cli
