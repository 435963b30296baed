// SPDX-License-Identifier: Apache-2.0
#include "replacement_keeper.hpp"

#include "whole_file.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace drydock::cli {

using namespace engine;

replacement_keeper::replacement_keeper(
  std::shared_ptr<const config::fleet_file> file,
  std::shared_ptr<const drivers::learnt_details> learnt)
  : file_(std::move(file)),
    learnt_(std::move(learnt)), all_{file_->replaced, file_->given, file_->made} {}

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

void replacement_keeper::on_event(const upgrade_event& event, duration) {
  if (const auto* begun = std::get_if<told::batch_started>(&event)) {
    if (begun->surge)
      note_given(begun->instances);
  } else if (const auto* more = std::get_if<told::batch_extended>(&event)) {
    if (more->surge)
      note_given(more->instances);
  } else if (const auto* ill = std::get_if<told::repair_started>(&event)) {
    if (ill->action == repair_action::replace)
      note_given({ill->instance});
  } else if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
    note_replaced(*next);
  } else if (std::holds_alternative<told::upgrade_finished>(event)) {
    unkept_ = unkept_ || !all_.made.empty();
    all_.made.clear();
  }
}

void replacement_keeper::foresee(const upgrade_event& event) {
  const auto* next = std::get_if<told::instance_replaced>(&event);
  if (next == nullptr || !learnt_ || !learnt_->of(next->replacement))
    return;
  auto spec = now_at(next->replacement);
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

void replacement_keeper::note_replaced(const told::instance_replaced& e) {
  if (file_->from_inventory.contains(e.instance))
    return;
  auto before = file_->instances.spec(e.instance);
  const auto origin = file_->origins.find(e.instance);
  const auto name = origin == file_->origins.end() ? before.id : origin->second;
  auto now = now_at(e.replacement);
  all_.made.erase(now.id);
  all_.replaced[name] = {std::move(now), std::move(before)};
  unkept_ = true;
}

void replacement_keeper::on_pause(const upgrade_progress&) {
  if (unkept_)
    write();
}

void replacement_keeper::write() {
  const auto why =
    write_whole(config::replaced_path(
                  file_->path, file_->one_of_several ? file_->name : std::string())
                  .string(),
                config::to_json_text(all_));
  unkept_ = why.has_value(); // tried again at the next pause
  if (why && !std::exchange(complained_, true))
    spdlog::error("{}; it is tried again: until it works, nothing else says which "
                  "instances were replaced by which, and what names were given",
                  *why);
}

} // namespace drydock::cli
