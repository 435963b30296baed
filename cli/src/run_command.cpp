// SPDX-License-Identifier: Apache-2.0
#include "controller.hpp"
#include "event_writer.hpp"
#include "forecast.hpp"
#include "json_output.hpp"
#include "rehearse_scenario.hpp"
#include "replacement_keeper.hpp"
#include "run_lock.hpp"
#include "run_parts.hpp"
#include "session.hpp"
#include "signals.hpp"
#include "views.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <iostream>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace drydock::cli {

using namespace engine;

namespace {

int exit_status_of(const upgrade_report& report) {
  switch (report.status) {
  case upgrade_status::completed:
    return report.progress.failed > 0 || !report.scaling.failed.empty()
             ? exit_some_failed
             : exit_done;
  case upgrade_status::faulted:
    return exit_faulted;
  case upgrade_status::cancelled:
    return exit_cancelled;
  case upgrade_status::rolling_forward:
    break;
  }
  return exit_died;
}

bool has_virtual_clock(const config::fleet_file& file) {
  const auto* simulated = std::get_if<simulated_spec>(&file.driver);
  return simulated != nullptr && simulated->virtual_clock;
}

/// One `drydock run`, from the accepted file to its exit status.
class run_session {
public:
  run_session(const run_options& options, std::shared_ptr<config::fleet_file> file,
              instance_selection selection)
    : options_(options), file_(std::move(file)), selection_(std::move(selection)),
      upgrade_id_(make_upgrade_id(*file_, options)), seed_(options.seed) {}

  run_session(const run_session&) = delete;
  run_session& operator=(const run_session&) = delete;

  ~run_session() {
    if (events_ >= 0)
      close(events_);
  }

  int run(signal_watch& signals) {
    run_lock lock;
    if (!has_virtual_clock(*file_))
      if (const auto why = lock.take(file_->path))
        return refuse(file_->path, *why);
    if (const auto why = take_control())
      return refuse(file_->path, *why);
    session world(file_, upgrade_id_, seed_);
    // Only now: a run that is refused must not empty the other one's events.
    if (!open_events())
      return refuse(file_->path, "cannot write " + options_.events + " ("
                                   + std::strerror(errno) + "); name another file");
    cancel_switch on_cancel(world.commands());
    signals.route(
      [&](const char* name, int count) { on_cancel.on_signal(name, count); });
    const auto status = run_in(world, on_cancel);
    signals.route(nullptr);
    return status;
  }

private:
  /// Makes this the run of the scale set, and finds out whether it goes on with an
  /// upgrade that was cut short; says why it may not.
  std::optional<std::string> take_control() {
    if (auto why = control_.open(*file_, has_virtual_clock(*file_)))
      return why;
    const auto& past = control_.unfinished();
    if (!past && options_.resume)
      return control_.has_store()
               ? "there is nothing to resume: no upgrade of scale set " + file_->name
                   + " was cut short; start one with `drydock run "
                   + file_->path.string() + "`"
               : "there is nothing to resume: [store] of the file keeps nothing";
    if (!past) {
      // In virtual time the same file and seed give the same id again.
      for (std::uint32_t n = 1; control_.keeps(upgrade_id_); ++n)
        upgrade_id_ = make_upgrade_id(*file_, options_, n);
      return std::nullopt;
    }
    if (auto why = find_difference(*file_, *past, !options_.resume))
      return why;
    if (auto why = control_.take_up())
      return why;
    if (options_.instances
        && (selection_.all != past->header.rollout.selected_all
            || selection_.named != past->header.rollout.selected))
      return "OperationNotAllowed: upgrade " + past->entry.id
             + ", which was cut short, is not over, and it is about other instances; "
               "finish it with `drydock resume "
             + file_->path.string() + "` first";
    resumes_ = &past->header;
    adopt(*file_, *resumes_);
    upgrade_id_ = resumes_->upgrade_id;
    seed_ = resumes_->seed;
    selection_ = {resumes_->rollout.selected_all, resumes_->rollout.selected};
    return std::nullopt;
  }

