// SPDX-License-Identifier: Apache-2.0
// What an upgrade tells, and the handle to it.
#include "drydock/upgrade.hpp"

#include "longest_wait.hpp"
#include "upgrade_state.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>
#include <variant>

namespace drydock::inline v1 {

namespace detail {

using namespace engine;

void upgrade_state::take_note(const upgrade_event& event) {
  namespace t = engine::told;
  if (const auto* settled = std::get_if<t::instance_settled>(&event)) {
    if (settled->reason == failure_reason::none)
      outcomes_[place_of(settled->instance)] = outcome::on_target;
  } else if (const auto* next = std::get_if<t::instance_replaced>(&event)) {
    outcomes_[next->instance] = outcome::on_target; // whatever becomes of the old one
    const std::lock_guard guard(mutex_);
    replaced_.insert(next->instance);
  } else if (const auto* back = std::get_if<t::rollback_finished>(&event)) {
    if (back->succeeded)
      outcomes_[place_of(back->instance)] = outcome::off_target;
  } else if (const auto* batch = std::get_if<t::batch_started>(&event)) {
    next_.batch = batch->batch;
    next_waiting_ = nullptr;
    if (batch->surge)
      surged_.insert(batch->instances.begin(), batch->instances.end());
  } else if (const auto* more = std::get_if<t::batch_extended>(&event)) {
    if (more->surge)
      surged_.insert(more->instances.begin(), more->instances.end());
  } else if (std::holds_alternative<t::rollback_started>(event)
             || std::holds_alternative<t::cancel_requested>(event)) {
    next_waiting_ = nullptr;
  } else if (const auto* waits = std::get_if<t::waiting>(&event)) {
    next_waiting_ = std::make_shared<t::waiting>(*waits);
  }
}

/// A replacement has the position of its member.
instance_index upgrade_state::place_of(instance_index i) const {
  return instances_->is_replacement(i) ? instances_->replaced_by(i) : i;
}

std::set<instance_index> upgrade_state::replaced() const {
  const std::lock_guard guard(mutex_);
  return replaced_;
}

/// Who was meant may have left the position in the very moment in which it was said.
std::set<instance_index> upgrade_state::held_again() const {
  const std::lock_guard guard(mutex_);
  std::set<instance_index> result;
  for (const auto i : replaced_)
    if (deleted_.contains(i) && !deleted_.contains(instances_->replacement_of(i)))
      result.insert(i);
  return result;
}

void upgrade_state::on_event(const upgrade_event& event, duration since_start) {
  if (hides_steps_
      && (std::holds_alternative<told::step_started>(event)
          || std::holds_alternative<told::step_finished>(event)))
    return; // told because of the journal alone
  auditor_.on_event(event);
  take_note(event);
  next_.since_start = since_start;
  ++told_;
  if (queues_changed_.exchange(false))
    hearing_ = queues();
  // Whose subscription has ended is forgotten.
  std::erase_if(hearing_, [&](const auto& queue) {
    return !queue->push({told_, 0, since_start, event});
  });
}

void upgrade_state::on_pause(const upgrade_progress& progress) {
  for (const auto& queue : hearing_)
    queue->flush();
  next_.progress = progress;
  next_.max_unavailable_instances = auditor_.max_unavailable();
  const std::lock_guard guard(mutex_);
  view_ = next_;
  waiting_ = next_waiting_;
}

upgrade_status_view upgrade_state::status() const {
  const std::lock_guard guard(mutex_);
  auto result = view_;
  if (waiting_)
    result.waiting = *waiting_;
  return result;
}

std::optional<upgrade_report>
upgrade_state::wait(std::optional<duration> timeout) const {
  std::unique_lock guard(mutex_);
  const auto is_over = [this] { return report_.has_value(); };
  if (timeout)
    changed_.wait_for(guard, std::min(*timeout, longest_wait), is_over);
  else
    changed_.wait(guard, is_over);
  return report_;
}

void upgrade_state::on_finish(std::function<void(const upgrade_report&)> then) {
  auto safely = [then = std::move(then), log = log_](const upgrade_report& report) {
    try {
      then(report);
    } catch (const std::exception& e) {
      log(log_level::error,
          std::string("a call of on_finish threw an exception: ") + e.what());
    } catch (...) {
      log(log_level::error, "a call of on_finish threw an exception");
    }
  };
  {
    const std::lock_guard guard(mutex_);
    if (!report_) {
      on_finish_.emplace_back(std::move(safely));
      return;
    }
  }
  safely(*report_); // never written again
}

void upgrade_state::wait_for_events() const {
  std::shared_ptr<event_queue> queue;
  {
    const std::lock_guard guard(queues_mutex_);
    queue = first_queue_;
  }
  if (queue)
    queue->wait();
}

} // namespace detail

upgrade::upgrade(std::shared_ptr<detail::upgrade_state> state)
  : state_(std::move(state)) {}

const std::string& upgrade::id() const {
  return state_->id();
}

std::string upgrade::instance_id(engine::instance_index which) const {
  const auto& all = state_->instances();
  return which < all.positions() ? std::string(all.id(which)) : std::string();
}

upgrade_status_view upgrade::status() const {
  return state_->status();
}

void upgrade::cancel(std::string by, bool now) {
  state_->cancel(std::move(by), now);
}

void upgrade::approve(std::string by, bool approved, std::string message,
                      std::uint32_t question) {
  state_->approve({std::move(by), approved, std::move(message), question});
}

upgrade_report upgrade::wait() const {
  return *state_->wait(std::nullopt);
}

std::optional<upgrade_report> upgrade::wait_for(duration timeout) const {
  return state_->wait(timeout);
}

void upgrade::on_finish(std::function<void(const upgrade_report&)> then) const {
  if (then)
    state_->on_finish(std::move(then));
}

subscription upgrade::on_event(event_handler handler, event_options how) const {
  if (!handler)
    return {};
  const auto queue =
    std::make_shared<detail::event_queue>(std::move(handler), how, state_->log());
  state_->listen(queue, false);
  return subscription(queue);
}

void upgrade::wait_for_events() const {
  state_->wait_for_events();
}

} // namespace drydock::inline v1
