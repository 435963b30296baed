// SPDX-License-Identifier: Apache-2.0
// The upgrades of a watch, and the time between them.
#include "image_versions.hpp"
#include "scale_json.hpp"
#include "text.hpp"
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
  retry_.reset();
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
    keeper_.ended(run.report->status, any_failed(*run.report));
  note_own_images();
  return over_ ? status : exit_done;
}

/// What an upgrade is to do now; null: it cannot be done, and that was said.
watcher::file_ptr watcher::make_task(upgrade_cause cause) {
  auto file = read_anew();
  if (!file && (stale_ || changes_capacity(*file_))) {
    spdlog::warn("who is there is not known, and so no upgrade begins; it is tried "
                 "again");
    put_off(false, cause);
    return nullptr;
  }
  if (!file)
    file = std::make_shared<config::fleet_file>(*file_);
  if (!settle_image_of_task(*file, cause))
    return nullptr;
  auto& request = file->request;
  if (keeper_.applied())
    request.current_model = with_capacity_of(*keeper_.applied(), request.current_model);
  else if (request.follows_latest_image && !keeper_.fleet_image().empty())
    request.current_model =
      with_image_version(std::move(request.current_model), keeper_.fleet_image());
  drop_common_images();
  file->own_images = own_images_;
  if (!admit(*file))
    return nullptr;
  // It does not bring anybody to another image.
  request.follows_latest_image =
    request.follows_latest_image && !keeper_.only_capacity();
  auto& policy = request.policy;
  if (cause == upgrade_cause::image)
    policy = policy_of_image_upgrade(policy, file->os_upgrade,
                                     file->instances.has_replacements());
  if (!file->knows_latest_model
      && same_but_capacity(upgraded_to_, request.latest_model))
    for (instance_index i = 0; i < file->instances.size(); ++i)
      if (upgraded_.contains(std::string(file->instances.id(i))))
        file->instances.set_latest_model_applied(i, true);
  return file;
}

/// What only changes the capacity does so with the image that the fleet has. False:
/// which one is the newest could not be found out.
bool watcher::settle_image_of_task(config::fleet_file& file, upgrade_cause cause) {
  const auto& wanted = file.request.latest_model;
  if (!wants_latest_image(wanted))
    return true;
  auto version = image_version_of(keeper_.applied().value_or(value{}));
  const auto stays =
    keeper_.only_capacity() && keeper_.applied()
    && same_but_capacity(with_image_version(wanted, version), *keeper_.applied());
  if (!stays && cause == upgrade_cause::image && !approved_image_.empty())
    version = std::exchange(approved_image_, {});
  else if (!stays) {
    version = newest_or_complain(file);
    if (!version.empty() && cause != upgrade_cause::image)
      version = keeper_.version_for(cause, version, file.os_upgrade);
  }
  if (version.empty()) {
    put_off(false, cause);
    return false;
  }
  settle_images(file, version, {});
  return true;
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
    if (!verdict.refusals.empty() || keeper_.only_capacity())
      break;
    request.current_model = with_capacity_of(other, file.request.current_model);
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
  if (how.resume || !same_but_capacity(upgraded_to_, file->request.latest_model))
    upgraded_.clear();
  upgraded_to_ = file->request.latest_model;
  upgraded_memory memory({upgraded_, own_images_}, file, repairs_, true);
  run.listener = &memory;
  run.repair_memory = &repairs_;
  const auto now = wall_now();
  run.repairs = repairs_.options(*file, file->instances, now);
  const auto& past = control_.unfinished();
  repairs_.begin_run({file, &file->instances},
                     past ? to_wall_time(past->header.started_us) : now, now);
  const auto status = run_watched(how, file, run, signals_);
  ++number_;
  control_.forget();
  if (!run.report) { // refused, or stopped where it stood
    over_ = true;
    return status;
  }
  const auto& done = *run.report;
  stale_ = stale_ || done.scaling.begun || !done.repairs.replaced.empty()
           || std::ranges::any_of(done.batches, [](const auto& b) { return b.surge; });
  upgraded_to_ = run.target; // of one that is gone on with the file does not say it
  now_ += run.report->end - run.report->start;
  note_upgrade(run, file->instances);
  if (signals_.pressed() || is_time_over()) {
    over_ = true;
    stopped_by_ = signals_.pressed() ? "a signal" : "the time limit";
  }
  return status;
}

/// Somebody else may have brought them to what the rest has.
void watcher::drop_common_images() {
  if (own_images_.empty() || !file_->knows_latest_model
      || keeper_.fleet_image().empty())
    return;
  const auto seen = look_at_instances(keeper_.fleet_image(), false);
  for (instance_index i = 0; i < seen->instances.size(); ++i)
    if (seen->instances.latest_model_applied(i))
      own_images_.erase(std::string(seen->instances.id(i)));
}

/// Who has another image than the rest is known to the next watch, and to `run`.
void watcher::note_own_images() {
  if (virtual_)
    return;
  if (const auto why =
        keep_own_images(options_.file, own_images_, keeper_.fleet_image()))
    spdlog::warn("{}", *why);
}

void watcher::note_upgrade(const watched_run& run, const fleet& instances) {
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
  if (auto scaling = scaling_json(report.scaling, instances); !scaling.is_null())
    entry["scaling"] = std::move(scaling);
  upgrades_.push_back(std::move(entry));
  note_end(run, instances);
}

void watcher::note_end(const watched_run& run, const fleet& instances) const {
  const auto& report = *run.report;
  const auto& missed = report.scaling.failed;
  if (report.status != upgrade_status::completed)
    spdlog::warn("upgrade {} has ended ({}{}{}); it is not begun again until the fleet "
                 "file changes, or SIGHUP asks for it",
                 run.upgrade_id, to_string(report.status),
                 report.error.code.empty() ? "" : ": ", report.error.code);
  else if (!missed.empty())
    spdlog::warn(
      "upgrade {} has completed, but the capacity is {} and not {} ({} failed); "
      "the rest is tried when the fleet file changes, or SIGHUP asks for it",
      run.upgrade_id,
      report.scaling.capacity_before + report.scaling.created.size()
        - report.scaling.deleted.size(),
      report.scaling.capacity, name_instances(missed, missed.size(), instances));
  else
    note("upgrade " + run.upgrade_id + " has completed; the fleet is kept as it is");
}

} // namespace drydock::cli
