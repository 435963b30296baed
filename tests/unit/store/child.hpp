// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include <sys/types.h>

namespace drydock::test {

/// A child process and the pipe it writes to; killed and reaped with its object.
class child {
public:
  /// `work` is given the end of the pipe to write to; the child ends after it.
  explicit child(const std::function<void(int)>& work);
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child();

  [[nodiscard]] pid_t process() const { return process_; }
  /// Up to `size` bytes; fewer once the child has closed its end.
  [[nodiscard]] std::string read(std::size_t size) const;
  [[nodiscard]] std::string read_all() const;
  /// SIGKILL; the child stays a zombie until `reap`.
  void kill() const;
  void reap();

private:
  pid_t process_ = -1;
  int from_ = -1;
};

/// What `work` says in a child without the rights of root.
[[nodiscard]] std::string said_by_nobody(const std::function<std::string()>& work);
/// What `work` says in a child where `folder` is a disk of its own, of so many bytes;
/// empty where this process may not mount one.
[[nodiscard]] std::string said_on_small_disk(const std::string& folder,
                                             std::size_t bytes,
                                             const std::function<std::string()>& work);

} // namespace drydock::test
