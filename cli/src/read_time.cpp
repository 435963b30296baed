// SPDX-License-Identifier: Apache-2.0
#include "read_time.hpp"

#include <chrono>
#include <cstdio>

namespace drydock::cli {

std::optional<wall_time> read_time(const std::string& text) {
  int year = 0, milliseconds = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  char zone = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2u.%3d%c", &year, &month, &day,
                  &hour, &minute, &second, &milliseconds, &zone)
        != 8
      || zone != 'Z')
    return std::nullopt;
  const std::chrono::year_month_day date{
    std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  // What a time in nanoseconds can hold.
  if (!date.ok() || year < 1970 || year > 2200 || milliseconds < 0)
    return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour}
         + std::chrono::minutes{minute} + std::chrono::seconds{second}
         + std::chrono::milliseconds{milliseconds};
}

} // namespace drydock::cli
