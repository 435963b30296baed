// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <filesystem>

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;

namespace {

const std::string base = R"([scale_set]
name = "web"
[scale_set.model]
image = { version = "1" }
[[scale_set.instance]]
id = "a"
vars = { dir = "/srv" }
[driver]
kind = "command"
[driver.command]
)";

engine::command_spec commands(const std::string& keys) {
  return std::get<engine::command_spec>(loaded(base + keys).driver);
}

} // namespace

TEST_CASE("every key of a command driver is read") {
  const auto x = commands(R"(in_place = ["1", "{instance.id}"]
restart = ["2", "{instance.vars.dir}"]
reimage = ["3", "{model.image.version}", "{previous.image.version}"]
redeploy = ["4", "{scale_set.name}", "{{}}", "{key}"]
inspect = ["5"]
inspect_expect = "v{model.image.version}"
setup = ["6", "{scale_set.name}"]
teardown = ["7"]
timeout = "1m"
max_attempts = 5
retry_timeouts = true
backoff = { initial = "2s", max = "3s" }
max_processes = 4
[driver.command.hooks]
before_instance = ["8", "{instance.port}"]
after_instance = ["9", "{key}"]
)");
  using argv = std::vector<std::string>;
  CHECK(x.actions[0].empty());
  CHECK(x.actions[1] == argv{"1", "{instance.id}"});
  CHECK(x.actions[2] == argv{"2", "{instance.vars.dir}"});
  CHECK(x.actions[3] == argv{"3", "{model.image.version}", "{previous.image.version}"});
  CHECK(x.actions[4] == argv{"4", "{scale_set.name}", "{{}}", "{key}"});
  CHECK(x.inspect == argv{"5"});
  CHECK(x.inspect_expect == "v{model.image.version}");
  CHECK(x.setup == argv{"6", "{scale_set.name}"});
  CHECK(x.teardown == argv{"7"});
  CHECK(x.before_instance == argv{"8", "{instance.port}"});
  CHECK(x.after_instance == argv{"9", "{key}"});
  CHECK(x.retry.timeout == 1min);
  CHECK(x.retry.max_attempts == 5);
  CHECK(x.retry.retry_timeouts);
  CHECK(x.retry.backoff_initial == 2s);
  CHECK(x.retry.backoff_max == 3s);
  CHECK(x.max_processes == 4);
}

TEST_CASE("commands run in the fleet file's folder and log beside it") {
  const auto result = config::parse(base, "some/where/fleet.toml", refuse_to_run);
  const auto& file = std::get<config::fleet_file>(result);
  const auto& x = std::get<engine::command_spec>(file.driver);
  CHECK(x.directory == (std::filesystem::current_path() / "some/where").string());
  CHECK(x.log_directory == "some/where/fleet.toml.logs");
}

TEST_CASE("inspect compares with the image version unless told otherwise") {
  CHECK(commands("inspect = [\"v\"]\n").inspect_expect == "{model.image.version}");
  CHECK(loaded(base + "inspect = [\"v\"]\n").knows_latest_model);
  CHECK_FALSE(loaded(base).knows_latest_model);
  const std::string without =
    head + "[driver]\nkind = \"command\"\n[driver.command]\ninspect = [\"v\"]\n";
  CHECK(has_error(without, "8:11: error: inspect needs inspect_expect"));
  CHECK(loads(without + "inspect_expect = \"2\"\n"));
}

