// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include "process_table.hpp"
#include "running_record.hpp"
#include "spawn.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace drydock::drivers {

namespace {

/// For output that a child of the process writes just after its end.
constexpr auto drain_time = std::chrono::milliseconds(200);

/// SIGKILL cannot be caught, but a process stuck in the kernel does not see it.
constexpr auto give_up_time = std::chrono::seconds(5);

/// How often to look whether a group is gone: nobody tells of its last member.
constexpr auto look_interval = std::chrono::milliseconds(100);

/// Keeps descriptors away from the numbers that the child's own will take, even
/// if this program was started without some of them.
int above_standard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO)
    return fd;
  int result = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  ::close(fd);
  return result;
}

void close_file(int& fd) {
  if (fd >= 0)
    ::close(fd);
  fd = -1;
}

} // namespace

std::shared_ptr<process> process::start(uv_loop_t* loop, process_options options,
                                        std::function<void(process_result)> done) {
  auto result = std::make_shared<process>(loop, std::move(options), std::move(done));
  result->begin();
  return result;
}

process::process(uv_loop_t* loop, process_options options,
                 std::function<void(process_result)> done)
  : loop_(loop), options_(std::move(options)), done_(std::move(done)), timer_(loop) {}

void process::begin() {
  self_ = shared_from_this();
  if (int code = spawn(); code != 0) {
    result_.how = process_result::ending::not_started;
    result_.error = describe_failure(code);
    exited_ = true;
    timer_.start(engine::duration{0}, [this] { finish(); });
    return;
  }
  if (options_.timeout > engine::duration{0})
    timer_.start(options_.timeout, [this] { on_timeout(); });
}

int process::spawn() {
  if (options_.argv.empty())
    return UV_EINVAL;
  if (open_file())
    return spawn_on(file_, file_);
  int out = -1;
  int err = -1;
  captures_[0].standard_output = true;
  int code = open_pipe(captures_[0], out);
  if (code == 0)
    code = open_pipe(captures_[1], err);
  if (code == 0)
    code = spawn_on(out, err);
  // Open ends here would keep the pipes from ending with the child.
  close_file(out);
  close_file(err);
  return code;
}

int process::spawn_on(int out, int err) {
  watch_ = child_watch::of(loop_);
  spawn_options what;
  what.argv = options_.argv;
  what.directory = options_.directory;
  what.environment = options_.environment;
  what.out = out;
  what.err = err;
  int record = running_record::open(options_.record_file, options_.record_text);
  what.record = record;
  int code = spawn_child(what, pid_);
  close_file(record);
  if (code != 0)
    return uv_translate_sys_error(code);
  watch_->add(pid_, [this](int status) {
    on_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 0,
            WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  });
  return 0;
}

