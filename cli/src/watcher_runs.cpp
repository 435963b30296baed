// SPDX-License-Identifier: Apache-2.0
// The upgrades of a watch, and the time between them.
#include "image_versions.hpp"
#include "upgraded_memory.hpp"
#include "watcher.hpp"

#include "drydock/engine/admission.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace drydock::cli {

using namespace engine;

run_options watcher::options_of_run() const {
  run_options how;
  how.file = options_.file;
  how.quiet = options_.quiet;
  how.events = options_.events;
  how.keep = true;
  if (options_.time_limit)
    how.time_limit = std::max(*options_.time_limit - since_start(), duration{1});
  return how;
}

int watcher::upgrade(upgrade_cause cause) {
  next_.reset();
  auto file = make_task(cause);
  if (!file)
    return exit_done;
  keeper_.begun(file->request.latest_model, file->request.current_model);
  note_pending();
  watched_run run{control_, events_.descriptor()};
  run.simulation = simulation_;
  run.clock_start = now_;
  run.number = number_;
  run.cause = cause;
  run.restore_failed =
    cause == upgrade_cause::image && !file_->os_upgrade.disable_automatic_rollback;
  const auto status = run_task(std::move(file), options_of_run(), run);
  if (run.report)
    keeper_.ended(run.report->status, run.report->progress.failed > 0);
  return over_ ? status : exit_done;
}

/// What an upgrade is to do now; null: it cannot be done, and that was said.
watcher::file_ptr watcher::make_task(upgrade_cause cause) {
  auto file = fresh();
  if (wants_latest_image(file->request.latest_model)) {
    const auto newest = newest_or_complain(*file);
    if (newest.empty())
      return nullptr;
    settle_images(*file, newest, {});
  }
  if (keeper_.applied())
    file->request.current_model = *keeper_.applied();
  if (!admit(*file))
    return nullptr;
  auto& policy = file->request.policy;
  if (cause == upgrade_cause::image)
    policy = policy_of_image_upgrade(policy, file->os_upgrade,
                                     file->instances.has_replacements());
  if (!file->knows_latest_model && upgraded_to_ == file->request.latest_model)
    for (instance_index i = 0; i < file->instances.size(); ++i)
      if (upgraded_.contains(std::string(file->instances.id(i))))
        file->instances.set_latest_model_applied(i, true);
  return file;
}

/// The change from what the fleet has is another one than that of the file. Some may
/// have another model yet: what brings them here does for all.
bool watcher::admit(config::fleet_file& file) const {
  auto request = file.request;
  // Both versions are known by now, unless nobody knows what the fleet has.
  request.follows_latest_image =
    request.follows_latest_image && !keeper_.applied().has_value();
  auto verdict = engine::admit(request);
  request.follows_latest_image = false;
  for (const auto& other : keeper_.others()) {
    if (!verdict.refusals.empty())
      break;
    request.current_model = other;
    auto more = engine::admit(request);
    verdict.action = std::max(verdict.action, more.action);
    verdict.refusals = std::move(more.refusals);
    for (auto& path : more.changed_paths)
      if (std::ranges::find(verdict.changed_paths, path) == verdict.changed_paths.end())
        verdict.changed_paths.push_back(std::move(path));
  }
  for (const auto& x : verdict.refusals)
    refuse(file.path, (x.code.empty() ? "" : x.code + ": ") + x.text);
  file.action = verdict.action;
  file.changed_paths = std::move(verdict.changed_paths);
  return verdict.refusals.empty();
}

int watcher::run_task(file_ptr file, const run_options& how, watched_run& run) {
  // What one that is gone on with did is told again.
  if (how.resume || upgraded_to_ != file->request.latest_model)
    upgraded_.clear();
  upgraded_to_ = file->request.latest_model;
  upgraded_memory memory(upgraded_, file, repairs_, true);
  run.listener = &memory;
  const auto now = wall_now();
  run.repairs = repairs_.options(*file, file->instances, now);
  const auto& past = control_.unfinished();
  repairs_.begin_run({file, &file->instances},
                     past ? to_wall_time(past->header.started_us) : now, now);
  const auto status = run_watched(how, std::move(file), run, signals_);
  ++number_;
  control_.forget();
  if (!run.report) { // refused, or stopped where it stood
    over_ = true;
    return status;
  }
  upgraded_to_ = run.target; // of one that is gone on with the file does not say it
  now_ += run.report->end - run.report->start;
  note_upgrade(run);
  if (signals_.pressed() || is_time_over()) {
    over_ = true;
    stopped_by_ = signals_.pressed() ? "a signal" : "the time limit";
  }
  return status;
}

void watcher::note_upgrade(const watched_run& run) {
  const auto& report = *run.report;
  const auto version = image_version_of(run.target);
  json entry;
  entry["upgradeId"] = run.upgrade_id;
  entry["cause"] = to_string(run.cause);
  entry["startedBy"] = started_by(run.cause);
  entry["imageVersion"] = version.empty() ? json(nullptr) : json(version);
  entry["code"] = to_string(report.status);
  entry["errorCode"] =
    report.error.code.empty() ? json(nullptr) : json(report.error.code);
  entry["startTime"] = to_iso_time(run.start);
  entry["durationSeconds"] = rounded_seconds(report.end - report.start);
  entry["progress"] = progress_json(report.progress);
  entry["maxUnavailableInstanceCount"] = run.max_unavailable;
  upgrades_.push_back(std::move(entry));
  if (report.status != upgrade_status::completed)
    spdlog::warn("upgrade {} has ended ({}{}{}); it is not begun again until the fleet "
                 "file changes, or SIGHUP asks for it",
                 run.upgrade_id, to_string(report.status),
                 report.error.code.empty() ? "" : ": ", report.error.code);
  else
    note("upgrade " + run.upgrade_id + " has completed; the fleet is kept as it is");
}

} // namespace drydock::cli
