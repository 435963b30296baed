// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <algorithm>
#include <filesystem>

using namespace drydock::config;
using namespace drydock::config::test;

TEST_CASE("seven mistakes in one file are reported in one go, by position") {
  const std::string text = R"([scale_set]
nmae = "web"
zones = ["1", "2"]
[scale_set.instances]
count = "many"
[[scale_set.instance]]
id = "special"
zone = "9"
[upgrade_policy]
mode = "rollin"
[upgrade_policy.rolling]
max_batch_percent = 20
health_timeout = "5 minutes"
[driver]
kind = "simulated"
[driver.simulated.rates]
action_failure = 1.5
)";
  const std::vector<std::string> expected = {
    "1:1: error: missing key \"name\"; every scale set has one: name = \"web\"",
    "2:1: error: unknown key \"nmae\"; did you mean \"name\"?",
    "5:9: error: count must be an integer, not a string",
    "8:8: error: zone \"9\" is not in scale_set.zones",
    "10:8: error: mode is \"rollin\"; it must be \"manual\", \"automatic\" or "
    "\"rolling\"",
    "12:1: error: unknown key \"max_batch_percent\"; did you mean "
    "\"max_batch_instance_percent\"?",
    "13:18: error: health_timeout is \"5 minutes\", which is no length of time; write "
    "\"30s\", \"5m\", \"1h30m\", \"250ms\" or ISO 8601 as in \"PT30S\"",
    "17:18: error: action_failure is 1.5; it must be from 0 to 1",
  };
  CHECK(errors(text) == expected);
}

TEST_CASE("a TOML syntax error is reported alone") {
  const auto found = errors("[scale_set]\nnmae = 3\nzones = [\n\n");
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("error: ") != std::string::npos);
  CHECK(found[0].find("unknown key") == std::string::npos);
  const auto other = errors("a = 1\nb =\n");
  REQUIRE(other.size() == 1);
  CHECK(other[0].substr(0, 2) == "2:");
}

TEST_CASE("broken headers are syntax errors, not crashes") {
  for (const char* text :
       {"[!a]", "[[!a]]", "[.a]", "[ .", "[", "[[", "[[a]", "[]", "a.", "a.=1",
        "[a.!b]", "=", "a = {!b = 1}", "a = [1", "a = \"\xff\""}) {
    CAPTURE(text);
    const auto found = errors(text);
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("1:"));
  }
}

TEST_CASE("an empty file lacks its tables") {
  CHECK(
    all_errors("")
    == "1:1: error: missing table [scale_set]; add it with a name\n"
       "1:1: error: missing table [driver]; add it with kind = \"command\" or kind = "
       "\"simulated\"\n");
}

TEST_CASE("a file that cannot be read is named without a line") {
  const auto result = load("no/such/file.toml", refuse_to_run);
  const auto& found = std::get<std::vector<diagnostic>>(result);
  REQUIRE(found.size() == 1);
  CHECK(found[0].line == 0);
  CHECK(to_string(found[0])
        == "no/such/file.toml: error: cannot read the file: No such file or directory");
  const auto folder = load(std::filesystem::temp_directory_path(), refuse_to_run);
  CHECK(std::get<std::vector<diagnostic>>(folder)[0].text
        == "cannot read the file: Is a directory");
}

TEST_CASE("a diagnostic prints its place, its code and its text") {
  CHECK(to_string(diagnostic{"a.toml", 3, 5, "", "wrong"})
        == "a.toml:3:5: error: wrong");
  CHECK(to_string(diagnostic{"a.toml", 3, 5, "BadRequest", "wrong"})
        == "a.toml:3:5: error: BadRequest: wrong");
  CHECK(to_string(diagnostic{"a.toml", 0, 0, "", "wrong"}) == "a.toml: error: wrong");
}

