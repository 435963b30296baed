// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/admission.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;

namespace {

using list = value::list;
using table = value::table;
using texts = std::vector<std::string>;

/// A flexible set with rich health that may change its image version.
change_request request_for(const value& change = value(table{})) {
  change_request request;
  request.features = {"ImageReferenceUpgradeForVmoVMs"};
  request.policy.mode = upgrade_mode::rolling;
  request.health_sources = {health_kind::rich_extension};
  request.current_model = value(table{
    {"image", table{{"offer", "web"}, {"publisher", "contoso"}, {"version", "1"}}},
    {"orchestration_mode", "flexible"},
    {"vm_size", "small"},
    {"zones", list{"1", "2"}},
  });
  request.latest_model = merge(request.current_model, change);
  return request;
}

value image_change() {
  return table{{"image", table{{"version", "2"}}}};
}

void check_refused(const change_request& request, std::string_view code,
                   std::string_view path, std::string_view part_of_text) {
  const auto result = admit(request);
  REQUIRE(result.refusals.size() == 1);
  const auto& x = result.refusals.front();
  CHECK(x.code == code);
  CHECK(x.path == path);
  CAPTURE(x.text);
  CHECK(x.text.find(part_of_text) != std::string::npos);
}

void check_accepted(const change_request& request) {
  const auto result = admit(request);
  CHECK_MESSAGE(result.refusals.empty(),
                (result.refusals.empty() ? "" : result.refusals.front().text));
}

} // namespace

TEST_CASE("an accepted change has its paths and its class") {
  auto result = admit(request_for(image_change()));
  CHECK(result.refusals.empty());
  CHECK(result.changed_paths == texts{"image.version"});
  CHECK(result.action == apply_class::reimage);

  result = admit(request_for());
  CHECK(result.refusals.empty());
  CHECK(result.changed_paths.empty());
  CHECK(result.action == apply_class::none);

  auto request = request_for(table{{"vm_size", "large"}, {"tags", table{{"a", "b"}}}});
  CHECK(admit(request).changed_paths == texts{"tags.a", "vm_size"});
  CHECK(admit(request).action == apply_class::restart);
  request.vm_size_on_other_hardware = true;
  CHECK(admit(request).action == apply_class::redeploy);
  request.overrides = {{"vm_size", apply_class::in_place}};
  CHECK(admit(request).action == apply_class::in_place);
}

TEST_CASE("a change of the orchestration mode is refused") {
  const auto request = request_for(table{{"orchestration_mode", "uniform"}});
  check_refused(request, "PropertyChangeNotAllowed", "change.orchestration_mode",
                "orchestration_mode cannot change from flexible to uniform");
  CHECK(admit(request).changed_paths.empty());
}

TEST_CASE("an orchestration mode that no model names is that of the set") {
  auto request = request_for();
  request.current_model = value(table{});
  request.latest_model = value(table{{"orchestration_mode", "flexible"}});
  check_accepted(request);
  request.latest_model = value(table{{"orchestration_mode", "uniform"}});
  check_refused(request, "PropertyChangeNotAllowed", "change.orchestration_mode",
                "from flexible to uniform");
}

TEST_CASE("removing a zone is refused by name") {
  check_refused(request_for(table{{"zones", list{"1"}}}), "PropertyChangeNotAllowed",
                "change.zones", "put \"2\" back");
  check_refused(request_for(table{{"zones", list{"2", "3"}}}),
                "PropertyChangeNotAllowed", "change.zones", "put \"1\" back");
  check_refused(request_for(table{{"zones", value()}}), "PropertyChangeNotAllowed",
                "change.zones", "put \"1\", \"2\" back");
}

TEST_CASE("adding a zone is a redeploy") {
  const auto request = request_for(table{{"zones", list{"1", "2", "3"}}});
  check_accepted(request);
  CHECK(admit(request).changed_paths == texts{"zones"});
  CHECK(admit(request).action == apply_class::redeploy);
}

