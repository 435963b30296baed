// SPDX-License-Identifier: Apache-2.0
#include "event_writer.hpp"
#include "forecast.hpp"
#include "json_output.hpp"
#include "rehearse_scenario.hpp"
#include "run_lock.hpp"
#include "session.hpp"
#include "signals.hpp"
#include "views.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <iostream>
#include <mutex>
#include <random>

#include <fcntl.h>
#include <unistd.h>

namespace drydock::cli {

using namespace engine;

namespace {

/// Where virtual time starts.
constexpr auto virtual_start = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

/// Hands every event to whoever listens.
class listeners : public actors::upgrade_listener {
public:
  listeners(std::size_t instances, bool has_health) : auditor_(instances, has_health) {}

  void add(actors::upgrade_listener* listener) {
    if (listener != nullptr)
      list_.push_back(listener);
  }

  void on_event(const upgrade_event& event, duration since_start) override {
    auditor_.on_event(event);
    for (auto* listener : list_)
      listener->on_event(event, since_start);
  }

  void on_pause(const upgrade_progress& progress) override {
    for (auto* listener : list_)
      listener->on_pause(progress);
  }

  [[nodiscard]] std::uint32_t max_unavailable() const {
    return auditor_.max_unavailable();
  }

private:
  actors::auditor auditor_;
  std::vector<actors::upgrade_listener*> list_;
};

/// What SIGINT and SIGTERM do, which depends on how far the run has come: the
/// first cancels, the second ends what is in flight, further ones end whatever
/// command still runs.
class cancel_switch {
public:
  explicit cancel_switch(drivers::command_driver* commands) : commands_(commands) {}

  void on_signal(const char* name, int count) {
    const std::lock_guard guard(mutex_);
    name_ = name;
    count_ = count;
    if (run_ != nullptr)
      run_->cancel(name, count > 1);
    else if (count == 1 && !over_)
      spdlog::warn("{}: the upgrade will not begin; waiting for the command that runs "
                   "(interrupt again to kill it)",
                   name);
    if (commands_ != nullptr && (run_ == nullptr ? count > 1 : count > 2))
      commands_->kill_all();
  }

  /// Signals reach `run` from now on; those that came before reach it at once.
  void attach(actors::upgrade_run& run) {
    const std::lock_guard guard(mutex_);
    run_ = &run;
    if (count_ > 0)
      run.cancel(name_, count_ > 1);
  }

  void detach() {
    const std::lock_guard guard(mutex_);
    run_ = nullptr;
    over_ = true;
  }

  [[nodiscard]] bool pressed() {
    const std::lock_guard guard(mutex_);
    return count_ > 0;
  }

private:
  std::mutex mutex_;
  drivers::command_driver* commands_;
  actors::upgrade_run* run_ = nullptr;
  bool over_ = false; // only the teardown is left
  std::string name_;
  int count_ = 0;
};

std::string to_uuid(std::uint64_t a, std::uint64_t b) {
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(a >> 32), static_cast<unsigned>(a >> 16 & 0xffff),
                static_cast<unsigned>((a & 0x0fff) | 0x8000),
                static_cast<unsigned>((b >> 48 & 0x3fff) | 0x8000),
                static_cast<unsigned long long>(b & 0xffffffffffffULL));
  return text;
}

/// In virtual time the file and the seed are all that an upgrade is made of.
std::string make_upgrade_id(const config::fleet_file& file,
                            const run_options& options) {
  const auto* simulated = std::get_if<simulated_spec>(&file.driver);
  if (simulated != nullptr && simulated->virtual_clock) {
    std::mt19937_64 mix{file.fingerprint ^ options.seed.value_or(simulated->seed)};
    const auto a = mix();
    return to_uuid(a, mix());
  }
  std::random_device random;
  const auto draw = [&] { return std::uint64_t{random()} << 32 | random(); };
  const auto a = draw();
  return to_uuid(a, draw());
}

int exit_status_of(const upgrade_report& report) {
  switch (report.status) {
  case upgrade_status::completed:
    return report.progress.failed > 0 ? exit_some_failed : exit_done;
  case upgrade_status::faulted:
    return exit_faulted;
  case upgrade_status::cancelled:
    return exit_cancelled;
  case upgrade_status::rolling_forward:
    break;
  }
  return exit_died;
}

/// Says what a user may not expect of this run.
void give_notes(const config::fleet_file& file, const instance_selection& selection) {
  if (file.action == apply_class::none)
    return;
  if (!file.knows_latest_model)
    spdlog::warn(
      "nothing says which instances run the latest model already (no inspect "
      "command, no latest_model_applied), so all of them count as lagging");
  if (file.request.policy.mode != upgrade_mode::manual || selection.all
      || !selection.named.empty())
    return;
  std::string lagging;
  std::size_t count = 0;
  for (instance_index i = 0; i < file.instances.size(); ++i) {
    if (file.instances.latest_model_applied(i))
      continue;
    if (++count <= 20)
      lagging += (count > 1 ? ", " : "") + std::string(file.instances.id(i));
  }
  if (count > 0)
    spdlog::warn(
      "mode = \"manual\" upgrades nothing by itself; {} of {} instances lag: "
      "{}{}; name them with --instances",
      count, file.instances.size(), lagging, count > 20 ? ", …" : "");
}

/// One `drydock run`, from the accepted file to its exit status.
class run_session {
public:
  run_session(const run_options& options, std::shared_ptr<config::fleet_file> file,
              instance_selection selection)
    : options_(options), file_(std::move(file)), selection_(std::move(selection)),
      upgrade_id_(make_upgrade_id(*file_, options)) {}

  run_session(const run_session&) = delete;
  run_session& operator=(const run_session&) = delete;

  ~run_session() {
    if (events_ >= 0)
      close(events_);
  }

  int run(signal_watch& signals) {
    run_lock lock;
    session world(file_, upgrade_id_, options_.seed);
    if (!world.virtual_clock())
      if (const auto why = lock.take(file_->path))
        return refuse(file_->path, *why);
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
      if (!on_cancel.pressed())
        for (const auto& text : world.inspect())
          spdlog::warn("{}; it counts as lagging", text);
      if (!options_.quiet)
        give_notes(*file_, selection_);
      status = upgrade(world, on_cancel);
    }
    tear_down(world);
    if (!summary_.empty()) // once nothing is left to go wrong
      std::cout << summary_ << std::flush;
    return deliver(status);
  }

  bool set_up(session& world, cancel_switch& on_cancel) {
    if (world.commands() == nullptr || on_cancel.pressed())
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
    listeners all(file_->instances.size(), setup.rollout.has_health);
    const wall_time start =
      world.virtual_clock()
        ? wall_time{virtual_start}
        : std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
    const auto writer = make_writer(world, start);
    all.add(writer.get());
    const auto view = make_view(world);
    all.add(view.get());
    upgrade_report report;
    {
      actors::upgrade_run run(std::move(setup), all);
      if (options_.time_limit)
        run.cancel_at("the time limit", true, *options_.time_limit);
      on_cancel.attach(run);
      report = run.run();
      on_cancel.detach();
    }
    if (options_.json)
      summary_ =
        summary_json(*file_, report, {upgrade_id_, start, all.max_unavailable()})
          .dump(2)
        + '\n';
    return finish(writer.get(), report)
             ? static_cast<exit_status>(exit_status_of(report))
             : exit_died;
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
      forecast_ = std::make_unique<forecast>(make_scenario(file_, selection_));
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
