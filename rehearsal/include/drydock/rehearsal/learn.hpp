// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/time.hpp"
#include "drydock/rehearsal/statistics.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What past runs say of a fleet, and the `[rehearsal]` table made of it.
namespace drydock::inline v1::rehearsal {

/// A share and what it was counted of; `of` = 0: nothing was seen that could tell.
struct observed_share {
  proportion share;
  std::uint32_t of = 0;
};

/// Instances that fell ill while neither an upgrade nor a repair had them in hand.
struct observed_background {
  std::uint32_t failures = 0;
  /// How long instances were watched and healthy in nobody's hands, all of them
  /// together; in seconds, for it outgrows `duration` in large fleets.
  double exposure_seconds = 0.0;
  /// From falling ill to being well again, ascending; without those that an upgrade
  /// or a repair took in hand, or the end of the run left ill.
  std::vector<engine::duration> recovery;
};

/// What past runs say of a fleet. What a rollback did is left out, and so is a repair
/// that restarted or reimaged; instances that were made or deleted count, whatever for.
/// Why each is counted as it is: docs/rehearsal.md, "Learning from past runs".
struct lessons {
  std::uint32_t files = 0;
  /// Upgrades that have begun.
  std::uint32_t runs = 0;
  /// Distinct identities, over all runs.
  std::uint32_t instances = 0;
  /// Attempts at actions (not hooks) that ended, unless they were killed.
  std::uint32_t attempts = 0;
  /// By name as in the events (`reimage`, `create`, `before_instance`): how long
  /// attempts took, ascending; neither those that timed out nor those that were killed.
  std::map<std::string, std::vector<engine::duration>, std::less<>> durations;
  /// From the end of an action to the first healthy answer, ascending.
  std::vector<engine::duration> boot;
  /// How many of `boot` are as long as it took to see it, because the run does not
  /// tell how often it probed: up to an interval, and further probes, too long.
  std::uint32_t boot_as_seen = 0;
  /// Of the instances whose action came to an end: it failed for good.
  observed_share action_failure;
  /// Of the attempts that did not fail for good: they may be tried again.
  observed_share transient_failure;
  /// Of the instances whose action succeeded, runs with a bad image left out: not
  /// healthy in time.
  observed_share unhealthy_after_upgrade;
  /// Of the runs in which two instances or more were judged by their health: at
  /// least two of them, and at least half, were not healthy in time.
  observed_share bad_image;
  /// Of the instances of those runs whose action succeeded: not healthy in time.
  observed_share bad_image_unhealthy;
  observed_background background;
};

/// Reads what `drydock run --events FILE` wrote. Not for several threads at once.
class learner {
public:
  learner();
  ~learner();
  learner(learner&&) noexcept;
  learner& operator=(learner&&) noexcept;

  /// The next line is the first of a file. A file holds one run; where runs were
  /// put together, each `upgrade_started` begins another.
  void begin_file();

  /// Takes one line, without its end. Returns what is wrong with it, as a sentence
  /// without a place, or nothing; a wrong line leaves no trace. Events that are not
  /// known are passed over: newer versions may write more.
  [[nodiscard]] std::optional<std::string> take(std::string_view line);

  /// What all lines so far come to; the run of the last line counts as over.
  [[nodiscard]] lessons learn();

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// A `[rehearsal]` table in TOML, with comments on how much it stands on. What was
/// never seen is left out; a share that is 0 is written, with its interval. Lengths
/// are one value or at most 41 quantiles.
[[nodiscard]] std::string to_toml(const lessons& what);

/// A length as a fleet file reads it: `1m5s`, `40s250ms`; whole milliseconds from a
/// second on, and microseconds below (`PT0.00025S`). `x` ≥ 0.
[[nodiscard]] std::string length_text(engine::duration x);

} // namespace drydock::inline v1::rehearsal
