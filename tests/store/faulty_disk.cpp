// SPDX-License-Identifier: Apache-2.0
#include "faulty_disk.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <sstream>

namespace drydock::test {

/// What SQLite holds for an open file; that of the real disk lies behind it.
struct faulty_file {
  sqlite3_file base;
  faulty_disk* disk;
  /// Null: a file without name, or one whose loss nobody minds.
  faulty_disk::state* state;

  static faulty_file& of(sqlite3_file* x) { return *reinterpret_cast<faulty_file*>(x); }
  static sqlite3_file* real(sqlite3_file* x) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(x)
                                           + sizeof(faulty_file));
  }
};

struct faulty_calls {
  static int close(sqlite3_file* x) {
    auto* real = faulty_file::real(x);
    return real->pMethods == nullptr ? SQLITE_OK : real->pMethods->xClose(real);
  }

  static int read(sqlite3_file* x, void* to, int size, sqlite3_int64 at) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xRead(real, to, size, at);
  }

  static int write(sqlite3_file* x, const void* from, int size, sqlite3_int64 at) {
    auto& file = faulty_file::of(x);
    auto* real = faulty_file::real(x);
    auto& disk = *file.disk;
    std::lock_guard guard(disk.mutex_);
    if (!disk.has_power_)
      return SQLITE_IOERR_WRITE;
    const bool fails = disk.strikes(disk.writes_, disk.fail_write_at_, disk.for_good_);
    if (fails && disk.what_ == faulty_disk::fault::full)
      return SQLITE_FULL;
    if (fails && disk.what_ == faulty_disk::fault::failed)
      return SQLITE_IOERR_WRITE;
    const int written = fails ? size / 2 : size;
    const int code = real->pMethods->xWrite(real, from, written, at);
    if (file.state != nullptr && written > 0)
      file.state->changes.push_back(
        {at, std::string(static_cast<const char*>(from),
                         static_cast<std::size_t>(written))});
    return fails ? SQLITE_IOERR_WRITE : code;
  }

  static int truncate(sqlite3_file* x, sqlite3_int64 size) {
    auto& file = faulty_file::of(x);
    auto* real = faulty_file::real(x);
    std::lock_guard guard(file.disk->mutex_);
    if (!file.disk->has_power_)
      return SQLITE_IOERR_TRUNCATE;
    if (file.state != nullptr)
      file.state->changes.push_back({size, {}});
    return real->pMethods->xTruncate(real, size);
  }

  static int sync(sqlite3_file* x, int flags) {
    auto& file = faulty_file::of(x);
    auto* real = faulty_file::real(x);
    auto& disk = *file.disk;
    std::lock_guard guard(disk.mutex_);
    if (!disk.has_power_
        || disk.strikes(disk.syncs_, disk.fail_sync_at_, disk.for_good_))
      return SQLITE_IOERR_FSYNC;
    if (file.state != nullptr) {
      for (const auto& one : file.state->changes)
        disk.apply(file.state->flushed, one);
      file.state->changes.clear();
    }
    return real->pMethods->xSync(real, flags);
  }

  static int file_size(sqlite3_file* x, sqlite3_int64* size) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xFileSize(real, size);
  }

  static int lock(sqlite3_file* x, int level) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xLock(real, level);
  }

  static int unlock(sqlite3_file* x, int level) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xUnlock(real, level);
  }

  static int check_lock(sqlite3_file* x, int* is_locked) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xCheckReservedLock(real, is_locked);
  }

  static int control(sqlite3_file* x, int what, void* argument) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xFileControl(real, what, argument);
  }

  static int sector_size(sqlite3_file* x) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xSectorSize(real);
  }

  static int characteristics(sqlite3_file* x) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xDeviceCharacteristics(real);
  }

  static int map(sqlite3_file* x, int region, int size, int extend,
                 void volatile** memory) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xShmMap(real, region, size, extend, memory);
  }

  static int lock_map(sqlite3_file* x, int offset, int count, int flags) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xShmLock(real, offset, count, flags);
  }

  static void barrier(sqlite3_file* x) {
    auto* real = faulty_file::real(x);
    real->pMethods->xShmBarrier(real);
  }

  static int unmap(sqlite3_file* x, int remove) {
    auto* real = faulty_file::real(x);
    return real->pMethods->xShmUnmap(real, remove);
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods result = [] {
      sqlite3_io_methods x{};
      x.iVersion = 2;
      x.xClose = close;
      x.xRead = read;
      x.xWrite = write;
      x.xTruncate = truncate;
      x.xSync = sync;
      x.xFileSize = file_size;
      x.xLock = lock;
      x.xUnlock = unlock;
      x.xCheckReservedLock = check_lock;
      x.xFileControl = control;
      x.xSectorSize = sector_size;
      x.xDeviceCharacteristics = characteristics;
      x.xShmMap = map;
      x.xShmLock = lock_map;
      x.xShmBarrier = barrier;
      x.xShmUnmap = unmap;
      return x;
    }();
    return &result;
  }

  static int open(sqlite3_vfs* shim, const char* name, sqlite3_file* x, int flags,
                  int* flags_then) {
    auto& disk = *static_cast<faulty_disk*>(shim->pAppData);
    auto* real = faulty_file::real(x);
    x->pMethods = nullptr;
    real->pMethods = nullptr;
    const int code = disk.real_->xOpen(disk.real_, name, real, flags, flags_then);
    if (code != SQLITE_OK)
      return code;
    auto* file = new (x) faulty_file{{methods()}, &disk, nullptr};
    if (name != nullptr) {
      std::lock_guard guard(disk.mutex_);
      const auto known = disk.files_.find(name);
      if (known == disk.files_.end()) {
        // What is there before the first look has been there long.
        std::ostringstream content;
        content << std::ifstream(name, std::ios::binary).rdbuf();
        disk.files_[name].flushed = content.str();
      }
      file->state = &disk.files_[name];
    }
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* shim, const char* name, int sync_folder) {
    auto& disk = *static_cast<faulty_disk*>(shim->pAppData);
    std::lock_guard guard(disk.mutex_);
    if (!disk.has_power_)
      return SQLITE_IOERR_DELETE;
    // Its state stays for who has it open: the next file of this name begins empty.
    if (const auto known = disk.files_.find(name); known != disk.files_.end())
      known->second = {};
    return disk.real_->xDelete(disk.real_, name, sync_folder);
  }
};

