// SPDX-License-Identifier: Apache-2.0
// Plays one instance of the example fleet: a small web application with a
// version, a health page and a way to be drained.
#include "application.hpp"
#include "http_server.hpp"

#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace {

constexpr const char* usage =
  R"(usage: local_web_server --port N --version TEXT [OPTION]...
  --id NAME          names the pid file (default: the port)
  --address IP       listen here (default 127.0.0.1)
  --state-dir DIR    write DIR/NAME.pid once the port is open
  --boot SECONDS     not healthy before (default 0.3)
  --broken           answer Unhealthy; also when the version ends in -broken
  --phase N          custom metric PhaseOrderingNumber
  --skip             custom metric SkipUpgrade
)";

struct options {
  local_web::application_options app;
  std::string id;
  std::string address = "127.0.0.1";
  std::string state_dir;
  long port = 0;
};

volatile std::sig_atomic_t stop_requested = 0;

void request_stop(int) {
  stop_requested = 1;
}

bool read_whole(std::string_view text, long least, long most, long& out) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc{} && end == text.data() + text.size() && out >= least
         && out <= most;
}

bool read_seconds(const std::string& text, std::chrono::milliseconds& out) {
  char* end = nullptr;
  const double seconds = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !(seconds >= 0.0 && seconds <= 3600.0))
    return false;
  out = std::chrono::milliseconds(std::lround(seconds * 1000.0));
  return true;
}

bool read_option(const std::string& name, const std::string& value, options& out) {
  if (name == "--port")
    return read_whole(value, 1, 65535, out.port);
  if (name == "--boot")
    return read_seconds(value, out.app.boot);
  if (name == "--phase") {
    long phase = 0;
    const bool good = read_whole(value, 0, 1'000'000, phase);
    out.app.phase = phase;
    return good;
  }
  auto* text = name == "--version"     ? &out.app.version
               : name == "--id"        ? &out.id
               : name == "--address"   ? &out.address
               : name == "--state-dir" ? &out.state_dir
                                       : nullptr;
  if (text == nullptr || value.empty())
    return false;
  *text = value;
  return true;
}

bool read_options(int argc, char** argv, options& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--broken")
      out.app.broken = true;
    else if (name == "--skip")
      out.app.skip_upgrade = true;
    else if (i + 1 == argc || !read_option(name, argv[++i], out))
      return false;
  }
  if (out.app.version.ends_with("-broken"))
    out.app.broken = true;
  if (out.id.empty())
    out.id = std::to_string(out.port);
  return out.port != 0 && !out.app.version.empty();
}

/// The path of the pid file, or nothing when it could not be written. Renamed
/// into place, so that nobody reads half of it.
std::filesystem::path write_pid_file(const options& given) {
  std::error_code error;
  std::filesystem::create_directories(given.state_dir, error);
  const auto path = std::filesystem::path(given.state_dir) / (given.id + ".pid");
  const auto draft = path.string() + ".new";
  std::ofstream(draft) << getpid() << '\n';
  std::filesystem::rename(draft, path, error);
  return error ? std::filesystem::path() : path;
}

/// Catches SIGTERM and SIGINT, but only while the server waits: `wait_mask`.
void prepare_signals(sigset_t& wait_mask) {
  struct sigaction action {};
  action.sa_handler = request_stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&wait_mask);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGINT);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

} // namespace

int main(int argc, char** argv) {
  // A server outlives the command that started it and must hold none of its
  // files: a pipe or lock kept open here would make others wait.
  close_range(3, ~0U, 0);
  sigset_t wait_mask;
  prepare_signals(wait_mask);
  options given;
  if (!read_options(argc, argv, given)) {
    std::fputs(usage, stderr);
    return 2;
  }
  local_web::application app(given.app, local_web::clock::now());
  local_web::http_server server(app);
  const auto problem = server.listen(given.address, static_cast<int>(given.port));
  if (!problem.empty()) {
    std::fprintf(stderr, "%s\n", problem.c_str());
    return 1;
  }
  std::filesystem::path pid_file;
  if (!given.state_dir.empty()) {
    pid_file = write_pid_file(given);
    if (pid_file.empty()) {
      std::fprintf(stderr, "cannot write a pid file in %s\n", given.state_dir.c_str());
      return 1;
    }
  }
  server.run(stop_requested, wait_mask);
  std::error_code ignored;
  if (!pid_file.empty())
    std::filesystem::remove(pid_file, ignored);
  return 0;
}
