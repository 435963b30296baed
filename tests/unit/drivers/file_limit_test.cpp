// SPDX-License-Identifier: Apache-2.0
#include "file_limit.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

using drydock::drivers::allow_connections;

TEST_CASE("the limit of open files is raised when connections ask for it") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE(before.rlim_max >= 1024);
  rlimit low = before;
  low.rlim_cur = 600;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  rlimit now{};

  CHECK(allow_connections(100) == 100); // fits as it is
  ::getrlimit(RLIMIT_NOFILE, &now);
  CHECK(now.rlim_cur == 600);

  CHECK(allow_connections(700) == 700); // 256 are kept for everything else
  ::getrlimit(RLIMIT_NOFILE, &now);
  CHECK(now.rlim_cur == 956);

  CHECK(allow_connections(0) == 1);
  ::setrlimit(RLIMIT_NOFILE, &before);
}
