// SPDX-License-Identifier: Apache-2.0
#include "run_lock.hpp"

#include "drydock/config/state_path.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace drydock::cli {

run_lock::run_lock(run_lock&& other) noexcept
  : descriptor_(std::exchange(other.descriptor_, -1)) {}

run_lock::~run_lock() {
  // The file stays: removing it would race with whoever opened it meanwhile.
  if (descriptor_ >= 0)
    close(descriptor_);
}

namespace {

constexpr std::string_view watch_mark = " watch";

std::string describe_owner(std::string owner, const std::filesystem::path& file) {
  while (!owner.empty() && owner.back() == '\n')
    owner.pop_back();
  const auto watches = owner.ends_with(watch_mark);
  if (watches)
    owner.resize(owner.size() - watch_mark.size());
  const auto who = "OperationNotAllowed: process " + (owner.empty() ? "?" : owner);
  return watches ? who + " watches this fleet file (`drydock watch " + file.string()
                     + "`): it upgrades the fleet when the file changes; change the "
                       "file, or stop that process first"
                 : who
                     + " is running this fleet file; wait for its end or cancel it "
                       "first";
}

} // namespace

std::optional<std::string> run_lock::take(const std::filesystem::path& file,
                                          bool watches) {
  const auto name = config::state_path(file, ".lock");
  descriptor_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0)
    return "cannot open " + name + " (" + std::strerror(errno)
           + "); make its folder writable";
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    char text[32] = {};
    const auto length = pread(descriptor_, text, sizeof text - 1, 0);
    return describe_owner({text, length > 0 ? static_cast<std::size_t>(length) : 0},
                          file);
  }
  const auto mine =
    std::to_string(getpid()) + (watches ? std::string(watch_mark) : "") + "\n";
  if (ftruncate(descriptor_, 0) != 0
      || pwrite(descriptor_, mine.data(), mine.size(), 0) < 0)
    return "cannot write " + name + " (" + std::strerror(errno) + "); make room for it";
  return std::nullopt;
}

} // namespace drydock::cli
