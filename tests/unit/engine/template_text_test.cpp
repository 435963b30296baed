// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/template_text.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;

namespace {

using table = value::table;

struct fixture {
  fleet instances{{"1", "2"}};
  value model{table{{"image", table{{"version", "2.0.0"}}},
                    {"settings", table{{"workers", 4}, {"debug", false}}},
                    {"zones", value::list{"1", "2"}}}};
  value previous{table{{"image", table{{"version", "1.0.0"}}},
                       {"settings", table{{"greeting", "hello"}}}}};
  std::vector<std::string> vars{"dir"};

  fixture() {
    instance_spec spec;
    spec.id = "plain";
    instances.add(spec);
    spec.id = "web-1";
    spec.zone = "2";
    spec.update_domain = 3;
    spec.address = "10.0.0.7";
    spec.port = 8080;
    spec.vars = {{"dir", "/srv/{model.image.version}"}};
    instances.add(spec);
  }

  std::string fill(std::string_view text, instance_index i = 1) const {
    return fill_template(text,
                         {&instances, i, &model, &previous, "web", "u/web-1/reimage"});
  }

  std::optional<std::string> unknown(std::string_view text,
                                     template_use use = template_use::step) const {
    return find_unknown_placeholder(text, model, previous, vars, use);
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "each placeholder is filled in") {
  const std::pair<std::string_view, std::string_view> rows[] = {
    {"{instance.id}", "web-1"},
    {"{instance.index}", "1"},
    {"{instance.zone}", "2"},
    {"{instance.update_domain}", "3"},
    {"{instance.address}", "10.0.0.7"},
    {"{instance.port}", "8080"},
    {"{model.image.version}", "2.0.0"},
    {"{model.settings.workers}", "4"},
    {"{model.settings.debug}", "false"},
    {"{model.image}", R"({"version":"2.0.0"})"},
    {"{model.zones}", R"(["1","2"])"},
    {"{previous.image.version}", "1.0.0"},
    {"{scale_set.name}", "web"},
    {"{key}", "u/web-1/reimage"},
    {"http://{instance.address}:{instance.port}/v{model.image.version}",
     "http://10.0.0.7:8080/v2.0.0"},
    {"plain text", "plain text"},
    {"", ""},
  };
  for (const auto& x : rows) {
    CAPTURE(x.first);
    CHECK(fill(x.first) == x.second);
    CHECK_FALSE(unknown(x.first).has_value());
  }
}

TEST_CASE_FIXTURE(fixture, "a filled-in value is not filled in again") {
  CHECK(fill("{instance.vars.dir}/x") == "/srv/{model.image.version}/x");
}

TEST_CASE_FIXTURE(fixture, "what has no value becomes nothing") {
  for (const auto* text :
       {"{instance.zone}", "{instance.update_domain}", "{instance.port}",
        "{instance.vars.dir}", "{model.image.sku}", "{previous.settings.workers}"}) {
    CAPTURE(text);
    CHECK(fill(text, 0) == "");
    CHECK_FALSE(unknown(text).has_value());
  }
  CHECK(fill("[{instance.address}]", 0) == "[127.0.0.1]");
}

TEST_CASE_FIXTURE(fixture, "only steps have a key") {
  CHECK(unknown("{key}", template_use::instance) == "{key}");
  CHECK(unknown("{key}", template_use::set) == "{key}");
  CHECK_FALSE(unknown("{instance.id}", template_use::instance).has_value());
}

TEST_CASE("a key names upgrade, instance and step, and rollbacks apart") {
  CHECK(step_key("u1", "web-3", "reimage", false) == "u1/web-3/reimage");
  CHECK(step_key("u1", "web-3", "reimage", true) == "u1/web-3/reimage/rollback");
  CHECK(step_key("u1", "a/b", "before_instance", false) == "u1/a/b/before_instance");
}

TEST_CASE("a command that belongs to no instance has the set and the models") {
  const value model(table{{"vm_size", "small"}});
  const template_context context{nullptr, 0, &model, nullptr, "web"};
  CHECK(fill_template("{scale_set.name} {model.vm_size}", context) == "web small");
  CHECK(fill_template("<{instance.id}{previous.vm_size}>", context) == "<>");
}

TEST_CASE_FIXTURE(fixture, "doubled braces are braces") {
  const std::pair<std::string_view, std::string_view> rows[] = {
    {"{{}}", "{}"},
    {"{{instance.id}}", "{instance.id}"},
    {"{{{instance.id}}}", "{web-1}"},
    {R"({{"id": "{instance.id}"}})", R"({"id": "web-1"})"},
    {"a}b", "a}b"},
    {"}", "}"},
    {"}{instance.id}", "}web-1"},
  };
  for (const auto& x : rows) {
    CAPTURE(x.first);
    CHECK(fill(x.first) == x.second);
    CHECK_FALSE(unknown(x.first).has_value());
  }
}

TEST_CASE_FIXTURE(fixture, "a brace that is never closed is reported and kept") {
  for (const auto* text : {"{", "{instance.id", "{{{instance.id"}) {
    CAPTURE(text);
    REQUIRE(unknown(text).has_value());
    CHECK(unknown(text)->starts_with("a brace that is never closed: {"));
  }
  CHECK(fill("x {instance.id") == "x {instance.id");
}

TEST_CASE_FIXTURE(fixture, "the first unknown placeholder is named") {
  CHECK(unknown("{instance.id} {instance.name} {colour}") == "{instance.name}");
  for (const auto* text :
       {"{}", "{ instance.id}", "{instance}", "{instance.}", "{instance.vars}",
        "{instance.vars.}", "{instance.vars.home}", "{instance.id.x}", "{model}",
        "{model.}", "{model.imag}", "{model.image.}", "{model.image.versions}",
        "{model.settings.typo}", "{previous.typo}", "{scale_set}", "{scale_set.id}",
        "{Instance.id}"}) {
    CAPTURE(text);
    CHECK(unknown(text) == text);
    CHECK(fill(text) == "");
  }
}

TEST_CASE_FIXTURE(fixture, "model keys are known even where no model has them") {
  for (const auto* text :
       {"{model.image.sku}", "{previous.image.id}", "{model.vm_size}",
        "{model.os_profile.custom_data}", "{model.os_profile}", "{model.tags}",
        "{previous.settings}", "{model.orchestration_mode}", "{previous.zones}"}) {
    CAPTURE(text);
    CHECK_FALSE(unknown(text).has_value());
  }
}

TEST_CASE_FIXTURE(fixture, "a user's key that one model has is known in both") {
  CHECK_FALSE(unknown("{previous.settings.workers}").has_value());
  CHECK_FALSE(unknown("{model.settings.greeting}").has_value());
}

TEST_CASE_FIXTURE(fixture, "a command that belongs to no instance knows no instance") {
  CHECK(unknown("{scale_set.name} {instance.id}", template_use::set)
        == "{instance.id}");
  CHECK_FALSE(
    unknown("{scale_set.name} {model.image.version}", template_use::set).has_value());
}
