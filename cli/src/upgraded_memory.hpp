// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image_memory.hpp"
#include "repair_record.hpp"

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
  image_versions& own_images;
};

/// Remembers it, and when instances were changed.
class upgraded_memory : public actors::upgrade_listener {
public:
  /// `same`: what the run gives to instances is the model of the last upgrade.
  upgraded_memory(who_has_what to, std::shared_ptr<config::fleet_file> file,
                  repair_keeper& repairs, bool same)
    : to_(to), file_(std::move(file)), images_(to.own_images, file_), repairs_(repairs),
      same_(same) {}

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override {
    using namespace engine;
    repairs_.on_event(event, since_start);
    images_.on_event(event, since_start);
    if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
      if (settled->reason == failure_reason::none)
        has_latest(settled->instance);
    } else if (const auto* undone = std::get_if<told::rollback_finished>(&event)) {
      to_.upgraded.erase(name(undone->instance));
    } else if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
      has_latest(next->replacement);
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

  who_has_what to_;
  std::shared_ptr<config::fleet_file> file_;
  image_memory images_;
  repair_keeper& repairs_;
  bool same_;
  std::set<engine::instance_index> reimaged_; // by repairs that are not over
};

} // namespace drydock::cli
