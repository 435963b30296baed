// SPDX-License-Identifier: Apache-2.0
#include "replacement_keeper.hpp"

#include "whole_file.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_set>
#include <utility>

namespace drydock::cli {

using namespace engine;

namespace {

// With a journal: this share of the set may have changed before it is kept, and so a
// set is written a number of times that does not grow with it.
constexpr std::size_t share_unkept = 64;
// And for so long.
constexpr std::chrono::seconds unkept_max{10};

std::string path_of(const config::fleet_file& file) {
  return config::replaced_path(file.path,
                               file.one_of_several ? file.name : std::string())
    .string();
}

} // namespace

replacement_keeper::replacement_keeper(
  std::shared_ptr<const config::fleet_file> file,
  std::shared_ptr<const drivers::learnt_details> learnt)
  : file_(std::move(file)),
    learnt_(std::move(learnt)), all_{file_->replaced, file_->given, file_->made,
                                     path_of(*file_)},
    names_(config::names_by_id(all_.replaced)) {
  for (const auto& [name, x] : all_.replaced)
    last_born_ = std::max(last_born_, x.born);
}

instance_spec replacement_keeper::now_at(instance_index i) const {
  auto spec = file_->instances.spec(i);
  const auto learnt = learnt_ ? learnt_->of(i) : nullptr;
  if (!learnt)
    return spec;
  if (learnt->address)
    spec.address = *learnt->address;
  if (learnt->port)
    spec.port = *learnt->port;
  for (const auto& [name, text] : learnt->vars)
    spec.vars[name] = text;
  return spec;
}

void replacement_keeper::on_event(const upgrade_event& event, duration since_start) {
  now_ = since_start;
  if (const auto* begun = std::get_if<told::batch_started>(&event)) {
    if (begun->surge)
      note_given(begun->instances);
  } else if (const auto* more = std::get_if<told::batch_extended>(&event)) {
    if (more->surge)
      note_given(more->instances);
  } else if (const auto* repair = std::get_if<told::repair_started>(&event)) {
    if (repair->action == repair_action::replace)
      note_given({repair->instance});
  } else if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
    keep_replaced(*next);
  } else if (std::holds_alternative<told::upgrade_finished>(event)) {
    unkept_ = unkept_ || !all_.made.empty();
    all_.made.clear();
    if (unkept_) // before it is written that the upgrade is over, which nobody resumes
      write();
  } else {
    on_scaling(event);
  }
}

void replacement_keeper::foresee(const upgrade_event& event) {
  std::optional<instance_index> made;
  if (const auto* next = std::get_if<told::instance_replaced>(&event))
    made = next->replacement;
  else if (const auto* settled = std::get_if<told::instance_settled>(&event);
           settled != nullptr && settled->reason == failure_reason::none
           && file_->instances.is_arrival(settled->instance))
    made = settled->instance;
  if (!made || !learnt_ || !learnt_->of(*made))
    return;
  auto spec = now_at(*made);
  all_.made[spec.id] = spec;
  foreseen_ = true;
}

void replacement_keeper::write_foreseen() {
  if (std::exchange(foreseen_, false))
    write();
}

/// Replacements are asked for once this has been told: whatever becomes of one, nobody
/// else is ever called like it.
void replacement_keeper::note_given(const std::vector<instance_index>& members) {
  const auto& all = file_->instances;
  auto any = false;
  for (const auto i : members)
    any = config::note_given(all_.given, file_->names, i, all.id(all.replacement_of(i)))
          || any;
  if (any)
    write();
}

/// The same of those that a change of capacity makes.
void replacement_keeper::note_arriving(const std::vector<instance_index>& arrivals) {
  auto any = false;
  for (const auto i : arrivals)
    any = config::note_arrival(all_.given, file_->names, file_->instances.id(i)) || any;
  if (any)
    write();
}

/// Under which name the instance is kept, or is to be kept.
std::string replacement_keeper::name_of(instance_index i) const {
  std::string id(file_->instances.id(i));
  if (const auto kept = names_.find(id); kept != names_.end())
    return kept->second; // also where a process before has written it down
  if (file_->instances.is_arrival(i)) {
    const auto nth = i - file_->instances.first_arrival();
    return nth < file_->arrival_keys.size() ? file_->arrival_keys[nth] : id;
  }
  const auto origin = file_->origins.find(i);
  return origin == file_->origins.end() ? id : origin->second;
}

/// The entry of that name, of which the caller makes one of whoever has the id now.
config::replaced_instance& replacement_keeper::kept_as(const std::string& name,
                                                       const std::string& id_now) {
  auto& x = all_.replaced[name];
  if (x.now.id == id_now)
    return x;
  if (const auto old = names_.find(x.now.id);
      old != names_.end() && old->second == name)
    names_.erase(old);
  names_[id_now] = name;
  return x;
}

