// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "commands.hpp"

#include "drydock/actors/auditor.hpp"
#include "drydock/actors/upgrade_run.hpp"
#include "drydock/drivers/command_driver.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

/// What one `drydock run` is made of, beside its session.
namespace drydock::cli {

/// Hands every event to whoever listens.
class listeners : public actors::upgrade_listener {
public:
  listeners(std::size_t instances, bool has_health) : auditor_(instances, has_health) {}

  void add(actors::upgrade_listener* listener) {
    if (listener != nullptr)
      list_.push_back(listener);
  }

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override;
  void on_pause(const engine::upgrade_progress& progress) override;

  [[nodiscard]] std::uint32_t max_unavailable() const {
    return auditor_.max_unavailable();
  }

private:
  actors::auditor auditor_;
  std::vector<actors::upgrade_listener*> list_;
};

/// What SIGINT and SIGTERM do, which depends on how far the run has come: the
/// first cancels, the second ends what is in flight, further ones end whatever
/// command still runs. From any thread.
class cancel_switch {
public:
  explicit cancel_switch(drivers::command_driver* commands) : commands_(commands) {}

  void on_signal(const char* name, int count);

  /// Another process asked for it.
  void on_request(const std::string& by, bool now);

  /// Signals reach `cancel` from now on; those that came before reach it at once.
  void attach(std::function<void(const std::string& by, bool now)> cancel);
  void detach();
  [[nodiscard]] bool pressed();

private:
  std::mutex mutex_;
  drivers::command_driver* commands_;
  std::function<void(const std::string& by, bool now)> run_;
  bool over_ = false; // only the teardown is left
  std::string name_;
  int count_ = 0;
};

/// In virtual time the file and the seed are all that an upgrade is made of, and
/// `repetition` counts the upgrades made of the same; else it is drawn.
[[nodiscard]] std::string make_upgrade_id(const config::fleet_file& file,
                                          const run_options& options,
                                          std::uint32_t repetition = 0);

/// Says what a user may not expect of this run.
void give_notes(const config::fleet_file& file, const instance_selection& selection);

} // namespace drydock::cli
