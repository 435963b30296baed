// SPDX-License-Identifier: Apache-2.0
#include "repair_record.hpp"

#include "controller.hpp"
#include "small_json.hpp"

#include "drydock/config/state_path.hpp"
#include "drydock/engine/repair_events.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

std::string record_path(const std::filesystem::path& file) {
  return config::state_path(file, ".repairs.json");
}

std::string word_path(const std::filesystem::path& file) {
  return config::state_path(file, ".repairs-word.json");
}

std::optional<wall_time> time_at(const json& x, const char* key) {
  const auto at = x.find(key);
  if (at == x.end() || !at->is_number_integer())
    return std::nullopt;
  return to_wall_time(at->get<std::int64_t>());
}

std::uint32_t count_at(const json& x, const char* key) {
  const auto at = x.find(key);
  return at != x.end() && at->is_number_unsigned() ? static_cast<std::uint32_t>(
           std::min<std::uint64_t>(at->get<std::uint64_t>(), UINT32_MAX))
                                                   : 0;
}

json time_json(const std::optional<wall_time>& t) {
  return t ? json(to_us(*t)) : json(nullptr);
}

std::string_view state_name(const repair_record& x) {
  return x.suspended ? "Suspended" : "Running";
}

} // namespace

std::variant<repair_record, std::string>
read_repair_record(const std::filesystem::path& file) {
  const auto path = record_path(file);
  repair_record x;
  std::error_code failed;
  if (!std::filesystem::exists(path, failed))
    return x;
  const auto all = read_json(path);
  if (!all.is_object() || !all.contains("lastChangesUs")
      || !all["lastChangesUs"].is_object())
    return path
           + ", which says how repairs stand, is not what drydock writes; mend it, or "
             "delete it to begin anew";
  x.suspended = text_at(all, "serviceState") == "Suspended";
  x.by = text_at(all, "by");
  x.failed_in_a_row = count_at(all, "failedInARow");
  x.succeeded = count_at(all, "succeeded");
  x.failed = count_at(all, "failed");
  x.state_since = time_at(all, "stateSinceUs");
  x.since = time_at(all, "sinceUs");
  const auto& list = all["lastChangesUs"];
  for (auto at = list.begin(); at != list.end(); ++at)
    if (at->is_number_integer())
      x.changes[at.key()] = to_wall_time(at->get<std::int64_t>());
  return x;
}

std::optional<std::string> write_repair_record(const std::filesystem::path& file,
                                               const repair_record& x) {
  json out;
  out["serviceState"] = state_name(x);
  out["by"] = x.by;
  out["failedInARow"] = x.failed_in_a_row;
  out["succeeded"] = x.succeeded;
  out["failed"] = x.failed;
  out["stateSinceUs"] = time_json(x.state_since);
  out["sinceUs"] = time_json(x.since);
  out["lastChangesUs"] = json::object();
  for (const auto& [id, at] : x.changes)
    out["lastChangesUs"][id] = to_us(at);
  return write_json(record_path(file), out);
}

json repairs_json(const config::fleet_file& file, const repair_record& x) {
  json out;
  out["serviceName"] = "AutomaticRepairs";
  out["serviceState"] = file.repairs.enabled ? state_name(x) : "NotRunning";
  out["lastStatusChangeTime"] =
    x.state_since ? json(to_iso_time(*x.state_since)) : json(nullptr);
  out["by"] = x.by.empty() ? json(nullptr) : json(x.by);
  out["repairAction"] = to_string(file.repairs.action);
  out["failedInARow"] = x.failed_in_a_row;
  out["succeeded"] = x.succeeded;
  out["failed"] = x.failed;
  return out;
}

std::optional<std::string> leave_repair_word(const std::filesystem::path& file,
                                             const repair_word& x) {
  return write_json(word_path(file), {{"suspend", x.suspend}, {"by", x.by}});
}

std::optional<repair_word> take_repair_word(const std::filesystem::path& file) {
  const auto all = take_json(word_path(file));
  if (!all)
    return std::nullopt;
  return repair_word{flag_at(*all, "suspend"), text_at(*all, "by")};
}

void apply_word(repair_record& to, const repair_word& x, wall_time now) {
  to.by = x.by;
  if (!x.suspend)
    to.failed_in_a_row = 0;
  if (to.suspended != x.suspend)
    to.state_since = now;
  to.suspended = x.suspend;
}

repair_keeper::repair_keeper(const std::filesystem::path& file)
  : file_(config::real_path(file)) {}

std::optional<std::string> repair_keeper::read(wall_time now, bool kept) {
  const std::lock_guard guard(mutex_);
  kept_ = kept;
  if (kept_) {
    auto read = read_repair_record(file_);
    if (auto* why = std::get_if<std::string>(&read))
      return std::move(*why);
    record_ = std::move(std::get<repair_record>(read));
  }
  if (!record_.since)
    record_.since = now;
  return std::nullopt;
}

void repair_keeper::begin_run(std::shared_ptr<const fleet> instances, wall_time start,
                              wall_time heard_from) {
  const std::lock_guard guard(mutex_);
  instances_ = std::move(instances);
  start_ = start;
  heard_from_ = heard_from;
  replacing_.clear();
  replaced_ = false;
}