TEST_CASE("an unknown key is an error wherever it is") {
  struct row {
    std::string text;
    const char* error;
    // A misspelt key may be a missing one too.
    std::size_t problems = 1;
  };
  const row rows[] = {
    {minimal + "[helth]\n",
     "7:2: error: unknown key \"helth\"; did you mean \"health\"?"},
    {minimal + "[scale_set.modle]\n", "unknown key \"modle\"; did you mean \"model\"?"},
    {minimal + "[scale_set.model]\nvmsize = \"x\"\n", "did you mean \"vm_size\"?"},
    {minimal + "[scale_set.model.image]\nverison = \"x\"\n",
     "did you mean \"version\"?"},
    {minimal + "[scale_set.model]\nimage = { skew = \"x\" }\n",
     "did you mean \"sku\"?"},
    {minimal + "[scale_set.model]\nos_profile = { ssh_key = [] }\n",
     "did you mean \"ssh_keys\"?"},
    {minimal + "[scale_set.model]\nzones = [\"1\"]\n", "unknown key \"zones\""},
    {minimal + "[change]\nvm_size_on_other_hardwear = true\n",
     "did you mean \"vm_size_on_other_hardware\"?"},
    {minimal + "[model_classes]\n\"setting.kernel\" = \"restart\"\n",
     "unknown key \"setting.kernel\"; did you mean"},
    {minimal + "[[scale_set.instance]]\nid = \"a\"\nadress = \"x\"\n",
     "did you mean \"address\"?"},
    {minimal + "[scale_set.inventory]\nfiel = \"x\"\n", "did you mean \"file\"?", 2},
    {head + "port = { form = 9000 }\n" + driver, "did you mean \"from\"?", 2},
    {minimal + "[upgrade_policy]\nmod = \"manual\"\n", "did you mean \"mode\"?"},
    {minimal + "[upgrade_policy.automatic]\nmax_paralel = 1\n",
     "did you mean \"max_parallel\"?"},
    {minimal + "[health.comand]\nargv = [\"a\"]\n", "did you mean \"command\"?"},
    {minimal + "[health.command]\nargv = [\"a\"]\ngrace_period = \"5s\"\n",
     "unknown key \"grace_period\""},
    {minimal
       + "[health.load_balancer_probe]\nprotocol = \"tcp\"\nport = 1\n"
         "probe_treshold = 2\n",
     "did you mean \"probe_threshold\"?"},
    {minimal + "simulatd = {}\n", "did you mean \"simulated\"?"},
    {minimal + "[driver.simulated]\nsede = 1\n", "did you mean \"seed\"?"},
    {minimal + "[driver.simulated.durations]\nreimaeg = \"1s\"\n",
     "did you mean \"reimage\"?"},
    {minimal + "[driver.simulated.durations]\nboot = { gauss = [\"1s\", \"1s\"] }\n",
     "unknown key \"gauss\"", 2},
    {minimal + "[driver.simulated.rates]\nfailure = 0.1\n", "unknown key \"failure\""},
    {minimal + "[[driver.simulated.fault]]\ninstance = \"web-0\"\nphases = 1\n",
     "did you mean \"phase\"?"},
    {minimal + "[driver.command]\nreimaged = [\"a\"]\n", "did you mean \"reimage\"?"},
    {minimal + "[driver.command]\nbackoff = { inital = \"1s\" }\n",
     "did you mean \"initial\"?"},
    {minimal + "[driver.command.hooks]\nbefore = [\"a\"]\n", "unknown key \"before\""},
  };
  for (const auto& x : rows) {
    CAPTURE(x.text);
    CHECK(errors(x.text).size() == x.problems);
    CHECK(has_error(x.text, x.error));
  }
}

TEST_CASE("what files with several scale sets have is known to who misspells it") {
  struct row {
    const char* text;
    const char* error;
  };
  const row rows[] = {
    {"[budgett]\n", "7:2: error: unknown key \"budgett\"; did you mean \"budget\"?"},
    {"[[sett]]\n", "unknown key \"sett\"; did you mean \"set\"?"},
    {"[[sets]]\n", "unknown key \"sets\"; did you mean \"set\"?"},
  };
  for (const auto& x : rows) {
    CAPTURE(all_errors(minimal + x.text));
    CHECK(has_error(minimal + x.text, x.error));
    CHECK(errors(minimal + x.text).size() == 1);
  }
  CHECK(
    all_errors("after = [\"web\"]\n" + minimal)
    == "1:1: error: after says which scale sets of a file come first, and this file "
       "has no [[set]]; remove it\n");
}

