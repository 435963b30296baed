// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/engine/events.hpp"
#include "drydock/rehearsal/statistics.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What many rehearsed runs come to. Plain values: pictures, texts and JSON are
/// made of these alone.
namespace drydock::inline v1::rehearsal {

using engine::duration;

/// What a run spends its time on, in the order of a run.
enum class phase : std::uint8_t {
  /// Before the first check: health settles.
  settling,
  /// Half of a batch has not ended its action yet.
  action,
  /// The slower half of a batch's actions.
  slowest,
  /// All actions of the batch have ended; health is awaited.
  health,
  /// `pause_time_between_batches`.
  pause,
  /// Nobody may go: the allowance is used up, or candidates are initializing.
  budget,
  /// After a breach: the previous model is put back.
  rollback,
};
/// How many phases there are.
inline constexpr std::size_t phases = 7;
/// The name as it is written here: `slowest`.
[[nodiscard]] std::string_view to_string(phase x);

/// One way to end, and how likely it is.
struct fate {
  /// How a run can end.
  enum class kind : std::uint8_t {
    /// Completed, and no instance failed.
    completed,
    /// Completed, and some failed within the limits.
    completed_with_failures,
    /// Faulted.
    faulted,
    /// It reached the time limit.
    cancelled
  };
  /// How.
  kind what = kind::completed;
  /// faulted: the code.
  std::string code;
  /// Of all runs.
  proportion odds;
};

/// Where runs end that do not complete.
struct bad_end {
  /// From 1: the batch that was judged, or was not to begin; without a check the
  /// last one that began, 0: none did.
  std::uint32_t batch = 0;
  /// `beforeBatch`, `afterBatch`; empty: no check, but a deadline or a cancel.
  std::string check;
  /// The upgrade's error code.
  std::string code;
  /// Runs that ended so.
  std::uint32_t runs = 0;
};

/// How long fewer than `percent` of the instances are available.
struct time_below {
  /// Of N.
  int percent = 0;
  /// Runs in which it happens at all.
  proportion runs;
  /// A run, those in which it never happens included: the median.
  duration p50{0};
  /// What 99 of 100 runs do not exceed.
  duration p99{0};
};

/// How much time goes to one phase.
struct phase_share {
  /// Which phase.
  phase what = phase::action;
  /// Of the time of all runs; all of them together are 1.
  double share = 0.0;
  /// A run.
  duration mean{0};
};

/// Lengths of all runs, in short.
struct duration_quantiles {
  duration p5{0};    ///< What one run in twenty stays below.
  duration p50{0};   ///< The median.
  duration p90{0};   ///< What nine of ten runs stay below.
  duration p99{0};   ///< What 99 of 100 runs stay below.
  duration least{0}; ///< Of the quickest run.
  duration most{0};  ///< Of the slowest run.
  duration mean{0};  ///< Their sum over their number.
};

/// `counts[i]` values lie in [first + i × width, first + (i + 1) × width).
struct histogram {
  /// The least value.
  duration first{0};
  /// Of each bar; > 0.
  duration width{1};
  /// Bar by bar; empty: there are no values.
  std::vector<std::uint32_t> counts;
};

/// Available instances at one moment, as shares of N, over all runs; those that
/// have ended stay as they ended.
struct availability_point {
  duration at{0};   ///< From the start of the runs.
  double p5 = 1.0;  ///< What one run in twenty falls below.
  double p25 = 1.0; ///< What one run in four falls below.
  double p50 = 1.0; ///< The median.
  double p75 = 1.0; ///< What three of four runs fall below.
  double p95 = 1.0; ///< What 19 of 20 runs fall below.
};

/// A batch of one run.
struct batch_span {
  /// From 1.
  std::uint32_t index = 1;
  /// Of its first member; empty: none.
  std::string zone;
  /// Its members.
  std::uint32_t instances = 0;
  /// Those of them that failed.
  std::uint32_t failed = 0;
  /// From the start of the run, as all times here.
  duration begins{0};
  /// When the last action of the batch ended.
  duration actions_end{0};
  /// When its last member had settled.
  duration ends{0};
};

/// A run worth looking at.
struct notable_run {
  /// From 1.
  std::uint32_t run = 0;
  /// `run --seed` takes it, for a file without a `[rehearsal]` table.
  std::uint64_t seed = 0;
  /// How it ended.
  fate::kind what = fate::kind::completed;
  /// faulted: the code.
  std::string code;
  /// From its start to its end.
  duration length{0};
  /// Instances that failed.
  std::uint32_t failed = 0;
  /// The least number of available instances.
  std::uint32_t minimum_available = 0;
};

/// How many instances a bad image reaches before the policy stops it.
struct blast_radius {
  /// Runs in which the image was bad.
  std::uint32_t runs = 0;
  /// Instances that one reaches: the median of these runs.
  std::uint32_t p50 = 0;
  /// What nine of ten of these runs stay at or below.
  std::uint32_t p90 = 0;
  /// In the worst of them.
  std::uint32_t most = 0;
  /// Of these runs, those that ended Faulted.
  proportion stopped;
};

/// How far runs are when a share of the instances has settled: the median over
/// all runs, at 0, 1, …, 100 percent of those that take part.
struct progress_curve {
  /// From the start to that moment.
  std::array<duration, 101> elapsed{};
  /// From that moment to the end.
  std::array<duration, 101> remaining{};
};

/// One run, in short.
struct run_outcome {
  /// From its start to its end.
  duration length{0};
  /// The least number of available instances.
  std::uint32_t minimum_available = 0;
  /// Instances that failed.
  std::uint32_t failed = 0;
  /// How it ended.
  fate::kind what = fate::kind::completed;
};

/// What N rehearsed runs come to.
struct report {
  /// How many.
  std::uint32_t runs = 0;
  /// Of the first run; those of the others follow from it.
  std::uint64_t seed = 0;
  /// In the fleet.
  std::uint32_t instances = 0;
  /// Completed, completed with failures, faults by code, cancelled: those that
  /// can be, in this order, faults by falling odds and then by code.
  std::vector<fate> fates;
  /// How long a run takes, from its start to its end.
  duration_quantiles length;
  /// The same as bars, from the quickest run to the slowest.
  histogram lengths;
  /// The least number of available instances of a run: one in a hundred falls below.
  std::uint32_t minimum_available_p1 = 0;
  /// The same: the median.
  std::uint32_t minimum_available_p50 = 0;
  /// For some percentages, descending from 100.
  std::vector<time_below> below;
  /// One for each `phase`, in their order.
  std::vector<phase_share> phases;
  /// By falling number of runs.
  std::vector<bad_end> bad_ends;
  /// From the start of the runs to the end of the longest; ascending.
  std::vector<availability_point> availability;
  /// The run whose length is the median.
  notable_run median;
  /// The batches of that run.
  std::vector<batch_span> median_batches;
  /// The worst first: faulted ones, then those with the most failures, then the
  /// longest; ten at most.
  std::vector<notable_run> worst;
  /// Set when images can be bad.
  std::optional<blast_radius> blast;
  /// How far runs are at which time; of the first runs, where there are many.
  progress_curve progress;
  /// Run by run.
  std::vector<run_outcome> outcomes;