TEST_CASE("wrong commands are errors") {
  struct row {
    const char* keys;
    const char* error;
  };
  const row rows[] = {
    {"reimage = \"./a.sh b\"", "reimage must be an array of strings, not a string"},
    {"reimage = []", "11:11: error: reimage must name a program"},
    {"reimage = [\"\"]", "reimage must name a program"},
    {"reimage = [\"a\", 1]", "11:17: error: reimage must be an array of strings"},
    {"reimage = [\"a\", \"{instance.vars.dri}\"]",
     "11:17: error: reimage has an unknown placeholder: {instance.vars.dri}"},
    {"restart = [\"a\", \"{model.settings.x}\"]",
     "restart has an unknown placeholder: {model.settings.x}"},
    {"restart = [\"a\", \"{oops\"]", "restart has a brace that is never closed"},
    {"inspect = [\"a\"]\ninspect_expect = \"{what}\"",
     "inspect_expect has an unknown placeholder: {what}"},
    {"setup = [\"a\", \"{instance.id}\"]",
     "setup has an unknown placeholder: {instance.id}; this command belongs to no "
     "instance"},
    {"teardown = [\"a\", \"{instance.id}\"]", "this command belongs to no instance"},
    {"inspect = [\"a\", \"{key}\"]",
     "11:17: error: inspect has an unknown placeholder: {key}; only actions and hooks "
     "of an instance have a key"},
    {"inspect = [\"a\"]\ninspect_expect = \"{key}\"",
     "inspect_expect has an unknown placeholder: {key}"},
    {"setup = [\"a\", \"{key}\"]", "setup has an unknown placeholder: {key}"},
    {"hooks = { before_instance = [] }", "before_instance must name a program"},
    {"timeout = \"0s\"", "timeout is 0s; it must be longer than 0s"},
    {"max_attempts = 0", "max_attempts is 0; it must be from 1 to 100"},
    {"max_attempts = 101", "max_attempts is 101; it must be from 1 to 100"},
    {"max_processes = 0", "max_processes is 0; it must be from 1 to 10000"},
    {"max_processes = 10001", "max_processes is 10001;"},
    {"backoff = { initial = \"2m\" }",
     "backoff starts at 2m, which is more than its max of 1m"},
  };
  for (const auto& x : rows) {
    const auto text = base + x.keys + "\n";
    CAPTURE(x.keys);
    CAPTURE(all_errors(text));
    CHECK(errors(text).size() == 1);
    CHECK(has_error(text, x.error));
  }
}

TEST_CASE("numbers of a command driver load at both ends of their ranges") {
  CHECK(commands("max_attempts = 1\n").retry.max_attempts == 1);
  CHECK(commands("max_attempts = 100\n").retry.max_attempts == 100);
  CHECK(commands("max_processes = 1\n").max_processes == 1);
  CHECK(commands("max_processes = 10000\n").max_processes == 10'000);
  CHECK(commands("backoff = { initial = \"1m\" }\n").retry.backoff_initial == 1min);
}

TEST_CASE("the table of the driver that was not chosen is checked, then left alone") {
  const auto file = loaded(minimal + "[driver.command]\nreimage = [\"a\"]\n");
  CHECK(std::holds_alternative<engine::simulated_spec>(file.driver));
  CHECK(file.request.driver_can[4]);
  CHECK(
    has_error(minimal + "[driver.command]\nmax_attempts = 0\n", "max_attempts is 0"));
  CHECK(has_error(base + "[driver.simulated]\nseed = -1\n", "seed is -1"));
}

TEST_CASE("whether and when instances are told of their deletion") {
  const std::string command = "terminate_notification = [\"n\", \"{instance.id}\", "
                              "\"{not_before}\", \"{key}\"]\n";
  const std::string enable = "[terminate_notification]\nenable = true\n";
  CHECK_FALSE(loaded(base).terminate_delay);
  CHECK_FALSE(loaded(base + command).terminate_delay);
  CHECK(commands(command).terminate_notification.size() == 4);
  CHECK(loaded(base + command + enable).terminate_delay == 5min);
  CHECK(
    loaded(base + command + enable + "not_before_timeout = \"90s\"\n").terminate_delay
    == 90s);
  CHECK_FALSE(
    loaded(base + "[terminate_notification]\nenable = false\n").terminate_delay);
  CHECK(has_error(base + enable, "error: terminate_notification.enable needs a "
                                 "command that tells an instance"));
  CHECK(has_error(base + command + enable + "not_before_timeout = \"2h\"\n",
                  "not_before_timeout is 2h"));
  CHECK(has_error("[scale_set]\ncompatibility = \"azure\"\n" + base.substr(12) + command
                    + enable + "not_before_timeout = \"16m\"\n",
                  "not_before_timeout is 16m"));
  CHECK(
    has_error(base + "delete = [\"d\", \"{not_before}\"]\n",
              "unknown placeholder: {not_before}; only terminate_notification has it"));
}
