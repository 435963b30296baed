// SPDX-License-Identifier: Apache-2.0
#include "drydock/rehearsal/learn.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace drydock::inline v1::rehearsal {

namespace {

using engine::duration;
using namespace std::chrono_literals;

/// More say nothing more of a distribution that a few hundred samples stand for.
constexpr std::size_t points_max = 41;
constexpr std::size_t points_a_line = 8;

/// In the order of an instance's upgrade; and of one that is replaced instead.
constexpr std::array<std::string_view, 8> actions{
  "before_instance", "in_place",       "restart", "reimage",
  "redeploy",        "after_instance", "create",  "delete"};

std::string count_of(std::uint32_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string in_percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %%", share * 100.0);
  return text;
}

/// A number that TOML takes for a float.
std::string in_float(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", x);
  std::string result = text;
  return result.find_first_of(".e") == std::string::npos ? result + ".0" : result;
}

std::string quoted(duration x) {
  return '"' + length_text(x) + '"';
}

/// A sum or mean of many lengths, which may be too large for a `duration`. Nobody
/// wants to know its milliseconds.
duration to_length(double seconds) {
  constexpr double seconds_max = 9e9; // 285 years
  const std::chrono::duration<double> length(std::min(seconds, seconds_max));
  return length < 1min ? std::chrono::duration_cast<duration>(length)
                       : std::chrono::round<std::chrono::seconds>(length);
}

/// The mean of what lies between two probabilities.
duration mean_between(const std::vector<duration>& sorted, double from, double to) {
  constexpr int steps = 4096;
  double sum = 0.0;
  for (int i = 0; i < steps; ++i)
    sum += static_cast<double>(
      quantile(sorted, from + (to - from) * (i + 0.5) / steps).count());
  return duration{std::llround(sum / steps)};
}

/// At most `points_max` evenly spaced quantiles; there are two samples or more.
std::vector<duration> points_of(const std::vector<duration>& sorted) {
  const auto count = std::min(points_max, sorted.size());
  const auto step = 1.0 / static_cast<double>(count - 1);
  std::vector<duration> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(quantile(sorted, static_cast<double>(i) * step));
  if (count == sorted.size())
    return result;
  // A line to the one longest sample of thousands would make a fortieth of all
  // lengths far too long. So each end is where the outer part keeps its mean.
  const auto first = mean_between(sorted, 0.0, step) * 2 - result[1];
  const auto last = mean_between(sorted, 1.0 - step, 1.0) * 2 - result[count - 2];
  result.front() = std::clamp(first, sorted.front(), result[1]);
  result.back() = std::clamp(last, result[count - 2], sorted.back());
  return result;
}

/// The samples as the value of a key; there is at least one.
std::string distribution(const std::vector<duration>& sorted) {
  std::vector<std::string> texts;
  if (sorted.size() > 1)
    for (const auto point : points_of(sorted))
      texts.push_back(quoted(point));
  if (texts.empty() || texts.front() == texts.back())
    return quoted(sorted.front());
  std::string result = "{ quantiles = [";
  for (std::size_t i = 0; i < texts.size(); ++i) {
    result += i % points_a_line == 0 ? "\n  " : " ";
    result += texts[i] + (i + 1 < texts.size() ? "," : "");
  }
  return result + "\n] }";
}

void put_durations(std::string& to, const lessons& what) {
  if (what.durations.empty() && what.boot.empty())
    return;
  to += "\n[rehearsal.durations]\n";
  for (const auto action : actions) {
    const auto at = what.durations.find(action);
    if (at == what.durations.end())
      continue;
    const auto count = static_cast<std::uint32_t>(at->second.size());
    to += "# " + count_of(count, "attempt") + "\n" + std::string(action) + " = "
          + distribution(at->second) + "\n";
  }
  if (what.boot.empty())
    return;
  const auto count = static_cast<std::uint32_t>(what.boot.size());
  to += "# From an action's end to the first healthy answer: "
        + count_of(count, "instance") + ".\n";
  if (what.boot_as_seen > 0)
    to += "# For " + std::to_string(what.boot_as_seen)
          + " the run does not tell how it probed; these are too long, by an interval "
            "at most\n# for each probe that it takes.\n";
  to += "boot = " + distribution(what.boot) + "\n";
}

std::string evidence(const observed_share& x, const char* of) {
  return std::to_string(x.share.count) + " of " + count_of(x.of, of)
         + "; 95 % interval " + in_percent(x.share.low) + " to "
         + in_percent(x.share.high);
}

void put_rate(std::string& to, const char* key, const observed_share& x,
              const char* of) {
  if (x.of == 0)
    return;
  to += "# " + evidence(x, of) + "\n" + key + " = " + in_float(x.share.estimate) + "\n";
}

void put_rates(std::string& to, const lessons& what) {
  std::string rates;
  put_rate(rates, "action_failure", what.action_failure, "instance");
  put_rate(rates, "transient_failure", what.transient_failure, "attempt");
  put_rate(rates, "unhealthy_after_upgrade", what.unhealthy_after_upgrade, "instance");
  if (!rates.empty())
    to += "\n[rehearsal.rates]\n" + rates;
}

void put_bad_image(std::string& to, const lessons& what) {
  const auto& bad = what.bad_image;
  if (bad.of == 0) {
    to += "\n# Bad images: no run could tell.\n";
  } else if (bad.share.count == 0) {
    to += "\n# Bad images: none in " + count_of(bad.of, "run") + "; at most "
          + in_percent(bad.share.high) + " of all runs have one (95 % interval).\n";
  } else {
    to += "\n[rehearsal.bad_image]\n";
    put_rate(to, "probability", bad, "run");
    put_rate(to, "unhealthy", what.bad_image_unhealthy, "instance");
  }
}

void put_background(std::string& to, const observed_background& x) {
  if (x.exposure_seconds <= 0.0) {
    to += "\n# Instances that fall ill by themselves: no run could tell.\n";
    return;
  }
  const auto interval = byar(x.failures);
  const auto watched = length_text(to_length(x.exposure_seconds));
  const auto mean_over = [&](double failures) {
    return length_text(to_length(x.exposure_seconds / failures));
  };
  if (x.failures == 0) {
    to += "\n# Instances that fall ill by themselves: none in " + watched
          + " of healthy instances;\n# the mean time to failure is at least "
          + mean_over(interval.high) + " (95 % interval).\n";
    return;
  }
  to += "\n[rehearsal.background]\n# " + count_of(x.failures, "failure") + " in "
        + watched + " of healthy instances; 95 % interval\n# "
        + mean_over(interval.high) + " to " + mean_over(interval.low)
        + "\nmean_time_to_failure = \"" + mean_over(x.failures) + "\"\n";
  const auto recovered = static_cast<std::uint32_t>(x.recovery.size());
  if (recovered == 0)
    to += "# None of them was well again by itself before its run ended or took it.\n";
  else
    to += "# " + std::to_string(recovered) + " of " + count_of(x.failures, "failure")
          + "\nrecovery = " + distribution(x.recovery) + "\n";
}

} // namespace