  /// Writes down what the upgrade begins with, or puts what it began with into `setup`.
  std::optional<std::string> take_journal(session& world, actors::run_setup& setup,
                                          wall_time start) {
    if (!control_.has_store())
      return std::nullopt;
    if (resumes_ == nullptr)
      if (auto why = control_.begin(header_of(setup, start)))
        return why;
    setup.journal = control_.journal();
    if (resumes_ == nullptr)
      return std::nullopt;
    setup.rollout = resumes_->rollout;
    setup.instances = resumes_->instances;
    if (auto* simulated = world.simulation()) { // its memory went with the process
      const auto stands = control_.so_far();
      for (const auto i : stands.upgraded)
        if (setup.instances->is_beyond(i))
          simulated->assume_created(i);
        else
          simulated->assume_upgraded(i);
      for (const auto i : stands.deleted)
        simulated->assume_deleted(i);
    }
    if (!options_.quiet)
      spdlog::info(
        "going on with upgrade {}, which was cut short; what it has done comes "
        "first",
        upgrade_id_);
    return std::nullopt;
  }

  [[nodiscard]] journal::header header_of(const actors::run_setup& setup,
                                          wall_time start) const {
    journal::header x;
    x.scale_set = file_->name;
    x.upgrade_id = upgrade_id_;
    x.started_us =
      std::chrono::duration_cast<std::chrono::microseconds>(start.time_since_epoch())
        .count();
    x.fingerprint = file_->fingerprint;
    x.seed = setup.lifecycle.jitter_seed;
    x.rollout = setup.rollout;
    x.previous_model = file_->request.current_model;
    x.latest_model = file_->request.latest_model;
    x.instances = setup.instances;
    return x;
  }

  [[nodiscard]] wall_time start_time(const session& world) const {
    if (resumes_ != nullptr)
      return to_wall_time(resumes_->started_us);
    return world.virtual_clock()
             ? wall_time{virtual_start}
             : std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
  }

