// SPDX-License-Identifier: Apache-2.0
#include "replacement_keeper.hpp"

#include "whole_file.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace drydock::cli {

using namespace engine;

replacement_keeper::replacement_keeper(
  std::shared_ptr<const config::fleet_file> file,
  std::shared_ptr<const drivers::learnt_details> learnt)
  : file_(std::move(file)), learnt_(std::move(learnt)), all_(file_->replaced) {
  for (const auto& [name, x] : all_)
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

/// Under which name the instance is kept, or is to be kept.
std::string replacement_keeper::name_of(instance_index i) const {
  const auto id = file_->instances.id(i);
  for (const auto& [name, x] : all_)
    if (x.now.id == id)
      return name; // also where a process before has written it down
  if (file_->instances.is_arrival(i)) {
    const auto nth = i - file_->instances.first_arrival();
    return nth < file_->arrival_keys.size() ? file_->arrival_keys[nth]
                                            : std::string(id);
  }
  const auto origin = file_->origins.find(i);
  return origin == file_->origins.end() ? std::string(id) : origin->second;
}

void replacement_keeper::keep_replaced(const told::instance_replaced& e) {
  if (file_->from_inventory.contains(e.instance))
    return;
  auto before = file_->instances.spec(e.instance);
  const auto origin = file_->origins.find(e.instance);
  const auto name = origin == file_->origins.end() ? before.id : origin->second;
  auto& x = all_[name];
  if (x.now.id != file_->instances.id(e.replacement))
    x.born = ++last_born_;
  x.now = now_at(e.replacement);
  x.before = std::move(before);
  unkept_ = true;
}

void replacement_keeper::keep_arrived(instance_index i) {
  if (file_->has_inventory) // which will tell of it
    return;
  auto& x = all_[name_of(i)];
  x.now = x.before = now_at(i);
  x.extra = true;
  if (x.born == 0)
    x.born = ++last_born_;
  unkept_ = true;
}

/// The file may list it for ever, or be told of the new capacity: then others that it
/// does not list any more are there yet.
void replacement_keeper::keep_departed(instance_index i) {
  if (file_->has_inventory)
    return;
  auto& x = all_[name_of(i)];
  if (x.now.id.empty())
    x.now = x.before = file_->instances.spec(i);
  x.deleted = true;
  for (const auto left : std::exchange(staying_, {}))
    keep_listed(left);
  unkept_ = true;
}

void replacement_keeper::keep_listed(instance_index i) {
  auto& x = all_[name_of(i)];
  if (x.now.id.empty())
    x.now = x.before = file_->instances.spec(i);
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
  const auto gone = static_cast<std::size_t>(std::count_if(
    all_.begin(), all_.end(), [](const auto& entry) { return entry.second.deleted; }));
  for (auto i = static_cast<instance_index>(e.capacity
                                            - std::min<std::size_t>(e.capacity, gone));
       i < file_->instances.size(); ++i)
    if (std::find(e.leaving.begin(), e.leaving.end(), i) == e.leaving.end())
      staying_.push_back(i);
}

void replacement_keeper::on_event(const upgrade_event& event, duration) {
  if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
    keep_replaced(*next);
  } else if (const auto* scaling = std::get_if<told::scaling_started>(&event)) {
    note_staying(*scaling);
  } else if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
    if (settled->reason == failure_reason::none
        && file_->instances.is_arrival(settled->instance))
      keep_arrived(settled->instance);
  } else if (const auto* gone = std::get_if<told::instance_deleted>(&event)) {
    if (gone->reason == deletion_reason::scale_in)
      keep_departed(gone->instance);
  }
}

void replacement_keeper::on_pause(const upgrade_progress&) {
  if (!unkept_)
    return;
  const auto why = write_whole(config::replaced_path(file_->path).string(),
                               config::to_json_text(all_));
  unkept_ = why.has_value(); // tried again at the next pause
  if (why && !std::exchange(complained_, true))
    spdlog::error("{}; it is tried again: until it works, nothing else says which "
                  "instances were replaced, made and deleted",
                  *why);
}

} // namespace drydock::cli
