// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "running_record.hpp"
#include "uv_handle.hpp"

#include "drydock/engine/time.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drydock::drivers {

/// Commands that an earlier process began and that run on without it. Whether they do
/// well nobody can tell: the kernel gives exit statuses to parents alone. Loop thread
/// only.
class leftovers {
public:
  /// Told once nothing of an instance is at work; otherwise `problem` says what does
  /// not end, as a sentence for people.
  using on_end = std::function<void(const std::string& problem)>;
  using wait_id = std::uint64_t;

  /// `directory` holds the records of the upgrade; they are read at the first wait.
  /// `timeout` counts from the start of each command, 0: none. At it SIGTERM goes to
  /// the command's group, SIGKILL 10 s later.
  leftovers(uv_loop_t* loop, std::string directory, engine::duration timeout);

  /// Calls `ended` at once and returns 0 when nothing of the instance is left;
  /// otherwise `ended` is called from the loop.
  wait_id await(const std::string& instance, on_end ended);
  /// Nobody waits any more; what runs is left alone, and `ended` is not called.
  void forget(wait_id id);
  /// Kills what is waited for; `ended` is called when it is gone.
  void kill(wait_id id);
  /// Forgets all.
  void close() { entries_.clear(); }

private:
  enum class phase : std::uint8_t { running, asked_to_end, killed, given_up };

  struct command {
    running_record record;
    phase state = phase::running;
    std::chrono::steady_clock::time_point until{};
  };

  struct entry {
    explicit entry(uv_loop_t* loop) : timer(loop) {}
    std::vector<command> commands;
    std::map<wait_id, on_end> waiting;
    loop_timer timer;
  };
  using entries = std::map<std::string, std::unique_ptr<entry>>;

  void load();
  void look(const std::string& instance);
  void look_at(command& x) const;
  void send_kill(command& x) const;
  [[nodiscard]] entries::iterator find(wait_id id);

  uv_loop_t* loop_;
  std::optional<std::string> directory_; // nothing: it has been read
  engine::duration timeout_;
  wait_id last_ = 0;
  entries entries_;
};

} // namespace drydock::drivers