TEST_CASE("another order of the zones is no change") {
  const auto result = admit(request_for(table{{"zones", list{"2", "1"}}}));
  CHECK(result.refusals.empty());
  CHECK(result.changed_paths.empty());
  CHECK(result.action == apply_class::none);
}

TEST_CASE("the image keeps its type") {
  const value null;
  const table custom{
    {"id", "gallery/1"}, {"offer", null}, {"publisher", null}, {"version", null}};
  check_refused(request_for(table{{"image", custom}}), "OperationNotAllowed",
                "change.image.id", "from a platform image");

  auto request = request_for();
  request.current_model = value(table{{"image", table{{"id", "gallery/1"}}}});
  request.latest_model = value(table{{"image", table{{"sku", "stable"}}}});
  check_refused(request, "OperationNotAllowed", "change.image.sku",
                "from a custom image");
  request.latest_model = value(table{{"image", table{{"id", "gallery/2"}}}});
  check_accepted(request);
}

TEST_CASE("an image of both types is refused") {
  check_refused(request_for(table{{"image", table{{"id", "gallery/1"}}}}),
                "OperationNotAllowed", "change.image.id", "from a platform image");
  auto request = request_for();
  const table mixed{{"id", "gallery/1"}, {"sku", "stable"}};
  request.latest_model = value(table{{"image", mixed}});
  request.current_model = value();
  check_refused(request, "OperationNotAllowed", "change.image",
                "leave one of the two out");
}

TEST_CASE("a first image and a removed image are no change of type") {
  auto request = request_for();
  request.current_model = value(table{});
  request.latest_model = value(table{{"image", table{{"id", "gallery/1"}}}});
  check_accepted(request);
  request = request_for(table{{"image", value()}});
  check_accepted(request);
  CHECK(admit(request).action == apply_class::reimage);
}

TEST_CASE("a flexible set changes its image version only with the feature") {
  auto request = request_for(image_change());
  request.features = {"Other"};
  check_refused(request, "OperationNotAllowed", "change.image.version",
                "add `features = [\"ImageReferenceUpgradeForVmoVMs\"]` under "
                "[scale_set]");
  request.orchestration = orchestration_mode::uniform;
  request.current_model.set("orchestration_mode", "uniform");
  request.latest_model.set("orchestration_mode", "uniform");
  check_accepted(request);

  request = request_for(table{{"image", table{{"sku", "stable"}}}});
  request.features.clear();
  check_accepted(request);
}

TEST_CASE("capacity changes only with a driver that creates and deletes") {
  auto request = request_for(table{{"capacity", 12}});
  check_refused(request, "OperationNotAllowed", "change.capacity",
                "the driver has no commands to create and delete instances");
  request.driver_can_create = true; // a set of the library
  check_refused(request, "OperationNotAllowed", "change.capacity",
                "scale sets of an engine's own do not scale");
  request.driver_can_scale = true;
  check_accepted(request);
  CHECK(admit(request).action == apply_class::none);
}

TEST_CASE("a Service Fabric set accepts automatic mode only") {
  auto request = request_for();
  request.service_fabric = true;
  for (const auto mode : {upgrade_mode::manual, upgrade_mode::rolling}) {
    request.policy.mode = mode;
    check_refused(request, "BadRequest", "upgrade_policy.mode", "mode = \"automatic\"");
  }
  request.policy.mode = upgrade_mode::automatic;
  check_accepted(request);
}

TEST_CASE("rolling mode needs a health source and the others do not") {
  auto request = request_for();
  request.health_sources.clear();
  check_refused(request, "BadRequest", "health", "rolling mode needs a health source");
  request.health_sources = {health_kind::none};
  check_refused(request, "BadRequest", "health", "rolling mode needs a health source");
  for (const auto mode : {upgrade_mode::manual, upgrade_mode::automatic}) {
    request.policy.mode = mode;
    check_accepted(request);
  }
}

