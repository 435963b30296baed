// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace drydock;
using namespace drydock::config::test;
using namespace std::chrono_literals;
using config::setting;
using shape = engine::duration_distribution::shape;

namespace {

using settings = std::vector<setting>;

config::fleet_file loaded_with(const std::string& text, const settings& given) {
  auto result = config::parse(text, "f", refuse_to_run, given);
  if (const auto* found = std::get_if<std::vector<config::diagnostic>>(&result))
    for (const auto& x : *found)
      MESSAGE(to_string(x));
  REQUIRE(std::holds_alternative<config::fleet_file>(result));
  return std::get<config::fleet_file>(std::move(result));
}

/// One a line, with whatever stands in front.
std::string errors_with(const std::string& text, const settings& given) {
  std::string result;
  const auto loaded = config::parse(text, "f", refuse_to_run, given);
  if (const auto* found = std::get_if<std::vector<config::diagnostic>>(&loaded))
    for (const auto& x : *found)
      result += to_string(x) + "\n";
  return result;
}

engine::rolling_policy rolling(const settings& given) {
  return loaded_with(minimal, given).request.policy.rolling;
}

} // namespace

TEST_CASE("a key without a dot is one of the rolling policy") {
  const auto x = rolling({{"max_batch_instance_percent", "7"},
                          {"pause_time_between_batches", "90s"},
                          {"min_ready", "\"PT5S\""},
                          {"enable_cross_zone_upgrade", "true"}});
  CHECK(x.max_batch_instance_percent == 7);
  CHECK(x.pause_time_between_batches == 90s);
  CHECK(x.min_ready == 5s);
  CHECK(x.enable_cross_zone_upgrade);
  CHECK(x.max_unhealthy_instance_percent == 20);
}

TEST_CASE("a setting takes the place of the file's value and leaves its neighbours") {
  const std::string text =
    minimal + "[upgrade_policy.rolling]\nmax_batch_instances = 3\nmin_ready = \"9s\"\n";
  const auto x = loaded_with(text, {{"max_batch_instances", "5"}});
  CHECK(x.request.policy.rolling.max_batch_instances == 5);
  CHECK(x.request.policy.rolling.min_ready == 9s);
  // Even where the file's own value is wrong.
  CHECK(errors_with(text + "health_timeout = 5\n", {{"health_timeout", "5m"}}).empty());
}

TEST_CASE("a dotted key reaches any table, and makes those that are not there") {
  const auto file = loaded_with(
    minimal, {{"upgrade_policy.mode", "rolling"},
              {"health.application_health_extension.interval", "7s"},
              {"change.image.version", "\"2.0\""},
              {"scale_set.instances.count", "6"},
              {"rehearsal.durations.reimage", "{ quantiles = [\"1s\", \"2s\"] }"},
              {"rehearsal.bad_image.probability", "0.25"},
              {"scale_set.features", "[\"ImageReferenceUpgradeForVmoVMs\"]"}});
  CHECK(file.request.policy.mode == engine::upgrade_mode::rolling);
  CHECK(file.health.interval == 7s);
  CHECK(*file.request.latest_model.find("image.version") == engine::value("2.0"));
  CHECK(file.action == engine::apply_class::reimage);
  CHECK(file.instances.size() == 6);
  CHECK(file.rehearsal.world.durations[3].kind == shape::quantiles);
  CHECK(file.rehearsal.world.image.probability == 0.25);
}

TEST_CASE("an array of tables is set as a whole") {
  const auto file = loaded_with(
    minimal,
    {{"scale_set.zones", "[\"1\", \"2\"]"},
     {"rehearsal.zone_outage", "[{ zone = \"2\", duration = \"15m\" }]"},
     {"driver.simulated.fault", "[{ instance = \"web-1\", skip_upgrade = true }]"}});
  REQUIRE(file.rehearsal.world.outages.size() == 1);
  CHECK(file.rehearsal.world.outages[0].zone == 1);
  REQUIRE(file.rehearsal.world.faults.size() == 1);
  CHECK(file.rehearsal.world.faults[0].line == 0);
}

TEST_CASE("a part of a key that holds dots stands in quotes") {
  const auto file = loaded_with(minimal, {{"model_classes.\"settings.kernel\"", "none"},
                                          {"change.settings.kernel", "6"}});
  CHECK(file.changed_paths == std::vector<std::string>{"settings.kernel"});
  CHECK(file.action == engine::apply_class::none);
}

TEST_CASE("the last setting of a key wins, and later ones add to earlier tables") {
  CHECK(rolling({{"max_batch_instances", "3"}, {"max_batch_instances", "4"}})
          .max_batch_instances
        == 4);
  const auto file =
    loaded_with(minimal, {{"rehearsal.bad_image", "{ probability = 0.5 }"},
                          {"rehearsal.bad_image.unhealthy", "0.75"}});
  CHECK(file.rehearsal.world.image.probability == 0.5);
  CHECK(file.rehearsal.world.image.unhealthy == 0.75);
}

