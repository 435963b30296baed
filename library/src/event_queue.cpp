// SPDX-License-Identifier: Apache-2.0
#include "event_queue.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace drydock::inline v1::detail {

namespace {

/// Taken out at a time, lest the lock is taken for each.
constexpr std::size_t portion_max = 64;

event_options checked(event_options x) {
  x.capacity = std::max<std::size_t>(x.capacity, 1);
  return x;
}

} // namespace

event_queue::event_queue(event_handler handler, event_options options, log_sink log)
  : handler_(std::move(handler)), options_(checked(options)), log_(std::move(log)) {}

void event_queue::start() {
  const std::lock_guard guard(mutex_);
  if (closed_)
    return;
  // The thread keeps the queue, so that nobody has to wait for it.
  thread_ = std::thread([self = shared_from_this()] { self->run(); });
  started_ = true;
  runs_on_ = thread_.get_id();
}

bool event_queue::push(event next) {
  std::unique_lock guard(mutex_);
  if (closed_ || ended_)
    return !closed_;
  if (events_.size() + in_hand_ >= options_.capacity) {
    if (options_.overflow == overflow_policy::wait) {
      filled_.notify_one();
      emptied_.wait(guard, [this] {
        return closed_ || events_.size() + in_hand_ < options_.capacity;
      });
      if (closed_)
        return false;
    } else {
      make_room();
    }
  }
  next.lost = std::exchange(lost_, 0);
  events_.push_back(std::move(next));
  return true;
}

/// Drops the oldest event that is not in hand, or else counts the next one out.
void event_queue::make_room() {
  if (events_.empty())
    return;
  const auto lost = events_.front().lost + 1;
  events_.pop_front();
  (events_.empty() ? lost_ : events_.front().lost) += lost;
}

void event_queue::flush() {
  const std::lock_guard guard(mutex_);
  if (!events_.empty())
    filled_.notify_one();
}

void event_queue::end() {
  const std::lock_guard guard(mutex_);
  ended_ = true;
  filled_.notify_one();
}

void event_queue::close() {
  std::thread last;
  {
    const std::lock_guard guard(mutex_);
    closed_ = true;
    events_.clear();
    filled_.notify_all();
    emptied_.notify_all();
    last = std::move(thread_);
  }
  let_end(std::move(last));
  std::unique_lock guard(mutex_);
  if (started_ && std::this_thread::get_id() != runs_on_)
    emptied_.wait(guard, [this] { return over_; }); // another one may have closed it
}

void event_queue::let_end(std::thread thread) {
  if (!thread.joinable())
    return;
  if (thread.get_id() == std::this_thread::get_id())
    thread.detach(); // it ends by itself, and keeps what it needs
  else
    thread.join();
}

event_queue::~event_queue() {
  let_end(std::move(thread_)); // which keeps the queue, and so has nothing left to do
}

void event_queue::wait() {
  std::unique_lock guard(mutex_);
  emptied_.wait(guard, [this] { return over_ || closed_; });
}

void event_queue::run() {
  std::deque<event> some;
  std::unique_lock guard(mutex_);
  runs_on_ = std::this_thread::get_id();
  for (;;) {
    filled_.wait(guard, [this] { return closed_ || ended_ || !events_.empty(); });
    if (closed_ || events_.empty())
      break;
    while (!events_.empty() && some.size() < portion_max) {
      some.push_back(std::move(events_.front()));
      events_.pop_front();
    }
    in_hand_ = some.size();
    guard.unlock();
    deliver(some);
    guard.lock();
    in_hand_ = 0;
    emptied_.notify_all();
  }
  guard.unlock();
  handler_ = nullptr; // what it keeps, it need not keep any longer
  guard.lock();
  over_ = true;
  emptied_.notify_all();
}

void event_queue::deliver(std::deque<event>& some) {
  try {
    for (; !some.empty(); some.pop_front()) {
      {
        const std::lock_guard guard(mutex_);
        if (closed_)
          break;
      }
      handler_(some.front());
    }
  } catch (const std::exception& e) {
    log_(log_level::error,
         std::string("a handler of events threw an exception, and hears no more: ")
           + e.what());
    const std::lock_guard guard(mutex_);
    closed_ = true;
  } catch (...) {
    log_(log_level::error, "a handler of events threw an exception, and hears no more");
    const std::lock_guard guard(mutex_);
    closed_ = true;
  }
  some.clear();
}

} // namespace drydock::inline v1::detail

namespace drydock::inline v1 {

subscription::subscription(std::shared_ptr<detail::event_queue> queue) noexcept
  : queue_(std::move(queue)) {}

subscription::subscription(subscription&& other) noexcept = default;

subscription& subscription::operator=(subscription&& other) noexcept {
  if (this != &other) {
    const subscription ended(std::move(*this));
    queue_ = std::move(other.queue_);
  }
  return *this;
}

subscription::~subscription() {
  if (queue_)
    queue_->close();
}

void subscription::wait() const {
  if (queue_)
    queue_->wait();
}

} // namespace drydock::inline v1
