// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace drydock::cli {

/// Turns SIGINT, SIGTERM and SIGHUP into calls. Made before any other thread, so
/// that every thread inherits the blocked mask and the calls come from one place.
///
/// A SIGHUP that the caller has this program ignore (`nohup`) goes to `route_hangups`
/// alone. A signal that comes again within a moment is the same one.
class signal_watch {
public:
  /// Gets the signal's name and how many came so far, this one included; runs on
  /// a thread of its own, one call at a time.
  using handler = std::function<void(const char* name, int count)>;

  signal_watch();
  ~signal_watch();

  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

  /// Sends signals to `to` from now on, until the next call; nobody: the first is only
  /// counted, and the second ends the program, for what it waits for then nothing else
  /// can end. A signal that came already is told at once. When this returns, the
  /// handler before is not running any more.
  void route(handler to);

  /// Whether any signal came.
  [[nodiscard]] bool pressed();

  /// From now on SIGHUP goes there, on the thread of handlers, and is not counted;
  /// nobody: it is like the others again.
  void route_hangups(std::function<void()> to);

private:
  using clock = std::chrono::steady_clock;

  void watch();
  void take(int signal, clock::time_point came);

  bool hangups_ignored_ = false;
  std::mutex mutex_;
  handler to_;
  std::function<void()> on_hangup_;
  int last_ = 0;
  clock::time_point taken_; // the last one; when it had been told
  int count_ = 0;
  int unheard_ = 0; // since nobody is told
  std::atomic<bool> over_{false};
  std::thread thread_;
};

} // namespace drydock::cli
