// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

/// Coroutines, as far as <drydock/coroutine.hpp> needs them; the standard library only.
namespace drydock::inline v1 {

/// Has somebody else's thread or loop call a function, once; returns without waiting
/// for it. Called from any thread, several at the same time. It must not lose what it
/// is given, for a coroutine waits for it.
using executor = std::function<void(std::function<void()>)>;

template <class T = void>
class task;

namespace detail {

// Where `await_suspend` lets another thread go on with the coroutine it is not inlined:
// clang 14 would keep its locals in the frame, which may be gone by then.

struct task_promise_base {
  /// Goes on with whoever waits for the task that is over. It returns no handle to jump
  /// to: clang 14 may write such a handle into the frame, which may be gone by then.
  struct final_awaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    [[gnu::noinline]] void
    await_suspend(std::coroutine_handle<Promise> who) const noexcept {
      auto& own = who.promise();
      const auto waiting = own.continuation;
      if (own.passed.exchange(true))
        waiting.resume();
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] final_awaiter final_suspend() const noexcept { return {}; }

  std::coroutine_handle<> continuation;
  /// Set by the task at its end and by whoever awaits it when it begins to wait; the
  /// second one goes on with the continuation. So a loop over tasks that end without
  /// waiting takes no stack, with and without optimisation.
  std::atomic<bool> passed{false};
  /// Who resumes the task and those that it awaits; null: whoever has what they wait
  /// for.
  std::shared_ptr<const executor> resume_with;
};

template <class T>
struct task_promise : task_promise_base {
  task<T> get_return_object() noexcept;
  void return_value(T x) { outcome.template emplace<1>(std::move(x)); }
  void unhandled_exception() noexcept {
    outcome.template emplace<2>(std::current_exception());
  }
  T take() {
    if (auto* const thrown = std::get_if<2>(&outcome))
      std::rethrow_exception(*thrown);
    return std::move(*std::get_if<1>(&outcome));
  }

  std::variant<std::monostate, T, std::exception_ptr> outcome;
};

template <>
struct task_promise<void> : task_promise_base {
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { thrown = std::current_exception(); }
  void take() const {
    if (thrown != nullptr)
      std::rethrow_exception(thrown);
  }

  std::exception_ptr thrown;
};

template <class Promise>
concept runs_tasks = std::is_base_of_v<task_promise_base, Promise>;

/// What one `co_await` waits for, held by the waiting coroutine and by whoever wakes
/// it, so that either may be gone first. To be kept by shared pointer.
class wait_cell : public std::enable_shared_from_this<wait_cell> {
public:
  wait_cell() = default;
  virtual ~wait_cell() = default;
  wait_cell(const wait_cell&) = delete;
  wait_cell& operator=(const wait_cell&) = delete;

  /// First, before anybody can wake `who`.
  template <class Promise>
  void arm(std::coroutine_handle<Promise> who) {
    who_ = who;
    if constexpr (runs_tasks<Promise>)
      with_ = who.promise().resume_with;
  }

  /// Last in `await_suspend`: false, when it was woken meanwhile and need not wait.
  /// Once this was true the coroutine may run and end elsewhere.
  [[nodiscard]] bool commit() noexcept {
    auto seen = state::armed;
    return state_.compare_exchange_strong(seen, state::waiting);
  }

  /// From any thread, any number of times.
  void wake() {
    auto seen = state::armed;
    if (state_.compare_exchange_strong(seen, state::woken) || seen != state::waiting
        || !state_.compare_exchange_strong(seen, state::woken))
      return;
    if (with_ == nullptr)
      resume();
    else
      (*with_)([self = shared_from_this()] { self->resume(); });
  }

  /// The coroutine is gone, or has gone on: nothing is resumed any more.
  void abandon() noexcept { state_.store(state::abandoned); }

private:
  enum class state : unsigned char { armed, waiting, woken, resumed, abandoned };

  void resume() {
    auto seen = state::woken;
    if (state_.compare_exchange_strong(seen, state::resumed))
      who_.resume();
  }

  std::atomic<state> state_{state::armed};
  std::coroutine_handle<> who_;
  std::shared_ptr<const executor> with_;
};

/// What awaitables have in common: a cell that outlives the wait.
template <class Cell>
class cell_awaiter {
public:
  cell_awaiter() : cell_(std::make_shared<Cell>()) {}
  ~cell_awaiter() { cell_->abandon(); }

