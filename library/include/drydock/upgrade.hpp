// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/engine/events.hpp>
#include <drydock/engine/report.hpp>
#include <drydock/engine/time.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace drydock::inline v1 {

using engine::duration;
using engine::upgrade_event;
using engine::upgrade_progress;
using engine::upgrade_report;
namespace told = engine::told;

namespace detail {
class event_queue;
class upgrade_state;
} // namespace detail

/// One thing that an upgrade told.
struct event {
  /// From 1, without gaps but for those that `lost` counts.
  std::uint64_t number = 0;
  /// Events that were dropped right before this one.
  std::uint64_t lost = 0;
  /// From the start of the upgrade, on its clock.
  duration since_start{0};
  /// Take it apart with `std::get_if<told::batch_started>(&what)` and the like.
  upgrade_event what = {};
};

/// What happens when a queue of events is full.
enum class overflow_policy : std::uint8_t {
  /// The oldest event in the queue is dropped, and counted in `event::lost`.
  drop_oldest,
  /// The upgrade waits: nothing is lost, and a handler that never returns stops it. Its
  /// promise holds meanwhile. It waits on a thread of the engine, which the engine's
  /// other upgrades lack until there is room again: with as many that wait as there are
  /// threads all upgrades of the engine stand still. (On a virtual clock each has its
  /// own.)
  wait,
};

/// How events reach a handler.
struct event_options {
  /// Events that wait for the handler at most; 0 counts as 1.
  std::size_t capacity = 65'536;
  /// What happens when `capacity` events wait.
  overflow_policy overflow = overflow_policy::drop_oldest;
};

/// Called with every event, in order, one at a time, on a thread of its own. May take
/// its time, see `event_options`. An exception that leaves it ends the subscription and
/// goes to the log. The handler is destroyed as soon as it has been given the last
/// event, or its subscription ended; so it may well keep an `upgrade`.
using event_handler = std::function<void(const event&)>;

/// Keeps a handler subscribed, and nothing else alive. Move only.
class subscription {
public:
  /// Subscribed to nothing.
  subscription() = default;
  subscription(subscription&& other) noexcept;
  subscription& operator=(subscription&& other) noexcept;

  /// Ends the subscription: waits for a call of the handler that is under way, unless
  /// this is that call; nothing is delivered any more.
  ~subscription();

  /// Waits until the handler has been given the last event of the upgrade. Not from
  /// the handler, which would wait for itself. Returns at once where there is nothing
  /// to wait for, and when the engine is destroyed.
  void wait() const;

  /// For the engine.
  explicit subscription(std::shared_ptr<detail::event_queue> queue) noexcept;

private:
  std::shared_ptr<detail::event_queue> queue_;
};

/// How an upgrade stands.
struct upgrade_status_view {
  /// Running, or how it ended; running as well where it stopped without an end, see
  /// `upgrade::wait`.
  engine::upgrade_status status = engine::upgrade_status::rolling_forward;
  /// Instances by how far they are.
  upgrade_progress progress = {};
  /// The batch under way, or the last one; from 1, 0: none yet.
  std::uint32_t batch = 0;
  /// Since the start, on the upgrade's clock, when the last thing happened.
  duration since_start{0};
  /// The most instances that were unavailable at the same time, from the moment when
  /// the health of all was known; counted apart from the decisions.
  std::uint32_t max_unavailable_instances = 0;
  /// Why nothing moves, while nothing does: the limit and who holds it.
  std::optional<told::waiting> waiting = {};
};

/// How `scale_set::start_upgrade` begins.
struct start_options {
  /// Hears every event from the first one on; empty: nobody does.
  event_handler on_event = {};
  /// How they reach `on_event`; without effect where that is empty.
  event_options events = {};
  /// Whether steps are told (`told::step_started`, `told::step_finished`), which are
  /// most of the events.
  bool tell_steps = false;
};

/// An upgrade, under way or over. A handle: copies name the same upgrade, and may be
/// kept for as long as one likes. Every member may be called from any thread.
class upgrade {
public:
  /// A UUID; drivers see it as `instance::upgrade_id`.
  [[nodiscard]] const std::string& id() const;

  /// What the instance at a position in its events is called. Positions from the size
  /// of the set on are those of replacements (`max_surge`): the one for position `i` is
  /// at `i` and the size. Empty for a position that it has not.
  [[nodiscard]] std::string instance_id(engine::instance_index which) const;

  /// How it stands now.
  [[nodiscard]] upgrade_status_view status() const;

  /// Cancels it: what runs is finished, nothing new begins; `now`: what runs is ended.
  /// `by` is for people. Returns at once; nothing happens when it is over.
  void cancel(std::string by, bool now = false);

  /// Answers what it asks at a checkpoint whose approval is `manual`, or after a failed
  /// hook: goes on, or gives it up as the policy says. `by` and `message` are for
  /// people. `question` is `told::waiting::question` of what is answered, so that a
  /// late word answers nothing else; 0: whatever is asked. Returns at once; nothing
  /// happens when nothing is asked. A word before it has begun, or gone on after a
  /// resume, is heard then.
  void approve(std::string by, bool approved = true, std::string message = {},
               std::uint32_t question = 0);

  /// Waits for its end. Not from a call of a driver, a prober or a handler.
  ///
  /// With a store an upgrade may stop without an end, for another engine to go on with:
  /// its report has the status `RollingForward`, and a code says why
  /// (`EngineDestroyed`, `JournalUnavailable`, `LeaseLost`).
  [[nodiscard]] upgrade_report wait() const;

  /// Waits for its end for at most `timeout` of real time; nothing: it runs still. Not
  /// from calls as those of `wait`.
  [[nodiscard]] std::optional<upgrade_report> wait_for(duration timeout) const;

  /// Calls `then` with the report once it is over: on a thread of the engine, on the
  /// one that destroys it, or at once. It must return soon; exceptions go to the log.
  /// `then` is destroyed after the call.
  void on_finish(std::function<void(const upgrade_report&)> then) const;

  /// Has `handler` hear the events from now on; `event::number` tells how many came
  /// before. For all of them use `start_options::on_event`.
  [[nodiscard]] subscription on_event(event_handler handler,
                                      event_options how = {}) const;

  /// Waits until the handler of `start_options` has been given the last event; returns
  /// at once where there was none. Not from that handler.
  void wait_for_events() const;

  /// For the engine.
  explicit upgrade(std::shared_ptr<detail::upgrade_state> state);

private:
  std::shared_ptr<detail::upgrade_state> state_;
};

} // namespace drydock::inline v1
