// SPDX-License-Identifier: Apache-2.0
#include "command_text.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>

namespace drydock::drivers {

namespace {

constexpr std::size_t name_length_max = 120;

/// The length of the valid UTF-8 sequence at the start of `text`; 0: none.
std::size_t sequence_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                       : (first & 0xF0) == 0xE0         ? 3
                       : first >= 0xF0 && first <= 0xF4 ? 4
                                                        : 0;
  if (length == 0 || text.size() < length)
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  // Overlong forms, surrogates, and what lies behind U+10FFFF.
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)
      || (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
    return 0;
  return length;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
         || c == '.' || c == '-' || c == '_';
}

std::string format(const char* pattern, auto... arguments) {
  char text[64];
  std::snprintf(text, sizeof(text), pattern, arguments...);
  return text;
}

/// FNV-1a: the same on every machine, so that names of logs are, too.
std::uint64_t hash(std::string_view text) {
  std::uint64_t result = 14695981039346656037u;
  for (char c : text)
    result = (result ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return result;
}

} // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view space = " \t\r\n\v\f";
  auto begin = text.find_first_not_of(space);
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

std::string to_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    auto length = sequence_length(text);
    if (length == 0)
      result += '?';
    else
      result += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return result;
}

std::string cut_utf8(std::string text, std::size_t bytes) {
  constexpr std::string_view dots = "…";
  if (text.size() <= bytes)
    return text;
  auto end = bytes - dots.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end; // not in the middle of a character
  text.resize(end);
  return text.append(dots);
}

std::string to_file_name(std::string_view id) {
  std::string result;
  for (char c : id) {
    if (is_plain(c) && !(c == '.' && result.empty()))
      result += c;
    else
      result += format("%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  if (result.size() > name_length_max) {
    result.resize(name_length_max - 17);
    result += format("~%016llx", static_cast<unsigned long long>(hash(id)));
  }
  return result;
}

std::string describe(std::string_view what, const process_result& result,
                     engine::duration timeout) {
  using ending = process_result::ending;
  std::string text = std::string(what) + ": ";
  switch (result.how) {
  case ending::exited:
    if (result.status == 0)
      return {};
    text += "exit status " + std::to_string(result.status);
    break;
  case ending::signalled:
    text += "killed by signal " + std::to_string(result.status);
    break;
  case ending::timed_out:
    text += format("timed out after %g s", engine::to_seconds(timeout));
    break;
  case ending::killed:
    text += "killed";
    break;
  case ending::not_started:
    return text + to_utf8(result.error);
  case ending::withdrawn:
    return text + "cancelled before it began";
  }
  auto tail = to_utf8(trim(result.tail));
  return tail.empty() ? text : text + ": " + tail;
}

engine::step_outcome outcome_of(const process_result& result) {
  using ending = process_result::ending;
  using engine::step_outcome;
  if (result.how == ending::timed_out)
    return step_outcome::timed_out;
  if (result.how == ending::withdrawn)
    return step_outcome::withdrawn;
  if (result.how != ending::exited)
    return step_outcome::failed;
  if (result.status == 0)
    return step_outcome::succeeded;
  return result.status == transient_exit_status ? step_outcome::transient
                                                : step_outcome::failed;
}

std::string time_text(engine::duration from_now) {
  using namespace std::chrono;
  const auto at = floor<seconds>(system_clock::now() + from_now);
  const year_month_day date{floor<days>(at)};
  const hh_mm_ss clock{at - floor<days>(at)};
  return format("%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
}

std::string last_line(const process_result& result) {
  const auto text = trim(result.tail);
  const auto end = text.find_last_of("\r\n");
  return to_utf8(end == std::string_view::npos ? text : trim(text.substr(end)));
}

} // namespace drydock::drivers