  /// The odds of one way to end; `code` for faults. None: 0 of `runs`.
  [[nodiscard]] proportion odds(fate::kind what, std::string_view code = {}) const;
  /// All faults together.
  [[nodiscard]] proportion faulted() const;
};

/// How a setting differs from another one under the same seeds, run by run.
struct difference {
  /// Pairs of runs that completed under both settings: lengths are compared in these
  /// alone, for a run that faults early is no quick one.
  std::uint32_t pairs = 0;
  /// Of these, those that took less time.
  proportion shorter;
  /// The median of the differences in length, and where it lies with 95 %
  /// confidence (by ranks; not known for fewer than six pairs); negative: shorter.
  duration length{0};
  duration length_low{0};  ///< The interval's lower end.
  duration length_high{0}; ///< The interval's upper end.
  /// Whether there are pairs enough for an interval.
  [[nodiscard]] bool has_interval() const { return pairs >= 6; }
  /// The mean difference of the least number of available instances.
  double minimum_available = 0.0;
  /// In how many runs only this setting faulted.
  std::uint32_t faulted_here = 0;
  /// In how many runs only the other one faulted.
  std::uint32_t faulted_there = 0;
};

/// How far an upgrade is that really runs; times from its start.
struct progress_so_far {
  /// Instances that have settled.
  std::uint32_t settled = 0;
  /// Instances that take part.
  std::uint32_t taking_part = 0;
  /// When the last of them settled.
  duration last_settled{0};
  /// How long it runs.
  duration now{0};
};

/// How long the upgrade will still take: the rehearsed rest, stretched by how much
/// slower or faster than rehearsed it was so far (four times at most). ≥ 0.
[[nodiscard]] duration remaining_at(const progress_curve& curve,
                                    const progress_so_far& so_far);

/// Compares run by run; both must be of the same runs and seed.
[[nodiscard]] difference compare(const report& here, const report& there);

/// One of several settings laid side by side.
struct variant {
  /// `max_batch_instance_percent = 10`, or a file's name.
  std::string name;
  /// What its runs come to.
  report result;
  /// Against the first setting; nothing for the first itself.
  std::optional<difference> against_first;
};

} // namespace drydock::inline v1::rehearsal
