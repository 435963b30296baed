// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/upgrade.hpp"
#include "log.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace drydock::inline v1::detail {

/// Events on their way to one handler, which a thread of its own calls. Members may be
/// called from any thread.
class event_queue : public std::enable_shared_from_this<event_queue> {
public:
  event_queue(event_handler handler, event_options options, log_sink log);
  ~event_queue();
  event_queue(const event_queue&) = delete;
  event_queue& operator=(const event_queue&) = delete;

  /// Starts the thread.
  void start();

  /// May wait for room, see `overflow_policy`. False: it was closed, and nothing is
  /// delivered any more.
  [[nodiscard]] bool push(event next);
  /// Wakes the thread, if there is anything for it.
  void flush();
  /// No event will follow.
  void end();
  /// Nothing is delivered any more; waits for the call under way, unless this is it.
  void close();
  /// Waits until the handler has been given all, or the queue was closed.
  void wait();

private:
  void run();
  void deliver(std::deque<event>& some);
  void make_room();
  static void let_end(std::thread thread);

  event_handler handler_; // of the thread, once it runs
  const event_options options_;
  const log_sink log_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable emptied_;
  std::deque<event> events_;
  /// Taken out of `events_` and not handled yet; they count for the capacity.
  std::size_t in_hand_ = 0;
  std::uint64_t lost_ = 0;
  bool ended_ = false;
  bool closed_ = false;
  bool over_ = false;
  bool started_ = false;
  std::thread::id runs_on_;
  std::thread thread_;
};

} // namespace drydock::inline v1::detail
