// SPDX-License-Identifier: Apache-2.0
#include "comparison.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

namespace drydock::bench {

namespace {

using round_result = std::map<std::string, measurement>;

template <class T>
T median(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1
           ? values[middle]
           : static_cast<T>((values[middle - 1] + values[middle]) / T{2});
}

std::vector<std::string> kinds_of(const comparison_options& options) {
  if (options.work.virtual_clock)
    return {"drydock"};
  std::vector<std::string> kinds{"resident", "pooled", "plan", "drydock"};
  if (!options.work.events_file.empty())
    kinds.emplace_back("events");
  if (!options.work.journal_file.empty())
    kinds.insert(kinds.end(), {"journal", "half", "resume"});
  if (options.library)
    kinds.emplace_back("library");
  return kinds;
}

/// Events go to an empty file, and what the system has yet to write of an old one
/// disturbs no other measurement.
void empty_events_file(const comparison_options& options) {
  std::error_code ignored; // it need not be there yet
  if (std::filesystem::is_regular_file(options.work.events_file, ignored))
    std::filesystem::resize_file(options.work.events_file, 0, ignored);
}

double seconds_ratio(const round_result& r, const char* part, const char* whole) {
  return r.at(part).seconds / r.at(whole).seconds;
}

double rss_ratio(const round_result& r, const char* whole) {
  return static_cast<double>(r.at("drydock").rss_bytes)
         / static_cast<double>(r.at(whole).rss_bytes);
}

std::map<std::string, double> ratios_of(const round_result& r) {
  std::map<std::string, double> ratios;
  if (r.count("resident") == 0)
    return ratios;
  ratios["resident"] = seconds_ratio(r, "drydock", "resident");
  ratios["pooled"] = seconds_ratio(r, "drydock", "pooled");
  ratios["rssResident"] = rss_ratio(r, "resident");
  ratios["rssPooled"] = rss_ratio(r, "pooled");
  ratios["planResident"] = seconds_ratio(r, "plan", "resident");
  if (r.count("events") > 0)
    ratios["events"] = seconds_ratio(r, "events", "drydock");
  if (r.count("journal") > 0)
    ratios["journal"] = seconds_ratio(r, "journal", "drydock");
  if (r.count("library") > 0)
    ratios["library"] = seconds_ratio(r, "library", "drydock");
  return ratios;
}

double round_to(double value, double unit) {
  return std::round(value / unit) * unit;
}

nlohmann::ordered_json to_object(const measurement& m) {
  return {{"seconds", m.seconds}, {"rssBytes", m.rss_bytes}};
}

double events_per_second(const measurement& m) {
  return std::round(static_cast<double>(m.events) / m.seconds);
}

template <class... Args>
void append(std::string& text, const char* format, Args... args) {
  char line[160];
  std::snprintf(line, sizeof line, format, args...);
  text += line;
}

} // namespace

comparison compare(const comparison_options& options) {
  comparison result;
  result.options = options;
  std::vector<round_result> rounds(options.rounds);
  for (auto& round : rounds) {
    empty_events_file(options);
    for (const auto& kind : kinds_of(options)) {
      auto t = options.work;
      t.kind = kind;
      if (kind != "events")
        t.events_file.clear();
      round[kind] = measure_apart(t);
      if (!round[kind].problem.empty()) {
        result.problem = kind + ": " + round[kind].problem;
        return result;
      }
    }
  }
  for (const auto& kind : kinds_of(options)) {
    std::vector<double> seconds;
    std::vector<std::uint64_t> rss;
    for (const auto& round : rounds) {
      seconds.push_back(round.at(kind).seconds);
      rss.push_back(round.at(kind).rss_bytes);
    }
    result.medians[kind] = {
      median(seconds), median(rss), rounds[0].at(kind).events, {}};
  }
  for (const auto& [name, unused] : ratios_of(rounds[0])) {
    std::vector<double> values;
    for (const auto& round : rounds)
      values.push_back(ratios_of(round).at(name));
    result.ratios[name] = round_to(median(values), 1e-4);
  }
  return result;
}

std::string to_json(const comparison& x) {
  const auto& drydock = x.medians.at("drydock");
  nlohmann::ordered_json out;
  out["instances"] = x.options.work.instances;
  out["seconds"] = drydock.seconds;
  out["rssBytes"] = drydock.rss_bytes;
  out["threads"] = threads_of(x.options.work);
  out["allocator"] = allocator_name();
  out["clock"] = x.options.work.virtual_clock ? "virtual" : "real";
  out["rounds"] = x.options.rounds;
  out["eventCount"] = drydock.events;
  out["eventsPerSecond"] = events_per_second(drydock);
  for (const auto* kind : {"resident", "pooled"})
    if (const auto m = x.medians.find(kind); m != x.medians.end())
      out["floor"][kind] = to_object(m->second);
  for (const auto* kind : {"plan", "events", "journal", "resume", "library"})
    if (const auto m = x.medians.find(kind); m != x.medians.end())
      out[kind] = to_object(m->second);
  out["ratios"] = x.ratios;
  return out.dump(2) + '\n';
}

std::string to_table(const comparison& x) {
  std::string text;
  append(text, "%u instances, %zu threads, %s clock, %s, medians of %zu rounds\n\n",
         x.options.work.instances, threads_of(x.options.work),
         x.options.work.virtual_clock ? "virtual" : "real", allocator_name().c_str(),
         x.options.rounds);
  append(text, "%-10s %10s %12s %14s\n", "", "seconds", "peak MB", "us/instance");
  for (const auto& [kind, m] : x.medians)
    append(text, "%-10s %10.3f %12.1f %14.3f\n", kind.c_str(), m.seconds,
           static_cast<double>(m.rss_bytes) / 1e6,
           m.seconds * 1e6 / x.options.work.instances);
  const auto& drydock = x.medians.at("drydock");
  append(text, "\n%llu events told, %.0f a second\n\n",
         static_cast<unsigned long long>(drydock.events), events_per_second(drydock));
  for (const auto& [name, value] : x.ratios)
    append(text, "%-14s %8.3f\n", name.c_str(), value);
  return text;
}

} // namespace drydock::bench
