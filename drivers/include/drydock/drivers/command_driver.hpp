// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/drivers/command_context.hpp"
#include "drydock/drivers/event_loop.hpp"
#include "drydock/engine/driver_spec.hpp"
#include "drydock/engine/value.hpp"
#include "drydock/protocol/effects.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drydock::drivers {

/// What became of a command that belongs to the run, not to an instance.
struct command_report {
  bool ok = false;
  /// For people; empty when ok.
  std::string error;
};

/// What an `inspect` command said of an instance.
struct inspection {
  engine::instance_index instance = 0;
  bool on_latest_model = false;
  /// Why nothing is known; empty when the command succeeded.
  std::string error;
};

/// Upgrades instances by running commands: argv without a shell, each in a
/// process group of its own, `max_processes` at a time, in the order asked for. A
/// step begins once nothing that an earlier process began on its instance, for the
/// same upgrade, is at work any more. Every member may be called from any thread.
class command_driver : public protocol::driver {
public:
  /// `loop` must outlive the driver.
  command_driver(event_loop& loop, engine::command_spec spec, command_context context);

  /// Kills what still runs (the whole process groups) and waits for it; no port
  /// is called afterwards. Not from the loop's own thread.
  ~command_driver() override;

  bool start(const protocol::step_request& request,
             std::shared_ptr<protocol::step_port> port) override;
  /// Waits for what an earlier process began on the instance and left running, until
  /// its timeout, then runs `inspect`. Without one, or where its answer is the same
  /// for both models, `cannot_tell` follows the wait. Killing it kills what it waits
  /// for, and is answered as unknown.
  bool inspect(const protocol::step_request& request,
               std::shared_ptr<protocol::step_port> port) override;
  void withdraw(protocol::ticket id) override;
  void kill(protocol::ticket id) override;
  [[nodiscard]] bool has_hook(protocol::step_kind step) const override;
  [[nodiscard]] engine::duration timeout() const override;

  /// Runs `setup`; `done` is called once, from the loop's thread.
  void setup(std::function<void(command_report)> done);
  /// Runs `teardown`.
  void teardown(std::function<void(command_report)> done);
  /// Runs `inspect` for every instance; `done` gets all answers, by instance.
  void inspect(std::function<void(std::vector<inspection>)> done);
  /// Kills everything that runs or waits, setup included; waiting steps are
  /// answered `withdrawn`, killed ones `failed`.
  void kill_all();

private:
  class impl;
  event_loop& loop_;
  std::shared_ptr<impl> impl_;
};

} // namespace drydock::drivers