TEST_CASE("a value is TOML, or else a string") {
  struct row {
    const char* value;
    engine::value expected;
  };
  const row rows[] = {
    {"5", std::int64_t{5}},
    {"0x10", std::int64_t{16}},
    {"-2.5", -2.5},
    {"true", true},
    {"\"5\"", "5"},
    {"'a\\b'", "a\\b"},
    {"\"a\\tb\"", "a\tb"},
    {"[1, \"b\"]", engine::value::list{std::int64_t{1}, "b"}},
    {"{ a = 1 }", engine::value::table{{"a", std::int64_t{1}}}},
    {"30s", "30s"},
    {"True", "True"},
    {"two words", "two words"},
    {"", ""},
    {"1.2.3", "1.2.3"},
    {"{instance.id}", "{instance.id}"},
    {"[1, 2", "[1, 2"},
    {"2026-01-31", "2026-01-31"},
    {"07:30:00", "07:30:00"},
    {"x = 2", "x = 2"},
    {"größer", "größer"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.value);
    const auto file = loaded_with(minimal, {{"change.settings.given", x.value}});
    const auto* found = file.request.latest_model.find("settings.given");
    REQUIRE(found != nullptr);
    CHECK(*found == x.expected);
  }
}

TEST_CASE("a mistake in a setting names the setting, not a place in the file") {
  const std::string text = minimal + "[upgrade_policy.rolling]\nmin_ready = \"9s\"\n";
  struct row {
    setting given;
    std::string error;
  };
  const row rows[] = {
    {{"max_batch_instance_percent", "500"},
     "max_batch_instance_percent=500: error: max_batch_instance_percent is 500; it "
     "must "
     "be from 1 to 100\n"},
    {{"min_ready", "soon"},
     "min_ready=soon: error: min_ready is \"soon\", which is no length of time; write "
     "\"30s\", \"5m\", \"1h30m\", \"250ms\" or ISO 8601 as in \"PT30S\"\n"},
    {{"max_surge", "yes"},
     "max_surge=yes: error: max_surge must be true or false, not a string\n"},
    {{"max_batch_percent", "5"},
     "max_batch_percent=5: error: unknown key \"max_batch_percent\"; did you mean "
     "\"max_batch_instance_percent\"?\n"},
    {{"max batch instances", "5"},
     "max batch instances=5: error: unknown key \"max batch instances\"; did you mean "
     "\"max_batch_instances\"?\n"},
    {{"helth.command.interval", "5s"},
     "helth.command.interval=5s: error: unknown key \"helth\"; did you mean "
     "\"health\"?\n"},
    {{"rehearsal.rates.action_failur", "1"},
     "rehearsal.rates.action_failur=1: error: unknown key \"action_failur\"; did you "
     "mean \"action_failure\"?\n"},
    {{"health.command.interval", "5s"},
     "health.command.interval=5s: error: missing key \"argv\"; it is the check to run: "
     "argv = [\"./check.sh\", \"{instance.id}\"]\n"},
    {{"scale_set.instances", "[1]"},
     "scale_set.instances=[1]: error: instances must be a table, not an array\n"},
    {{"rehearsal.durations.boot", "{ quantiles = [\"2s\", \"1s\"] }"},
     "rehearsal.durations.boot={ quantiles = [\"2s\", \"1s\"] }: error: quantiles has "
     "1s "
     "after 2s; put its lengths in ascending order\n"},
    {{"scale_set.inventory.file", "no-such.json"},
     "scale_set.inventory.file=no-such.json: error: cannot read the inventory "
     "\"no-such.json\": No such file or directory\n"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.given.key);
    CHECK(errors_with(text, {x.given}) == x.error);
  }
}

TEST_CASE("a diagnostic of a setting has no line") {
  const auto result =
    config::parse(minimal, "f", refuse_to_run, settings{{"min_ready", "soon"}});
  const auto& found = std::get<std::vector<config::diagnostic>>(result);
  REQUIRE(found.size() == 1);
  CHECK(found[0].file == "min_ready=soon");
  CHECK(found[0].line == 0);
  CHECK(found[0].column == 0);
}

TEST_CASE("a refusal that a setting leads to keeps its code") {
  const auto found = errors_with(minimal + "[change]\nimage = { version = \"2\" }\n",
                                 {{"change.image.version", "\"3\""}});
  CHECK(found.starts_with("change.image.version=\"3\": error: "));
  CHECK(
    errors_with(minimal, {{"scale_set.compatibility", "azure"},
                          {"max_batch_instance_percent", "50"}})
    == "max_batch_instance_percent=50: error: OperationNotAllowed: "
       "max_batch_instance_percent is 50; in azure compatibility it must not be more "
       "than max_unhealthy_instance_percent, which is 20\n");
}

