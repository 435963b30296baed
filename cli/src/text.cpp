// SPDX-License-Identifier: Apache-2.0
#include "text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace drydock::cli {

using namespace engine;

namespace {

constexpr char32_t broken = 0xffffffff;

/// Reads the code point that starts at `at` and moves `at` past it; past one byte
/// where there is none.
char32_t take_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(at++);
  if (first < 0x80)
    return first;
  const std::size_t more = first >= 0xf5   ? 0
                           : first >= 0xf0 ? 3
                           : first >= 0xe0 ? 2
                           : first >= 0xc2 ? 1
                                           : 0;
  if (more == 0 || text.size() - at < more)
    return broken;
  char32_t point = first & (0x3fU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xc0U) != 0x80U)
      return broken;
    point = (point << 6U) | (byte(at + i) & 0x3fU);
  }
  const auto overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
  if (overlong || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff)
    return broken;
  at += more;
  return point;
}

/// Two columns wherever some terminal might take two.
std::size_t width_of(char32_t point) {
  const auto wide = (point >= 0x1100 && point < 0x1160)
                    || (point >= 0x2e80 && point < 0x10000) || point >= 0x1f000;
  return wide ? 2 : 1;
}

/// What moves a cursor or turns the direction of writing.
bool is_control(char32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0)
         || (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e)
         || (point >= 0x2060 && point <= 0x206f) || point == 0xfeff;
}

} // namespace

std::size_t columns(std::string_view text) {
  std::size_t sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = take_code_point(text, at);
    sum += point == broken ? 1 : width_of(point);
  }
  return sum;
}

std::string printable(std::string_view text, bool unicode) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    const auto point = take_code_point(text, at);
    if (point == broken || (!unicode && point >= 0x80))
      result += '?';
    else if (is_control(point))
      result += ' ';
    else
      result += text.substr(start, at - start);
  }
  return result;
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto start = at;
    if (take_code_point(text, at) == broken)
      result += '?';
    else
      result += text.substr(start, at - start);
  }
  return result;
}

std::string truncated(std::string_view text, std::size_t width, bool unicode) {
  if (columns(text) <= width)
    return std::string(text);
  const std::string_view dots = unicode ? "…" : "...";
  const auto dots_width = columns(dots);
  if (width < dots_width)
    return std::string(width, '.');
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    auto next = at;
    const auto wide = width_of(take_code_point(text, next));
    if (used + wide + dots_width > width)
      break;
    used += wide;
    at = next;
  }
  return std::string(text.substr(0, at)).append(dots);
}

std::string with_indented_tail(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r')
      line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos)
      continue;
    if (!result.empty())
      result += "\n          ";
    result += printable(line);
  }
  return result;
}

std::string count_of_instances(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " instance" : " instances");
}

std::string name_instances(std::span<const instance_index> list, std::size_t count,
                           const fleet& instances, std::size_t most) {
  std::string text;
  const auto shown = std::min(most, list.size());
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0)
      text += ", ";
    text += printable(instances.id(list[i]));
  }
  if (count > shown)
    text += (shown > 0 ? " and " : "") + std::to_string(count - shown) + " more";
  return text;
}

std::string describe_place(const batch_place& place, const fleet& instances) {
  std::string text;
  const auto add = [&](std::string part) {
    text += (text.empty() ? "" : ", ") + std::move(part);
  };
  if (place.phase != custom_metrics::no_phase)
    add("phase " + std::to_string(place.phase));
  if (place.zone != fleet::no_zone && place.zone < instances.zones().size())
    add("zone " + printable(instances.zones()[place.zone]));
  if (place.update_domain != fleet::no_update_domain)
    add("update domain " + std::to_string(place.update_domain));
  return text;
}

std::string describe_wait(const told::waiting& wait, const fleet& instances,
                          std::size_t most) {
  const auto names = name_instances(wait.holders, wait.holder_count, instances, most);
  switch (wait.reason) {
  case wait_reason::settling_health:
    return "waiting: the health of " + count_of_instances(wait.holder_count)
           + " is not settled yet" + (names.empty() ? "" : ": " + names);
  case wait_reason::initializing_candidates:
    return "waiting: no candidate has a settled health"
           + (names.empty() ? "" : "; initializing: " + names);
  case wait_reason::unavailable_instances: {
    // The engine says `which = percent: count`.
    const auto colon = wait.limit.find(": ");
    const auto limit = colon == std::string::npos
                         ? printable(wait.limit) + " is used up"
                         : printable(wait.limit.substr(colon + 2))
                             + " may be unavailable ("
                             + printable(wait.limit.substr(0, colon)) + ")";
    return "waiting: " + limit + (names.empty() ? "" : "; held by " + names);
  }
  case wait_reason::checkpoint_bake:
    return "baking at " + printable(wait.limit);
  case wait_reason::checkpoint_approval:
    return "waiting: " + printable(wait.limit)
           + " is to be approved: drydock approve FILE";
  case wait_reason::maintenance_window:
    return "waiting: no maintenance window is open";
  case wait_reason::guard:
  case wait_reason::shared_budget:
    return "waiting: " + printable(wait.limit);
  case wait_reason::hook:
    return "trying again: " + printable(wait.limit);
  case wait_reason::hook_failed:
    return "paused: " + printable(wait.limit)
           + "; mend it and run drydock approve FILE, which runs the hook again";
  case wait_reason::pause:
    break;
  }
  return "pause between batches";
}

std::string seconds_text(duration d) {
  char text[48];
  std::snprintf(text, sizeof text, "%.1fs", to_seconds(d));
  return text;
}

std::string clock_text(duration d) {
  const auto all =
    std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(d).count());
  const auto hours = static_cast<long long>(all / 3600);
  const auto minutes = static_cast<int>(all / 60 % 60);
  const auto seconds = static_cast<int>(all % 60);
  char text[48];
  if (hours > 0)
    std::snprintf(text, sizeof text, "%lld:%02d:%02d", hours, minutes, seconds);
  else
    std::snprintf(text, sizeof text, "%02d:%02d", minutes, seconds);
  return text;
}

} // namespace drydock::cli
