// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/drivers/event_loop.hpp"
#include "drydock/engine/time.hpp"

#include <functional>
#include <memory>
#include <string>

namespace drydock::drivers {

/// Tells that something in a folder has changed: a file was written, put in the place
/// of another, or taken away. What it was is for the caller to find out.
class folder_watch {
public:
  /// `changed` is called on the loop's thread, `calm` after the first of several
  /// changes: whoever writes a file has time to finish. `loop` must outlive this.
  folder_watch(event_loop& loop, std::string folder, engine::duration calm,
               std::function<void()> changed);
  /// No call is made once it returns.
  ~folder_watch();

  folder_watch(const folder_watch&) = delete;
  folder_watch& operator=(const folder_watch&) = delete;

  /// Why the folder cannot be watched, for people; empty: it is.
  [[nodiscard]] const std::string& problem() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace drydock::drivers