TEST_CASE("mistakes of settings come first, in their order, with those of the file") {
  CHECK(
    errors_with(minimal + "[rehearsal]\ntime_limit = 5\n",
                {{"min_ready", "x y"}, {"max_surge", "1"}, {"a..b", "1"}})
    == "min_ready=x y: error: min_ready is \"x y\", which is no length of time; write "
       "\"30s\", \"5m\", \"1h30m\", \"250ms\" or ISO 8601 as in \"PT30S\"\n"
       "max_surge=1: error: max_surge must be true or false, not an integer\n"
       "a..b=1: error: this is no key; write one of [upgrade_policy.rolling], such "
       "as max_surge, or a dotted path, such as health.command.interval\n"
       "f:8:14: error: time_limit must be a string such as \"30s\" or \"PT30S\", not "
       "an integer\n");
}

TEST_CASE("a TOML syntax error of the file is reported alone") {
  const auto found = errors_with("[scale_set\n", {{"nonsense", "1"}});
  CHECK(found.starts_with("f:1:"));
  CHECK(found.find("nonsense") == std::string::npos);
}

TEST_CASE("what is no key is an error") {
  for (const char* key : {"", ".", "a.", ".a", "a..b", "\"a", "a.\"b\"c", "['a']",
                          "a\nb", "\"\"", "\"a\" = 1\nb", "a\xff", "a\x01"}) {
    CAPTURE(key);
    const auto found = errors_with(minimal, {{key, "1"}});
    CHECK(found.find("error: this is no key; write one of") != std::string::npos);
    CHECK(std::count(found.begin(), found.end(), '\n') == 1);
  }
}

TEST_CASE("a string without quotes is text on one line") {
  for (const char* value :
       {"a\nb", "1\ny = 2", "1\n[upgrade_policy]", "a\x01", "a\xff", "\x7f"}) {
    CAPTURE(value);
    const auto found = errors_with(minimal, {{"change.settings.x", value}});
    CHECK(found.find("error: the value has control characters, or is no UTF-8")
          != std::string::npos);
    CHECK(std::count(found.begin(), found.end(), '\n') == 1);
  }
}

TEST_CASE("no key leads through a value that is no table") {
  const std::string text = minimal + "[[scale_set.instance]]\nid = \"a\"\n";
  CHECK(errors_with(text, {{"scale_set.instance.zone", "1"}})
        == "scale_set.instance.zone=1: error: scale_set.instance is an array, not a "
           "table; set it as a whole\n");
  CHECK(
    errors_with(text, {{"scale_set.name.first", "x"}})
    == "scale_set.name.first=x: error: scale_set.name is a string, not a table; set "
       "it as a whole\n");
  CHECK(errors_with(text, {{"scale_set.name", "a"}, {"scale_set.name.b.c", "x"}})
        == "scale_set.name.b.c=x: error: scale_set.name is a string, not a table; set "
           "it as a whole\n");
}

TEST_CASE("settings are part of the fingerprint") {
  const auto hash = [](const settings& given) {
    return loaded_with(minimal, given).fingerprint;
  };
  const auto none = hash({});
  CHECK(none == loaded(minimal).fingerprint);
  const auto one = hash({{"min_ready", "10s"}});
  CHECK(one != none);
  CHECK(one == hash({{"min_ready", "10s"}}));
  CHECK(one != hash({{"min_ready", "1s"}}));
  CHECK(one != hash({{"health_timeout", "10s"}}));
  CHECK(one != hash({{"min_ready", "10s"}, {"min_ready", "10s"}}));
}

TEST_CASE("a file on disk takes settings too") {
  const auto path =
    std::filesystem::temp_directory_path() / "drydock_settings_test.toml";
  std::ofstream(path) << minimal;
  const auto result =
    config::load(path, refuse_to_run, settings{{"max_batch_instances", "3"}});
  std::filesystem::remove(path);
  REQUIRE(std::holds_alternative<config::fleet_file>(result));
  CHECK(std::get<config::fleet_file>(result).request.policy.rolling.max_batch_instances
        == 3);
}

TEST_CASE("a wrong setting keeps the inventory command from running") {
  bool ran = false;
  const auto run = [&](const auto&, const auto&) {
    ran = true;
    return config::inventory_output{true, "[]"};
  };
  const std::string text = minimal + "[scale_set.inventory]\ncommand = [\"./list\"]\n";
  CHECK(std::holds_alternative<std::vector<config::diagnostic>>(
    config::parse(text, "f", run, settings{{"min_ready", "soon"}})));
  CHECK_FALSE(ran);
  CHECK(std::holds_alternative<config::fleet_file>(
    config::parse(text, "f", run, settings{{"min_ready", "1s"}})));
  CHECK(ran);
}
