// SPDX-License-Identifier: Apache-2.0
#pragma once

/// drydock's calls for coroutines: `task`, `sync_wait` and `spawn` come from
/// <drydock/task.hpp>, but any coroutine can await what is here.
///
/// Who resumes a coroutine: within `sync_wait` the thread that it blocks, within a
/// `spawn` with an executor that one. All others, coroutines of other kinds among them,
/// go on right where the news is: on a thread of the engine (`finished`), on the thread
/// of the subscription (`event_stream`), on a thread of their own (`rehearse_async`).
/// There they must keep the rules of that thread: return soon and not destroy the
/// engine.
///
/// A coroutine may be destroyed while it waits for any of these; nothing resumes it
/// later. Only not at the moment in which it is resumed on another thread: whoever
/// destroys coroutines has them resumed through an executor of that same thread.
///
/// Once the engine is gone everybody has been woken: `finished` gives the report with
/// the code `EngineDestroyed`, streams end.
#include <drydock/coroutine_driver.hpp>
#include <drydock/event_stream.hpp>
#include <drydock/rehearsal.hpp>
#include <drydock/scale_set.hpp>
#include <drydock/task.hpp>
#include <drydock/upgrade.hpp>

#include <atomic>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace drydock::inline v1 {

namespace detail {

struct finish_cell : wait_cell {
  std::optional<upgrade_report> report;
};

class finish_awaiter : public cell_awaiter<finish_cell> {
public:
  explicit finish_awaiter(upgrade from) : from_(std::move(from)) {}

  template <class Promise>
  [[gnu::noinline]] bool await_suspend(std::coroutine_handle<Promise> who) {
    const auto cell = cell_;
    cell->arm(who);
    from_.on_finish([cell](const upgrade_report& report) {
      cell->report = report;
      cell->wake();
    });
    return cell->commit();
  }
  upgrade_report await_resume() { return std::move(*cell_->report); }

private:
  upgrade from_;
};

struct rehearsal_cell : wait_cell {
  std::atomic<bool> stop{false};
  std::optional<result<rehearsal::report>> report;
  std::exception_ptr thrown;
};

class rehearsal_awaiter : public cell_awaiter<rehearsal_cell> {
public:
  rehearsal_awaiter(scale_set set, change what, rehearsal_options how)
    : set_(std::move(set)), what_(std::move(what)), how_(std::move(how)) {
    if (how_.stop == nullptr)
      how_.stop = &cell_->stop;
  }
  ~rehearsal_awaiter() {
    // First, or its end would resume a coroutine that is being destroyed.
    cell_->abandon();
    cell_->stop = true;
    if (!thread_.joinable())
      return;
    // The coroutine went on there: the thread ends with it, or when it waits again.
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach();
    else
      thread_.join();
  }

  template <class Promise>
  [[gnu::noinline]] bool await_suspend(std::coroutine_handle<Promise> who) {
    const auto cell = cell_;
    cell->arm(who);
    // This may be gone before the thread's last steps: it has all that it needs.
    thread_ = std::thread([cell, set = set_, what = what_, how = how_] {
      try {
        cell->report.emplace(rehearse(set, what, how));
      } catch (...) {
        cell->thrown = std::current_exception();
      }
      cell->wake();
    });
    return cell->commit();
  }
  result<rehearsal::report> await_resume() {
    if (cell_->thrown != nullptr)
      std::rethrow_exception(cell_->thrown);
    return std::move(*cell_->report);
  }

private:
  scale_set set_;
  change what_;
  rehearsal_options how_;
  std::thread thread_;
};

} // namespace detail

/// `co_await finished(upgrade)`: waits for the end of an upgrade and gives its report;
/// at once when it is over.
[[nodiscard]] inline auto finished(upgrade from) {
  return detail::finish_awaiter(std::move(from));
}

/// `co_await rehearse_async(set, change)`: `rehearse` on a thread of its own. Gives its
/// `result<rehearsal::report>`. A coroutine that is destroyed meanwhile ends the
/// rehearsal and waits for its threads; with a `stop` of its own it must turn that true
/// itself.
[[nodiscard]] inline auto rehearse_async(scale_set set, change what,
                                         rehearsal_options how = {}) {
  return detail::rehearsal_awaiter(std::move(set), std::move(what), std::move(how));
}

} // namespace drydock::inline v1
