// SPDX-License-Identifier: Apache-2.0
#include "file_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace drydock::drivers {

namespace {

/// For logs, pipes of children, and whatever else the program has open.
constexpr rlim_t reserved = 256;

} // namespace

std::size_t allow_connections(std::size_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return connections;
  auto wanted = static_cast<rlim_t>(connections) + reserved;
  if (limit.rlim_cur < wanted) {
    auto before = limit.rlim_cur;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
      limit.rlim_cur = before;
  }
  auto left =
    limit.rlim_cur > 2 * reserved ? limit.rlim_cur - reserved : limit.rlim_cur / 2;
  return static_cast<std::size_t>(
    std::clamp<rlim_t>(left, 1, std::max<rlim_t>(connections, 1)));
}

} // namespace drydock::drivers
