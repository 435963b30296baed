// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace drydock::drivers {

/// What a command printed, or why it failed.
struct captured_output {
  bool ok = false;
  /// Standard output, whole.
  std::string output;
  /// For people; empty when ok.
  std::string error;
};

/// Ends a capture from another thread: its command is killed, or never started.
class capture_stop {
public:
  /// From any thread, any number of times.
  void press();

private:
  friend captured_output capture_output(const std::vector<std::string>& argv,
                                        const std::string& directory,
                                        engine::duration timeout, capture_stop* stop);

  std::mutex mutex_;
  std::function<void()> kill_;
  bool pressed_ = false;
};

/// Runs a command to its end, without a shell, and waits for it. Blocks; at the
/// timeout its process group is ended, and by `stop`, if there is one.
[[nodiscard]] captured_output capture_output(const std::vector<std::string>& argv,
                                             const std::string& directory,
                                             engine::duration timeout,
                                             capture_stop* stop = nullptr);

} // namespace drydock::drivers
