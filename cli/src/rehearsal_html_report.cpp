// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_html_parts.hpp"

#include "html_text.hpp"
#include "rehearsal_charts.hpp"

#include <string>
#include <utility>

namespace drydock::cli {

using rehearsal::report;

namespace {

std::string card(int level, std::string_view title, const std::string& content) {
  return "<section class=\"card\">\n" + heading(level, title) + content
         + "</section>\n";
}

std::string note(std::string_view text) {
  return "<p class=\"note\">" + html(text) + "</p>\n";
}

std::string tile(std::string_view name, std::string_view value, std::string_view more) {
  return "<div class=\"tile\"><dt>" + html(name) + "</dt><dd><strong>" + html(value)
         + "</strong><span>" + html(more) + "</span></dd></div>\n";
}

std::string instances_of(std::uint32_t count, const report& of) {
  return std::to_string(count) + " of " + count_text(of.instances, "instance");
}

double share_of(std::uint32_t count, const report& of) {
  return of.instances == 0 ? 1.0 : static_cast<double>(count) / of.instances;
}

std::string ends(picture_book& pictures, const report& of, int level) {
  std::string text;
  if (!of.fates.empty()) {
    text += pictures.figure(
      "The ways to end: " + percent_text(completing_odds(of).estimate)
        + " of the runs complete, " + percent_text(abort_odds(of).estimate) + " abort.",
      "Bars are shares of the rehearsed runs; the thin lines are 95\u00a0% intervals.",
      [&](bool narrow) { return fates_chart(of, narrow); });
    text += fates_table(of);
  }
  if (!of.bad_ends.empty())
    text += bad_ends_table(of);
  else if (of.runs > 0)
    text += note("Every run completes.");
  return card(level, "How it ends", text);
}

std::string durations(picture_book& pictures, const report& of, int level) {
  const auto& all = of.length;
  auto text = pictures.figure(
    "Durations of the runs: the median is " + length_text(all.p50)
      + ", nine of ten take at most " + length_text(all.p90) + ".",
    completing_odds(of).count == of.runs
      ? ""
      : key(ink::main, "runs that complete") + key(ink::bad, "other runs"),
    [&](bool narrow) { return durations_chart(of, narrow); });
  text += strip({{"Shortest", length_text(all.least)},
                 {"5\u00a0% within", length_text(all.p5)},
                 {"Median", length_text(all.p50)},
                 {"Mean", length_text(all.mean)},
                 {"90\u00a0% within", length_text(all.p90)},
                 {"99\u00a0% within", length_text(all.p99)},
                 {"Longest", length_text(all.most)}});
  return card(level, "How long it takes", text);
}

std::string availability(picture_book& pictures, const report& of, int level) {
  std::string text;
  if (of.availability.size() > 1)
    text += pictures.figure(
      "Available instances over time: in half of the runs never fewer than "
        + instances_of(of.minimum_available_p50, of) + ".",
      key(ink::main, "median") + key(ink::middle, "half of the runs")
        + key(ink::faint, "nine of ten runs"),
      [&](bool narrow) { return availability_chart(of, narrow); });
  text +=
    strip({{"Least available, median run", instances_of(of.minimum_available_p50, of)},
           {"Least available, worst 1\u00a0% of the runs",
            instances_of(of.minimum_available_p1, of)}});
  if (!of.below.empty())
    text += below_table(of);
  return card(level, "How many are available", text);
}

std::string timeline(picture_book& pictures, const report& of, int level) {
  auto text = "<p class=\"note\">Run " + std::to_string(of.median.run) + " of "
              + std::to_string(of.runs) + " takes " + length_text(of.median.length)
              + ", the median: " + html(fate_text(of.median.what, {}))
              + (of.median.code.empty() ? "" : " with " + html_code(of.median.code))
              + ".</p>\n";
  if (of.median_batches.empty())
    return card(level, "The median run", text + note("It has no batch."));
  text += pictures.figure(
    "The batches of the median run, " + std::to_string(of.median_batches.size())
      + " in all, over time.",
    key(ink::action, "actions") + key(ink::health, "waiting for health"),
    [&](bool narrow) { return timeline_chart(of, narrow); });
  text += batches_table(of);
  return card(level, "The median run, batch by batch", text);
}

std::string phases(picture_book& pictures, const report& of, int level) {
  std::string title = "What the time of all runs is spent on:";
  for (const auto& each : of.phases)
    title += " " + std::string(to_string(ink_of(each.what))) + " "
             + percent_text(each.share) + ",";
  title.back() = '.';
  auto text =
    pictures.figure(title, "", [&](bool narrow) { return phases_chart(of, narrow); });
  return card(level, "What takes the time", text + phases_table(of));
}

std::string blast(const report& of, int level) {
  const auto& bad = *of.blast;
  auto text =
    note("In " + std::to_string(bad.runs) + " of " + count_text(of.runs, "run")
         + " the new image is bad. So many instances get it before the policy "
           "stops the upgrade:");
  if (bad.runs == 0)
    return card(level, "When the image is bad",
                note("The new image was bad in no run."));
  text += strip({{"Median", instances_of(bad.p50, of)},
                 {"90\u00a0% of these runs, at most", instances_of(bad.p90, of)},
                 {"Most", instances_of(bad.most, of)},
                 {"Stopped by the policy", percent_text(bad.stopped.estimate) + " ("
                                             + interval_text(bad.stopped) + ")"}});
  return card(level, "When the image is bad", text);
}

} // namespace

std::string headline(const report& of) {
  const auto odds = completing_odds(of);
  std::string text = "<dl class=\"tiles\">\n";
  text += tile("Completes", percent_text(odds.estimate),
               std::to_string(odds.count) + " of " + count_text(of.runs, "run") + "; "
                 + interval_text(odds) + " with 95\u00a0% confidence");
  text += tile("Median duration", length_text(of.length.p50),
               "nine of ten runs take at most " + length_text(of.length.p90));
  text +=
    tile("Least available", percent_text(share_of(of.minimum_available_p50, of)),
         "median of the runs; " + percent_text(share_of(of.minimum_available_p1, of))
           + " in the worst 1\u00a0% of the runs");
  if (of.blast && of.blast->runs > 0)
    text += tile("A bad image reaches", count_text(of.blast->p50, "instance"),
                 "in the median of " + count_text(of.blast->runs, "such run")
                   + "; at most " + std::to_string(of.blast->most));
  else
    text += tile("Aborts", percent_text(abort_odds(of).estimate),
                 interval_text(abort_odds(of)) + " with 95\u00a0% confidence");
  return text + "</dl>\n";
}

std::string whole_report(picture_book& pictures, const report& of, int level,
                         std::string_view replay) {
  auto text = headline(of);
  text += ends(pictures, of, level);
  text += durations(pictures, of, level);
  text += availability(pictures, of, level);
  text += timeline(pictures, of, level);
  if (!of.phases.empty())
    text += phases(pictures, of, level);
  if (of.blast)
    text += blast(of, level);
  if (!of.worst.empty())
    text += card(level, "The worst runs",
                 note("Each command plays the run again and prints its events.")
                   + worst_runs(of, replay));
  return text;
}

} // namespace drydock::cli
