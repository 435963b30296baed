// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;
using engine::upgrade_hook;

namespace {

const std::string mode =
  "[health.command]\nargv = [\"true\"]\n[upgrade_policy]\nmode = \"rolling\"\n";
const std::string commands = R"([driver]
kind = "command"
[driver.command]
)";

std::size_t slot(upgrade_hook x) {
  return static_cast<std::size_t>(x);
}

engine::upgrade_commands commands_of(const std::string& keys) {
  return std::get<engine::command_spec>(loaded(head + mode + commands + keys).driver)
    .around;
}

engine::simulated_surroundings simulation_of(const std::string& keys) {
  const auto file = loaded(head + mode + driver + keys);
  return std::get<engine::simulated_spec>(file.driver).around;
}

} // namespace

TEST_CASE("commands around an upgrade are read") {
  const auto x = commands_of(R"(approve = ["./ask", "{checkpoint}", "{upgrade}"]
approve_interval = "5s"
[driver.command.hooks]
before_upgrade = ["./a", "{upgrade}"]
before_batch = ["./b"]
after_batch = ["./c", "{scale_set.name}"]
after_upgrade = ["./d"]
)");
  CHECK(x.approve == std::vector<std::string>{"./ask", "{checkpoint}", "{upgrade}"});
  CHECK(x.approve_interval == 5s);
  CHECK(x.hooks[slot(upgrade_hook::before_upgrade)].front() == "./a");
  CHECK(x.hooks[slot(upgrade_hook::before_batch)].front() == "./b");
  CHECK(x.hooks[slot(upgrade_hook::after_batch)].front() == "./c");
  CHECK(x.hooks[slot(upgrade_hook::after_upgrade)].front() == "./d");
  CHECK(hooks_of(x) == engine::upgrade_hooks{true, true, true, true});
  const auto none = commands_of("");
  CHECK(none.approve.empty());
  CHECK(none.approve_interval == 30s);
  CHECK(hooks_of(none) == engine::upgrade_hooks{});
}

TEST_CASE("commands around an upgrade belong to no instance") {
  const auto errors = [](const std::string& keys) {
    return all_errors(head + mode + commands + keys);
  };
  const auto has = [&](const std::string& keys, const char* part) {
    const auto text = errors(keys);
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  };
  has("approve = [\"./a\", \"{instance.id}\"]",
      "approve has an unknown placeholder: {instance.id}; this command belongs to no "
      "instance");
  has("[driver.command.hooks]\nbefore_batch = [\"./a\", \"{checkpoint}\"]",
      "before_batch has an unknown placeholder: {checkpoint}");
  has("reimage = [\"./a\", \"{upgrade}\"]",
      "reimage has an unknown placeholder: {upgrade}");
  has("approve = []", "approve must name a program");
  has("approve_interval = \"0s\"", "approve_interval is 0s; it must be");
  has("[driver.command.hooks]\nbefore_batches = [\"./a\"]",
      "unknown key \"before_batches\"; did you mean \"before_batch\"?");
}

TEST_CASE("approval by command needs the command") {
  const auto policy =
    mode + "[upgrade_policy.rolling]\ncheckpoints = [25]\napproval = \"command\"\n";
  CHECK(
    has_error(head + policy + commands,
              "10:1: error: approval = \"command\" needs a command that decides; add "
              "driver.command.approve = [\"./approve.sh\", \"{checkpoint}\"]"));
  CHECK(loads(head + policy + commands + "approve = [\"./approve.sh\"]\n"));
  CHECK(loads(head + policy + driver)); // the simulated fleet answers
  // What is there and wrong is said once.
  CHECK(errors(head + policy + commands + "approve = 5\n").size() == 1);
}

TEST_CASE("a simulated fleet has hooks, answers and guards of its own") {
  const auto x = simulation_of(R"([driver.simulated]
approve = false
approve_after = "90s"
[driver.simulated.hooks]
before_batch = "5s"
after_upgrade = { uniform = ["1s", "2s"] }
[[driver.simulated.hook_fault]]
hook = "before_batch"
batch = 2
attempts = 3
[[driver.simulated.hook_fault]]
hook = "after_upgrade"
[[driver.simulated.guard]]
name = "errors"
fails_after = "10m"
recovers_after = "5m"
[[guard]]
name = "errors"
)");
  CHECK_FALSE(x.approve);
  CHECK(x.approve_after == 90s);
  CHECK(hooks_of(x) == engine::upgrade_hooks{false, true, false, true});
  CHECK(x.hooks[slot(upgrade_hook::before_batch)]->first == 5s);
  REQUIRE(x.hook_faults.size() == 2);
  CHECK(x.hook_faults[0].hook == upgrade_hook::before_batch);
  CHECK(x.hook_faults[0].batch == 2);
  CHECK(x.hook_faults[0].attempts == 3);
  CHECK(x.hook_faults[1].batch == 0);
  CHECK(x.hook_faults[1].attempts == 1);
  REQUIRE(x.guards.size() == 1);
  CHECK(x.guards[0].name == "errors");
  CHECK(x.guards[0].fails_after == 10min);
  CHECK(x.guards[0].recovers_after == 5min);
  const auto none = simulation_of("");
  CHECK(none.approve);
  CHECK(none.approve_after == 0s);
  CHECK(none.guards.empty());
}

