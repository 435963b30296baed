// SPDX-License-Identifier: Apache-2.0
#include "json_output.hpp"
#include "rehearsal_views.hpp"

#include <cmath>

namespace drydock::cli {

using namespace rehearsal;

namespace {

/// Shares to a millionth: more digits than any number of runs gives.
double rounded(double share) {
  return std::round(share * 1e6) / 1e6;
}

json interval_json(const proportion& p) {
  return {rounded(p.low), rounded(p.high)};
}

std::string_view fate_key(fate::kind what) {
  switch (what) {
  case fate::kind::completed:
    return "completed";
  case fate::kind::completed_with_failures:
    return "completedWithFailures";
  case fate::kind::faulted:
    return "faulted";
  case fate::kind::cancelled:
    return "cancelled";
  }
  return "";
}

void put_fates(json& out, const report& r) {
  json odds, intervals;
  for (const auto kind : {fate::kind::completed, fate::kind::completed_with_failures}) {
    odds[std::string(fate_key(kind))] = rounded(r.odds(kind).estimate);
    intervals[std::string(fate_key(kind))] = interval_json(r.odds(kind));
  }
  odds["faulted"] = json::object();
  intervals["faulted"] = json::object();
  for (const auto& f : r.fates)
    if (f.what == fate::kind::faulted) {
      odds["faulted"][f.code] = rounded(f.odds.estimate);
      intervals["faulted"][f.code] = interval_json(f.odds);
    }
  const auto cancelled = r.odds(fate::kind::cancelled);
  odds["cancelled"] = rounded(cancelled.estimate);
  intervals["cancelled"] = interval_json(cancelled);
  out["probability"] = std::move(odds);
  out["interval95"] = std::move(intervals);
  out["faultedProbability"] = rounded(r.faulted().estimate);
  out["faultedInterval95"] = interval_json(r.faulted());
}

json below_json(const report& r) {
  auto list = json::array();
  for (const auto& b : r.below)
    list.push_back({{"percent", b.percent},
                    {"probability", rounded(b.runs.estimate)},
                    {"interval95", interval_json(b.runs)},
                    {"p50Seconds", rounded_seconds(b.p50)},
                    {"p99Seconds", rounded_seconds(b.p99)}});
  return list;
}

json ends_json(const report& r) {
  auto list = json::array();
  for (const auto& e : r.bad_ends)
    list.push_back({{"batch", e.batch},
                    {"check", e.check.empty() ? json(nullptr) : json(e.check)},
                    {"code", e.code},
                    {"runs", e.runs}});
  return list;
}

json run_json(const notable_run& x) {
  return {{"run", x.run},
          {"seed", x.seed},
          {"fate", fate_key(x.what)},
          {"code", x.code.empty() ? json(nullptr) : json(x.code)},
          {"durationSeconds", rounded_seconds(x.length)},
          {"failedInstanceCount", x.failed},
          {"minimumAvailableInstances", x.minimum_available}};
}

json availability_json(const report& r) {
  auto list = json::array();
  for (const auto& a : r.availability)
    list.push_back({{"seconds", rounded_seconds(a.at)},
                    {"p5", a.p5},
                    {"p25", a.p25},
                    {"p50", a.p50},
                    {"p75", a.p75},
                    {"p95", a.p95}});
  return list;
}

void put_report(json& out, const report& r) {
  out["runs"] = r.runs;
  out["seed"] = r.seed;
  out["instances"] = r.instances;
  put_fates(out, r);
  out["durationSeconds"] = {{"p5", rounded_seconds(r.length.p5)},
                            {"p50", rounded_seconds(r.length.p50)},
                            {"p90", rounded_seconds(r.length.p90)},
                            {"p99", rounded_seconds(r.length.p99)},
                            {"least", rounded_seconds(r.length.least)},
                            {"most", rounded_seconds(r.length.most)},
                            {"mean", rounded_seconds(r.length.mean)}};
  out["minimumAvailableInstances"] = {{"p1", r.minimum_available_p1},
                                      {"p50", r.minimum_available_p50}};
  out["timeBelow"] = below_json(r);
  out["timeSpent"] = json::object();
  for (const auto& p : r.phases)
    out["timeSpent"][std::string(to_string(p.what))] = {
      {"share", rounded(p.share)}, {"meanSeconds", rounded_seconds(p.mean)}};
  const auto* slowest = find_bottleneck(r);
  out["bottleneck"] =
    slowest == nullptr ? json(nullptr) : json(to_string(slowest->what));
  out["badEnds"] = ends_json(r);
  out["blastRadius"] = nullptr;
  if (r.blast)
    out["blastRadius"] = {{"runs", r.blast->runs},
                          {"p50", r.blast->p50},
                          {"p90", r.blast->p90},
                          {"most", r.blast->most},
                          {"stoppedProbability", rounded(r.blast->stopped.estimate)},
                          {"stoppedInterval95", interval_json(r.blast->stopped)}};
  out["worstSeeds"] = json::array();
  out["worstRuns"] = json::array();
  for (const auto& w : r.worst) {
    out["worstSeeds"].push_back(w.seed);
    out["worstRuns"].push_back(run_json(w));
  }
  out["medianRun"] = run_json(r.median);
  out["availability"] = availability_json(r);
}

json difference_json(const difference& d) {
  json interval;
  if (d.has_interval())
    interval = {rounded_seconds(d.length_low), rounded_seconds(d.length_high)};
  return {{"pairs", d.pairs},
          {"shorterProbability", rounded(d.shorter.estimate)},
          {"shorterInterval95", interval_json(d.shorter)},
          {"durationSeconds", d.pairs > 0 ? json(rounded_seconds(d.length)) : json()},
          {"durationSecondsInterval95", std::move(interval)},
          {"minimumAvailableInstances", rounded(d.minimum_available)},
          {"faultedOnlyHere", d.faulted_here},
          {"faultedOnlyThere", d.faulted_there}};
}

} // namespace

json rehearsal_json(std::span<const variant> variants, const rehearsal_facts& facts) {
  json out;
  out["scaleSet"] = facts.scale_set;
  put_report(out, variants.front().result);
  if (variants.size() < 2)
    return out;
  out["variants"] = json::array();
  for (const auto& v : variants) {
    json one = {{"setting", v.name}};
    put_report(one, v.result);
    one["againstFirst"] =
      v.against_first ? difference_json(*v.against_first) : json(nullptr);
    out["variants"].push_back(std::move(one));
  }
  return out;
}

} // namespace drydock::cli
