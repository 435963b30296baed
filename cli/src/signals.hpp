// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace drydock::cli {

/// Turns SIGINT, SIGTERM and SIGHUP into calls. Made before any other thread, so
/// that every thread inherits the blocked mask and the calls come from one place.
class signal_watch {
public:
  /// Gets the signal's name and how many came so far, this one included; runs on
  /// a thread of its own, one call at a time.
  using handler = std::function<void(const char* name, int count)>;

  signal_watch();
  ~signal_watch();

  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;

  /// Sends signals to `to` from now on, until the next call; nobody: they are only
  /// counted. A signal that came already is told at once. When this returns, the
  /// handler before is not running any more.
  void route(handler to);

  /// Whether any signal came.
  [[nodiscard]] bool pressed();

  /// From now on SIGHUP goes there, on the thread of handlers, and is not counted;
  /// nobody: it is like the others again.
  void route_hangups(std::function<void()> to);

private:
  void watch();

  std::mutex mutex_;
  handler to_;
  std::function<void()> on_hangup_;
  const char* last_ = "";
  int count_ = 0;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

} // namespace drydock::cli
