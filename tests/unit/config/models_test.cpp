// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace drydock;
using namespace drydock::config::test;
using engine::value;

namespace {

const std::string zonal = R"([scale_set]
name = "web"
zones = ["1", "2"]
features = ["ImageReferenceUpgradeForVmoVMs"]
[scale_set.model]
vm_size = "D2"
user_data = 2026-01-02
image = { publisher = "contoso", version = "1" }
settings = { greeting = "hello", deep = { n = 3, f = 1.5, on = true, l = [1, "a"] } }
[scale_set.instances]
count = 4
)" + driver;

} // namespace

TEST_CASE("a change merges onto the model, and removals take keys out") {
  const auto file = loaded(zonal + R"([change]
image = { version = "2" }
settings = { deep = { n = 4 } }
remove = ["settings.greeting", "vm_size"]
)");
  const auto& now = file.request.current_model;
  const auto& then = file.request.latest_model;
  CHECK(*now.find("image.version") == value("1"));
  CHECK(*then.find("image.version") == value("2"));
  CHECK(*then.find("image.publisher") == value("contoso"));
  CHECK(*now.find("settings.deep.n") == value(3));
  CHECK(*then.find("settings.deep.n") == value(4));
  CHECK(*then.find("settings.deep.f") == value(1.5));
  CHECK(*then.find("settings.deep.on") == value(true));
  CHECK(*then.find("settings.deep.l") == value(value::list{1, "a"}));
  CHECK(then.find("settings.greeting") == nullptr);
  CHECK(then.find("vm_size") == nullptr);
  CHECK(*now.find("user_data") == value("2026-01-02"));
  CHECK(*now.find("zones") == value(value::list{"1", "2"}));
  CHECK(then.find("remove") == nullptr);
  CHECK(file.action == engine::apply_class::reimage);
  CHECK(file.changed_paths
        == std::vector<std::string>{"image.version", "settings.deep.n",
                                    "settings.greeting", "vm_size"});
}

TEST_CASE("a removal names something that the model has and the change does not set") {
  CHECK(has_error(zonal + "[change]\nremove = [\"settings.nothing\"]\n",
                  "15:11: error: remove names \"settings.nothing\", which the model"));
  CHECK(has_error(zonal + "[change]\nremove = [\"vm_size\"]\nvm_size = \"D4\"\n",
                  "\"vm_size\" is both removed and set"));
}

TEST_CASE("vm_size_on_other_hardware makes a new size a redeploy") {
  const auto size = zonal + "[change]\nvm_size = \"D4\"\n";
  CHECK(loaded(size).action == engine::apply_class::restart);
  const auto file = loaded(size + "vm_size_on_other_hardware = true\n");
  CHECK(file.action == engine::apply_class::redeploy);
  CHECK(file.request.latest_model.find("vm_size_on_other_hardware") == nullptr);
}

TEST_CASE("model classes override the class of a path, quoted or not") {
  const auto change = zonal + "[change]\nsettings = { kernel = \"6\" }\n";
  CHECK(loaded(change).action == engine::apply_class::in_place);
  CHECK(loaded(change + "[model_classes]\n\"settings.kernel\" = \"restart\"\n").action
        == engine::apply_class::restart);
  CHECK(loaded(change + "[model_classes]\nsettings.kernel = \"redeploy\"\n").action
        == engine::apply_class::redeploy);
  CHECK(
    loaded(change + "[model_classes]\nsettings = \"none\"\nzones = \"none\"\n").action
    == engine::apply_class::none);
  CHECK(has_error(change + "[model_classes]\n\"image.version\" = \"reboot\"\n",
                  "17:19: error: image.version is \"reboot\"; it must be \"none\", "
                  "\"in_place\", \"restart\", \"reimage\" or \"redeploy\""));
  CHECK(has_error(change + "[model_classes]\n\"kernel\" = \"restart\"\n",
                  "17:1: error: unknown key \"kernel\""));
}

TEST_CASE("a capacity equal to the number of instances is no change") {
  CHECK(loaded(zonal + "[change]\ncapacity = 4\n").changed_paths.empty());
  CHECK(has_error(zonal + "[change]\ncapacity = -1\n",
                  "capacity is -1; it must be 1 or more"));
  CHECK(loaded(zonal).request.current_model.find("capacity") == nullptr);
}

TEST_CASE("zones can be added by a change") {
  const auto file = loaded(zonal + "[change]\nzones = [\"1\", \"2\", \"3\"]\n");
  CHECK(file.changed_paths == std::vector<std::string>{"zones"});
  CHECK(file.action == engine::apply_class::redeploy);
}

TEST_CASE("refusals carry their code and stand at the key they name") {
  struct row {
    std::string text;
    const char* error;
  };
  const row rows[] = {
    {zonal + "[change]\nzones = [\"1\"]\n",
     "15:1: error: PropertyChangeNotAllowed: zones can be added but not removed"},
    {zonal + "[change]\norchestration_mode = \"uniform\"\n",
     "15:1: error: PropertyChangeNotAllowed: orchestration_mode cannot change"},
    {zonal + "[change]\nimage = { id = \"x\" }\n",
     "15:11: error: OperationNotAllowed: "},
    {minimal + "[change.image]\nversion = \"2\"\n",
     "8:1: error: OperationNotAllowed: a flexible scale set changes image.version "
     "only"},
    {minimal + "[upgrade_policy]\nmode = \"rolling\"\n",
     "1:1: error: BadRequest: rolling mode needs a health source"},
    {"[scale_set]\nservice_fabric = true\nname = \"w\"\n[scale_set.instances]\ncount = "
     "1\n"
       + driver,
     "1:1: error: BadRequest: a scale set that belongs to a Service Fabric cluster"},
    {head
       + "[driver]\nkind = \"command\"\n[driver.command]\ncreate = [\"c\"]\n"
         "[upgrade_policy.rolling]\nmax_surge = true\n",
     "error: max_surge needs a driver that can create and delete instances"},
    {minimal
       + "[health.command]\nargv = [\"a\"]\n[health.application_health_extension]\n"
         "protocol = \"tcp\"\nport = 1\n",
     "error: BadRequest: 2 health sources are given"},
    {head + "[driver]\nkind = \"command\"\n[change]\nvm_size = \"D4\"\n",
     "5:1: error: this change"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.text);
    CAPTURE(all_errors(x.text));
    CHECK(has_error(x.text, x.error));
  }
}

TEST_CASE("a command driver can do what it has commands for, and class none always") {
  const auto file = loaded(head
                           + "[driver]\nkind = \"command\"\n[driver.command]\n"
                             "restart = [\"r\"]\nreimage = [\"r\"]\n");
  const bool expected[] = {true, false, true, true, false};
  for (std::size_t i = 0; i < 5; ++i)
    CHECK(file.request.driver_can[i] == expected[i]);
  CHECK_FALSE(file.request.driver_can_create);
  for (const bool can : loaded(minimal).request.driver_can)
    CHECK(can);
  CHECK(loaded(minimal).request.driver_can_create);
  const auto both = loaded(head
                           + "[driver]\nkind = \"command\"\n[driver.command]\n"
                             "create = [\"c\"]\ndelete = [\"d\"]\n");
  CHECK(both.request.driver_can_create);
  const auto& commands = std::get<engine::command_spec>(both.driver);
  CHECK(commands.create == engine::command_template{"c"});
  CHECK(commands.remove == engine::command_template{"d"});
}
