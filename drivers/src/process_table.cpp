// SPDX-License-Identifier: Apache-2.0
#include "process_table.hpp"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace drydock::drivers {

namespace {

/// All of a text file; nothing of what is none.
std::string text_of(const std::filesystem::path& path) {
  std::string result;
  std::ifstream file(path);
  std::getline(file, result, '\0');
  return result;
}

/// Cuts the first field off `text`.
std::string_view take_field(std::string_view& text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  const auto result = text.substr(0, text.find(' '));
  text.remove_prefix(result.size());
  return result;
}

template <class T>
bool read_number(std::string_view text, T& out) {
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, out);
  return error == std::errc{} && rest == end;
}

} // namespace

std::optional<process_facts> parse_process_facts(std::string_view text) {
  // "pid (name) state parent group … start …"; the name may be anything.
  const auto name = text.find(" (");
  const auto name_end = text.rfind(')');
  if (name == std::string_view::npos || name_end == std::string_view::npos)
    return std::nullopt;
  process_facts result;
  auto rest = text.substr(name_end + 1);
  const auto state = take_field(rest);
  take_field(rest); // its parent
  const auto group = take_field(rest);
  constexpr int fields_between = 16;
  for (int i = 0; i < fields_between; ++i)
    take_field(rest);
  if (state.size() != 1 || !read_number(text.substr(0, name), result.pid)
      || !read_number(group, result.group)
      || !read_number(take_field(rest), result.start))
    return std::nullopt;
  result.state = state.front();
  return result;
}

std::optional<process_facts> look_up_process(int pid) {
  return parse_process_facts(text_of("/proc/" + std::to_string(pid) + "/stat"));
}

bool has_living_member(int group) {
  if (::kill(-group, 0) != 0)
    return false;
  std::error_code error;
  std::filesystem::directory_iterator all("/proc", error);
  if (error)
    return true;
  for (; !error && all != std::filesystem::directory_iterator(); all.increment(error)) {
    const auto x = parse_process_facts(text_of(all->path() / "stat"));
    if (x && x->group == group && x->lives())
      return true;
  }
  return false;
}

std::string boot_id() {
  auto result = text_of("/proc/sys/kernel/random/boot_id");
  return result.substr(0, result.find('\n'));
}

double seconds_since_start(const process_facts& x) {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9
         - static_cast<double>(x.start) / ticks;
}

} // namespace drydock::drivers
