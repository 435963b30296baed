// SPDX-License-Identifier: Apache-2.0
#include "child.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace drydock::test {

namespace {

void say(int to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto count = ::write(to, text.data() + at, text.size() - at);
    if (count <= 0)
      return;
    at += static_cast<std::size_t>(count);
  }
}

} // namespace

child::child(const std::function<void(int)>& work) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  process_ = fork();
  REQUIRE(process_ >= 0);
  if (process_ == 0) {
    close(ends[0]);
    work(ends[1]);
    // Nothing of the parent's is to end twice.
    _exit(0);
  }
  close(ends[1]);
  from_ = ends[0];
}

child::~child() {
  kill();
  reap();
  close(from_);
}

std::string child::read(std::size_t size) const {
  std::string result(size, '\0');
  std::size_t at = 0;
  while (at < size) {
    const auto count = ::read(from_, result.data() + at, size - at);
    if (count <= 0)
      break;
    at += static_cast<std::size_t>(count);
  }
  result.resize(at);
  return result;
}

std::string child::read_all() const {
  std::string result;
  for (std::string more = read(4096); !more.empty(); more = read(4096))
    result += more;
  return result;
}

void child::kill() const {
  if (process_ > 0)
    ::kill(process_, SIGKILL);
}

void child::reap() {
  if (process_ > 0)
    waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string said_by_nobody(const std::function<std::string()>& work) {
  const child one([&](int to) {
    constexpr id_t nobody = 65534;
    if (geteuid() == 0 && (setgid(nobody) != 0 || setuid(nobody) != 0))
      return;
    say(to, work());
  });
  return one.read_all();
}

std::string said_on_small_disk(const std::string& folder, std::size_t bytes,
                               const std::function<std::string()>& work) {
  const child one([&](int to) {
    const auto size = "size=" + std::to_string(bytes);
    if (unshare(CLONE_NEWNS) == 0
        && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0
        && mount("tmpfs", folder.c_str(), "tmpfs", 0, size.c_str()) == 0)
      say(to, work());
  });
  return one.read_all();
}

} // namespace drydock::test
