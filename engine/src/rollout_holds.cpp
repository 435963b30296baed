// SPDX-License-Identifier: Apache-2.0
// What keeps a batch from beginning beside limits: maintenance windows and guards
// (docs/semantics.md, 4.10 and 4.14); and ends that wait for those in hand.
#include "drydock/engine/rollout.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

std::string_view to_string(guard_consequence x) {
  return x == guard_consequence::wait ? "wait" : "fault";
}

std::string_view to_string(guard_state x) {
  switch (x) {
  case guard_state::unknown:
    return "unknown";
  case guard_state::holds:
    return "holds";
  case guard_state::fails:
    break;
  }
  return "fails";
}

/// Whether the clock or a guard keeps the next batch from beginning, and says so.
bool rollout::held(instant now, commands& out) {
  if (closed_now(now)) {
    wait_for_window(now, out);
    return true;
  }
  if (closed_since_) {
    window_timer_ = 0;
    go_on_since(*closed_since_, now);
    closed_since_.reset();
  }
  const auto guard = first_without_hold();
  if (guard)
    wait_for_guard(*guard, now, out);
  return guard.has_value();
}

/// The first guard that keeps batches from beginning.
std::optional<std::uint32_t> rollout::first_without_hold() const {
  const auto at = std::find_if(guards_.begin(), guards_.end(),
                               [](guard_state x) { return x != guard_state::holds; });
  if (at == guards_.end())
    return std::nullopt;
  return static_cast<std::uint32_t>(at - guards_.begin());
}

bool rollout::closed_now(instant now) const {
  return !is_open(options_.windows, now.time_since_epoch() + options_.since_epoch);
}

void rollout::wait_for_window(instant now, commands& out) {
  stage_ = stage::waiting;
  deadline_timer_ = 0; // a window is not waited for in vain
  if (!closed_since_)
    closed_since_ = now;
  const auto wall = now.time_since_epoch() + options_.since_epoch;
  const auto opens = next_opening(options_.windows, wall);
  if (said_waiting_ && waits_for_ == wait_reason::maintenance_window
      && (window_timer_ != 0 || !opens))
    return;
  std::optional<instant> until;
  if (opens) {
    until = now + (*opens - wall);
    window_timer_ = arm(*until, out);
  }
  say_waiting(wait_reason::maintenance_window, until, "maintenance_window", {}, 0, now,
              out);
}

/// Standing still ends when the windows close (`next_closing`): from then on the
/// upgrade waits for one. A batch that goes on takes others in again when one opens
/// (`next_opening`).
void rollout::watch_window(turn_of_window next, instant now, commands& out) {
  const auto wall = now.time_since_epoch() + options_.since_epoch;
  if (window_timer_ != 0)
    return;
  if (const auto turn = next(options_.windows, wall))
    window_timer_ = arm(now + (*turn - wall), out);
}

void rollout::wait_for_guard(std::uint32_t guard, instant now, commands& out) {
  stage_ = stage::waiting;
  if (deadline_timer_ == 0)
    deadline_timer_ = arm(deadline(), out);
  watch_window(next_closing, now, out);
  auto text = "guard " + options_.guards[guard].name + ": "
              + (guards_[guard] == guard_state::unknown ? "nobody has looked yet"
                 : guard_texts_[guard].empty()          ? "it does not hold"
                                                        : guard_texts_[guard]);
  if (said_waiting_ && waits_for_ == wait_reason::guard && text == waits_on_)
    return;
  waits_on_ = text;
  say_waiting(wait_reason::guard, deadline() - duration{1}, std::move(text), {}, 0, now,
              out);
}

void rollout::take_guard(const input::guard_reported& e, commands& out) {
  if (e.guard >= guards_.size() || guards_[e.guard] == e.state)
    return;
  const auto& rule = options_.guards[e.guard];
  guards_[e.guard] = e.state;
  guard_texts_[e.guard] = e.message;
  looked_ = false;
  if (announced_)
    out.push_back(
      command::publish{told::guard_changed{e.guard, rule.name, e.state, e.message}});
  if (e.state == guard_state::fails && rule.on_failure == guard_consequence::fault)
    doom("GuardFailed", "guard " + rule.name + " does not hold"
                          + (e.message.empty() ? "" : " (" + e.message + ")")
                          + "; mend what it watches, and run again");
}

/// The upgrade is to end as faulted, once nobody is in hand. The first reason counts.
void rollout::doom(std::string code, std::string message) {
  doom(std::move(code), std::move(message),
       rollback_on_breach(options_.policy.rolling));
}

void rollout::doom(std::string code, std::string message, rollback_scope scope) {
  if (doom_)
    return;
  doom_ = ending{upgrade_status::faulted, std::move(code), std::move(message)};
  doom_scope_ = scope;
}

/// Whether the end that was sure to come has come.
bool rollout::meet_doom(instant now, commands& out) {
  const auto idle = stage_ == stage::deciding || stage_ == stage::waiting
                    || stage_ == stage::pausing || stage_ == stage::holding
                    || stage_ == stage::paused;
  if (!doom_ || !opened_ || !idle || batch_due_ || tally_.stale > 0)
    return false;
  const auto end = *std::exchange(doom_, std::nullopt);
  breach(end.code, end.message, doom_scope_, now, out);
  return true;
}

} // namespace drydock::inline v1::engine