faulty_disk::faulty_disk() : real_(sqlite3_vfs_find(nullptr)) {
  shim_ = std::make_unique<sqlite3_vfs>(*real_);
  shim_->zName = "faulty";
  shim_->szOsFile = real_->szOsFile + static_cast<int>(sizeof(faulty_file));
  shim_->pAppData = this;
  shim_->pNext = nullptr;
  shim_->xOpen = faulty_calls::open;
  shim_->xDelete = faulty_calls::remove;
  sqlite3_vfs_register(shim_.get(), 1);
}

faulty_disk::~faulty_disk() {
  sqlite3_vfs_unregister(shim_.get());
  sqlite3_vfs_register(real_, 1);
}

void faulty_disk::fail_write(std::uint64_t number, fault what, bool for_good) {
  std::lock_guard guard(mutex_);
  fail_write_at_ = writes_ + number;
  what_ = what;
  for_good_ = for_good;
}

void faulty_disk::fail_sync(std::uint64_t number, bool for_good) {
  std::lock_guard guard(mutex_);
  fail_sync_at_ = syncs_ + number;
  for_good_ = for_good;
}

void faulty_disk::heal() {
  std::lock_guard guard(mutex_);
  fail_write_at_ = fail_sync_at_ = 0;
  has_failed_ = false;
}

bool faulty_disk::strikes(std::uint64_t& count, std::uint64_t at, bool for_good) {
  ++count;
  const bool fails = at != 0 && (for_good ? count >= at : count == at);
  has_failed_ = has_failed_ || fails;
  return fails;
}

void faulty_disk::apply(std::string& content, const change& one) {
  const auto at = static_cast<std::size_t>(one.at);
  if (one.bytes.empty()) {
    content.resize(std::min(content.size(), at));
    return;
  }
  content.resize(std::max(content.size(), at + one.bytes.size()));
  content.replace(at, one.bytes.size(), one.bytes);
}

void faulty_disk::lose_power(std::uint64_t seed) {
  std::lock_guard guard(mutex_);
  has_power_ = false;
  chance_.seed(seed);
}

void faulty_disk::power_on() {
  std::lock_guard guard(mutex_);
  constexpr std::size_t sector = 512;
  for (auto& [name, was] : files_) {
    if (!std::filesystem::exists(name))
      continue;
    auto content = was.flushed;
    for (auto one : was.changes) {
      // Half of them are lost, some are torn at a sector's end.
      const auto draw = chance_() % 8;
      if (draw < 4)
        continue;
      if (draw == 4 && one.bytes.size() > sector)
        one.bytes.resize(sector * (1 + chance_() % (one.bytes.size() / sector)));
      apply(content, one);
    }
    std::ofstream(name, std::ios::binary | std::ios::trunc) << content;
    std::filesystem::remove(name + "-shm");
  }
  files_.clear();
  has_power_ = true;
}

} // namespace drydock::test
