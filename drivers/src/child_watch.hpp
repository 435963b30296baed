// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "uv_handle.hpp"

#include <sys/types.h>

#include <functional>
#include <memory>
#include <unordered_map>

namespace drydock::drivers {

/// Tells of the ends of child processes. One for all of a loop, alive while
/// anybody holds it. Loop thread only.
class child_watch : public std::enable_shared_from_this<child_watch> {
public:
  /// What waitpid says of a child that ended.
  using on_end = std::function<void(int status)>;

  /// The one of this loop, which must be the calling thread's. Whoever starts a
  /// child holds it from before the start.
  static std::shared_ptr<child_watch> of(uv_loop_t* loop);

  /// Use `of`.
  explicit child_watch(uv_loop_t* loop);

  /// Calls `ended` once, from the loop, unless `forget` comes first.
  void add(pid_t child, on_end ended);
  void forget(pid_t child);

private:
  void look();

  handle_ptr<uv_signal_t> signal_;
  std::unordered_map<pid_t, on_end> children_;
};

} // namespace drydock::drivers
