// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace drydock::bench {

/// What one measurement does.
struct task {
  /// `drydock`, `events`, `journal`, `half`, `resume`, `library`, `plan`, `resident` or
  /// `pooled`.
  std::string kind = "drydock";
  std::uint32_t instances = 100'000;
  /// Of the scheduler; 0: one a core.
  std::size_t threads = 0;
  bool virtual_clock = false;
  /// Where `events` writes.
  std::string events_file;
  /// Where `journal` and `half` write, and `resume` reads what `half` has written.
  std::string journal_file;
};

/// What it came to.
struct measurement {
  /// From an empty process to the last instance settled.
  double seconds = 0.0;
  /// Peak resident memory of the process at that moment.
  std::uint64_t rss_bytes = 0;
  /// What the listener of the upgrade heard.
  std::uint64_t events = 0;
  /// Empty: the result was what it must be.
  std::string problem;
};

/// Runs in a process that has done nothing before.
[[nodiscard]] measurement run_drydock(const task& t);
[[nodiscard]] measurement run_journal(const task& t);
[[nodiscard]] measurement run_half(const task& t);
[[nodiscard]] measurement run_resume(const task& t);
[[nodiscard]] measurement run_library(const task& t);
[[nodiscard]] measurement run_plan(const task& t);
[[nodiscard]] measurement run_resident_floor(const task& t);
[[nodiscard]] measurement run_pooled_floor(const task& t);

/// Does `t` in this process.
[[nodiscard]] measurement measure_here(const task& t);

/// Does `t` in a process of its own, started anew from this program's file.
[[nodiscard]] measurement measure_apart(const task& t);

/// Prints a measurement the way `measure_apart` reads it.
void print_for_parent(const measurement& m);

/// When this process began its work.
extern const std::chrono::steady_clock::time_point process_start;

/// Seconds since then and peak memory so far.
[[nodiscard]] measurement measured_until_now();

/// The threads that a task's scheduler has.
[[nodiscard]] std::size_t threads_of(const task& t);

/// Members of one batch of 20 %; the same for drydock and the floors.
[[nodiscard]] constexpr std::uint32_t batch_members(std::uint32_t instances) {
  const auto fifth = static_cast<std::uint32_t>(std::uint64_t{instances} * 20 / 100);
  return fifth > 0 ? fifth : 1;
}

/// The name of the allocator that the program is linked with.
[[nodiscard]] std::string allocator_name();

} // namespace drydock::bench