void repair_keeper::changed(instance_index i, duration since_start) {
  if (i >= instances_->positions())
    return;
  record_.changes[std::string(instances_->id(i))] = start_ + since_start;
  dirty_ = true;
}

/// Whether a change of the state is another one than is known. One that is told again
/// may not have been written before the crash: it is, if it is later than what is
/// known.
bool repair_keeper::is_news(duration since_start) const {
  const auto at = start_ + since_start;
  return at >= heard_from_ || !record_.state_since || at > *record_.state_since;
}

void repair_keeper::on_event(const upgrade_event& event, duration since_start) {
  const std::lock_guard guard(mutex_);
  const auto known = start_ + since_start < heard_from_;
  if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
    changed(settled->instance, since_start);
  } else if (const auto* undone = std::get_if<told::rollback_finished>(&event)) {
    changed(undone->instance, since_start);
  } else if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
    changed(next->replacement, since_start);
  } else if (const auto* gone = std::get_if<told::instance_deleted>(&event)) {
    if (gone->instance < instances_->positions())
      record_.changes.erase(std::string(instances_->id(gone->instance)));
    replaced_ = replaced_ || gone->reason == deletion_reason::repair;
  } else if (const auto* begun = std::get_if<told::repair_started>(&event)) {
    if (begun->action == repair_action::replace)
      replacing_.insert(begun->instance);
  } else if (const auto* done = std::get_if<told::repair_finished>(&event)) {
    // Its place is used up within this run, whatever became of the other one.
    if (replacing_.erase(done->instance) > 0
        && done->reason != failure_reason::quota_short) {
      replaced_ = true;
      dirty_ = true;
    }
    if (done->outcome == repair_outcome::dropped)
      return;
    changed(done->instance, since_start);
    if (known)
      return;
    const auto ok = done->outcome == repair_outcome::succeeded;
    urgent_ = true;
    ++(ok ? record_.succeeded : record_.failed);
    record_.failed_in_a_row = ok ? 0 : record_.failed_in_a_row + 1;
  } else if (const auto* held = std::get_if<told::repairs_suspended>(&event);
             held && is_news(since_start)) {
    record_.failed_in_a_row = held->failed_in_a_row;
    record_.suspended = true;
    record_.by = held->by;
    record_.state_since = start_ + since_start;
    dirty_ = urgent_ = true;
  } else if (const auto* on = std::get_if<told::repairs_resumed>(&event);
             on && is_news(since_start)) {
    apply_word(record_, {false, on->by}, start_ + since_start);
    dirty_ = urgent_ = true;
  } else if (std::holds_alternative<told::upgrade_finished>(event)) {
    dirty_ = urgent_ = true;
  }
}

void repair_keeper::on_pause(const upgrade_progress&) {
  // When members were changed may be written a little later: a long list is not to be
  // written for each of them.
  constexpr std::chrono::seconds pace{2};
  const std::lock_guard guard(mutex_);
  if (dirty_ && (urgent_ || std::chrono::steady_clock::now() - kept_at_ >= pace))
    keep();
}

void repair_keeper::keep() {
  const auto why = kept_ ? write_repair_record(file_, record_) : std::nullopt;
  dirty_ = why.has_value(); // tried again at a later pause
  urgent_ = false;
  kept_at_ = std::chrono::steady_clock::now();
  if (why && !std::exchange(complained_, true))
    spdlog::error("{}; it is tried again: until it works, grace periods and a "
                  "suspension of repairs do not outlive the watch",
                  *why);
}

std::optional<repair_options> repair_keeper::options(const config::fleet_file& file,
                                                     const fleet& instances,
                                                     wall_time now) {
  const std::lock_guard guard(mutex_);
  if (!file.repairs.enabled)
    return std::nullopt;
  repair_options x;
  x.action = file.repairs.action;
  x.grace_period = file.repairs.grace_period;
  x.suspended = record_.suspended;
  x.failed_in_a_row = record_.failed_in_a_row;
  // Those of long ago are as good as unknown, and make the file long.
  std::erase_if(record_.changes, [&](const auto& entry) {
    return entry.second + x.grace_period < now && entry.second >= *record_.since;
  });
  const auto long_ago = std::max(duration{0}, now - *record_.since);
  for (instance_index i = 0; i < instances.size(); ++i) {
    const auto at = record_.changes.find(instances.id(i));
    x.unchanged_for.push_back(
      at == record_.changes.end() ? long_ago : std::max(duration{0}, now - at->second));
  }
  return x;
}

void repair_keeper::take(const repair_word& x, wall_time now) {
  const std::lock_guard guard(mutex_);
  apply_word(record_, x, now);
  keep();
}

void repair_keeper::note_arrivals(const fleet& before, const fleet& after,
                                  wall_time now) {
  const std::lock_guard guard(mutex_);
  std::set<std::string_view> known;
  for (instance_index i = 0; i < before.positions(); ++i)
    known.insert(before.id(i));
  for (instance_index i = 0; i < after.size(); ++i)
    if (!known.contains(after.id(i)))
      record_.changes[std::string(after.id(i))] = now;
  keep();
}

repair_record repair_keeper::record() {
  const std::lock_guard guard(mutex_);
  return record_;
}

bool repair_keeper::has_replaced() {
  const std::lock_guard guard(mutex_);
  return replaced_;
}

} // namespace drydock::cli
