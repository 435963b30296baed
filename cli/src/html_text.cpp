// SPDX-License-Identifier: Apache-2.0
#include "html_text.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace drydock::cli {

using namespace std::chrono;
using engine::duration;

namespace {

/// Between a number and its unit, where a line must not break.
constexpr std::string_view no_break = "\u00a0";

bool is_small(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

/// Whether a line may end between the bytes `at - 1` and `at`.
bool may_break(std::string_view text, std::size_t at) {
  const auto before = text[at - 1];
  const auto after = text[at];
  if (after == ' ')
    return false;
  if (std::string_view(" _-./=,:;").find(before) != std::string_view::npos)
    return std::string_view("_-./=,:;").find(after) == std::string_view::npos;
  return is_small(before) && is_capital(after);
}

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
}

/// Where the line that starts at `text`'s start ends: at the last good place that
/// fits, or in the middle of a word that is too long.
std::size_t line_end(std::string_view text, std::size_t width) {
  std::size_t good = 0;
  std::size_t any = 0;
  for (std::size_t at = 1; at <= text.size(); ++at) {
    if (at < text.size() && !starts_character(text[at]))
      continue;
    auto part = text.substr(0, at);
    if (part.back() == ' ')
      part.remove_suffix(1);
    if (columns(part) > width && any > 0)
      break;
    any = at;
    if (at == text.size() || may_break(text, at))
      good = at;
  }
  return good > 0 ? good : any;
}

std::string two_units(std::int64_t large, std::string_view large_name,
                      std::int64_t small, std::string_view small_name) {
  auto text = std::to_string(large).append(no_break).append(large_name);
  if (small > 0)
    text.append(" ").append(std::to_string(small)).append(no_break).append(small_name);
  return text;
}

/// For a length that is not negative.
std::string plain_length(duration d) {
  const auto with = [](double value, int decimals, std::string_view unit) {
    return number_text(value, decimals).append(no_break).append(unit);
  };
  if (d == duration{0})
    return std::string("0").append(no_break).append("s");
  if (d < milliseconds(1))
    return with(duration_cast<std::chrono::duration<double, std::milli>>(d).count(), 3,
                "ms");
  if (d < milliseconds(999))
    return with(static_cast<double>(round<milliseconds>(d).count()), 0, "ms");
  if (d < milliseconds(59'950))
    return with(engine::to_seconds(d), d < seconds(10) ? 2 : 1, "s");
  if (d < milliseconds(3'599'500)) {
    const auto all = round<seconds>(d).count();
    return two_units(all / 60, "min", all % 60, "s");
  }
  if (d < hours(48)) {
    const auto all = round<minutes>(d).count();
    return two_units(all / 60, "h", all % 60, "min");
  }
  const auto all = round<hours>(d).count();
  return two_units(all / 24, "d", all % 24, "h");
}

} // namespace

std::string html(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : printable(text)) {
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    case '\'':
      result += "&#39;";
      break;
    default:
      result += c;
    }
  }
  return result;
}

std::string html_code(std::string_view text) {
  const auto clean = printable(text);
  std::string result = "<code>";
  std::size_t start = 0;
  for (std::size_t at = 1; at < clean.size(); ++at)
    if (may_break(clean, at)) {
      result += html(std::string_view(clean).substr(start, at - start)) + "<wbr/>";
      start = at;
    }
  return result + html(std::string_view(clean).substr(start)) + "</code>";
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width,
                                 std::size_t most) {
  const auto clean = printable(text);
  std::string_view rest = clean;
  std::vector<std::string> lines;
  while (!rest.empty() && lines.size() < most) {
    if (lines.size() + 1 == most) {
      lines.push_back(truncated(rest, width));
      break;
    }
    const auto end = line_end(rest, width);
    auto line = rest.substr(0, end);
    while (!line.empty() && line.back() == ' ')
      line.remove_suffix(1);
    lines.emplace_back(line);
    rest.remove_prefix(end);
  }
  if (lines.empty())
    lines.emplace_back();
  return lines;
}

std::string shell_word(std::string_view text) {
  const auto plain = [](char c) {
    return is_small(c) || is_capital(c) || (c >= '0' && c <= '9')
           || std::string_view("_./=+:@%,-").find(c) != std::string_view::npos
           || !starts_character(c) || static_cast<unsigned char>(c) >= 0x80;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain))
    return std::string(text);
  std::string result = "'";
  for (const char c : text)
    if (c == '\'')
      result += "'\\''";
    else
      result += c;
  return result + "'";
}

std::string number_text(double value, int decimals) {
  std::array<char, 400> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                          value, std::chars_format::fixed, decimals);
  if (error != std::errc{})
    return "?";
  std::string text(buffer.data(), end);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
      text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string percent_text(double share) {
  if (share <= 0.0 || share >= 1.0)
    return std::string(share <= 0.0 ? "0" : "100").append(no_break).append("%");
  auto text = number_text(std::clamp(share * 100.0, 0.1, 99.9), 1);
  // In columns and in sentences alike all have the same digits.
  if (text.find('.') == std::string::npos)
    text += ".0";
  return text.append(no_break).append("%");
}

std::string interval_text(const rehearsal::proportion& odds) {
  const auto low = percent_text(odds.low);
  return low.substr(0, low.size() - no_break.size() - 1) + " to "
         + percent_text(odds.high);
}

std::string length_text(duration d) {
  return d < duration{0} ? "−" + plain_length(-d) : plain_length(d);
}

std::string signed_length_text(duration d) {
  return (d > duration{0} ? "+" : "") + length_text(d);
}

std::string count_text(std::size_t count, std::string_view what) {
  return std::to_string(count).append(" ").append(what).append(count == 1 ? "" : "s");
}

std::string fate_text(rehearsal::fate::kind what, std::string_view code) {
  using kind = rehearsal::fate::kind;
  switch (what) {
  case kind::completed:
    return "completed";
  case kind::completed_with_failures:
    return "completed with failures";
  case kind::cancelled:
    return "cancelled";
  case kind::faulted:
    break;
  }
  return code.empty() ? "faulted" : "faulted: " + std::string(code);
}

} // namespace drydock::cli
