// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace drydock::cli {

/// Keeps two runs of one fleet file apart, by whatever names they call it: `flock` on
/// `FILE.lock` (`config::state_path`), which holds the owner's process number. The
/// kernel lets go of it when the owner ends, however it ends.
class run_lock {
public:
  run_lock() = default;
  run_lock(run_lock&& other) noexcept;
  run_lock& operator=(run_lock&&) = delete;
  ~run_lock();

  /// Takes the lock, or says in one sentence why not.
  /// `watches`: for as long as somebody wants, and others are told so.
  [[nodiscard]] std::optional<std::string> take(const std::filesystem::path& file,
                                                bool watches = false);

private:
  int descriptor_ = -1;
};

} // namespace drydock::cli