TEST_CASE("what is wrong with a simulation of surroundings is said where it stands") {
  struct row {
    const char* keys;
    const char* error;
  };
  const row rows[] = {
    {"[[driver.simulated.hook_fault]]\nhook = \"before_batch\"\n",
     "12:8: error: the fleet has no before_batch hook; add [driver.simulated.hooks]"},
    {"[driver.simulated.hooks]\nbefore_upgrade = \"1s\"\n"
     "[[driver.simulated.hook_fault]]\nhook = \"before_upgrade\"\nbatch = 1\n",
     "batch belongs to before_batch and after_batch"},
    {"[[driver.simulated.hook_fault]]\nbatch = 1\n", "missing key \"hook\""},
    {"[[driver.simulated.hook_fault]]\nhook = \"later\"\n",
     "hook is \"later\"; it must be \"before_upgrade\""},
    {"[[driver.simulated.guard]]\nname = \"errors\"\n",
     "11:1: error: there is no [[guard]] called \"errors\""},
    {"[[driver.simulated.guard]]\nfails_after = \"1s\"\n", "missing key \"name\""},
    {"[[guard]]\nname = \"errors\"\n[[driver.simulated.guard]]\nname = \"errors\"\n"
     "recovers_after = \"1s\"\n",
     "recovers_after is of no use without fails_after"},
    {"[[guard]]\nname = \"errors\"\n[[driver.simulated.guard]]\nname = \"errors\"\n"
     "[[driver.simulated.guard]]\nname = \"errors\"\n",
     "guard \"errors\" has a table already"},
  };
  for (const auto& [keys, error] : rows) {
    const auto text = head + mode + driver + keys;
    CAPTURE(keys);
    CAPTURE(all_errors(text));
    CHECK(has_error(text, error));
  }
}

TEST_CASE("a guard is a command or a query") {
  const auto guards = loaded(head + mode + commands + R"([[guard]]
name = "errors"
command = ["./errors-are-few", "{upgrade}"]
[[guard]]
name = "latency"
prometheus = "http://localhost:9090"
query = "latency < bool 0.2"
interval = "10s"
timeout = "2s"
number_of_failures = 5
on_failure = "fault"
)")
                        .guards;
  REQUIRE(guards.size() == 2);
  CHECK(guards[0].rule
        == engine::guard_rule{"errors", engine::guard_consequence::wait});
  CHECK(guards[0].command.size() == 2);
  CHECK(guards[0].interval == 30s);
  CHECK(guards[0].timeout == 10s);
  CHECK(guards[0].number_of_failures == 3);
  CHECK(guards[1].rule
        == engine::guard_rule{"latency", engine::guard_consequence::fault});
  CHECK(guards[1].command.empty());
  CHECK(guards[1].prometheus == "http://localhost:9090");
  CHECK(guards[1].query == "latency < bool 0.2");
  CHECK(guards[1].interval == 10s);
  CHECK(guards[1].timeout == 2s);
  CHECK(guards[1].number_of_failures == 5);
  // Nobody looks at the guards of a simulated fleet.
  CHECK(loads(head + mode + driver + "[[guard]]\nname = \"a\"\n"));
}

TEST_CASE("what is wrong with a guard is said where it stands") {
  struct row {
    const char* keys;
    const char* error;
  };
  const row rows[] = {
    {"command = [\"./a\"]", "12:1: error: missing key \"name\"; events name the guard"},
    {"name = \"\"\ncommand = [\"./a\"]", "name must not be empty"},
    {"name = \"a\"", "12:1: error: the guard does not say how to look at it"},
    {"name = \"a\"\ncommand = [\"./a\"]\nprometheus = \"http://x\"\nquery = \"1\"",
     "a guard has either command or prometheus"},
    {"name = \"a\"\nprometheus = \"http://x\"", "missing key \"query\", which "
                                                "prometheus needs"},
    {"name = \"a\"\nprometheus = \"localhost:9090\"\nquery = \"1\"",
     "14:14: error: prometheus is \"localhost:9090\"; write its address"},
    {"name = \"a\"\nquery = \"1\"\ncommand = [\"./a\"]", "query belongs to prometheus"},
    {"name = \"a\"\nprometheus = \"http://x\"\nquery = \"\"", "query is empty"},
    {"name = \"a\"\ncommand = [\"./a\"]\nnumber_of_failures = 0",
     "number_of_failures is 0; it must be from 1 to 1000"},
    {"name = \"a\"\ncommand = [\"./a\"]\ninterval = \"0s\"", "interval is 0s; it must"},
    {"name = \"a\"\ncommand = [\"./a\"]\ntimeout = \"0s\"", "timeout is 0s; it must"},
    {"name = \"a\"\ncommand = [\"./a\"]\non_failure = \"stop\"",
     "on_failure is \"stop\"; it must be \"wait\" or \"fault\""},
    {"name = \"a\"\ncommand = [\"./a\", \"{instance.id}\"]",
     "unknown placeholder: {instance.id}; this command belongs to no instance"},
    {"name = \"a\"\ncommand = [\"./a\"]\n[[guard]]\nname = \"a\"\ncommand = [\"./b\"]",
     "16:8: error: there is a guard \"a\" already"},
  };
  for (const auto& [keys, error] : rows) {
    const auto text = head + mode + commands + "[[guard]]\n" + keys;
    CAPTURE(keys);
    CAPTURE(all_errors(text));
    CHECK(has_error(text, error));
  }
  CHECK(has_error(head + driver + "[[guard]]\nname = \"a\"\n",
                  "7:1: error: guards are for rolling upgrades only"));
}
