// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/fleet.hpp"
#include "drydock/engine/guard.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/recovery.hpp"
#include "drydock/engine/step.hpp"
#include "drydock/protocol/effects.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// Every message between drydock's actors. Each holds what its receiver needs to
/// be correct alone; reports name the work they belong to, so that late and
/// duplicate ones are recognised.
namespace drydock::inline v1::protocol {

using engine::instance_index;

// -- to the coordinator ---------------------------------------------------------

/// Begin the upgrade; `cancelled`: it was cancelled before it began, so that it
/// ends at once.
struct begin_upgrade {
  bool cancelled = false;
  std::string by;
  bool now = false;
};

template <class Inspector>
auto inspect(Inspector& f, begin_upgrade& x) {
  return f(caf::meta::type_name("begin_upgrade"), x.cancelled, x.by, x.now);
}

/// Cancel the upgrade; `now`: end what is in flight.
struct cancel_upgrade {
  std::string by;
  bool now = false;
};

template <class Inspector>
auto inspect(Inspector& f, cancel_upgrade& x) {
  return f(caf::meta::type_name("cancel_upgrade"), x.by, x.now);
}

/// An instance is gone; nothing will happen to it any more.
struct delete_instance {
  instance_index instance = 0;
};

template <class Inspector>
auto inspect(Inspector& f, delete_instance& x) {
  return f(caf::meta::type_name("delete_instance"), x.instance);
}

/// Lets the upgrade go on from a checkpoint or a failed hook, or does not; `question`
/// as in `told::waiting`, 0: whatever is asked.
struct approve_upgrade {
  std::string by;
  bool approved = true;
  std::string message;
  std::uint32_t question = 0;
};

template <class Inspector>
auto inspect(Inspector& f, approve_upgrade& x) {
  return f(caf::meta::type_name("approve_upgrade"), x.by, x.approved, x.message,
           x.question);
}

/// A hook around the upgrade or a batch has ended.
struct upgrade_hook_ended {
  std::uint32_t request = 0;
  engine::step_outcome outcome = engine::step_outcome::succeeded;
  std::string error;
};

template <class Inspector>
auto inspect(Inspector& f, upgrade_hook_ended& x) {
  return f(caf::meta::type_name("upgrade_hook_ended"), x.request, x.outcome, x.error);
}

/// How a guard stands now.
struct guard_report {
  std::uint32_t guard = 0;
  engine::guard_state state = engine::guard_state::unknown;
  std::string message;
};

template <class Inspector>
auto inspect(Inspector& f, guard_report& x) {
  return f(caf::meta::type_name("guard_report"), x.guard, x.state, x.message);
}

/// A timer that the rollout machine armed.
struct rollout_timer {
  std::uint32_t timer = 0;
};

template <class Inspector>
auto inspect(Inspector& f, rollout_timer& x) {
  return f(caf::meta::type_name("rollout_timer"), x.timer);
}

/// What happened to one instance, flat so that a shard on another machine can
/// report it. Which fields count depends on `kind`.
struct instance_update {
  enum class subject : std::uint8_t {
    health,
    step_started,
    step_finished,
    settled,
    released,
    /// A step that began and ended in one turn: step_started and step_finished.
    step_passed
  };
  subject kind = subject::health;
  engine::health_state health = engine::health_state::initializing;
  bool skip_upgrade = false;
  engine::step_kind step = engine::step_kind::action;
  engine::step_outcome outcome = engine::step_outcome::succeeded;
  engine::failure_reason reason = engine::failure_reason::none;
  bool action_failed = false;
  bool action_begun = false;
  instance_index instance = 0;
  std::uint32_t attempt = 1;
  std::int64_t phase = engine::custom_metrics::no_phase;
  std::string text;
};

template <class Inspector>
auto inspect(Inspector& f, instance_update& x) {
  return f(caf::meta::type_name("instance_update"), x.kind, x.health, x.skip_upgrade,
           x.step, x.outcome, x.reason, x.action_failed, x.action_begun, x.instance,
           x.attempt, x.phase, x.text);
}

/// What happened in one shard since its last report, in order.
struct shard_report {
  std::uint32_t shard = 0;
  std::vector<instance_update> updates;
  /// How many more messages `work_on_instances` have all members activated.
  std::uint32_t activated = 0;
};

template <class Inspector>
auto inspect(Inspector& f, shard_report& x) {
  return f(caf::meta::type_name("shard_report"), x.shard, x.updates, x.activated);
}

// -- to a shard -------------------------------------------------------------------

/// Begin to probe every instance of the shard, and replacements that are there already.
struct watch_health {
  std::vector<instance_index> replacements;
};

template <class Inspector>
auto inspect(Inspector& f, watch_health& x) {
  return f(caf::meta::type_name("watch_health"), x.replacements);
}

/// How far earlier work on an instance is known to have come.
struct recovery_note {
  engine::known_progress known = engine::known_progress::nothing;
  std::uint32_t attempt = 1;
};

template <class Inspector>
auto inspect(Inspector& f, recovery_note& x) {
  return f(caf::meta::type_name("recovery_note"), x.known, x.attempt);
}

/// Bring these instances to the latest model or back to the previous one, make them, or
/// delete them.
struct work_on_instances {
  std::vector<instance_index> instances;
  engine::work_kind work = engine::work_kind::upgrade;
  /// Empty: the work begins. Else an earlier process began it, and this is what is
  /// known of each instance, in the same order.
  std::vector<recovery_note> known;
};

template <class Inspector>
auto inspect(Inspector& f, work_on_instances& x) {
  return f(caf::meta::type_name("work_on_instances"), x.instances, x.work, x.known);
}

/// Start nothing new on the instances under work; `now`: end them.
struct abandon_work {
  bool now = false;
};

template <class Inspector>
auto inspect(Inspector& f, abandon_work& x) {
  return f(caf::meta::type_name("abandon_work"), x.now);
}

/// Forget an instance that is gone, whatever is being done to it.
struct forget_instance {
  instance_index instance = 0;
};

template <class Inspector>
auto inspect(Inspector& f, forget_instance& x) {
  return f(caf::meta::type_name("forget_instance"), x.instance);
}

/// News of an instance under work, in order; with subject settled or released the
/// work is over. One message for all that one turn of the instance came to.
struct work_report {
  instance_index instance = 0;
  std::uint32_t generation = 0;
  /// Have the monitor probe the instance at once; see `probe_wish`.
  bool resume_probes = false;
  bool afresh = false;
  bool each = false;
  std::vector<instance_update> updates;
};

template <class Inspector>
auto inspect(Inspector& f, work_report& x) {
  return f(caf::meta::type_name("work_report"), x.instance, x.generation,
           x.resume_probes, x.afresh, x.each, x.updates);
}

/// A change of committed health or metrics, or (`probed`) one answer that an
/// instance under work asked to hear of.
struct health_update {
  instance_index instance = 0;
  /// The work whose probes these are; 0: none.
  std::uint32_t generation = 0;
  engine::health_state health = engine::health_state::initializing;
  engine::raw_health raw = engine::health_state::unknown;
  bool probed = false;
  engine::custom_metrics metrics;
};

template <class Inspector>
auto inspect(Inspector& f, health_update& x) {
  return f(caf::meta::type_name("health_update"), x.instance, x.generation, x.health,
           x.raw, x.probed, x.metrics.phase, x.metrics.skip_upgrade);
}

struct health_report {
  std::vector<health_update> updates;
  /// Whose probes were resumed meanwhile: what was known at once is in `updates`.
  std::vector<instance_index> resumed;
};

template <class Inspector>
auto inspect(Inspector& f, health_report& x) {
  return f(caf::meta::type_name("health_report"), x.updates, x.resumed);
}

/// The shard's own reminder to send what has gathered.
struct flush_report {};

template <class Inspector>
auto inspect(Inspector& f, flush_report&) {
  return f(caf::meta::type_name("flush_report"));
}

// -- to an instance -----------------------------------------------------------------

/// Take on the life of an instance.
struct work_on_instance {
  instance_index instance = 0;
  std::uint32_t generation = 0;
  engine::work_kind work = engine::work_kind::upgrade;
  /// An earlier process began the work; `known` says how far it came.
  bool recovers = false;
  recovery_note known;
};

template <class Inspector>
auto inspect(Inspector& f, work_on_instance& x) {
  return f(caf::meta::type_name("work_on_instance"), x.instance, x.generation, x.work,
           x.recovers, x.known);
}

/// The driver began a step.
struct step_begun {
  ticket id;
};

template <class Inspector>
auto inspect(Inspector& f, step_begun& x) {
  return f(caf::meta::type_name("step_begun"), x.id.instance, x.id.generation,
           x.id.request);
}

/// The driver ended a step.
struct step_ended {
  ticket id;
  step_result result;
};

template <class Inspector>
auto inspect(Inspector& f, step_ended& x) {
  return f(caf::meta::type_name("step_ended"), x.id.instance, x.id.generation,
           x.id.request, x.result.outcome, x.result.error);
}

/// The driver found out what became of an action, or that it cannot.
struct step_inspected {
  ticket id;
  engine::action_fate fate = engine::action_fate::unknown;
  std::string error;
};

template <class Inspector>
auto inspect(Inspector& f, step_inspected& x) {
  return f(caf::meta::type_name("step_inspected"), x.id.instance, x.id.generation,
           x.id.request, x.fate, x.error);
}

/// The instance's own reminder that timers of its lifecycle are due. It may ring
/// when its actor has long been at work on another instance.
struct work_timer {
  /// The instant it is about, in the engine's nanoseconds.
  std::int64_t due = 0;
};

template <class Inspector>
auto inspect(Inspector& f, work_timer& x) {
  return f(caf::meta::type_name("work_timer"), x.due);
}

// -- to a health monitor ----------------------------------------------------------

/// Answers to probes of this instance mean nothing until `resume_probes`.
struct hold_probes {
  instance_index instance = 0;
};

template <class Inspector>
auto inspect(Inspector& f, hold_probes& x) {
  return f(caf::meta::type_name("hold_probes"), x.instance);
}

/// Probe this instance at once and every interval from now.
struct probe_wish {
  instance_index instance = 0;
  /// The work that asks, for `health_update::generation`.
  std::uint32_t generation = 0;
  /// The health state machine starts anew.
  bool afresh = false;
  /// Tell of every answer until one is healthy.
  bool each = false;
};

template <class Inspector>
auto inspect(Inspector& f, probe_wish& x) {
  return f(caf::meta::type_name("probe_wish"), x.instance, x.generation, x.afresh,
           x.each);
}

/// Many wishes, from the shard that gathered them.
struct resume_probes {
  std::vector<probe_wish> wishes;
};

template <class Inspector>
auto inspect(Inspector& f, resume_probes& x) {
  return f(caf::meta::type_name("resume_probes"), x.wishes);
}

/// The monitor's own reminder that probes are due.
struct probe_tick {
  /// The instant it is about, in the engine's nanoseconds; tells stale ones.
  std::int64_t due = 0;
};

template <class Inspector>
auto inspect(Inspector& f, probe_tick& x) {
  return f(caf::meta::type_name("probe_tick"), x.due);
}

/// Answers that a prober did not know at once.
struct probes_answered {
  std::vector<probe_answer> answers;
};

template <class Inspector>
auto inspect(Inspector& f, probe_answer& x) {
  return f(caf::meta::type_name("probe_answer"), x.instance, x.generation, x.raw,
           x.metrics.phase, x.metrics.skip_upgrade);
}

template <class Inspector>
auto inspect(Inspector& f, probes_answered& x) {
  return f(caf::meta::type_name("probes_answered"), x.answers);
}

} // namespace drydock::inline v1::protocol
