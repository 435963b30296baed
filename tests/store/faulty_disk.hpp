// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace drydock::test {

/// A disk on which things go wrong. While it is there it lies under each SQLite file
/// that is opened; one at a time. Files are closed before it goes.
class faulty_disk {
public:
  enum class fault : std::uint8_t {
    /// There is no room.
    full,
    /// Nothing is written, and that is told.
    failed,
    /// The first half is written, and failure is told.
    torn,
  };

  faulty_disk();
  faulty_disk(const faulty_disk&) = delete;
  faulty_disk& operator=(const faulty_disk&) = delete;
  ~faulty_disk();

  /// The `number`-th write from now fails, from 1, and with `for_good` all after it.
  void fail_write(std::uint64_t number, fault what, bool for_good);
  /// The same of flushes to the disk.
  void fail_sync(std::uint64_t number, bool for_good);
  /// Nothing fails any more.
  void heal();

  /// How often that was done since the disk was made.
  [[nodiscard]] std::uint64_t writes() const { return writes_; }
  [[nodiscard]] std::uint64_t syncs() const { return syncs_; }
  /// A fault has come to pass.
  [[nodiscard]] bool has_failed() const { return has_failed_; }

  /// From now on nothing reaches the disk, nor has any of what was written since the
  /// last flush of its file, but for parts by chance.
  void lose_power(std::uint64_t seed);
  /// The files are as they are after that; those who had them open have closed them.
  void power_on();

private:
  friend struct faulty_file;
  friend struct faulty_calls;

  /// What was done to a file since it was last flushed; `bytes` empty: it was cut.
  struct change {
    std::int64_t at = 0;
    std::string bytes;
  };
  struct state {
    std::string flushed;
    std::vector<change> changes;
  };

  /// Counts one more, and says whether it fails.
  bool strikes(std::uint64_t& count, std::uint64_t at, bool for_good);
  void apply(std::string& content, const change& one);

  std::mutex mutex_;
  std::map<std::string, state> files_;
  std::uint64_t writes_ = 0;
  std::uint64_t syncs_ = 0;
  std::uint64_t fail_write_at_ = 0;
  std::uint64_t fail_sync_at_ = 0;
  bool for_good_ = false;
  fault what_ = fault::failed;
  bool has_failed_ = false;
  bool has_power_ = true;
  std::mt19937_64 chance_;
  sqlite3_vfs* real_ = nullptr;
  std::unique_ptr<sqlite3_vfs> shim_;
};

} // namespace drydock::test