  cell_awaiter(const cell_awaiter&) = delete;
  cell_awaiter& operator=(const cell_awaiter&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }

protected:
  std::shared_ptr<Cell> cell_;
};

/// A coroutine that nobody awaits: runs at once, and frees itself at its end.
struct free_coroutine {
  struct promise_type {
    free_coroutine get_return_object() const noexcept { return {}; }
    [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

/// Where `sync_wait` runs what is to be resumed.
class run_loop {
public:
  void post(std::function<void()> what) {
    const std::lock_guard guard(mutex_);
    queue_.push_back(std::move(what));
    changed_.notify_one();
  }

  void finish() {
    const std::lock_guard guard(mutex_);
    finished_ = true;
    changed_.notify_one();
  }

  /// Returns after `finish`.
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return finished_ || !queue_.empty(); });
      if (queue_.empty())
        return;
      const auto next = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      next();
      lock.lock();
    }
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool finished_ = false;
};

/// Runs `what` to its end, and says so once its frame is gone, with all that it held.
template <class T, class Finish>
free_coroutine run_to_end(task<T> what, std::shared_ptr<std::promise<T>> end,
                          Finish finish) {
  std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<T>> value;
  std::exception_ptr thrown;
  {
    auto own = std::move(what);
    try {
      if constexpr (std::is_void_v<T>)
        co_await std::move(own);
      else
        value.emplace(co_await std::move(own));
    } catch (...) {
      thrown = std::current_exception();
    }
  }
  if (thrown != nullptr)
    end->set_exception(std::move(thrown));
  else if constexpr (std::is_void_v<T>)
    end->set_value();
  else
    end->set_value(std::move(*value));
  finish();
}

struct task_access {
  template <class T>
  static void resume_with(task<T>& what, executor with) {
    what.frame_.promise().resume_with =
      std::make_shared<const executor>(std::move(with));
  }
};

} // namespace detail

/// A coroutine that gives a `T` to whoever awaits it. It begins when it is awaited,
/// once: `co_await work()` or `co_await std::move(kept)`; or when it is given to
/// `sync_wait` or `spawn`. Move only. An exception that leaves it comes out of the
/// `co_await`.
///
/// Parameters of a coroutine belong to it only where they are passed by value: what it
/// takes by reference must outlive it.
///
/// Which thread runs it: the one that began it, until it waits for something of
/// drydock's; then the one that `sync_wait` blocks, or the executor that `spawn` was
/// given, or else the one that has what was waited for (see <drydock/coroutine.hpp>).
/// Awaitables of others resume it where they please.
///
/// Destroyed while it waits, it ends there: what it holds is destroyed, and nothing
/// resumes it later. As with any coroutine, not while it runs on another thread.
template <class T>
class [[nodiscard]] task {
public:
  /// For the compiler.
  using promise_type = detail::task_promise<T>;

  /// What was moved from may be destroyed or assigned to, nothing else.
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  /// The coroutine that was here ends as with the destructor.
  task& operator=(task&& other) noexcept {
    task(std::move(other)).swap(*this);
    return *this;
  }
  /// Ends the coroutine where it is, begun or not.
  ~task() {
    if (frame_)
      frame_.destroy();
  }

  /// Exchanges the coroutines.
  void swap(task& other) noexcept { std::swap(frame_, other.frame_); }

  /// Begins the coroutine and waits for its end; once.
  auto operator co_await() && noexcept { return awaiter{frame_}; }

private:
  friend promise_type;
  friend detail::task_access;

  struct awaiter {
    std::coroutine_handle<promise_type> frame;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    [[gnu::noinline]] bool
    await_suspend(std::coroutine_handle<Promise> who) const noexcept {
      const auto begun = frame;
      begun.promise().continuation = who;
      if constexpr (detail::runs_tasks<Promise>)
        begun.promise().resume_with = who.promise().resume_with;
      begun.resume();
      return !begun.promise().passed.exchange(true);
    }
    T await_resume() const { return frame.promise().take(); }
  };

  explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

template <class T>
task<T> detail::task_promise<T>::get_return_object() noexcept {
  return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}

inline task<void> detail::task_promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

/// Runs `what` on this thread, which waits where it waits, and returns what it gives,
/// or throws what it throws. Not from a call of a driver, a prober or a handler.
template <class T>
T sync_wait(task<T> what) {
  const auto loop = std::make_shared<detail::run_loop>();
  const auto end = std::make_shared<std::promise<T>>();
  detail::task_access::resume_with(
    what, [loop](std::function<void()> next) { loop->post(std::move(next)); });
  detail::run_to_end(std::move(what), end, [loop] { loop->finish(); });
  loop->run();
  return end->get_future().get();
}

/// Runs `what` on this thread up to where it waits first; `with` runs the rest. Without
/// one the rest runs on threads of the engine: it must then return soon, wait by
/// `co_await` alone, and not destroy the engine. The future has what it gives or
/// throws; it may be dropped, which ends nothing and waits for nothing.
template <class T>
std::future<T> spawn(task<T> what, executor with = nullptr) {
  const auto end = std::make_shared<std::promise<T>>();
  auto future = end->get_future();
  if (with != nullptr)
    detail::task_access::resume_with(what, std::move(with));
  detail::run_to_end(std::move(what), end, [] {});
  return future;
}

} // namespace drydock::inline v1
