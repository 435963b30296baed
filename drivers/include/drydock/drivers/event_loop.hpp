// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

struct uv_loop_s;

namespace drydock::drivers {

/// One libuv loop on a thread of its own; processes, sockets and probes of a
/// run share it. The thread blocks every signal but those libuv needs.
class event_loop {
public:
  event_loop();

  /// Ends the thread once every handle is closed; whoever opened handles closes
  /// them first.
  ~event_loop();

  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  /// Runs `task` on the loop's thread, in the order of posting. From any thread.
  void post(std::function<void()> task);

  /// Runs `task` on the loop's thread and waits for its end. Not from the
  /// loop's own thread.
  void run(const std::function<void()>& task);

  /// For code on the loop's thread.
  [[nodiscard]] uv_loop_s* get() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace drydock::drivers
