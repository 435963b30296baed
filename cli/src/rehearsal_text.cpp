// SPDX-License-Identifier: Apache-2.0
#include "rehearsal_views.hpp"
#include "text.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace drydock::cli {

using namespace rehearsal;
using engine::duration;

namespace {

constexpr std::size_t ends_shown = 5;
constexpr std::size_t worst_shown = 3;

template <class... Args>
std::string format(const char* how, Args... args) {
  char text[160];
  std::snprintf(text, sizeof text, how, args...);
  return text;
}

std::string padded(std::string text, std::size_t width) {
  const auto used = columns(text);
  return used < width ? text + std::string(width - used, ' ') : text;
}

std::string right(std::string text, std::size_t width) {
  const auto used = columns(text);
  return used < width ? std::string(width - used, ' ') + text : text;
}

std::string interval_text(const proportion& p) {
  return short_percent(p.low) + " to " + short_percent(p.high);
}

/// Labels stand in a column of their own; lines that go on leave it empty.
std::string line(const std::string& label, const std::string& text) {
  return padded(label, 16) + text + '\n';
}

/// Hardly any run takes as long as the limit; where none does, it is not worth a line.
bool is_shown(const fate& f) {
  return f.what != fate::kind::cancelled || f.odds.count > 0;
}

std::string fates_text(const report& r) {
  std::size_t width = 0;
  for (const auto& f : r.fates)
    if (is_shown(f))
      width = std::max(width, columns(ending_text(f.what, f.code)));
  std::string text = padded("how it ends", width + 2) + right("runs", 7)
                     + right("odds", 10) + "   95 % interval\n";
  for (const auto& f : r.fates)
    if (is_shown(f))
      text += padded(ending_text(f.what, f.code), width + 2)
              + right(std::to_string(f.odds.count), 7)
              + right(short_percent(f.odds.estimate), 10) + "   "
              + interval_text(f.odds) + '\n';
  return text;
}

std::string availability_text(const report& r) {
  auto text =
    line("available", "at the least " + std::to_string(r.minimum_available_p50) + " of "
                        + std::to_string(r.instances) + " (p50), "
                        + std::to_string(r.minimum_available_p1) + " (p1)");
  for (const auto& b : r.below)
    if (b.runs.count > 0)
      text +=
        line("", "below " + std::to_string(b.percent) + " % in "
                   + short_percent(b.runs.estimate) + " of the runs, for "
                   + short_length(b.p50) + " (p50), " + short_length(b.p99) + " (p99)");
  return text;
}

std::string time_text(const report& r) {
  auto shares = r.phases;
  std::stable_sort(
    shares.begin(), shares.end(),
    [](const phase_share& a, const phase_share& b) { return a.share > b.share; });
  std::string list;
  for (const auto& p : shares)
    if (p.share >= 0.0005)
      list +=
        (list.empty() ? "" : ", ") + phase_text(p.what) + ' ' + short_percent(p.share);
  return list.empty() ? "" : line("time goes to", list);
}

std::string end_text(const bad_end& e) {
  std::string where = "in batch " + std::to_string(e.batch);
  if (e.check == "beforeBatch")
    where = "at the check before batch " + std::to_string(e.batch);
  else if (e.check == "afterBatch")
    where = "at the check after batch " + std::to_string(e.batch);
  else if (e.batch == 0)
    where = "before the first batch";
  return std::to_string(e.runs) + (e.runs == 1 ? " run " : " runs ") + where + ", "
         + e.code;
}

std::string ends_text(const report& r) {
  std::string text;
  for (std::size_t i = 0; i < std::min(r.bad_ends.size(), ends_shown); ++i)
    text += line(i == 0 ? "bad runs end" : "", end_text(r.bad_ends[i]));
  if (r.bad_ends.size() > ends_shown)
    text += line("", "and in " + std::to_string(r.bad_ends.size() - ends_shown)
                       + " other ways (--json has them all)");
  return text;
}

std::string blast_text(const report& r) {
  if (!r.blast || r.blast->runs == 0)
    return {};
  return line("a bad image", "reaches " + std::to_string(r.blast->p50)
                               + " instances (p50), " + std::to_string(r.blast->p90)
                               + " (p90); the policy stops it in "
                               + short_percent(r.blast->stopped.estimate) + " of "
                               + std::to_string(r.blast->runs) + " such runs");
}

std::string worst_text(const report& r, const rehearsal_facts& facts) {
  std::string text;
  for (std::size_t i = 0; i < std::min(r.worst.size(), worst_shown); ++i) {
    const auto& w = r.worst[i];
    text += line(i == 0 ? "worst runs" : "",
                 "run " + std::to_string(w.run) + ": " + ending_text(w.what, w.code)
                   + ", " + std::to_string(w.failed) + " failed, "
                   + short_length(w.length) + ", seed " + std::to_string(w.seed));
  }
  if (!r.worst.empty())
    text += line("to see one", "drydock rehearse " + facts.replay + " --seed "
                                 + std::to_string(r.seed) + " --run "
                                 + std::to_string(r.worst.front().run) + " --events -");
  return text;
}

std::string difference_text(const variant& v) {
  if (!v.against_first)
    return "";
  const auto& d = *v.against_first;
  const auto sign = [](duration x) {
    return (x < duration{0} ? "-" : "+") + short_length(std::chrono::abs(x));
  };
  if (d.pairs == 0)
    return "no run completed in both";
  return sign(d.length)
         + (d.has_interval()
              ? " (" + sign(d.length_low) + " to " + sign(d.length_high) + ")"
              : std::string());
}

std::string variants_text(std::span<const variant> variants) {
  std::size_t width = 7;
  for (const auto& v : variants)
    width = std::max(width, columns(v.name));
  auto text = padded("setting", width + 2) + right("no failure", 11)
              + right("faulted", 10) + right("p50", 9) + right("p90", 9)
              + right("available", 11)
              + "   against the first, where both complete (95 %)\n";
  for (const auto& v : variants)
    text += padded(v.name, width + 2)
            + right(short_percent(v.result.odds(fate::kind::completed).estimate), 11)
            + right(short_percent(v.result.faulted().estimate), 10)
            + right(short_length(v.result.length.p50), 9)
            + right(short_length(v.result.length.p90), 9)
            + right(std::to_string(v.result.minimum_available_p50), 11)
            + (v.against_first ? "   " + difference_text(v) : std::string()) + '\n';
  return text;
}

} // namespace