TEST_CASE("lengths of time have an upper limit") {
  const auto with = [](const std::string& length) {
    return minimal + "[upgrade_policy.rolling]\npause_time_between_batches = \""
           + length + "\"\n";
  };
  CHECK(loads(with("36500d")));
  CHECK(loads(with("P36500D")));
  CHECK(all_errors(with("36500d1s"))
        == "8:30: error: pause_time_between_batches is 876000h1s; it must be 36500d or "
           "less\n");
  CHECK(has_error(with("106751d"), "is 2562024h; it must be 36500d or less"));
  CHECK(has_error(with("9223372036s"), "it must be 36500d or less"));
  CHECK(has_error(with("9223372037s"), "which is no length of time"));
  CHECK(has_error(minimal + "[driver.simulated]\ndurations = { boot = \"40000d\" }\n",
                  "boot is 960000h; it must be 36500d or less"));
  // Narrower ones are told as they were.
  CHECK(has_error(minimal + "[health.command]\nargv = [\"a\"]\ninterval = \"40000d\"\n",
                  "interval is 960000h; it must be from 50ms to 1h"));
}

TEST_CASE("when no key is near, few known keys are listed") {
  CHECK(has_error(minimal + "[upgrade_policy.automatic]\nxyz = 1\n",
                  "unknown key \"xyz\"; the keys here are \"max_parallel\""));
}

TEST_CASE("when no key is near and there are many, the nearest is named") {
  CHECK(has_error(minimal + "[upgrade_policy.rolling]\nxyz = 1\n",
                  "unknown key \"xyz\"; the nearest known key is \""));
}

TEST_CASE("a value of the wrong kind is an error that names the right one") {
  struct row {
    std::string text;
    const char* error;
  };
  const row rows[] = {
    {"scale_set = 3\n" + driver, "scale_set must be a table, not an integer"},
    {"driver = 3\n" + head, "driver must be a table, not an integer"},
    {minimal + "[scale_set.model]\nimage = \"x\"\n",
     "image must be a table, not a string"},
    {minimal + "[scale_set.model.image]\nversion = 2.0\n",
     "image.version must be a string, not a float"},
    {minimal + "[scale_set.model]\nvm_size = 2\n", "vm_size must be a string"},
    {minimal + "[scale_set.model]\nsettings = 2\n", "settings must be a table"},
    {minimal + "[change]\nremove = \"a\"\n", "remove must be an array of strings"},
    {minimal + "[change]\nremove = [1]\n",
     "8:11: error: remove must be an array of strings, not an integer"},
    {minimal + "[change]\ncapacity = \"4\"\n", "capacity must be an integer"},
    {minimal + "[upgrade_policy.rolling]\nmax_surge = 1\n",
     "max_surge must be true or false, not an integer"},
    {minimal + "[upgrade_policy.rolling]\nmin_ready = 5\n",
     "min_ready must be a string such as \"30s\" or \"PT30S\", not an integer"},
    {minimal + "[driver.simulated.rates]\naction_failure = \"0.1\"\n",
     "action_failure must be a number, not a string"},
    {minimal + "[driver.simulated]\nfault = { instance = \"web-0\" }\n",
     "fault must be an array of tables, not a table"},
    {minimal + "[driver.simulated]\nfault = [1]\n",
     "fault must be an array of tables, not an integer"},
    {minimal + "[health]\ncommand = [\"a\"]\n",
     "command must be a table, not an array"},
    {minimal + "[model_classes]\n\"image.id\" = 1\n", "image.id must be a string"},
    {minimal + "[driver.command]\nsetup = 2020-01-01\n",
     "setup must be an array of strings, not a date or time"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.text);
    CAPTURE(all_errors(x.text));
    CHECK(has_error(x.text, x.error));
  }
}

TEST_CASE("missing required keys are reported at their table") {
  CHECK(has_error("[scale_set]\n[scale_set.instances]\ncount = 1\n" + driver,
                  "1:1: error: missing key \"name\""));
  CHECK(has_error(head + "[driver]\n", "5:1: error: missing key \"kind\""));
  CHECK(has_error(head + "[driver.command]\nreimage = [\"a\"]\n",
                  "error: missing key \"kind\"; it is \"command\" or \"simulated\""));
  CHECK(has_error("[scale_set]\nname = \"\"\n", "name must not be empty"));
}
