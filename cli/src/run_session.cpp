// SPDX-License-Identifier: Apache-2.0
#include "run_session.hpp"

#include "image_versions.hpp"
#include "rehearse_scenario.hpp"
#include "views.hpp"
#include "watch_record.hpp"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstring>
#include <future>

#include <fcntl.h>
#include <unistd.h>

namespace drydock::cli {

using namespace engine;

run_session::run_session(const run_options& options,
                         std::shared_ptr<config::fleet_file> file,
                         instance_selection selection, watched_run* watched)
  : options_(options), file_(std::move(file)), selection_(std::move(selection)),
    watched_(watched), upgrade_id_(make_upgrade_id(
                         *file_, options, watched == nullptr ? 0 : watched->number)),
    seed_(options.seed),
    control_(watched == nullptr ? own_control_ : watched->control) {}

run_session::~run_session() = default;

bool run_session::virtual_clock() const {
  return has_virtual_clock(*file_);
}

std::optional<std::string> run_session::take_control(bool resume,
                                                     signal_watch& signals) {
  if (watched_ == nullptr) {
    auto why = control_.open(*file_, virtual_clock());
    if (!why)
      why = read_repairs();
    if (why)
      return why;
  }
  const auto& past = control_.unfinished();
  if (auto why = settle_images_of_run(
        *file_, past ? image_version_of(past->header.latest_model) : std::string(),
        signals))
    return why;
  if (!past && resume)
    return control_.has_store()
             ? "there is nothing to resume: no upgrade of scale set " + file_->name
                 + " was cut short; start one with `drydock run " + file_->path.string()
                 + "`"
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

void run_session::enter_world() {
  world_.emplace(file_, upgrade_id_, seed_,
                 watched_ == nullptr ? nullptr : watched_->simulation);
  on_cancel_.emplace(world_->commands());
}

bool run_session::prepare() {
  if (resumes_ != nullptr)
    return true;
  if (world_->commands() != nullptr && !interrupted() && watched_ == nullptr) {
    std::promise<drivers::command_report> done;
    world_->commands()->setup(
      [&](drivers::command_report r) { done.set_value(std::move(r)); });
    const auto report = done.get_future().get();
    if (!report.ok && !interrupted()) { // a cancelled run ends by itself
      spdlog::error("{}; nothing was upgraded: mend driver.command.setup and run again",
                    report.error);
      return false;
    }
  }
  if (!interrupted())
    for (const auto& text : world_->inspect())
      spdlog::warn("{}; it counts as lagging", text);
  if (!options_.quiet)
    give_notes(*file_, selection_);
  return true;
}

/// Writes down what the upgrade begins with, or puts what it began with into `setup`.
std::optional<std::string> run_session::take_journal(actors::run_setup& setup,
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
  if (auto* simulated = world_->simulation()) { // its memory went with the process
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

journal::header run_session::header_of(const actors::run_setup& setup,
                                       wall_time start) const {
  journal::header x;
  x.scale_set = file_->name;
  x.upgrade_id = upgrade_id_;
  x.started_us = to_us(start);
  x.fingerprint = file_->fingerprint;
  x.seed = setup.lifecycle.jitter_seed;
  x.rollout = setup.rollout;
  x.previous_model = file_->request.current_model;
  x.latest_model = file_->request.latest_model;
  x.instances = setup.instances;
  return x;
}

/// Reads how repairs stand; says why it cannot be known. Nothing is kept of a fleet in
/// virtual time, nor of one set of several.
std::optional<std::string> run_session::read_repairs() {
  const auto& past = control_.unfinished();
  const auto enabled =
    past ? past->header.rollout.repairs.has_value() : file_->repairs.enabled;
  if (!enabled || virtual_clock() || file_->one_of_several)
    return std::nullopt;
  return own_repairs_.emplace(file_->path).read(wall_now(), true);
}

/// How repairs stand when the upgrade begins, and who keeps that.
void run_session::take_repairs(actors::run_setup& setup) {
  const auto& begun = resumes_ != nullptr ? resumes_->rollout : setup.rollout;
  if (!begun.repairs)
    return;
  if (watched_ != nullptr)
    repairs_ = virtual_clock() ? nullptr : watched_->repair_memory;
  if (!own_repairs_)
    return;
  repairs_ = &*own_repairs_;
  take_last_word();
  // Grace periods run from the start: instances may have been made since the last run.
  const auto known = repairs_->record();
  if (!setup.rollout.repairs)
    return; // one that is gone on with had them
  setup.rollout.repairs->suspended = known.suspended;
  setup.rollout.repairs->failed_in_a_row = known.failed_in_a_row;
}

/// A word that was left before somebody listened, or since.
void run_session::take_last_word() {
  if (!own_repairs_)
    return;
  if (const auto word = take_repair_word(file_->path))
    own_repairs_->take(*word, wall_now());
}

/// Words of others about repairs count from now on, and what was said while nobody ran
/// the upgrade.
void run_session::hear_repairs(actors::joint_runs& runs, std::size_t run) {
  if (repairs_ == nullptr)
    return;
  if (const auto known = repairs_->record(); resumes_ != nullptr) {
    const auto last_turn = wall_now() - control_.journal()->since_last_turn();
    if (known.suspended || (known.state_since && *known.state_since > last_turn))
      runs.steer_repairs(run, known.by, !known.suspended);
  }
  repair_ear_.listen(file_->path, [this, &runs, run](const repair_word& word) {
    repairs_->take(word, wall_now());
    runs.steer_repairs(run, word.by, !word.suspend);
  });
}

wall_time run_session::start_time(duration since_first) const {
  if (resumes_ != nullptr)
    return to_wall_time(resumes_->started_us);
  return world_->virtual_clock()
           ? wall_time{virtual_start} + since_first
           : std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
}

bool run_session::begin(actors::joint_runs& runs, const surroundings& around) {
  auto setup = world_->setup(selection_);
  setup.budget = around.budget;
  // The live view shows who is worked on and who waits for health.
  const auto live = !options_.quiet && !around.one_of_several && wants_live_view();
  setup.tell_steps = !options_.events.empty() || live;
  if (watched_ != nullptr) {
    setup.rollout.restore_failed = watched_->restore_failed;
    setup.rollout.repairs = watched_->repairs;
  }
  start_ = start_time(around.since_first);
  take_repairs(setup);
  if (const auto why = take_journal(setup, start_)) {
    spdlog::error("{}; nothing was upgraded", *why);
    return false;
  }
  all_.emplace(file_->instances.size(), setup.rollout.has_health);
  if (around.events)
    events_ = around.events({file_->name, world_->instances(), file_->health, start_});
  all_->add(events_.get());
  view_ = make_view(around);
  all_->add(view_.get());
  all_->add(watched_ == nullptr ? nullptr : watched_->listener);
  remember_images();
  if (own_repairs_) {
    own_repairs_->begin_run(setup.instances, start_, wall_now());
    all_->add(&*own_repairs_);
  }
  const auto changes = setup.instances->has_replacements()
                       || setup.instances->arrivals() > 0
                       || !setup.rollout.scale_in.empty();
  if (world_->commands() != nullptr && changes) {
    all_->add(&keeper_.emplace(file_, world_->learnt()));
    if (setup.journal)
      setup.journal = std::make_shared<keeping_journal>(setup.journal, *keeper_);
  }
  const auto run = runs.add(std::move(setup), *all_);
  if (options_.time_limit)
    runs.cancel_at(run, "the time limit", true, *options_.time_limit);
  on_cancel_->attach(
    [&runs, run](const std::string& by, bool now) { runs.cancel(run, by, now); });
  control_.listen(
    {[this](const std::string& by, bool now) { on_cancel_->on_request(by, now); },
     [&runs, run](protocol::approval word) { runs.approve(run, std::move(word)); }});
  hear_repairs(runs, run);
  runs.begin(run);
  return true;
}

std::unique_ptr<actors::upgrade_listener>
run_session::make_view(const surroundings& around) {
  if (options_.quiet)
    return nullptr;
  view_context context{file_->name, world_->instances(),
                       file_->health.kind != health_kind::none,
                       world_->virtual_clock()};
  if (around.one_of_several) {
    context.label = file_->name;
    context.since_first = around.since_first;
  }
  if (around.one_of_several || !wants_live_view())
    return make_plain_view(std::move(context));
  if (!world_->virtual_clock() && !find_obstacle(*file_)) {
    auto what = make_scenario(file_, selection_);
    begin_now(what);
    forecast_ = std::make_unique<forecast>(std::move(what));
    context.forecast = [this](const auto& so_far) {
      return forecast_->remaining(so_far);
    };
  }
  return make_live_view(std::move(context));
}

exit_status run_session::end(const upgrade_report& report) {
  control_.stop_listening();
  repair_ear_.stop();
  take_last_word();
  on_cancel_->detach();
  // Nothing is done that is not written down first.
  if (report.status == upgrade_status::rolling_forward) {
    stopped_ = true;
    spdlog::error("{}; the upgrade has stopped where it stands: mend that, then go on "
                  "with `drydock resume {}`",
                  report.error.message, file_->path.string());
    return exit_died;
  }
  if (const auto why = control_.end(report))
    spdlog::warn("the upgrade has ended, but that could not be written down: {}; the "
                 "next run will note it, and do nothing else",
                 *why);
  hand_over(report);
  return static_cast<exit_status>(exit_status_of(report));
}

/// The end, to those who asked for it.
void run_session::hand_over(const upgrade_report& report) {
  const summary_facts facts{upgrade_id_, start_, all_->max_unavailable()};
  if (options_.json)
    summary_ = summary_json(*file_, report, facts);
  // Only one that the platform began gives images back.
  const auto by_platform = resumes_ != nullptr && resumes_->rollout.restore_failed;
  auto cause = by_platform ? upgrade_cause::image : upgrade_cause::request;
  if (watched_ != nullptr) {
    watched_->report = report;
    watched_->upgrade_id = facts.upgrade_id;
    watched_->target = file_->request.latest_model;
    watched_->previous = file_->request.current_model;
    watched_->start = facts.start;
    watched_->max_unavailable = facts.max_unavailable;
    cause = watched_->cause;
  }
  keep_image_upgrade(*file_, report, facts, cause);
  if (!images_)
    return;
  if (const auto why = keep_own_images(file_->path, own_images_, {}))
    spdlog::warn("{}", *why);
}

/// Who has another image than the rest: that may change with any upgrade. A watch
/// remembers it itself.
void run_session::remember_images() {
  if (watched_ != nullptr || virtual_clock() || file_->one_of_several)
    return;
  auto read = read_watch_record(file_->path);
  auto* record = std::get_if<watch_record>(&read);
  if (record == nullptr
      || (!file_->request.follows_latest_image && record->own_images.empty()))
    return;
  own_images_ = std::move(record->own_images);
  all_->add(&images_.emplace(own_images_, file_));
}

void run_session::leave_world() {
  take_last_word();
  if (stopped_ || world_->commands() == nullptr || options_.keep || watched_ != nullptr)
    return;
  std::promise<drivers::command_report> done;
  world_->commands()->teardown(
    [&](drivers::command_report r) { done.set_value(std::move(r)); });
  const auto report = done.get_future().get();
  if (!report.ok)
    spdlog::warn("{}; something of the fleet may be left behind", report.error);
}

events_file::~events_file() {
  if (owned_)
    close(descriptor_);
}

std::optional<std::string> events_file::open(const std::string& name, bool appends) {
  if (name.empty())
    return std::nullopt;
  if (name == "-") {
    descriptor_ = STDOUT_FILENO;
    return std::nullopt;
  }
  // Not for the commands to inherit.
  descriptor_ =
    ::open(name.c_str(),
           O_WRONLY | O_CREAT | (appends ? O_APPEND : O_TRUNC) | O_CLOEXEC, 0666);
  owned_ = descriptor_ >= 0;
  if (owned_)
    return std::nullopt;
  return "cannot write " + name + " (" + std::strerror(errno) + "); name another file";
}

bool told_all(int error, const std::string& name, const std::string& ended) {
  if (error == 0)
    return true;
  spdlog::error("{}, but not all of its events could be written to {} ({}), and so the "
                "exit status is {}; make room for them before the next run",
                ended, name == "-" ? "standard output" : name, std::strerror(error),
                static_cast<int>(exit_died));
  return false;
}

} // namespace drydock::cli