std::string length_text(duration x) {
  const auto us = std::chrono::round<std::chrono::microseconds>(x).count();
  if (us < 1'000'000 && us % 1000 != 0) {
    // Fleet files have no unit below a millisecond, but ISO 8601 has fractions.
    auto digits = std::to_string(1'000'000 + us).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    return "PT0." + digits + "S";
  }
  struct unit {
    const char* name;
    std::int64_t length;
  };
  auto rest = std::chrono::round<std::chrono::milliseconds>(x).count();
  std::string result;
  for (const auto& u : {unit{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}) {
    if (rest / u.length > 0)
      result += std::to_string(rest / u.length) + u.name;
    rest %= u.length;
  }
  return result.empty() ? "0s" : result;
}

std::string to_toml(const lessons& what) {
  auto result = "# What `drydock learn` read from " + count_of(what.files, "file")
                + ": " + count_of(what.runs, "run") + ", "
                + count_of(what.instances, "instance") + ", "
                + count_of(what.attempts, "attempt")
                + " at\n# actions. Append it to the fleet file, or put it in place of "
                  "its older one.\n";
  put_durations(result, what);
  put_rates(result, what);
  put_bad_image(result, what);
  put_background(result, what.background);
  return result;
}

} // namespace drydock::inline v1::rehearsal
