// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "process_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::drivers {

/// A file that tells of one running step, for a later process to find when this one
/// is killed. It is made before the child; the child itself writes its number and
/// start into it, before it becomes the command. So there is no moment in which a
/// command runs and no file says so.
///
/// Nothing else tells a command from the servers it leaves behind: they inherit its
/// environment, its files, and its group unless they make one. No search of the
/// process table would do. Boot, number and start time name one process for good, so
/// that a number used again misleads nobody. A loss of power leaves files behind, but
/// no processes: they need not be on the disk.
struct running_record {
  /// Where it is.
  std::string path;
  /// Whose step.
  std::string instance;
  /// What it is called in its log's name.
  std::string name;
  /// Its process.
  process_facts process;

  /// What stands in the file before what the child writes. `instance` has no line
  /// breaks.
  [[nodiscard]] static std::string header(std::string_view instance);

  /// Makes the file anew and writes `text` to it; gives a descriptor for more, or -1
  /// if there is none or `path` is empty.
  [[nodiscard]] static int open(const std::string& path, const std::string& text);

  static void remove(const std::string& path);

  /// Reads a file; nothing when it tells of no process of this run of the machine.
  [[nodiscard]] static std::optional<running_record> read(const std::string& path);

  /// Those in a folder that still run. The others are taken away.
  [[nodiscard]] static std::vector<running_record>
  find_running(const std::string& directory);

  /// Whether the process itself still runs.
  [[nodiscard]] bool runs() const;
};

} // namespace drydock::drivers
