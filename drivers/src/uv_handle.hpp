// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"

#include <uv.h>

#include <functional>
#include <memory>

namespace drydock::drivers {

/// Closes a libuv handle; its memory goes when libuv lets go of it, so that the
/// owner need not wait.
template <class Handle>
struct handle_closer {
  void operator()(Handle* x) const {
    uv_close(reinterpret_cast<uv_handle_t*>(x),
             [](uv_handle_t* h) { delete reinterpret_cast<Handle*>(h); });
  }
};

/// Owns an initialised libuv handle. Loop thread only.
template <class Handle>
using handle_ptr = std::unique_ptr<Handle, handle_closer<Handle>>;

/// A one-shot timer that may be armed again and again. Loop thread only.
class loop_timer {
public:
  explicit loop_timer(uv_loop_t* loop);
  ~loop_timer();

  loop_timer(const loop_timer&) = delete;
  loop_timer& operator=(const loop_timer&) = delete;

  /// Runs `task` once, `after` from now, rounded up to milliseconds; a task
  /// armed before is forgotten. The task may destroy the timer.
  void start(engine::duration after, std::function<void()> task);
  void stop();

private:
  std::function<void()> task_;
  handle_ptr<uv_timer_t> handle_;
};

} // namespace drydock::drivers
