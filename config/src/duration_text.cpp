// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/duration_text.hpp"

#include <array>
#include <cctype>
#include <cstdint>
#include <limits>

namespace drydock::config {
namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::int64_t second = 1000 * millisecond;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

bool is_digit(char x) {
  return x >= '0' && x <= '9';
}

// Adds up nanoseconds; false on overflow.
bool add_product(std::int64_t& sum, std::int64_t count, std::int64_t unit) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  if (count > most / unit || count * unit > most - sum)
    return false;
  sum += count * unit;
  return true;
}

// Takes the digits at the front of `text`.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t result = 0;
  std::size_t used = 0;
  for (; used < text.size() && is_digit(text[used]); ++used) {
    const std::int64_t digit = text[used] - '0';
    if (result > (std::numeric_limits<std::int64_t>::max() - digit) / 10)
      return std::nullopt;
    result = result * 10 + digit;
  }
  if (used == 0)
    return std::nullopt;
  text.remove_prefix(used);
  return result;
}

struct unit {
  std::string_view name;
  std::int64_t length;
};

constexpr std::array<unit, 5> short_units{
  {{"d", day}, {"h", hour}, {"m", minute}, {"s", second}, {"ms", millisecond}}};
constexpr std::array<unit, 1> date_units{{{"D", day}}};
constexpr std::array<unit, 3> time_units{{{"H", hour}, {"M", minute}, {"S", second}}};

// Takes `.5` at the front of `text` as digits; nothing when a point has none.
std::optional<std::string_view> take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.')
    return std::string_view{};
  std::size_t used = 1;
  while (used < text.size() && is_digit(text[used]))
    ++used;
  if (used == 1)
    return std::nullopt;
  const auto result = text.substr(1, used - 1);
  text.remove_prefix(used);
  return result;
}

// Units in falling order, each once; a fraction only with the last one and only
// where `fractions` says so. What is below a nanosecond is dropped.
template <std::size_t N>
bool take_units(std::string_view& text, const std::array<unit, N>& units,
                bool fractions, std::int64_t& sum) {
  std::size_t next = 0;
  while (!text.empty() && text.front() != 'T') {
    const auto count = take_number(text);
    const auto fraction = fractions ? take_fraction(text) : std::string_view{};
    if (!count || !fraction)
      return false;
    std::size_t letters = 0;
    while (letters < text.size()
           && std::isalpha(static_cast<unsigned char>(text[letters]))
           && text[letters] != 'T')
      ++letters;
    const auto name = text.substr(0, letters);
    while (next < N && units[next].name != name)
      ++next;
    if (next == N || !add_product(sum, *count, units[next].length))
      return false;
    auto digit_length = units[next].length;
    for (const char digit : *fraction) {
      digit_length /= 10;
      if (digit_length > 0 && !add_product(sum, digit - '0', digit_length))
        return false;
    }
    text.remove_prefix(letters);
    ++next;
    if (!fraction->empty())
      return text.empty();
  }
  return true;
}

std::optional<std::int64_t> parse_iso8601(std::string_view text) {
  std::int64_t sum = 0;
  text.remove_prefix(1); // P
  if (text.empty() || !take_units(text, date_units, true, sum))
    return std::nullopt;
  if (text.empty())
    return sum;
  text.remove_prefix(1); // T
  if (text.empty() || !take_units(text, time_units, true, sum) || !text.empty())
    return std::nullopt;
  return sum;
}

// `1.5S` without trailing zeros.
std::string seconds_text(std::int64_t nanoseconds) {
  auto result = std::to_string(nanoseconds / second);
  if (const auto rest = nanoseconds % second; rest != 0) {
    auto digits = std::to_string(rest);
    digits.insert(0, 9 - digits.size(), '0');
    digits.erase(digits.find_last_not_of('0') + 1);
    result += "." + digits;
  }
  return result + "S";
}

} // namespace

std::optional<engine::duration> parse_duration(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  if (text.front() == 'P') {
    const auto result = parse_iso8601(text);
    return result ? std::optional(engine::duration(*result)) : std::nullopt;
  }
  std::int64_t sum = 0;
  if (!take_units(text, short_units, false, sum) || !text.empty())
    return std::nullopt;
  return engine::duration(sum);
}

std::string to_iso8601(engine::duration x) {
  if (x.count() < 0)
    return "-" + to_iso8601(-x);
  auto rest = x.count();
  std::string result = "P";
  if (rest >= day)
    result += std::to_string(rest / day) + "D";
  rest %= day;
  if (rest == 0 && result.size() > 1)
    return result;
  result += "T";
  if (rest >= hour)
    result += std::to_string(rest / hour) + "H";
  rest %= hour;
  if (rest >= minute)
    result += std::to_string(rest / minute) + "M";
  rest %= minute;
  if (rest != 0 || result == "PT")
    result += seconds_text(rest);
  return result;
}

} // namespace drydock::config
