// SPDX-License-Identifier: Apache-2.0
#include "process_table.hpp"

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace drydock::drivers;

TEST_CASE("a line about a process is read whatever the process is called") {
  const auto x = parse_process_facts(
    "4711 (a b) (c) S 1 4700 4700 0 -1 4194560 117 0 0 0 1 2 0 0 20 0 1 0 987654 0 0");
  REQUIRE(x.has_value());
  CHECK(x->pid == 4711);
  CHECK(x->state == 'S');
  CHECK(x->group == 4700);
  CHECK(x->start == 987654);
  CHECK(x->lives());
  CHECK(parse_process_facts("1 (\n) Z 1 2 2 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5")
          .value_or(process_facts{})
          .start
        == 5);
}

TEST_CASE("what is no line about a process is none") {
  for (const auto* text :
       {"", "4711", "4711 (sh) S 1 4700",
        "x (sh) S 1 2 2 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5",
        "1 (sh) S 1 x 2 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5",
        "1 (sh) S 1 2 2 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 x",
        "1 (sh) SS 1 2 2 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5", ") (", " ()"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_process_facts(text).has_value());
  }
}

TEST_CASE("a process is found until it is buried, and lives until it ended") {
  const auto self = look_up_process(::getpid());
  REQUIRE(self.has_value());
  CHECK(self->pid == ::getpid());
  CHECK(self->lives());
  CHECK(self->group == ::getpgrp());
  CHECK(seconds_since_start(*self) >= 0);
  CHECK(seconds_since_start(*self) < 24 * 3600);

  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    ::_exit(0);
  }
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0);
  const auto dead = look_up_process(child);
  REQUIRE(dead.has_value());
  CHECK_FALSE(dead->lives());
  CHECK(dead->start >= self->start);
  CHECK_FALSE(has_living_member(child));
  ::waitpid(child, nullptr, 0);
  CHECK_FALSE(look_up_process(child).has_value());
}

TEST_CASE("a run of the machine has a name that stays") {
  CHECK(boot_id().size() == 36);
  CHECK(boot_id() == boot_id());
}
