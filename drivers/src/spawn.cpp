// SPDX-License-Identifier: Apache-2.0
#include "spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string_view>

// The child runs in its parent's memory until it becomes another program, on a stack
// that no sanitizer knows.
#define DRYDOCK_IN_CHILD                                                               \
  __attribute__((no_sanitize("address"), no_sanitize("thread"), noinline))

#ifdef __SANITIZE_THREAD__
/// The sanitizer takes `clone` for a fork, and the caller for the child; this is the
/// same by a name that it does not know.
extern "C" int __clone(int (*act)(void*), void* stack, int flags, void* argument, ...);
#define DRYDOCK_CLONE ::__clone
#else
#define DRYDOCK_CLONE ::clone
#endif

namespace drydock::drivers {

namespace {

constexpr std::size_t stack_size = 128 * 1024;

/// All that the child needs, made before it: it may not ask for memory.
struct child_plan {
  const char* program = nullptr;
  char* const* arguments = nullptr;
  /// The same by the shell, for scripts that name no interpreter.
  char* const* by_shell = nullptr;
  char* const* environment = nullptr;
  /// Null: the caller's own.
  const char* directory = nullptr;
  int out = -1;
  int err = -1;
  int record = -1;
  /// Why there is no child.
  int error = 0;
};

/// The inherited environment with `extra` on top, as `NAME=value`.
std::vector<std::string>
merged_environment(const std::vector<std::pair<std::string, std::string>>& extra) {
  std::map<std::string_view, std::string_view> values(extra.begin(), extra.end());
  std::vector<std::string> result;
  for (char** x = environ; x != nullptr && *x != nullptr; ++x) {
    std::string_view text(*x);
    if (!values.contains(text.substr(0, text.find('='))))
      result.emplace_back(text);
  }
  for (const auto& [name, value] : values)
    result.push_back(std::string(name) + "=" + std::string(value));
  return result;
}

std::vector<char*> c_strings(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& x : texts)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

/// Where the shell would find `program`; empty: nowhere.
std::string look_up(const std::string& program, const std::string& directory) {
  if (program.find('/') != std::string::npos)
    return program;
  const char* variable = std::getenv("PATH");
  std::string_view path(variable == nullptr ? "/bin:/usr/bin" : variable);
  while (true) {
    auto colon = path.find(':');
    std::string folder(path.substr(0, colon));
    if (!folder.starts_with('/'))
      folder = (directory.empty() ? "." : directory) + "/" + folder;
    auto file = folder + "/" + program;
    if (::access(file.c_str(), X_OK) == 0)
      return file;
    if (colon == std::string_view::npos)
      return {};
    path.remove_prefix(colon + 1);
  }
}

DRYDOCK_IN_CHILD void write_down_who(int record) {
  char text[1024];
  const int file = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return;
  const auto count = ::read(file, text, sizeof(text));
  if (count > 0 && ::write(record, text, static_cast<std::size_t>(count)) < 0)
    return; // on a full disk nobody will know of it
}

/// Asks the kernel itself: what others in this program remember of its signals is the
/// parent's, and stays.
DRYDOCK_IN_CHILD void reset_signals() {
  constexpr std::size_t set_size = (NSIG - 1) / 8;
  const std::uint64_t zeros[8] = {}; // SIG_DFL, no flags, no mask; and an empty set
  for (int signal = 1; signal < NSIG; ++signal)
    ::syscall(SYS_rt_sigaction, signal, zeros, nullptr, set_size);
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, zeros, nullptr, set_size);
}

DRYDOCK_IN_CHILD int become_other(void* argument) {
  auto& plan = *static_cast<child_plan*>(argument);
  ::setsid();
  if (plan.record >= 0)
    write_down_who(plan.record);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0 && (nothing == STDIN_FILENO || ::dup2(nothing, STDIN_FILENO) == 0)
      && ::dup2(plan.out, STDOUT_FILENO) >= 0 && ::dup2(plan.err, STDERR_FILENO) >= 0
      && (plan.directory == nullptr || ::chdir(plan.directory) == 0)) {
    if (nothing != STDIN_FILENO)
      ::close(nothing);
    reset_signals();
    ::execve(plan.program, plan.arguments, plan.environment);
    if (errno == ENOEXEC)
      ::execve(plan.by_shell[0], plan.by_shell, plan.environment);
  }
  plan.error = errno;
  ::_exit(127);
}

} // namespace

// posix_spawn does the same, but for one thing: there is no moment in which the child
// runs and is not written down, whenever this process may be killed.
int spawn_child(const spawn_options& options, pid_t& child) {
  auto environment = merged_environment(options.environment);
  const auto env = c_strings(environment);
  auto texts = options.argv;
  const auto args = c_strings(texts);
  const auto program = look_up(options.argv.front(), options.directory);
  auto shell_texts = options.argv;
  shell_texts.front() = program;
  shell_texts.insert(shell_texts.begin(), "/bin/sh");
  const auto shell_args = c_strings(shell_texts);
  child_plan plan;
  plan.program = program.c_str();
  plan.arguments = args.data();
  plan.by_shell = shell_args.data();
  plan.environment = env.data();
  plan.directory = options.directory.empty() ? nullptr : options.directory.c_str();
  plan.out = options.out;
  plan.err = options.err;
  plan.record = options.record;

  // It grows downwards, wherever this runs.
  const auto stack = std::make_unique_for_overwrite<char[]>(stack_size);
  // A handler of this program must not run in the child.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  // This thread stands still until the child is another program, or is gone.
  const int pid = DRYDOCK_CLONE(become_other, stack.get() + stack_size,
                                CLONE_VM | CLONE_VFORK | SIGCHLD, &plan);
  const int error = pid < 0 ? errno : plan.error;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid >= 0 && error != 0)
    ::waitpid(pid, nullptr, 0);
  child = error == 0 ? pid : 0;
  return error;
}

} // namespace drydock::drivers
