// SPDX-License-Identifier: Apache-2.0
#include "sections.hpp"
#include "time_zone.hpp"

#include <algorithm>
#include <array>

namespace drydock::config {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 7> day_names = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

void read_days(table_reader& window, std::uint8_t& out) {
  std::vector<std::string> days;
  if (!window.read("days", days))
    return;
  const auto& given = window.find("days")->value;
  if (days.empty())
    window.report(given.at, "days is empty; name some, or leave it out for every day");
  out = 0;
  for (std::size_t i = 0; i < days.size(); ++i) {
    const auto at = std::find(day_names.begin(), day_names.end(), days[i]);
    if (at == day_names.end())
      window.report(given.items[i].at, "there is no day \"" + days[i]
                                         + "\"; days are mon, tue, wed, thu, fri, sat "
                                           "and sun");
    else
      out |= static_cast<std::uint8_t>(1U << (at - day_names.begin()));
  }
}

std::optional<unsigned> two_digits(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !is_digit(text[0]) || !is_digit(text[1]))
    return std::nullopt;
  return static_cast<unsigned>((text[0] - '0') * 10 + (text[1] - '0'));
}

void read_start(table_reader& window, engine::duration& out) {
  window.require("start", "; it is when the window opens: start = \"22:00\"");
  std::string text;
  if (!window.read("start", text))
    return;
  const auto view = std::string_view(text);
  const auto hours = two_digits(view.substr(0, 2));
  const auto minutes =
    text.size() == 5 && text[2] == ':' ? two_digits(view.substr(3)) : std::nullopt;
  if (hours && minutes && *hours < 24 && *minutes < 60)
    out = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  else
    window.report(window.position_of("start"),
                  "start is \"" + text
                    + "\", which is no time of the day; write \"22:00\"");
}

void read_zone(table_reader& window, engine::maintenance_window& out) {
  window.read("time_zone", out.time_zone);
  if (out.time_zone == "UTC")
    return;
  if (auto offsets = find_zone_offsets(out.time_zone))
    out.offsets = std::move(*offsets);
  else
    window.report(window.position_of("time_zone"),
                  "there is no time zone \"" + out.time_zone
                    + "\"; write one as in \"Europe/Berlin\" (and have the package "
                      "tzdata installed)");
}

} // namespace

std::vector<engine::maintenance_window> read_windows(table_reader& root,
                                                     engine::upgrade_mode mode) {
  std::vector<engine::maintenance_window> result;
  for (const auto* item : root.tables("maintenance_window")) {
    table_reader window(item, item->at, root.sink());
    if (mode != engine::upgrade_mode::rolling)
      window.report(item->at, "maintenance windows are for rolling upgrades only; set "
                              "upgrade_policy.mode = \"rolling\" or leave them out");
    auto& x = result.emplace_back();
    read_days(window, x.days);
    read_start(window, x.start);
    window.require("duration",
                   "; it is how long the window is open: duration = \"4h\"");
    window.read("duration", x.length, length_range{1ns, 7 * 24h});
    read_zone(window, x);
    window.finish();
  }
  return result;
}

} // namespace drydock::config
