// SPDX-License-Identifier: Apache-2.0
#include "run_parts.hpp"

#include "watch_record.hpp"
#include "watched_run.hpp"

#include <spdlog/spdlog.h>

#include <random>

namespace drydock::cli {

using namespace engine;

void listeners::on_event(const upgrade_event& event, duration since_start) {
  auditor_.on_event(event);
  for (auto* listener : list_)
    listener->on_event(event, since_start);
}

void listeners::on_pause(const upgrade_progress& progress) {
  for (auto* listener : list_)
    listener->on_pause(progress);
}

void cancel_switch::on_signal(const char* name, int count) {
  const std::lock_guard guard(mutex_);
  name_ = name;
  count_ = count;
  if (run_)
    run_(name, count > 1);
  else if (count == 1 && !over_)
    spdlog::warn("{}: the upgrade will not begin; waiting for the command that runs "
                 "(interrupt again to kill it)",
                 name);
  if (commands_ != nullptr && (run_ ? count > 2 : count > 1))
    commands_->kill_all();
}

void cancel_switch::on_request(const std::string& by, bool now) {
  const std::lock_guard guard(mutex_);
  if (run_)
    run_(by, now);
}

void cancel_switch::attach(std::function<void(const std::string&, bool)> cancel) {
  const std::lock_guard guard(mutex_);
  run_ = std::move(cancel);
  if (count_ > 0)
    run_(name_, count_ > 1);
}

void cancel_switch::detach() {
  const std::lock_guard guard(mutex_);
  run_ = nullptr;
  over_ = true;
}

bool cancel_switch::pressed() {
  const std::lock_guard guard(mutex_);
  return count_ > 0;
}

namespace {

std::string to_uuid(std::uint64_t a, std::uint64_t b) {
  char text[40];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx",
                static_cast<unsigned>(a >> 32), static_cast<unsigned>(a >> 16 & 0xffff),
                static_cast<unsigned>((a & 0x0fff) | 0x8000),
                static_cast<unsigned>((b >> 48 & 0x3fff) | 0x8000),
                static_cast<unsigned long long>(b & 0xffffffffffffULL));
  return text;
}

} // namespace

std::string make_upgrade_id(const config::fleet_file& file, const run_options& options,
                            std::uint32_t repetition) {
  const auto* simulated = std::get_if<simulated_spec>(&file.driver);
  if (simulated != nullptr && simulated->virtual_clock) {
    std::mt19937_64 mix{file.fingerprint ^ options.seed.value_or(simulated->seed)};
    mix.discard(2ULL * repetition);
    const auto a = mix();
    return to_uuid(a, mix());
  }
  std::random_device random;
  const auto draw = [&] { return std::uint64_t{random()} << 32 | random(); };
  const auto a = draw();
  return to_uuid(a, draw());
}

bool any_failed(const upgrade_report& report) {
  return report.progress.failed > 0 || !report.scaling.failed.empty();
}

bool changes_capacity(const config::fleet_file& file) {
  return !file.scale_in.empty() || file.instances.arrivals() > 0;
}

std::optional<std::string> find_lost_capacity(const config::fleet_file& file) {
  if (!std::holds_alternative<simulated_spec>(file.driver) || !changes_capacity(file))
    return std::nullopt;
  return "OperationNotAllowed: the capacity of a simulated fleet cannot change while "
         "it "
         "is watched, since nothing keeps who came and who went; change it with "
         "`drydock run`, or make count the capacity that change.capacity asks for";
}

int exit_status_of(const upgrade_report& report) {
  switch (report.status) {
  case upgrade_status::completed:
    return any_failed(report) ? exit_some_failed : exit_done;
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

void keep_image_upgrade(const config::fleet_file& file, const upgrade_report& report,
                        const summary_facts& facts, upgrade_cause cause) {
  const auto changed = image_version_of(file.request.current_model)
                       != image_version_of(file.request.latest_model);
  if (!file.request.follows_latest_image || !changed || has_virtual_clock(file))
    return;
  auto read = read_watch_record(file.path);
  auto* record = std::get_if<watch_record>(&read);
  auto why =
    record == nullptr ? std::optional(std::get<std::string>(read)) : std::nullopt;
  if (record != nullptr) {
    add_image_upgrade(*record, {file, report, facts, cause});
    why = write_watch_record(file.path, *record);
  }
  if (why)
    spdlog::warn("{}; the history of image upgrades lacks this one", *why);
}

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

} // namespace drydock::cli
