// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/fleet.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/recovery.hpp"
#include "drydock/engine/step.hpp"
#include "drydock/engine/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// Where actors and the outside world meet: what a driver and a prober must do.
/// No type here knows CAF, so that drivers need not either.
namespace drydock::inline v1::protocol {

/// Names one attempt at one thing; every answer carries it back, so that late
/// and duplicate answers are recognised.
struct ticket {
  engine::instance_index instance = 0;
  /// Grows with every piece of work on the instance.
  std::uint32_t generation = 0;
  /// Grows with every request within the piece of work.
  std::uint32_t request = 0;

  friend bool operator==(const ticket&, const ticket&) = default;
};

using engine::step_kind;
using engine::step_outcome;
using engine::work_kind;

/// What is to be done to an instance.
struct step_request {
  ticket id;
  step_kind step = step_kind::action;
  engine::apply_class action = engine::apply_class::none;
  /// From 1.
  std::uint32_t attempt = 1;
  /// What the step is for. `create` makes the instance, from the latest model, where it
  /// is not there yet; `remove` and `discard` delete it where it is. Both are asked for
  /// again after a crash, and then succeed where they have nothing left to do.
  work_kind work = work_kind::upgrade;
  engine::instant now{};
  /// Of `terminate_notification`: how long the instance has until it is deleted,
  /// counted from the beginning of the step. It ends the step: success before that is
  /// its approval.
  engine::duration not_before{0};

  /// Old and new model swapped.
  [[nodiscard]] bool is_rollback() const { return work == work_kind::rollback; }
};

struct step_result {
  step_outcome outcome = step_outcome::succeeded;
  /// For people: exit status and the tail of the output; empty on success.
  std::string error;
};

/// Takes a driver's answers. Every member may be called from any thread, and
/// returns at once. Keep it by shared pointer until `finished` was called.
class step_port {
public:
  virtual ~step_port() = default;
  /// The step left its queue and runs now, or will do so `after` from now. Called
  /// once, unless `start` said so.
  virtual void begun(ticket id, engine::duration after = engine::duration{0}) = 0;
  /// The step ended, or will end `after` from now. Called once; further calls
  /// for the same ticket are ignored.
  virtual void finished(ticket id, step_result result,
                        engine::duration after = engine::duration{0}) = 0;
  /// The answer to `driver::inspect`; `error` says why where it is unknown. Called
  /// once.
  virtual void inspected(ticket id, engine::action_fate fate, std::string error,
                         engine::duration after = engine::duration{0}) = 0;
};

/// Acts on instances. Every member may be called from any thread, at the same
/// time, and returns without blocking.
class driver {
public:
  virtual ~driver() = default;

  /// Starts a step. Returns true when it runs at once, false when it waits in a
  /// queue (`begun` is told later). Its own timeout is the driver's business;
  /// the deadline that the instance keeps beside it is a net.
  virtual bool start(const step_request& request, std::shared_ptr<step_port> port) = 0;

  /// Takes a step back that has not begun: `finished(withdrawn)` is the answer
  /// then, and nothing happens when it runs already.
  virtual void withdraw(ticket id) = 0;

  /// Ends a step at once, running or not; whether an answer follows is open.
  virtual void kill(ticket id) = 0;

  /// Finds out what became of an action that an earlier process may have begun, has
  /// ended or left running: `request` is the one that it would be asked for now.
  /// Answers with `step_port::inspected`, not before nothing of that action is at work
  /// any more. Returns false where the driver cannot tell: then nothing follows.
  virtual bool inspect(const step_request& request, std::shared_ptr<step_port> port) {
    static_cast<void>(request);
    static_cast<void>(port);
    return false;
  }

  /// Whether the driver has hooks (a missing hook succeeds without a call).
  [[nodiscard]] virtual bool has_hook(step_kind step) const = 0;

  /// Of one attempt; 0: none.
  [[nodiscard]] virtual engine::duration timeout() const = 0;
};

struct probe_request {
  engine::instance_index instance = 0;
  /// Comes back with the answer; tells answers to older probes.
  std::uint32_t generation = 0;
};

struct probe_answer {
  engine::instance_index instance = 0;
  std::uint32_t generation = 0;
  engine::raw_health raw = engine::raw_health::unknown;
  engine::custom_metrics metrics;
  /// Until when the instance will answer the same unless it is worked on, where that
  /// is known (a simulated fleet knows): probes that can tell nothing are left out.
  engine::instant unchanged_until = engine::instant::min();
};

/// Takes answers to probes; may be called from any thread.
class probe_port {
public:
  virtual ~probe_port() = default;
  virtual void answered(std::vector<probe_answer> answers) = 0;
};

/// Asks instances for their health. May be called from any thread, at the same
/// time, and returns without blocking.
class prober {
public:
  virtual ~prober() = default;

  /// Whether the instance started only just now, so that a grace period runs
  /// for it; others were running before anybody watched.
  [[nodiscard]] virtual bool is_new(engine::instance_index) const { return false; }

  /// Probes every instance of `requests`. Answers known at once are appended to
  /// `answered`, the others reach `port` later; each request gets one answer,
  /// after the probe's timeout at the latest.
  virtual void probe(std::span<const probe_request> requests, engine::instant now,
                     std::vector<probe_answer>& answered,
                     const std::shared_ptr<probe_port>& port) = 0;
};

} // namespace drydock::inline v1::protocol