TEST_CASE("two health sources at once are refused in every mode") {
  auto request = request_for();
  request.health_sources = {health_kind::rich_extension, health_kind::load_balancer};
  for (const auto mode :
       {upgrade_mode::manual, upgrade_mode::automatic, upgrade_mode::rolling}) {
    request.policy.mode = mode;
    check_refused(request, "BadRequest", "health", "2 health sources are given");
  }
}

TEST_CASE("a load balancer probe is enough for uniform sets only") {
  struct row {
    orchestration_mode orchestration;
    health_kind source;
    bool accepted;
  };
  constexpr auto flexible = orchestration_mode::flexible;
  constexpr auto uniform = orchestration_mode::uniform;
  const row rows[] = {
    {flexible, health_kind::binary_extension, true},
    {flexible, health_kind::rich_extension, true},
    {flexible, health_kind::command, true},
    {flexible, health_kind::load_balancer, false},
    {uniform, health_kind::binary_extension, true},
    {uniform, health_kind::rich_extension, true},
    {uniform, health_kind::command, true},
    {uniform, health_kind::load_balancer, true},
  };
  for (const auto& x : rows) {
    auto request = request_for();
    request.orchestration = x.orchestration;
    request.current_model = request.latest_model = value();
    request.health_sources = {x.source};
    CAPTURE(static_cast<int>(x.source));
    if (x.accepted)
      check_accepted(request);
    else
      check_refused(request, "BadRequest", "health", "load balancer probe");
    request.policy.mode = upgrade_mode::manual;
    check_accepted(request);
  }
}

TEST_CASE("surge needs a driver that creates and deletes") {
  auto request = request_for();
  request.policy.rolling.max_surge = true;
  check_refused(request, "", "upgrade_policy.rolling.max_surge",
                "needs a driver that can create and delete instances");
  request.driver_can_create = true;
  check_accepted(request);
}

TEST_CASE("in azure only uniform sets roll failed instances back") {
  auto request = request_for();
  request.policy.rolling.rollback_failed_instances_on_policy_breach = true;
  check_accepted(request);
  request.limits = compatibility::azure;
  check_refused(request, "OperationNotAllowed",
                "upgrade_policy.rolling.rollback_failed_instances_on_policy_breach",
                "only uniform scale sets");
  request.orchestration = orchestration_mode::uniform;
  request.current_model = request.latest_model = value();
  check_accepted(request);
}

TEST_CASE("a class without a command is refused and a weaker change is not") {
  auto request = request_for(image_change());
  request.driver_can[static_cast<std::size_t>(apply_class::reimage)] = false;
  check_refused(request, "", "driver", "class reimage");
  check_refused(request, "", "driver", "add driver.command.reimage");
  // No silent fallback, neither to a weaker class nor to a stronger one.
  request.latest_model = merge(request.current_model, table{{"vm_size", "large"}});
  check_accepted(request);
  request.driver_can[static_cast<std::size_t>(apply_class::restart)] = false;
  check_refused(request, "", "driver", "add driver.command.restart");
}

TEST_CASE("a change that touches no instance needs no command") {
  auto request = request_for(table{{"tags", table{{"env", "test"}}}});
  for (bool& can : request.driver_can)
    can = false;
  check_accepted(request);
}

TEST_CASE("all reasons come at once and the change is still described") {
  auto request = request_for(table{{"capacity", 3},
                                   {"image", table{{"version", "2"}}},
                                   {"orchestration_mode", "uniform"},
                                   {"zones", list{"1"}}});
  request.features.clear();
  request.health_sources.clear();
  request.service_fabric = true;
  request.policy.rolling.max_surge = true;
  request.driver_can[static_cast<std::size_t>(apply_class::redeploy)] = false;
  const auto result = admit(request);
  texts refused;
  for (const auto& x : result.refusals)
    refused.push_back(x.path);
  CHECK(refused
        == texts{"change.orchestration_mode", "change.zones", "change.image.version",
                 "change.capacity", "upgrade_policy.mode", "health",
                 "upgrade_policy.rolling.max_surge", "driver"});
  CHECK(result.changed_paths == texts{"capacity", "image.version", "zones"});
  CHECK(result.action == apply_class::redeploy);
}
