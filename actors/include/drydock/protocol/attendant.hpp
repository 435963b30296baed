// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/guard.hpp"
#include "drydock/engine/hooks.hpp"
#include "drydock/engine/step.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <memory>
#include <string>

/// What an upgrade as a whole asks of the outside world, as drivers and probers answer
/// for single instances. No type here knows CAF.
namespace drydock::inline v1::protocol {

/// A hook that is to be run.
struct hook_request {
  engine::upgrade_hook hook = engine::upgrade_hook::before_upgrade;
  /// The batch that it stands before or after; 0: none.
  std::uint32_t batch = 0;
  /// From 1.
  std::uint32_t attempt = 1;
  /// Names it; grows with every request of the upgrade.
  std::uint32_t request = 0;
};

/// Somebody's word on a checkpoint or a failed hook.
struct approval {
  /// Who, for people.
  std::string by;
  bool approved = true;
  /// Why, in their words; may be empty.
  std::string message;
  /// What it answers (`told::waiting::question`); 0: whatever is asked.
  std::uint32_t question = 0;
};

/// Takes an attendant's answers. Every member may be called from any thread, and
/// returns at once; after the end of the upgrade nothing happens. `after`: it will have
/// happened that much later than now, on a virtual clock.
class attendant_port {
public:
  virtual ~attendant_port() = default;
  /// A hook has ended; `error` is for people. Called once for each request.
  virtual void hook_ended(std::uint32_t request, engine::step_outcome outcome,
                          std::string error,
                          engine::duration after = engine::duration{0}) = 0;
  /// The answer to `attendant::ask_approval`.
  virtual void answered(approval word,
                        engine::duration after = engine::duration{0}) = 0;
  /// The standing of the guard at this position changed.
  virtual void guard_stands(std::uint32_t guard, engine::guard_state state,
                            std::string message,
                            engine::duration after = engine::duration{0}) = 0;
};

/// Runs hooks around upgrades and batches, has checkpoints decided, and looks at
/// guards. Every member returns without blocking. Its timeouts are its own business;
/// the one that the upgrade keeps beside them is a net.
class attendant {
public:
  virtual ~attendant() = default;

  /// Runs a hook; `port` hears of its end.
  virtual void run_hook(const hook_request& request,
                        std::shared_ptr<attendant_port> port) = 0;
  /// Ends it at once; whether an answer follows is open.
  virtual void end_hook(std::uint32_t request) = 0;
  /// Has the user's command decide on a checkpoint (percent).
  virtual void ask_approval(int checkpoint, std::uint32_t question,
                            std::shared_ptr<attendant_port> port) = 0;
  /// The checkpoint that was asked about is left, or the upgrade is about to end:
  /// nobody need decide any more, if anybody had to.
  virtual void end_approval() {}
  /// A person, or the command of the user, has to answer: at a checkpoint, or because a
  /// hook has failed. Whoever plays a world, people included, does; all others leave it
  /// alone.
  virtual void stand_in(std::uint32_t question, std::shared_ptr<attendant_port> port) {
    static_cast<void>(question);
    static_cast<void>(port);
  }
  /// Looks at every guard from now on, and tells of each change of its standing, the
  /// first included. Called once.
  virtual void watch_guards(std::shared_ptr<attendant_port> port) = 0;
};

} // namespace drydock::inline v1::protocol