void replacement_keeper::keep_replaced(const told::instance_replaced& e) {
  if (file_->from_inventory.contains(e.instance))
    return;
  auto before = file_->instances.spec(e.instance);
  const auto origin = file_->origins.find(e.instance);
  const auto name = origin == file_->origins.end() ? before.id : origin->second;
  auto now = now_at(e.replacement);
  all_.made.erase(now.id);
  auto& x = kept_as(name, now.id);
  if (x.now.id != now.id)
    x.born = ++last_born_;
  x.now = std::move(now);
  x.before = std::move(before);
  note_change();
}

void replacement_keeper::keep_arrived(instance_index i) {
  if (file_->has_inventory) // which will tell of it
    return;
  auto now = now_at(i);
  auto& x = kept_as(name_of(i), now.id);
  x.now = x.before = std::move(now);
  x.extra = true;
  all_.made.erase(x.now.id);
  if (x.born == 0)
    x.born = ++last_born_;
  note_change();
}

/// A process before may have kept it, whose last words were lost with the power.
void replacement_keeper::forget_arrived(instance_index i) {
  const auto kept = names_.find(std::string(file_->instances.id(i)));
  if (kept == names_.end())
    return;
  all_.replaced.erase(kept->second);
  names_.erase(kept);
  note_change();
}

/// The file may list it for ever, or be told of the new capacity: then others that it
/// does not list any more are there yet.
void replacement_keeper::keep_departed(instance_index i) {
  const auto is_told_of = file_->from_inventory.contains(i);
  if (is_told_of && staying_.empty())
    return;
  if (!is_told_of)
    listed(i).deleted = true;
  for (const auto left : std::exchange(staying_, {}))
    keep_listed(left);
  note_change();
}

/// The entry of one of the set, which is as it was if there is none yet.
config::replaced_instance& replacement_keeper::listed(instance_index i) {
  auto spec = file_->instances.spec(i);
  const auto name = name_of(i);
  if (const auto kept = all_.replaced.find(name); kept != all_.replaced.end())
    return kept->second;
  auto& x = kept_as(name, spec.id);
  x.now = x.before = std::move(spec);
  return x;
}

void replacement_keeper::keep_listed(instance_index i) {
  auto& x = listed(i);
  x.now.zone = file_->instances.zone_name(i);
  x.now.update_domain = file_->instances.spec(i).update_domain;
  x.now.protect_from_scale_in = file_->instances.protected_from_scale_in(i);
  x.now.protect_from_scale_set_actions = file_->instances.protected_from_actions(i);
  x.extra = true;
}

/// Who stays and may fall behind the count of the file when it is lowered.
void replacement_keeper::note_staying(const told::scaling_started& e) {
  staying_.clear();
  if (e.leaving.empty())
    return;
  // Behind those that are gone already, places are lower than numbers in names.
  const auto gone = static_cast<std::size_t>(
    std::count_if(all_.replaced.begin(), all_.replaced.end(),
                  [](const auto& entry) { return entry.second.deleted; }));
  const std::unordered_set<instance_index> leaving(e.leaving.begin(), e.leaving.end());
  const auto less = [](std::size_t a, std::size_t b) { return a - std::min(a, b); };
  const auto size = file_->instances.size();
  const auto generated = file_->names.generated;
  const auto first = less(e.capacity, gone);
  // The count is lower yet where others are listed beside those that it is of.
  const auto first_generated = less(first, less(size, generated));
  for (auto i = static_cast<instance_index>(first_generated); i < size; ++i)
    if (i >= (i < generated ? first_generated : first) && !leaving.contains(i)
        && !file_->from_inventory.contains(i))
      staying_.push_back(i);
}

void replacement_keeper::on_scaling(const upgrade_event& event) {
  if (const auto* scaling = std::get_if<told::scaling_started>(&event)) {
    note_staying(*scaling);
    note_arriving(scaling->arriving);
  } else if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
    if (!file_->instances.is_arrival(settled->instance))
      return;
    if (settled->reason == failure_reason::none)
      keep_arrived(settled->instance);
    else
      forget_arrived(settled->instance);
  } else if (const auto* gone = std::get_if<told::instance_deleted>(&event)) {
    if (gone->reason == deletion_reason::scale_in)
      keep_departed(gone->instance);
  } else if (std::holds_alternative<told::scaling_finished>(event)) {
    due_ = unkept_;
  }
}

void replacement_keeper::note_change() {
  ++changes_;
  unkept_ = true;
}

/// Whoever goes on hears again what is written in the journal, and keeps it then.
bool replacement_keeper::is_due() const {
  return !has_journal_ || due_ || changes_ * share_unkept >= all_.replaced.size()
         || now_ - kept_at_ >= unkept_max;
}

void replacement_keeper::on_pause(const upgrade_progress&) {
  if (unkept_ && is_due())
    write();
}

void replacement_keeper::write() {
  const auto why = write_whole(all_.path, config::to_json_text(all_));
  unkept_ = due_ = why.has_value(); // tried again at the next pause
  changes_ = 0;
  kept_at_ = now_;
  if (why && !std::exchange(complained_, true))
    spdlog::error(
      "{}; it is tried again: until it works, nothing else says which "
      "instances were replaced, made and deleted, and what names were given",
      *why);
}

} // namespace drydock::cli
