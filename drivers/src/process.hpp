// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "child_watch.hpp"
#include "uv_handle.hpp"

#include "drydock/engine/time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drydock::drivers {

/// How much of a command's output an error message shows.
inline constexpr std::size_t tail_bytes_max = 4096;

/// How much of a command's standard output is kept for reading, unless said.
inline constexpr std::size_t captured_bytes_max = 64 * 1024;

struct process_options {
  /// Program and arguments; no shell is involved.
  std::vector<std::string> argv;
  /// Working directory; empty: the caller's own.
  std::string directory;
  /// Set besides the inherited environment.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Until SIGTERM; 0: none.
  engine::duration timeout{0};
  /// From SIGTERM to SIGKILL; 0: SIGKILL at once.
  engine::duration kill_after = std::chrono::seconds(10);
  /// Takes all output, appended. Given to the child as it is, so that a server
  /// which a command leaves behind may go on writing to it. Empty, or not to be
  /// opened: output is read over pipes.
  std::string output_file;
  /// Tells later processes of the child while it lives: see `running_record`. Without
  /// a file the child runs all the same.
  std::string record_file;
  /// What stands in that file before what the child writes of itself.
  std::string record_text;
  /// How much of standard output is kept for reading.
  std::size_t captured_max = captured_bytes_max;
};

struct process_result {
  enum class ending : std::uint8_t {
    exited,
    /// By a signal that nobody here sent.
    signalled,
    timed_out,
    killed,
    /// `error` says why.
    not_started,
    /// Taken back before its turn came.
    withdrawn,
  };
  ending how = ending::exited;
  /// Exit status or number of the signal.
  int status = 0;
  std::string error;
  /// Standard output, if read over pipes.
  std::string output;
  /// The last bytes of standard output and standard error together.
  std::string tail;
};

/// One child process at the head of a session and process group of its own,
/// with /dev/null as standard input. Loop thread only. It keeps itself alive
/// until it ended. The end is the exit of the process itself: whoever still
/// holds its output open is not waited for, and lives on if the exit was the
/// process's own; after a timeout or `kill` it is the end of the whole group.
class process : public std::enable_shared_from_this<process> {
public:
  /// Runs `done` once, later than this call returns.
  static std::shared_ptr<process> start(uv_loop_t* loop, process_options options,
                                        std::function<void(process_result)> done);

  /// Use `start`.
  process(uv_loop_t* loop, process_options options,
          std::function<void(process_result)> done);

  /// Kills the whole group at once; nothing if the process ended by itself.
  void kill();

private:
  struct capture {
    handle_ptr<uv_pipe_t> pipe;
    bool standard_output = false;
    process* owner = nullptr;
  };

  void begin();
  [[nodiscard]] int spawn();
  [[nodiscard]] int spawn_on(int out, int err);
  [[nodiscard]] bool open_file();
  [[nodiscard]] int open_pipe(capture& to, int& write_end);
  [[nodiscard]] std::string describe_failure(int code) const;
  [[nodiscard]] bool ended() const;
  void on_output(capture& from, ssize_t count, const char* data);
  void on_exit(int status, int signal);
  void await_group();
  void await_output();
  void on_timeout();
  void send_kill();
  void signal_group(int signal) const;
  void finish();
  void read_tail();

  uv_loop_t* loop_;
  process_options options_;
  std::function<void(process_result)> done_;
  std::shared_ptr<process> self_;
  process_result result_;
  loop_timer timer_;
  /// Until the end.
  std::shared_ptr<child_watch> watch_;
  std::array<capture, 2> captures_;
  int file_ = -1;
  std::int64_t file_start_ = 0;
  pid_t pid_ = 0;
  /// When a group that got SIGTERM gets SIGKILL; in the past: at once.
  std::chrono::steady_clock::time_point kill_at_{};
  bool exited_ = false;
  bool draining_ = false;
};

} // namespace drydock::drivers
