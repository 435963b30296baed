// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "commands.hpp"
#include "drydock/actors/auditor.hpp"
#include "drydock/actors/upgrade_run.hpp"
#include "drydock/drivers/attendants.hpp"
#include "drydock/drivers/command_driver.hpp"
#include "drydock/drivers/simulated.hpp"

#include <memory>
#include <string>

namespace drydock::cli {

/// Where virtual time starts, that of rehearsals too.
inline constexpr auto virtual_start =
  std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

/// What the rollout machine is told of the fleet file, for a virtual clock.
[[nodiscard]] engine::rollout_options
rollout_options_of(const config::fleet_file& file, const instance_selection& selection);

/// What the machines of its instances are told; retries and hooks as the file's
/// driver has them.
[[nodiscard]] engine::lifecycle_options
lifecycle_options_of(const config::fleet_file& file);

/// The world a fleet file describes: its driver and prober. Outlives every run
/// made of it.
class session {
public:
  /// `simulation` is that of an earlier session, whose simulated fleet lives on.
  session(std::shared_ptr<config::fleet_file> file, std::string upgrade_id,
          std::optional<std::uint64_t> seed,
          std::shared_ptr<drivers::simulated_fleet> simulation = nullptr);
  ~session();

  /// Everything an upgrade needs.
  [[nodiscard]] actors::run_setup setup(const instance_selection& selection) const;

  [[nodiscard]] bool virtual_clock() const;
  [[nodiscard]] std::shared_ptr<const engine::fleet> instances() const;

  /// Null for a simulated fleet.
  [[nodiscard]] drivers::command_driver* commands() const { return commands_.get(); }
  /// What its commands tell of instances that they make.
  [[nodiscard]] std::shared_ptr<const drivers::learnt_details> learnt() const {
    return learnt_;
  }
  /// Null for a real one.
  [[nodiscard]] drivers::simulated_fleet* simulation() const {
    return simulation_.get();
  }
  [[nodiscard]] std::shared_ptr<drivers::simulated_fleet> shared_simulation() const {
    return simulation_;
  }

  /// Asks every instance what it runs; returns one sentence for each that did
  /// not say. Blocks.
  std::vector<std::string> inspect();

private:
  void make_attendant(const drivers::command_context& context);
  void make_prober(const drivers::command_context& context);

  std::shared_ptr<config::fleet_file> file_;
  std::uint64_t seed_ = 0;
  std::shared_ptr<drivers::learnt_details> learnt_ =
    std::make_shared<drivers::learnt_details>();
  std::unique_ptr<drivers::event_loop> loop_;
  std::shared_ptr<drivers::command_driver> commands_;
  std::shared_ptr<drivers::simulated_fleet> simulation_;
  std::shared_ptr<protocol::prober> prober_;
  std::shared_ptr<protocol::attendant> attendant_;
};

} // namespace drydock::cli
