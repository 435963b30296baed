// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::drivers {

/// What the kernel says of a process, living or not yet buried.
struct process_facts {
  int pid = 0;
  char state = '?';
  /// Of its process group.
  int group = 0;
  /// When it began, in ticks since the machine did. With the number of the process it
  /// names one process for as long as the machine runs.
  std::uint64_t start = 0;

  /// Whether it can still do anything.
  [[nodiscard]] bool lives() const { return state != 'Z' && state != 'X'; }
};

/// Reads what `/proc/PID/stat` holds; nothing when it is something else.
[[nodiscard]] std::optional<process_facts> parse_process_facts(std::string_view text);

/// The process of that number; nothing when there is none.
[[nodiscard]] std::optional<process_facts> look_up_process(int pid);

/// Whether anybody in the process group still runs. The kernel counts the dead in whom
/// nobody has buried; where no init does that, they would be waited for.
[[nodiscard]] bool has_living_member(int group);

/// Names this run of the machine; empty when it has no name.
[[nodiscard]] std::string boot_id();

/// How long the process has run.
[[nodiscard]] double seconds_since_start(const process_facts& x);

} // namespace drydock::drivers
