// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace drydock::inline v1::actors {

/// Threads that upgrades share, on the real clock. Every member may be called
/// from any thread.
class runtime {
public:
  /// `threads` 0: one a core.
  explicit runtime(std::size_t threads);

  /// Ends all upgrades that still run, without a word to their drivers; each tells
  /// its end. Waits for calls of listeners, drivers and probers that are under way.
  /// Not from such a call. On any thread, whichever of them made upgrades, and also
  /// while the program ends and its globals are destroyed.
  ~runtime();

  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// An upgrade under way. Must not outlive the runtime; nothing happens when the
  /// upgrade is over.
  class run {
  public:
    virtual ~run() = default;
    virtual void begin() = 0;
    /// It was cancelled before it began, so that it ends at once.
    virtual void begin_cancelled(std::string by, bool now) = 0;
    virtual void cancel(std::string by, bool now) = 0;
    /// Once it has begun.
    virtual void approve(protocol::approval word) = 0;
    virtual void delete_instance(engine::instance_index instance) = 0;
  };

  /// Makes an upgrade, which waits for its `begin`. `on_end` is called once, on
  /// one of the threads, after the listener has heard everything. `setup` is for
  /// the real clock; its `threads` do not count.
  [[nodiscard]] std::unique_ptr<run>
  make(run_setup setup, std::shared_ptr<upgrade_listener> listener,
       std::function<void(engine::upgrade_report)> on_end);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace drydock::inline v1::actors
