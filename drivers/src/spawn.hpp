// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace drydock::drivers {

struct spawn_options {
  /// Program, looked up in PATH if it has no slash, and arguments; not empty.
  std::vector<std::string> argv;
  /// Working directory; empty: the caller's own.
  std::string directory;
  /// Set besides the inherited environment.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Standard output and standard error of the child; both above 2.
  int out = -1;
  int err = -1;
  /// Where the child writes what the kernel says of it (`/proc/PID/stat`) before it
  /// becomes the program; -1: nowhere.
  int record = -1;
};

/// Starts a process at the head of a session of its own, with default signals
/// and no input, and returns 0 or the number of an error. The caller's memory is
/// not copied, so that a large program starts children as fast as a small one.
[[nodiscard]] int spawn_child(const spawn_options& options, pid_t& child);

} // namespace drydock::drivers