  bool open_events() {
    if (options_.events.empty() || options_.events == "-")
      return true;
    // Not for the commands to inherit.
    events_ =
      open(options_.events.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return events_ >= 0;
  }

  std::unique_ptr<event_writer> make_writer(const session& world,
                                            wall_time start) const {
    if (options_.events.empty())
      return nullptr;
    event_context context{file_->name, world.instances(), file_->health, start};
    if (options_.events != "-")
      return std::make_unique<event_writer>(events_, event_writer::pace::turn,
                                            std::move(context));
    // Between the lines of a view, if both go to one place.
    const auto pace =
      options_.quiet ? event_writer::pace::turn : event_writer::pace::event;
    return std::make_unique<event_writer>(STDOUT_FILENO, pace, std::move(context));
  }

  /// Whether the events were written; says so if not.
  bool finish(event_writer* writer, const upgrade_report& report) const {
    const auto error = writer != nullptr ? writer->finish() : 0;
    if (error == 0)
      return true;
    spdlog::error("the upgrade has ended ({}), but not all of its events could be "
                  "written to {} ({}), and so the exit status is {}; make room for "
                  "them before the next run",
                  to_string(report.status),
                  options_.events == "-" ? "standard output" : options_.events,
                  std::strerror(error), static_cast<int>(exit_died));
    return false;
  }

  int run_in(session& world, cancel_switch& on_cancel) {
    const auto ready = set_up(world, on_cancel);
    auto status = exit_died;
    if (ready) {
      if (!on_cancel.pressed() && resumes_ == nullptr)
        for (const auto& text : world.inspect())
          spdlog::warn("{}; it counts as lagging", text);
      if (!options_.quiet && resumes_ == nullptr)
        give_notes(*file_, selection_);
      status = upgrade(world, on_cancel);
    }
    if (!stopped_) // else somebody goes on with what stands
      tear_down(world);
    if (!summary_.empty()) // once nothing is left to go wrong
      std::cout << summary_ << std::flush;
    return deliver(status);
  }

  bool set_up(session& world, cancel_switch& on_cancel) {
    if (world.commands() == nullptr || on_cancel.pressed() || resumes_ != nullptr)
      return true;
    std::promise<drivers::command_report> done;
    world.commands()->setup(
      [&](drivers::command_report r) { done.set_value(std::move(r)); });
    const auto report = done.get_future().get();
    if (report.ok || on_cancel.pressed())
      return true; // a cancelled run ends by itself, before it begins
    spdlog::error("{}; nothing was upgraded: mend driver.command.setup and run again",
                  report.error);
    return false;
  }

  void tear_down(session& world) {
    if (world.commands() == nullptr || options_.keep)
      return;
    std::promise<drivers::command_report> done;
    world.commands()->teardown(
      [&](drivers::command_report r) { done.set_value(std::move(r)); });
    const auto report = done.get_future().get();
    if (!report.ok)
      spdlog::warn("{}; something of the fleet may be left behind", report.error);
  }

  exit_status upgrade(session& world, cancel_switch& on_cancel) {
    auto setup = world.setup(selection_);
    // The live view shows who is worked on and who waits for health.
    const auto live = !options_.quiet && wants_live_view();
    setup.tell_steps = !options_.events.empty() || live;
    const auto start = start_time(world);
    if (const auto why = take_journal(world, setup, start)) {
      spdlog::error("{}; nothing was upgraded", *why);
      return exit_died;
    }
    listeners all(file_->instances.size(), setup.rollout.has_health);
    const auto writer = make_writer(world, start);
    all.add(writer.get());
    const auto view = make_view(world);
    all.add(view.get());
    std::optional<replacement_keeper> keeper;
    const auto changes = setup.instances->has_replacements()
                         || setup.instances->arrivals() > 0
                         || !setup.rollout.scale_in.empty();
    if (world.commands() != nullptr && changes)
      all.add(&keeper.emplace(file_, world.learnt()));
    upgrade_report report;
    {
      actors::upgrade_run run(std::move(setup), all);
      if (options_.time_limit)
        run.cancel_at("the time limit", true, *options_.time_limit);
      on_cancel.attach(run);
      control_.listen(
        {[&](const std::string& by, bool now) { on_cancel.on_request(by, now); },
         [&](protocol::approval word) { run.approve(std::move(word)); }});
      report = run.run();
      control_.stop_listening();
      on_cancel.detach();
    }
    if (report.status == upgrade_status::rolling_forward)
      return stop_where_it_stands(writer.get(), report);
    if (const auto why = control_.end(report))
      spdlog::warn("the upgrade has ended, but that could not be written down: {}; the "
                   "next run will note it, and do nothing else",
                   *why);
    if (options_.json)
      summary_ =
        to_text(
          summary_json(*file_, report, {upgrade_id_, start, all.max_unavailable()}), 2)
        + '\n';
    return finish(writer.get(), report)
             ? static_cast<exit_status>(exit_status_of(report))
             : exit_died;
  }

  /// Nothing is done that is not written down first.
  exit_status stop_where_it_stands(event_writer* writer, const upgrade_report& report) {
    stopped_ = true;
    if (writer != nullptr)
      writer->finish();
    spdlog::error("{}; the upgrade has stopped where it stands: mend that, then go on "
                  "with `drydock resume {}`",
                  report.error.message, file_->path.string());
    return exit_died;
  }

  std::unique_ptr<actors::upgrade_listener> make_view(const session& world) {
    if (options_.quiet)
      return nullptr;
    view_context context{file_->name, world.instances(),
                         file_->health.kind != health_kind::none,
                         world.virtual_clock()};
    if (!wants_live_view())
      return make_plain_view(std::move(context));
    if (!world.virtual_clock() && !find_obstacle(*file_)) {
      auto what = make_scenario(file_, selection_);
      begin_now(what);
      forecast_ = std::make_unique<forecast>(std::move(what));
      context.forecast = [this](const auto& so_far) {
        return forecast_->remaining(so_far);
      };
    }
    return make_live_view(std::move(context));
  }

  const run_options& options_;
  std::shared_ptr<config::fleet_file> file_;
  instance_selection selection_;
  std::string upgrade_id_;
  std::optional<std::uint64_t> seed_;
  controller control_;
  const journal::header* resumes_ = nullptr; // what it goes on with; the controller's
  bool stopped_ = false;
  int events_ = -1;
  std::string summary_;
  std::unique_ptr<forecast> forecast_; // outlives the view that asks it
};

} // namespace

int run_file(const run_options& options, std::shared_ptr<config::fleet_file> file,
             instance_selection selection, signal_watch& signals) {
  return run_session(options, std::move(file), std::move(selection)).run(signals);
}

int run_command(const run_options& options, signal_watch& signals) {
  if (options.json && options.events == "-")
    return refuse(options.file, "--json and --events - both want standard output; give "
                                "the events a file");
  auto file = load_or_complain(options.file, signals);
  if (!file)
    return exit_refused;
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