bool process::open_file() {
  if (options_.output_file.empty())
    return false;
  file_ = above_standard(::open(options_.output_file.c_str(),
                                O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (file_ >= 0)
    file_start_ = std::max<off_t>(::lseek(file_, 0, SEEK_END), 0);
  return file_ >= 0;
}

int process::open_pipe(capture& to, int& write_end) {
  uv_file ends[2];
  // The child's end blocks, as programs expect of their standard output.
  if (int code = uv_pipe(ends, UV_NONBLOCK_PIPE, 0); code != 0)
    return code;
  write_end = above_standard(ends[1]);
  to.owner = this;
  to.pipe.reset(new uv_pipe_t{});
  uv_pipe_init(loop_, to.pipe.get(), 0);
  to.pipe->data = &to;
  if (int code = uv_pipe_open(to.pipe.get(), ends[0]); code != 0) {
    close_file(ends[0]);
    return code;
  }
  return uv_read_start(
    reinterpret_cast<uv_stream_t*>(to.pipe.get()),
    [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
      // libuv hands what was read over before it asks for memory again.
      static thread_local std::array<char, 16 * 1024> memory;
      *buffer = uv_buf_init(memory.data(), memory.size());
    },
    [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
      auto& from = *static_cast<capture*>(stream->data);
      from.owner->on_output(from, count, buffer->base);
    });
}

std::string process::describe_failure(int code) const {
  if (options_.argv.empty())
    return "the command is empty";
  std::string result = "cannot run '" + options_.argv[0] + "'";
  struct stat info {};
  if (!options_.directory.empty()
      && (::stat(options_.directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)))
    return result + ": there is no directory '" + options_.directory + "'";
  if (!options_.directory.empty())
    result += " in '" + options_.directory + "'";
  return result + ": " + uv_strerror(code);
}

void process::kill() {
  if (self_ == nullptr)
    return;
  if (exited_) {
    // What is left of the group has no more time.
    kill_at_ = {};
    return;
  }
  if (result_.how != process_result::ending::timed_out)
    result_.how = process_result::ending::killed;
  send_kill();
}

bool process::ended() const {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT)
           == 0
         && info.si_pid == pid_;
}

void process::on_timeout() {
  if (ended())
    return; // in time after all: this thread has only not heard of it yet
  result_.how = process_result::ending::timed_out;
  if (options_.kill_after <= engine::duration{0}) {
    send_kill();
    return;
  }
  signal_group(SIGTERM);
  kill_at_ = std::chrono::steady_clock::now() + options_.kill_after;
  timer_.start(options_.kill_after, [this] { send_kill(); });
}

void process::send_kill() {
  kill_at_ = {};
  signal_group(SIGKILL);
  timer_.start(give_up_time, [this] { finish(); });
}

void process::signal_group(int signal) const {
  // The group outlives its leader while it has members.
  ::kill(-pid_, signal);
}

void process::on_exit(int status, int signal) {
  exited_ = true;
  timer_.stop();
  if (result_.how == process_result::ending::timed_out
      || result_.how == process_result::ending::killed) {
    await_group();
    return;
  }
  if (signal != 0) {
    result_.how = process_result::ending::signalled;
    result_.status = signal;
  } else {
    result_.status = status;
  }
  await_output();
}

/// After SIGTERM the rest of the group has as much time as its leader had.
void process::await_group() {
  if (std::chrono::steady_clock::now() < kill_at_ && has_living_member(pid_)) {
    timer_.start(look_interval, [this] { await_group(); });
    return;
  }
  signal_group(SIGKILL);
  await_output();
}

void process::await_output() {
  draining_ = true;
  if (captures_[0].pipe == nullptr && captures_[1].pipe == nullptr)
    finish();
  else
    timer_.start(drain_time, [this] { finish(); });
}

void process::on_output(capture& from, ssize_t count, const char* data) {
  if (count < 0) {
    from.pipe.reset();
    if (draining_ && captures_[0].pipe == nullptr && captures_[1].pipe == nullptr)
      finish();
    return;
  }
  auto size = static_cast<std::size_t>(count);
  if (from.standard_output)
    result_.output.append(
      data, std::min(size, options_.captured_max - result_.output.size()));
  result_.tail.append(data, size);
  if (result_.tail.size() > tail_bytes_max)
    result_.tail.erase(0, result_.tail.size() - tail_bytes_max);
}

void process::read_tail() {
  auto end = ::lseek(file_, 0, SEEK_END);
  auto begin =
    std::max<std::int64_t>(file_start_, end - static_cast<off_t>(tail_bytes_max));
  if (end <= begin)
    return;
  result_.tail.resize(static_cast<std::size_t>(end - begin));
  auto count = ::pread(file_, result_.tail.data(), result_.tail.size(), begin);
  result_.tail.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
}

void process::finish() {
  auto keep = std::move(self_);
  if (keep == nullptr)
    return;
  exited_ = true;
  timer_.stop();
  if (watch_ != nullptr)
    watch_->forget(pid_);
  watch_ = nullptr;
  for (auto& x : captures_)
    x.pipe.reset();
  if (file_ >= 0)
    read_tail();
  close_file(file_);
  // What not even SIGKILL ended is still at work.
  if (auto leader = look_up_process(pid_); pid_ == 0 || !leader || !leader->lives())
    running_record::remove(options_.record_file);
  if (auto done = std::move(done_))
    done(std::move(result_));
}

} // namespace drydock::drivers
