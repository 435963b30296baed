// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/text.hpp"

#include "samples.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace drydock::journal;
using namespace drydock::journal::testing;
using namespace drydock::engine;
using namespace std::chrono_literals;

TEST_CASE("every input is one line for people") {
  const auto instances = generated_fleet(10);
  std::string lines;
  for (const auto& in : all_inputs())
    lines += to_text(in, *instances) + '\n';
  CHECK(lines == R"(start
web-7 is healthy
#4294967295 is unknown, phase -5, to be skipped
web-0 is unhealthy, phase -9223372036854775808
web-1 is initializing
web-3 settled: succeeded
web-2 settled: HealthTimeout (no answer), its action failed
web-2 settled: succeeded, its action failed, nothing begun
web-9 settled: RollingUpgradeCanceled, nothing begun
#12 is released
web-5 begins before_instance
web-6 begins after_instance, attempt 70000
web-6 begins terminate_notification
web-6 begins none, attempt 0
web-6 ends reimage: succeeded
web-8 ends after_instance, attempt 3: withdrawn (it "broke")
timer 0 fires
timer 4294967295 fires
cancel at once, by ops
cancel, by 
#1000 is gone
internal error (a part died)
internal error
resume in another process
hook request 1: succeeded
hook request 70000: timed_out (late)
approved by ops, question 1
rejected by , question 70000 (too slow)
guard 0: holds
guard 70000: fails (errors > 1 %)
share of 2, request 70000: shared budget of 3: database holds 1, the health of web is not known yet
share of 0, request 0: shared budget of 0
stop keeping
suspend repairs, by ops
resume repairs, by 
)");
}

TEST_CASE("every command is one line for people") {
  const auto instances = generated_fleet(10);
  std::string lines;
  for (const auto& c : all_commands())
    lines += to_text(c, *instances) + '\n';
  lines += to_text(command::publish{}, *instances) + '\n';
  CHECK(lines == R"(roll back 5 instances: web-3 web-1 web-2 #4294967295 web-0
create 1 instance: web-3
replaced, delete 1 instance: web-3
discard 2 instances: web-3 web-4
start 0 instances
repair 1 instance: web-5
recover 5 instances: web-4 acting, attempt 2, in rollback; web-7 acted, being discarded; web-9 undraining; web-8 drained, attempt 2, in repair; web-1 nothing known, attempt 4294967295
recover 0 instances
cancel members at once
cancel members
drop #17
arm timer 1 for 1860 s
arm timer 4294967295 for -9223372036.854775808 s
arm timer 0 for 9223372036.854775807 s
run before_upgrade as request 1
run after_upgrade of batch 7, attempt 2 as request 70000
end hook request 70000
ask whether to pass checkpoint 25, question 3
ask for 4294967295 of the shared budget, with 3 unavailable and 2 kept, as request 70000
finish
tell
)");
}

TEST_CASE("long lists are cut, and what drivers say stays on its line") {
  const auto instances = generated_fleet(30);
  command::start_members many;
  many.instances.resize(25);
  std::iota(many.instances.begin(), many.instances.end(), 0U);
  CHECK(to_text(many, *instances)
        == "start 25 instances: web-0 web-1 web-2 web-3 web-4 web-5 web-6 web-7 web-8 "
           "web-9 web-10 web-11 web-12 web-13 web-14 web-15 web-16 web-17 web-18 "
           "web-19 …");
  CHECK(to_text(input::internal_error{"two\nlines\t\x1b[31m"}, *instances)
        == "internal error (two\\nlines\\t\\x1b[31m)");
}

TEST_CASE("instants are exact") {
  CHECK(to_text(instant{}) == "0 s");
  CHECK(to_text(instant{90s}) == "90 s");
  CHECK(to_text(instant{90s + 500ms}) == "90.5 s");
  CHECK(to_text(instant{30min + 1ns}) == "1800.000000001 s");
  CHECK(to_text(instant{-250ms}) == "-0.25 s");
}
