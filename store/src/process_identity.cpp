// SPDX-License-Identifier: Apache-2.0
#include "drydock/store/lease_keeper.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>

#include <unistd.h>

namespace drydock::inline v1::store {

namespace {

/// What the kernel says of a process, as far as it says it.
struct process_state {
  bool is_known = false;
  char state = '?';
  long threads = 0;
  /// Ticks since the host was started.
  std::string began;
};

process_state state_of(std::int64_t process) {
  std::ifstream in("/proc/" + std::to_string(process) + "/stat");
  const std::string line{std::istreambuf_iterator<char>(in), {}};
  process_state result;
  // The second field is a name in parentheses, with anything in it.
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos)
    return result;
  std::istringstream fields(line.substr(name_end + 1));
  fields >> result.state;
  // The state was field 3; threads are field 20, the start is field 22.
  std::string field;
  for (int number = 4; number <= 22 && fields >> field; ++number) {
    if (number == 20)
      result.threads = std::strtol(field.c_str(), nullptr, 10);
    if (number == 22) {
      result.began = field;
      result.is_known = true;
    }
  }
  return result;
}

std::string first_line(const char* path) {
  std::ifstream in(path);
  std::string result;
  std::getline(in, result);
  return result;
}

std::string process_space() {
  std::array<char, 64> name{};
  const auto size = readlink("/proc/self/ns/pid", name.data(), name.size());
  return size > 0 ? std::string(name.data(), static_cast<std::size_t>(size)) : "";
}

struct host_identity {
  std::string name, start, space;
};

host_identity this_host() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0)
    name[0] = '\0';
  return {name.data(), first_line("/proc/sys/kernel/random/boot_id"), process_space()};
}

/// Name, start and space; a name has no slash.
host_identity host_of(const lease& held) {
  const auto first = held.host.find('/');
  if (first == std::string::npos)
    return {held.host, "", ""};
  const auto second = held.host.find('/', first + 1);
  if (second == std::string::npos)
    return {held.host.substr(0, first), held.host.substr(first + 1), ""};
  return {held.host.substr(0, first), held.host.substr(first + 1, second - first - 1),
          held.host.substr(second + 1)};
}

} // namespace

lease lease_of_this_process() {
  std::random_device chance;
  std::array<char, 24> token{};
  std::snprintf(token.data(), token.size(), "%08x%08x", chance(), chance());
  const auto host = this_host();
  lease result;
  result.process = getpid();
  result.owner = state_of(result.process).began + "-" + token.data();
  result.host = host.name + "/" + host.start + "/" + host.space;
  return result;
}

std::string host_name(const lease& held) {
  return host_of(held).name;
}

bool process_is_dead(const lease& held) {
  const auto mine = this_host();
  const auto other = host_of(held);
  if (mine.start.empty() || mine.space.empty() || held.process <= 0)
    return false;
  if (mine.name != other.name || mine.start != other.start || mine.space != other.space)
    return false;
  // One that may not be asked is there.
  if (kill(static_cast<pid_t>(held.process), 0) != 0 && errno == ESRCH)
    return true;
  const auto now = state_of(held.process);
  if (!now.is_known)
    return false;
  // Ended, and its parent has not looked yet.
  if ((now.state == 'Z' || now.state == 'X') && now.threads <= 1)
    return true;
  const auto began = held.owner.substr(0, held.owner.find('-'));
  return !began.empty() && began != now.began;
}

bool is_of_another_start(const lease& held) {
  const auto mine = this_host();
  const auto other = host_of(held);
  return !mine.start.empty() && !other.start.empty() && mine.start != other.start;
}

} // namespace drydock::inline v1::store
