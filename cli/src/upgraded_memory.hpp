// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "repair_record.hpp"

#include "drydock/engine/image_upgrade.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace drydock::cli {

/// What is known of instances by what was told of them.
struct who_has_what {
  /// Who has the model of the last upgrade.
  std::set<std::string>& upgraded;
  /// Who has another image than the rest.
  std::map<std::string, std::string, std::less<>>& own_images;
};

/// Remembers it, and when instances were changed.
class upgraded_memory : public actors::upgrade_listener {
public:
  /// `same`: what the run gives to instances is the model of the last upgrade.
  upgraded_memory(who_has_what to, std::shared_ptr<config::fleet_file> file,
                  repair_keeper& repairs, bool same)
    : to_(to), file_(std::move(file)), repairs_(repairs), same_(same) {}

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override {
    using namespace engine;
    repairs_.on_event(event, since_start);
    if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
      if (settled->reason == failure_reason::none)
        has_latest(settled->instance);
    } else if (const auto* undone = std::get_if<told::rollback_finished>(&event)) {
      has_previous(*undone);
    } else if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
      has_latest(next->replacement);
      to_.own_images.erase(name(next->instance));
    } else if (const auto* begun = std::get_if<told::repair_started>(&event)) {
      if (begun->action == repair_action::reimage) {
        reimaged_.insert(begun->instance);
        to_.upgraded.erase(name(begun->instance));
      }
    } else if (const auto* repaired = std::get_if<told::repair_finished>(&event)) {
      if (reimaged_.erase(repaired->instance) > 0
          && repaired->outcome == repair_outcome::succeeded)
        has_latest(repaired->instance);
    }
  }

  void on_pause(const engine::upgrade_progress& progress) override {
    repairs_.on_pause(progress);
  }

private:
  [[nodiscard]] std::string name(engine::instance_index i) const {
    return std::string(file_->instances.id(i));
  }

  /// What the run gives to instances.
  void has_latest(engine::instance_index i) {
    to_.own_images.erase(name(i));
    if (same_)
      to_.upgraded.insert(name(i));
    else
      to_.upgraded.erase(name(i));
  }

  /// What it had before, if that worked out; else nobody knows what it has.
  void has_previous(const engine::told::rollback_finished& event) {
    const auto id = name(event.instance);
    to_.upgraded.erase(id);
    const auto own = file_->own_images.find(id);
    const auto image = own != file_->own_images.end()
                         ? own->second
                         : engine::image_version_of(file_->request.current_model);
    if (event.succeeded && file_->request.follows_latest_image && !image.empty())
      to_.own_images[id] = image;
  }

  who_has_what to_;
  std::shared_ptr<config::fleet_file> file_;
  repair_keeper& repairs_;
  bool same_;
  std::set<engine::instance_index> reimaged_; // by repairs that are not over
};

} // namespace drydock::cli
