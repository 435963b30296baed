// SPDX-License-Identifier: Apache-2.0
#include "spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <string_view>

namespace drydock::drivers {

namespace {

/// What only C can hold: the preparations of one start.
class preparations {
public:
  preparations() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~preparations() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  preparations(const preparations&) = delete;
  preparations& operator=(const preparations&) = delete;

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
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

int prepare(preparations& to, const spawn_options& options) {
  int code =
    posix_spawn_file_actions_addopen(&to.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (code == 0)
    code = posix_spawn_file_actions_adddup2(&to.files, options.out, STDOUT_FILENO);
  if (code == 0)
    code = posix_spawn_file_actions_adddup2(&to.files, options.err, STDERR_FILENO);
  if (code == 0 && !options.directory.empty())
    code = posix_spawn_file_actions_addchdir_np(&to.files, options.directory.c_str());
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&to.attributes, &none);
  posix_spawnattr_setsigdefault(&to.attributes, &all);
  posix_spawnattr_setflags(&to.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK
                                             | POSIX_SPAWN_SETSIGDEF);
  return code;
}

/// Where the shell would find `program`.
std::string look_up(const std::string& program, const std::string& directory) {
  const char* variable = std::getenv("PATH");
  if (program.find('/') != std::string::npos || variable == nullptr)
    return program;
  std::string_view path(variable);
  while (true) {
    auto colon = path.find(':');
    std::string folder(path.substr(0, colon));
    if (!folder.starts_with('/'))
      folder = directory + "/" + folder;
    auto file = folder + "/" + program;
    if (::access(file.c_str(), X_OK) == 0)
      return file;
    if (colon == std::string_view::npos)
      return program;
    path.remove_prefix(colon + 1);
  }
}

} // namespace

int spawn_child(const spawn_options& options, pid_t& child) {
  preparations with;
  if (int code = prepare(with, options); code != 0)
    return code;
  auto environment = merged_environment(options.environment);
  auto env = c_strings(environment);
  auto texts = options.argv;
  auto args = c_strings(texts);
  int code = ::posix_spawnp(&child, args[0], &with.files, &with.attributes, args.data(),
                            env.data());
  if (code != ENOEXEC)
    return code;
  // A script without a first line that names its interpreter is the shell's.
  texts.front() = look_up(texts.front(), options.directory);
  texts.insert(texts.begin(), "/bin/sh");
  args = c_strings(texts);
  return ::posix_spawn(&child, args[0], &with.files, &with.attributes, args.data(),
                       env.data());
}

} // namespace drydock::drivers
