// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/config/fleet_file.hpp"
#include "drydock/engine/image_upgrade.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace drydock::cli {

/// Versions of the image, by id.
using image_versions = std::map<std::string, std::string, std::less<>>;

/// Remembers who has another image than the rest, by what is told of an upgrade.
class image_memory : public actors::upgrade_listener {
public:
  image_memory(image_versions& to, std::shared_ptr<const config::fleet_file> file)
    : to_(to), file_(std::move(file)) {}

  void on_event(const engine::upgrade_event& event, engine::duration) override {
    using namespace engine;
    if (std::holds_alternative<told::upgrade_started>(event)) {
      std::erase_if(to_, [&](const auto& x) { return is_up_to_date(x.first); });
    } else if (const auto* batch = std::get_if<told::batch_started>(&event)) {
      note_members(batch->instances, batch->surge);
    } else if (const auto* more = std::get_if<told::batch_extended>(&event)) {
      note_members(more->instances, more->surge);
    } else if (const auto* few = std::get_if<told::surge_short>(&event)) {
      note_members(few->instances, false);
    } else if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
      if (settled->reason == failure_reason::none)
        to_.erase(name(settled->instance));
      else if (untouched_.contains(settled->instance))
        keeps(settled->instance);
    } else if (const auto* undone = std::get_if<told::rollback_finished>(&event)) {
      if (undone->succeeded)
        keeps(undone->instance);
    } else if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
      to_.erase(name(next->instance));
    }
  }

private:
  [[nodiscard]] std::string name(engine::instance_index i) const {
    return std::string(file_->instances.id(i));
  }

  [[nodiscard]] bool is_up_to_date(const std::string& id) const {
    const auto found = file_->instances.find(id);
    return found && file_->instances.latest_model_applied(*found);
  }

  /// Of those that are replaced nobody is touched before another one serves.
  void note_members(const std::vector<engine::instance_index>& members, bool replaced) {
    for (const auto i : members)
      if (replaced)
        untouched_.insert(i);
      else
        untouched_.erase(i);
  }

  /// It has what it had before.
  void keeps(engine::instance_index i) {
    const auto id = name(i);
    const auto own = file_->own_images.find(id);
    const auto image = own != file_->own_images.end()
                         ? own->second
                         : engine::image_version_of(file_->request.current_model);
    if (file_->request.follows_latest_image && !image.empty())
      to_[id] = image;
  }

  image_versions& to_;
  std::shared_ptr<const config::fleet_file> file_;
  std::set<engine::instance_index> untouched_;
};

} // namespace drydock::cli
