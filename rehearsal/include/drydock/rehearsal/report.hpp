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
inline constexpr std::size_t phases = 7;
[[nodiscard]] std::string_view to_string(phase x); // "slowest"

/// One way to end, and how likely it is.
struct fate {
  enum class kind : std::uint8_t {
    completed,
    completed_with_failures,
    faulted,
    cancelled
  };
  kind what = kind::completed;
  /// faulted: the code.
  std::string code;
  proportion odds;
};

/// Where runs end that do not complete.
struct bad_end {
  /// From 1: the batch that was judged, or was not to begin; without a check the
  /// last one that began, 0: none did.
  std::uint32_t batch = 0;
  /// `beforeBatch`, `afterBatch`; empty: no check, but a deadline or a cancel.
  std::string check;
  std::string code;
  std::uint32_t runs = 0;
};

/// How long fewer than `percent` of the instances are available.
struct time_below {
  int percent = 0;
  /// Runs in which it happens at all.
  proportion runs;
  duration p50{0};
  duration p99{0};
};

struct phase_share {
  phase what = phase::action;
  /// Of the time of all runs; all of them together are 1.
  double share = 0.0;
  /// A run.
  duration mean{0};
};

struct duration_quantiles {
  duration p5{0}, p50{0}, p90{0}, p99{0}, least{0}, most{0}, mean{0};
};

/// `counts[i]` values lie in [first + i × width, first + (i + 1) × width).
struct histogram {
  duration first{0};
  duration width{1};
  std::vector<std::uint32_t> counts;
};

/// Available instances at one moment, as shares of N, over all runs; those that
/// have ended stay as they ended.
struct availability_point {
  duration at{0};
  double p5 = 1.0, p25 = 1.0, p50 = 1.0, p75 = 1.0, p95 = 1.0;
};

/// A batch of one run.
struct batch_span {
  std::uint32_t index = 1;
  std::string zone;
  std::uint32_t instances = 0;
  std::uint32_t failed = 0;
  duration begins{0};
  /// When the last action of the batch ended.
  duration actions_end{0};
  duration ends{0};
};

/// A run worth looking at.
struct notable_run {
  /// From 1.
  std::uint32_t run = 0;
  /// `run --seed` takes it, for a file without a `[rehearsal]` table.
  std::uint64_t seed = 0;
  fate::kind what = fate::kind::completed;
  std::string code;
  duration length{0};
  std::uint32_t failed = 0;
  std::uint32_t minimum_available = 0;
};

/// How many instances a bad image reaches before the policy stops it.
struct blast_radius {
  /// Runs in which the image was bad.
  std::uint32_t runs = 0;
  std::uint32_t p50 = 0;
  std::uint32_t p90 = 0;
  std::uint32_t most = 0;
  /// Of these runs, those that ended Faulted.
  proportion stopped;
};

/// How far runs are when a share of the instances has settled: the median over
/// all runs, at 0, 1, …, 100 percent of those that take part.
struct progress_curve {
  std::array<duration, 101> elapsed{};
  std::array<duration, 101> remaining{};
};

/// One run, in short.
struct run_outcome {
  duration length{0};
  std::uint32_t minimum_available = 0;
  std::uint32_t failed = 0;
  fate::kind what = fate::kind::completed;
};

/// What N rehearsed runs come to.
struct report {
  std::uint32_t runs = 0;
  std::uint64_t seed = 0;
  std::uint32_t instances = 0;
  /// Completed, completed with failures, faults by code, cancelled: those that
  /// can be, in this order, faults by falling odds and then by code.
  std::vector<fate> fates;
  duration_quantiles length;
  histogram lengths;
  /// The least number of available instances of a run.
  std::uint32_t minimum_available_p1 = 0;
  std::uint32_t minimum_available_p50 = 0;
  std::vector<time_below> below;
  std::vector<phase_share> phases;
  /// By falling number of runs.
  std::vector<bad_end> bad_ends;
  std::vector<availability_point> availability;
  /// The run whose length is the median.
  notable_run median;
  std::vector<batch_span> median_batches;
  /// The worst first: faulted ones, then those with the most failures, then the
  /// longest; ten at most.
  std::vector<notable_run> worst;
  /// Set when images can be bad.
  std::optional<blast_radius> blast;
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
  duration length{0}, length_low{0}, length_high{0};
  [[nodiscard]] bool has_interval() const { return pairs >= 6; }
  /// The mean difference of the least number of available instances.
  double minimum_available = 0.0;
  /// In how many runs only this setting faulted, and only the other.
  std::uint32_t faulted_here = 0, faulted_there = 0;
};

/// How far an upgrade is that really runs; times from its start.
struct progress_so_far {
  /// Instances that have settled, and that take part.
  std::uint32_t settled = 0;
  std::uint32_t taking_part = 0;
  duration last_settled{0};
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
  report result;
  /// Against the first setting; nothing for the first itself.
  std::optional<difference> against_first;
};

} // namespace drydock::inline v1::rehearsal
