// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_html_parts.hpp"

#include "html_text.hpp"
#include "rehearsal_charts.hpp"

#include <algorithm>
#include <utility>

namespace drydock::cli {

using rehearsal::phase;
using rehearsal::report;

namespace {

/// Longer tables are cut; the picture shows the rest.
constexpr std::size_t batch_rows_max = 100;

std::string_view explain(phase x) {
  switch (x) {
  case phase::settling:
    return "before the first check: health settles";
  case phase::action:
    return "until half of a batch has ended its action";
  case phase::slowest:
    return "the slower half of a batch’s actions";
  case phase::health:
    return "all actions of the batch have ended; its health is awaited";
  case phase::pause:
    return "the pause between batches";
  case phase::budget:
    return "nobody may go: the allowance is used up, or candidates are initializing";
  case phase::rollback:
    break;
  }
  return "after a breach: the previous model is put back";
}

std::string explain_check(const rehearsal::bad_end& end) {
  if (end.check == "beforeBatch")
    return "the check before the batch";
  if (end.check == "afterBatch")
    return "the check after the batch";
  return end.check.empty() ? "no check: a deadline or a cancel" : end.check;
}

std::string of_all(std::uint32_t count, const report& of) {
  if (of.instances == 0)
    return std::to_string(count);
  return std::to_string(count) + " ("
         + percent_text(static_cast<double>(count) / of.instances) + ")";
}

} // namespace

html_table::html_table(std::string_view caption, std::vector<table_column> columns)
  : columns_(std::move(columns)) {
  columns_.at(0).words = true;
  head_ = "<table role=\"table\">\n";
  if (!caption.empty())
    head_ += "<caption>" + html(caption) + "</caption>\n";
  head_ += "<thead role=\"rowgroup\"><tr role=\"row\">";
  for (const auto& each : columns_)
    head_ += std::string("<th role=\"columnheader\" scope=\"col\"")
             + (each.words ? ">" : " class=\"n\">") + html(each.name) + "</th>";
  head_ += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
}

void html_table::row(const std::vector<std::string>& cells) {
  rows_ +=
    "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">" + cells.at(0) + "</th>";
  for (std::size_t i = 1; i < cells.size(); ++i) {
    const auto& column = columns_.at(i);
    rows_ += "<td role=\"cell\" data-name=\"" + html(column.name) + "\""
             + (column.words ? ">" : " class=\"n\">") + cells[i] + "</td>";
  }
  rows_ += "</tr>\n";
}

std::string html_table::text() const {
  return head_ + rows_ + "</tbody>\n</table>\n";
}

std::string heading(int level, std::string_view text) {
  const auto tag = "h" + std::to_string(level);
  return "<" + tag + ">" + html(text) + "</" + tag + ">\n";
}

std::string swatch(ink with, std::string_view text) {
  return "<span class=\"swatch b-" + std::string(to_string(with)) + "\"></span>"
         + html(text);
}

std::string fate_html(rehearsal::fate::kind what, std::string_view code) {
  const auto text = swatch(ink_of(what), fate_text(what, {}));
  return code.empty() ? text : text + ": " + html_code(code);
}

std::string key(ink with, std::string_view text) {
  return "<span class=\"key\">" + swatch(with, text) + "</span> ";
}

std::string strip(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string text = "<dl class=\"strip\">\n";
  for (const auto& [name, value] : facts)
    text += "<div><dt>" + html(name) + "</dt><dd>" + html(value) + "</dd></div>\n";
  return text + "</dl>\n";
}

std::string fates_table(const report& of) {
  html_table table("", {"End", "Runs", "Share", "95\u00a0% interval"});
  for (const auto& each : of.fates) {
    table.row({fate_html(each.what, each.code), std::to_string(each.odds.count),
               percent_text(each.odds.estimate), interval_text(each.odds)});
  }
  return table.text();
}

std::string bad_ends_table(const report& of) {
  html_table table("Where runs end that do not complete",
                   {"Where", {"What ends them", words}, {"Code", words}, "Runs"});
  for (const auto& each : of.bad_ends)
    table.row({each.batch == 0 ? "before the first batch"
                               : "batch\u00a0" + std::to_string(each.batch),
               html(explain_check(each)),
               each.code.empty() ? "cancelled" : html_code(each.code),
               std::to_string(each.runs)});
  return table.text();
}

std::string below_table(const report& of) {
  html_table table("How long fewer instances are available",
                   {"Available", "Share of the runs", "95\u00a0% interval",
                    "Time, median", "Time, 99\u00a0% of the runs"});
  for (const auto& each : of.below)
    table.row({"fewer than " + std::to_string(each.percent) + "\u00a0%",
               percent_text(each.runs.estimate), interval_text(each.runs),
               length_text(each.p50), length_text(each.p99)});
  return table.text();
}

std::string phases_table(const report& of) {
  html_table table(
    "", {"Phase", {"What happens", words}, "Share of the time", "A run, mean"});
  for (const auto& each : of.phases)
    table.row({swatch(ink_of(each.what), to_string(ink_of(each.what))),
               html(explain(each.what)), percent_text(each.share),
               length_text(each.mean)});
  return table.text();
}

std::string batches_table(const report& of) {
  html_table table("", {"Batch",
                        {"Zone", words},
                        "Instances",
                        "Failed",
                        "Begins",
                        "Actions take",
                        "Health takes"});
  const auto shown = std::min(of.median_batches.size(), batch_rows_max);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& each = of.median_batches[i];
    table.row({std::to_string(each.index), each.zone.empty() ? "none" : html(each.zone),
               std::to_string(each.instances), std::to_string(each.failed),
               length_text(each.begins), length_text(each.actions_end - each.begins),
               length_text(each.ends - each.actions_end)});
  }
  auto text = "<details><summary>These batches as a table</summary>\n" + table.text();
  if (shown < of.median_batches.size())
    text += "<p>" + std::to_string(of.median_batches.size() - shown)
            + " more batches are in the picture alone.</p>\n";
  return text + "</details>\n";
}

std::string worst_runs(const report& of, std::string_view replay) {
  std::string text = "<ol class=\"runs\">\n";
  for (const auto& each : of.worst) {
    const auto option = [](const char* name, const std::string& value) {
      return std::string(" <span>") + name + " " + value + "</span>";
    };
    const auto command =
      "drydock rehearse " + html(replay) + option("--seed", std::to_string(of.seed))
      + option("--run", std::to_string(each.run)) + option("--events", "-");
    text += "<li><p><strong>Run " + std::to_string(each.run) + "</strong> "
            + fate_html(each.what, each.code) + "</p>\n<p class=\"note\">"
            + html(length_text(each.length)) + ", " + std::to_string(each.failed)
            + " failed, at least " + html(of_all(each.minimum_available, of))
            + " available, seed " + std::to_string(each.seed) + "</p>\n<pre>" + command
            + "</pre></li>\n";
  }
  return text + "</ol>\n";
}

} // namespace drydock::cli
