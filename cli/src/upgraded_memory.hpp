// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "repair_record.hpp"

#include <memory>
#include <set>
#include <string>
#include <utility>

namespace drydock::cli {

/// Remembers who has the model of the last upgrade, and when instances were changed.
class upgraded_memory : public actors::upgrade_listener {
public:
  /// `same`: what the run gives to instances is the model of the last upgrade.
  upgraded_memory(std::set<std::string>& to, std::shared_ptr<config::fleet_file> file,
                  repair_keeper& repairs, bool same)
    : to_(to), file_(std::move(file)), repairs_(repairs), same_(same) {}

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override {
    repairs_.on_event(event, since_start);
    if (!same_)
      forget(event);
    else
      remember(event);
  }

  void on_pause(const engine::upgrade_progress& progress) override {
    repairs_.on_pause(progress);
  }

private:
  [[nodiscard]] std::string name(engine::instance_index i) const {
    return std::string(file_->instances.id(i));
  }

  void remember(const engine::upgrade_event& event) {
    using namespace engine;
    if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
      if (settled->reason == failure_reason::none)
        to_.insert(name(settled->instance));
    } else if (const auto* undone = std::get_if<told::rollback_finished>(&event)) {
      to_.erase(name(undone->instance));
    } else if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
      to_.insert(name(next->replacement));
    }
  }

  /// Whom a repair sets up anew gets what the fleet has, not what it was upgraded to.
  void forget(const engine::upgrade_event& event) {
    using namespace engine;
    if (const auto* begun = std::get_if<told::repair_started>(&event);
        begun != nullptr && begun->action != repair_action::restart)
      to_.erase(name(begun->instance));
  }

  std::set<std::string>& to_;
  std::shared_ptr<config::fleet_file> file_;
  repair_keeper& repairs_;
  bool same_;
};

} // namespace drydock::cli
