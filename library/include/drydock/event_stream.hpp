// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <drydock/task.hpp>
#include <drydock/upgrade.hpp>

#include <algorithm>
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace drydock::inline v1 {

namespace detail {

/// Between the handler of a subscription and the coroutine that reads the stream.
class event_channel {
public:
  explicit event_channel(const event_options& how)
    : capacity_(std::max<std::size_t>(how.capacity, 1)), overflow_(how.overflow) {}

  /// From the handler. Waits while the channel is full, where that is the rule.
  void push(const event& next) {
    std::unique_lock lock(mutex_);
    if (overflow_ == overflow_policy::wait)
      room_.wait(lock, [this] { return over_ || events_.size() < capacity_; });
    if (over_)
      return;
    auto lost = next.lost;
    if (events_.size() >= capacity_)
      lost = drop_oldest(lost);
    events_.push_back(next);
    events_.back().lost = lost;
    wake(lock);
  }

  /// Nothing comes any more; `drop`: what is there is not wanted either.
  void finish(bool drop) {
    std::unique_lock lock(mutex_);
    over_ = true;
    if (drop)
      events_.clear();
    room_.notify_all();
    wake(lock);
  }

  /// False: the reader need not wait.
  bool wait(const std::shared_ptr<wait_cell>& reader) {
    const std::lock_guard guard(mutex_);
    if (over_ || !events_.empty())
      return false;
    if (reader_ != nullptr)
      throw std::logic_error("two coroutines read one event_stream at the same time");
    reader_ = reader;
    return true;
  }

  void leave(const std::shared_ptr<wait_cell>& reader) {
    const std::lock_guard guard(mutex_);
    if (reader_ == reader)
      reader_ = nullptr;
  }

  std::optional<event> pop() {
    const std::lock_guard guard(mutex_);
    if (events_.empty())
      return std::nullopt;
    std::optional<event> first(std::move(events_.front()));
    events_.pop_front();
    room_.notify_one();
    return first;
  }

private:
  /// What was lost before the oldest event counts before the next one now. Returns what
  /// counts before the one that comes, which differs only where it is alone.
  std::uint64_t drop_oldest(std::uint64_t lost) {
    const auto gone = events_.front().lost + 1;
    events_.pop_front();
    if (events_.empty())
      return lost + gone;
    events_.front().lost += gone;
    return lost;
  }

  void wake(std::unique_lock<std::mutex>& lock) {
    const auto reader = std::exchange(reader_, nullptr);
    lock.unlock();
    if (reader != nullptr)
      reader->wake();
  }

  const std::size_t capacity_;
  const overflow_policy overflow_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<event> events_;
  std::shared_ptr<wait_cell> reader_;
  bool over_ = false;
};

/// Ends the channel when the last copy of the handler is gone.
class event_source {
public:
  explicit event_source(std::shared_ptr<event_channel> to) : to_(std::move(to)) {}
  ~event_source() { to_->finish(false); }

  event_source(const event_source&) = delete;
  event_source& operator=(const event_source&) = delete;

  void push(const event& next) {
    to_->push(next);
    if (std::holds_alternative<told::upgrade_finished>(next.what))
      to_->finish(false);
  }

private:
  std::shared_ptr<event_channel> to_;
};

inline event_handler handler_of(const std::shared_ptr<event_channel>& to) {
  return [source = std::make_shared<event_source>(to)](const event& next) {
    source->push(next);
  };
}

class event_awaiter : public cell_awaiter<wait_cell> {
public:
  explicit event_awaiter(std::shared_ptr<event_channel> from)
    : from_(std::move(from)) {}
  ~event_awaiter() {
    cell_->abandon();
    from_->leave(cell_);
  }

  template <class Promise>
  [[gnu::noinline]] bool await_suspend(std::coroutine_handle<Promise> who) {
    const auto cell = cell_;
    cell->arm(who);
    return from_->wait(cell) && cell->commit();
  }
  std::optional<event> await_resume() { return from_->pop(); }

private:
  std::shared_ptr<event_channel> from_;
};

} // namespace detail

/// The events of an upgrade, for one coroutine at a time. Move only.
class event_stream {
public:
  /// The events from now on; none when it is over. `how` bounds what waits in the
  /// stream; as many again may be on the way to it. Who has the upgrade `wait` for room
  /// must read the stream, or drop it, before the engine is destroyed.
  explicit event_stream(const upgrade& from, event_options how = {})
    : channel_(std::make_shared<detail::event_channel>(how)),
      subscription_(from.on_event(detail::handler_of(channel_), how)) {}

  /// All events of an upgrade that is to be started with `how`, whose `on_event` is set
  /// here and whose `events` bound the stream. Move `how` into `start_upgrade`: the
  /// stream ends when the upgrade does, or was never started and no copy of `how` is
  /// left.
  explicit event_stream(start_options& how)
    : channel_(std::make_shared<detail::event_channel>(how.events)) {
    how.on_event = detail::handler_of(channel_);
  }

  /// What was moved from may be destroyed or assigned to, nothing else. A coroutine
  /// that waits in `next` is not disturbed.
  event_stream(event_stream&&) noexcept = default;
  /// The stream that was here is closed.
  event_stream& operator=(event_stream&& other) noexcept {
    close();
    channel_ = std::move(other.channel_);
    subscription_ = std::move(other.subscription_);
    return *this;
  }
  /// As `close`.
  ~event_stream() { close(); }

  /// `co_await stream.next()`: the next event; nothing: there is none any more. The
  /// first answer of nothing is the last word.
  [[nodiscard]] auto next() { return detail::event_awaiter(channel_); }

  /// Ends the stream: what was not read is dropped, the subscription is over, and who
  /// waits in `next` gets nothing. From any thread, but one call at a time.
  void close() {
    if (channel_ == nullptr)
      return;
    channel_->finish(true);
    subscription_ = {};
  }

private:
  std::shared_ptr<detail::event_channel> channel_;
  subscription subscription_;
};

} // namespace drydock::inline v1
