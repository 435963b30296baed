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
  : file_(std::move(file)), learnt_(std::move(learnt)), all_(file_->replaced) {}

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
  const auto* next = std::get_if<told::instance_replaced>(&event);
  if (next == nullptr || file_->from_inventory.contains(next->instance))
    return;
  auto before = file_->instances.spec(next->instance);
  const auto origin = file_->origins.find(next->instance);
  const auto name = origin == file_->origins.end() ? before.id : origin->second;
  all_[name] = {now_at(next->replacement), std::move(before)};
  unkept_ = true;
}

void replacement_keeper::on_pause(const upgrade_progress&) {
  if (!unkept_)
    return;
  const auto why =
    write_whole(config::replaced_path(
                  file_->path, file_->one_of_several ? file_->name : std::string())
                  .string(),
                config::to_json_text(all_));
  unkept_ = why.has_value(); // tried again at the next pause
  if (why && !std::exchange(complained_, true))
    spdlog::error("{}; it is tried again: until it works, nothing else says which "
                  "instances were replaced by which",
                  *why);
}

} // namespace drydock::cli
