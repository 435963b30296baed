// SPDX-License-Identifier: Apache-2.0
#include "whole_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace drydock::cli {

namespace {

bool write_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(to, text.data(), text.size());
    if (n < 0 && errno != EINTR)
      return false;
    if (n > 0)
      text.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(to) == 0;
}

/// So that the file has its name after a crash, too.
bool keep_name(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto folder =
    slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
  const auto in = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (in < 0)
    return false;
  // Some file systems cannot, and need not.
  const auto kept = ::fsync(in) == 0 || errno == EINVAL;
  const auto why = errno;
  ::close(in);
  errno = why;
  return kept;
}

} // namespace

std::optional<std::string> write_whole(const std::string& path, std::string_view text) {
  const auto draft = path + ".new"; // a file of its own until it is whole
  const auto to = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  auto problem = to < 0 || !write_all(to, text) ? errno : 0;
  if (to >= 0)
    ::close(to);
  if (problem == 0
      && (std::rename(draft.c_str(), path.c_str()) != 0 || !keep_name(path)))
    problem = errno;
  if (problem == 0)
    return std::nullopt;
  return "cannot write " + path + " (" + std::strerror(problem) + ")";
}

std::optional<std::string> read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)),
                   std::istreambuf_iterator<char>());
  return in.is_open() && !in.bad() ? std::optional(std::move(text)) : std::nullopt;
}

} // namespace drydock::cli
