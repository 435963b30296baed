// SPDX-License-Identifier: Apache-2.0
#include "measurement.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

extern char** environ;

namespace drydock::bench {

const std::chrono::steady_clock::time_point process_start =
  std::chrono::steady_clock::now();

namespace {

measurement failed(std::string why) {
  measurement m;
  m.problem = std::move(why);
  return m;
}

/// Linux counts the peak from the last exec on, and getrusage does not: there a
/// child begins with the peak of its parent.
std::uint64_t peak_rss() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:"))
      return std::strtoull(line.c_str() + std::strlen("VmHWM:"), nullptr, 10) * 1024;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = read(fd, buffer.data(), buffer.size());
    if (got <= 0)
      return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::vector<std::string> child_arguments(const task& t) {
  std::vector<std::string> arguments{"bench_rollout",
                                     "--child",
                                     t.kind,
                                     "--instances",
                                     std::to_string(t.instances),
                                     "--threads",
                                     std::to_string(t.threads),
                                     "--clock",
                                     t.virtual_clock ? "virtual" : "real"};
  if (!t.events_file.empty())
    arguments.insert(arguments.end(), {"--events", t.events_file});
  if (!t.journal_file.empty())
    arguments.insert(arguments.end(), {"--journal", t.journal_file});
  return arguments;
}

measurement parse(const std::string& text, int status) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !json.is_object())
    return failed("the measuring process died; run it by hand with --child");
  measurement m;
  m.seconds = json.value("seconds", 0.0);
  m.rss_bytes = json.value("rssBytes", std::uint64_t{0});
  m.events = json.value("events", std::uint64_t{0});
  m.problem = json.value("problem", std::string());
  return m;
}

} // namespace

measurement measure_apart(const task& t) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return failed("no pipe for the measuring process: " + std::string(strerror(errno)));
  auto arguments = child_arguments(t);
  std::vector<char*> argv;
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const auto error =
    posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  const auto text = error == 0 ? read_all(ends[0]) : std::string();
  close(ends[0]);
  if (error != 0)
    return failed("the measuring process did not start: "
                  + std::string(strerror(error)));
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    continue;
  return parse(text, status);
}

measurement measure_here(const task& t) {
  if (t.kind == "drydock" || t.kind == "events")
    return run_drydock(t);
  if (t.kind == "journal")
    return run_journal(t);
  if (t.kind == "half")
    return run_half(t);
  if (t.kind == "resume")
    return run_resume(t);
  if (t.kind == "library")
    return run_library(t);
  if (t.kind == "plan")
    return run_plan(t);
  if (t.kind == "resident")
    return run_resident_floor(t);
  if (t.kind == "pooled")
    return run_pooled_floor(t);
  return failed("there is no measurement called " + t.kind);
}

void print_for_parent(const measurement& m) {
  const nlohmann::json json = {{"seconds", m.seconds},
                               {"rssBytes", m.rss_bytes},
                               {"events", m.events},
                               {"problem", m.problem}};
  std::puts(json.dump().c_str());
  std::fflush(stdout);
}

measurement measured_until_now() {
  measurement m;
  m.seconds =
    std::chrono::duration<double>(std::chrono::steady_clock::now() - process_start)
      .count();
  m.rss_bytes = peak_rss();
  return m;
}

std::size_t threads_of(const task& t) {
  if (t.virtual_clock)
    return 1;
  return t.threads > 0 ? t.threads
                       : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

std::string allocator_name() {
  if (dlsym(RTLD_DEFAULT, "mi_malloc") != nullptr)
    return "mimalloc";
  if (dlsym(RTLD_DEFAULT, "tc_malloc") != nullptr)
    return "tcmalloc";
  return "glibc";
}

} // namespace drydock::bench
