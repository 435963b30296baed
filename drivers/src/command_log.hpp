// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace drydock::drivers {

/// The output files of one upgrade's commands, in a folder that is made when
/// the first of them is. Lacking logs stop nobody: failures are silent.
class command_log {
public:
  /// An empty `directory`: no logs.
  command_log(const std::string& directory, std::string_view upgrade_id);

  /// Makes the folder and returns the path for `name` in it; empty if there is
  /// no folder to be had.
  [[nodiscard]] std::string open(const std::string& name) const;

  /// The folder of the records of what runs; empty if there are no logs.
  [[nodiscard]] std::string running() const;

  /// Makes that folder and returns the path for `name` in it; empty if there is none
  /// to be had.
  [[nodiscard]] std::string open_record(const std::string& name) const;

  /// Takes that folder away if nothing is in it.
  void remove_running() const;

  /// Appends to a file made by `open`.
  static void append(const std::string& path, std::string_view text);

  /// The bytes of a file; 0: there is none.
  [[nodiscard]] static std::size_t size_of(const std::string& path);
  /// What stands at the end of a file, after its first `from` bytes: no more than one
  /// can say in a few lines.
  [[nodiscard]] static std::string read_end(const std::string& path, std::size_t from);

  /// Removes the file if nothing was written to it.
  static void remove_if_empty(const std::string& path);

private:
  std::string directory_;
};

} // namespace drydock::drivers
