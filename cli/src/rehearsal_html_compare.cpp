// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_html_parts.hpp"

#include "html_text.hpp"
#include "rehearsal_charts.hpp"

#include <cmath>
#include <string>

namespace drydock::cli {

using rehearsal::difference;
using rehearsal::report;
using rehearsal::variant;

namespace {

std::string least_available(std::uint32_t count, const report& of) {
  if (of.instances == 0)
    return std::to_string(count);
  return percent_text(static_cast<double>(count) / of.instances);
}

std::string settings_table(std::span<const variant> all) {
  html_table table("",
                   {"Setting", "Median", "90\u00a0% within", "Aborts", "95 % interval",
                    "Least available, median", "Least, worst 1\u00a0%"});
  for (const auto& each : all) {
    const auto& of = each.result;
    const auto odds = abort_odds(of);
    table.row({html_code(each.name), length_text(of.length.p50),
               length_text(of.length.p90), percent_text(odds.estimate),
               interval_text(odds), least_available(of.minimum_available_p50, of),
               least_available(of.minimum_available_p1, of)});
  }
  return table.text();
}

std::string verdict(const difference& x) {
  if (!x.has_interval())
    return "too few runs";
  if (x.length_high < engine::duration{0})
    return "shorter";
  return x.length_low > engine::duration{0} ? "longer" : "no clear difference";
}

std::string differences_table(std::span<const variant> all) {
  html_table table("Against the first setting, run by run under the same seeds",
                   {"Setting",
                    "Duration, median difference",
                    "95\u00a0% interval",
                    {"In all", words},
                    "Shorter in",
                    "Least available instances, mean difference",
                    "Aborts only with this",
                    "Aborts only with the first"});
  for (const auto& each : all) {
    if (!each.against_first)
      continue;
    const auto& x = *each.against_first;
    const auto sign = x.minimum_available > 0   ? "+"
                      : x.minimum_available < 0 ? "−"
                                                : "";
    table.row({html_code(each.name), x.pairs > 0 ? signed_length_text(x.length) : "–",
               x.has_interval() ? signed_length_text(x.length_low) + " to "
                                    + signed_length_text(x.length_high)
                                : "–",
               verdict(x), percent_text(x.shorter.estimate),
               sign + number_text(std::abs(x.minimum_available), 1),
               std::to_string(x.faulted_here), std::to_string(x.faulted_there)});
  }
  return table.text();
}

std::string phase_legend(std::span<const variant> all) {
  std::string text;
  for (const auto& each : all.front().result.phases)
    text += key(ink_of(each.what), to_string(ink_of(each.what)));
  return text;
}

} // namespace

std::string comparison(picture_book& pictures, std::span<const variant> all) {
  std::string text = "<section class=\"card\">\n" + heading(2, "Settings side by side");
  text += settings_table(all);
  text += heading(3, "Duration");
  text += pictures.figure(
    "Median and 90th percentile of the durations, setting by setting.",
    key(ink::main, "median") + key(ink::middle, "on to the 90th percentile"),
    [&](bool narrow) { return compare_durations_chart(all, narrow); });
  text += heading(3, "Odds to abort");
  text += pictures.figure("The odds to abort, setting by setting.",
                          "The thin lines are 95\u00a0% intervals.",
                          [&](bool narrow) { return compare_odds_chart(all, narrow); });
  if (!all.front().result.phases.empty()) {
    text += heading(3, "What takes the time");
    text += pictures.figure(
      "What the mean run spends its time on, setting by setting.", phase_legend(all),
      [&](bool narrow) { return compare_phases_chart(all, narrow); });
  }
  text += heading(3, "Differences");
  text += differences_table(all);
  return text + "</section>\n";
}

} // namespace drydock::cli