std::string short_length(duration d) {
  const auto ms = std::chrono::duration<double, std::milli>(d).count();
  if (ms <= 0)
    return "0s";
  if (ms < 999.5)
    return format(ms < 10.0 ? "%.2fms" : "%.0fms", ms);
  if (ms < 59'950.0)
    return format("%.1fs", ms / 1000.0);
  const auto seconds = std::chrono::round<std::chrono::seconds>(d).count();
  if (seconds < 3600)
    return format("%lldm%02llds", static_cast<long long>(seconds / 60),
                  static_cast<long long>(seconds % 60));
  const auto minutes = (seconds + 30) / 60;
  return format("%lldh%02lldm", static_cast<long long>(minutes / 60),
                static_cast<long long>(minutes % 60));
}

std::string short_percent(double share) {
  return format("%.1f %%", share * 100.0);
}

std::string ending_text(fate::kind what, const std::string& code) {
  switch (what) {
  case fate::kind::completed:
    return "Completed";
  case fate::kind::completed_with_failures:
    return "Completed, some failed";
  case fate::kind::faulted:
    return "Faulted: " + code;
  case fate::kind::cancelled:
    return "Cancelled at the time limit";
  }
  return {};
}

std::string phase_text(phase x) {
  switch (x) {
  case phase::settling:
    return "first health";
  case phase::action:
    return "actions";
  case phase::slowest:
    return "slowest of a batch";
  case phase::health:
    return "health";
  case phase::pause:
    return "pauses";
  case phase::budget:
    return "budget used up";
  case phase::rollback:
    return "rollback";
  }
  return {};
}

const phase_share* find_bottleneck(const report& r) {
  const phase_share* most = nullptr;
  for (const auto& p : r.phases)
    if (p.share > (most == nullptr ? 0.0 : most->share))
      most = &p;
  return most;
}

std::string describe(std::span<const variant> variants, const rehearsal_facts& facts) {
  const auto& r = variants.front().result;
  std::string text = facts.scale_set + ": " + facts.mode + ", " + facts.action + ", "
                     + count_of_instances(r.instances) + ", rehearsed "
                     + std::to_string(r.runs) + (r.runs == 1 ? " time" : " times")
                     + " (seed " + std::to_string(r.seed) + ")\n\n";
  if (variants.size() > 1)
    text += variants_text(variants) + "\nThe first, " + variants.front().name + ":\n\n";
  text += fates_text(r) + '\n';
  text +=
    line("takes", short_length(r.length.p5) + " (p5), " + short_length(r.length.p50)
                    + " (p50), " + short_length(r.length.p90) + " (p90), "
                    + short_length(r.length.p99) + " (p99)");
  text += availability_text(r) + time_text(r) + ends_text(r) + blast_text(r)
          + worst_text(r, facts);
  return text;
}

} // namespace drydock::cli
