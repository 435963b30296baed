// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "live_picture.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>

namespace drydock::cli {

/// Draws an upgrade in place on a terminal, from a thread of its own. Hearing of
/// an event only notes it; the last one draws the final picture and writes the
/// summary before it returns. The cursor is hidden within a frame only, so that
/// however the process ends no terminal is left without one.
class live_view : public actors::upgrade_listener {
public:
  /// Draws on the terminal `fd`, which must outlive the view.
  live_view(view_context context, int fd, bool unicode);
  ~live_view() override;

  live_view(const live_view&) = delete;
  live_view& operator=(const live_view&) = delete;

  void on_event(const engine::upgrade_event& event,
                engine::duration since_start) override;

private:
  using clock = std::chrono::steady_clock;

  void refresh();
  void draw_now();
  void look_ahead(picture_frame& frame) const;
  [[nodiscard]] std::string frame_of(const std::vector<picture_line>& lines,
                                     std::size_t width);
  void write_all(std::string_view text) const;

  const view_context context_;
  const int fd_;
  const bool unicode_;

  std::mutex state_mutex_; // what events tell
  std::condition_variable changed_;
  live_state state_;
  engine::duration since_start_{0};
  clock::time_point heard_at_{};
  bool heard_ = false;
  bool closed_ = false; // nothing is drawn any more

  std::mutex draw_mutex_; // the terminal; taken before the other one
  live_state drawn_state_;
  std::vector<std::string> drawn_;
  std::vector<std::size_t> drawn_columns_;
  std::size_t drawn_width_ = 0;

  std::thread thread_;
};

} // namespace drydock::cli
