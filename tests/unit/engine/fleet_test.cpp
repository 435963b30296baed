// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/fleet.hpp"

#include <doctest/doctest.h>

using namespace drydock::engine;

namespace {

instance_spec spec_of(std::string id, std::string zone = {}, std::string address = {},
                      std::string n = {}) {
  instance_spec spec;
  spec.id = std::move(id);
  spec.zone = std::move(zone);
  if (!address.empty())
    spec.address = std::move(address);
  if (!n.empty())
    spec.vars = {{"n", std::move(n)}};
  return spec;
}

} // namespace

TEST_CASE("an empty fleet has its zones and nobody in them") {
  const fleet f({"1", "2"});
  CHECK(f.size() == 0);
  CHECK(f.zones() == std::vector<std::string>{"1", "2"});
  CHECK_FALSE(f.find("web-0").has_value());
}

TEST_CASE("an instance is held as it was described") {
  fleet f({"1", "2"});
  instance_spec spec;
  spec.id = "web-special";
  spec.zone = "2";
  spec.update_domain = 3;
  spec.address = "10.0.0.7";
  spec.port = 8080;
  spec.vars = {{"dir", "/srv/web"}, {"empty", ""}};
  spec.protect_from_scale_set_actions = true;
  spec.latest_model_applied = true;
  CHECK(f.add(spec) == 0);
  CHECK(f.id(0) == "web-special");
  CHECK(f.zone(0) == 1);
  CHECK(f.zone_name(0) == "2");
  CHECK(f.update_domain(0) == 3);
  CHECK(f.address(0) == "10.0.0.7");
  CHECK(f.port(0) == 8080);
  CHECK(f.protected_from_actions(0));
  CHECK(f.latest_model_applied(0));
  REQUIRE(f.var(0, "dir") != nullptr);
  CHECK(*f.var(0, "dir") == "/srv/web");
  REQUIRE(f.var(0, "empty") != nullptr);
  CHECK(f.var(0, "empty")->empty());
  CHECK(f.var(0, "nope") == nullptr);
}

TEST_CASE("what is not given has its default") {
  fleet f;
  f.add(spec_of("a"));
  CHECK(f.zone(0) == fleet::no_zone);
  CHECK(f.zone_name(0).empty());
  CHECK(f.update_domain(0) == fleet::no_update_domain);
  CHECK(f.address(0) == "127.0.0.1");
  CHECK(f.port(0) == 0);
  CHECK_FALSE(f.protected_from_actions(0));
  CHECK_FALSE(f.latest_model_applied(0));
  CHECK(f.var(0, "dir") == nullptr);
}

TEST_CASE("update domain zero is a domain") {
  fleet f;
  auto spec = spec_of("a");
  spec.update_domain = 0;
  f.add(spec);
  CHECK(f.update_domain(0) == 0);
}

TEST_CASE("an unknown zone joins the end of the list") {
  fleet f({"2"});
  f.add(spec_of("a", "1"));
  f.add(spec_of("b", "2"));
  f.add(spec_of("c", "1"));
  CHECK(f.zones() == std::vector<std::string>{"2", "1"});
  CHECK(f.zone(0) == 1);
  CHECK(f.zone(1) == 0);
  CHECK(f.zone(2) == 1);
}

TEST_CASE("instances keep their own addresses and values") {
  fleet f;
  f.add(spec_of("a", "", "10.0.0.1", "1"));
  f.add(spec_of("b", "", "10.0.0.2"));
  f.add(spec_of("c", "", "10.0.0.1", "3"));
  CHECK(f.address(0) == "10.0.0.1");
  CHECK(f.address(1) == "10.0.0.2");
  CHECK(f.address(2) == "10.0.0.1");
  CHECK(*f.var(0, "n") == "1");
  CHECK(f.var(1, "n") == nullptr);
  CHECK(*f.var(2, "n") == "3");
}

TEST_CASE("an id is found by its whole text") {
  fleet f;
  for (const auto* id : {"web-1", "web-10", "", "eb-1", "web-100"})
    f.add(spec_of(id));
  CHECK(f.find("web-1") == 0U);
  CHECK(f.find("web-10") == 1U);
  CHECK(f.find("") == 2U);
  CHECK(f.find("eb-1") == 3U);
  CHECK(f.find("web-100") == 4U);
  CHECK_FALSE(f.find("web").has_value());
  CHECK_FALSE(f.find("web-1web-10").has_value());
  CHECK(f.id(2).empty());
  CHECK(f.id(4) == "web-100");
}

TEST_CASE("the latest model mark leaves protection alone") {
  fleet f;
  auto a = spec_of("a");
  a.protect_from_scale_set_actions = true;
  f.add(a);
  auto b = spec_of("b");
  b.protect_from_scale_in = true;
  f.add(b);
  CHECK_FALSE(f.protected_from_actions(1));
  f.set_latest_model_applied(0, true);
  CHECK(f.latest_model_applied(0));
  CHECK_FALSE(f.latest_model_applied(1));
  CHECK(f.protected_from_actions(0));
  f.set_latest_model_applied(0, false);
  CHECK_FALSE(f.latest_model_applied(0));
  CHECK(f.protected_from_actions(0));
}

TEST_CASE("a hundred thousand instances keep their places") {
  fleet f({"1", "2", "3"});
  constexpr instance_index count = 100'000;
  for (instance_index i = 0; i < count; ++i)
    f.add(spec_of("web-" + std::to_string(i), std::to_string(i % 3 + 1)));
  CHECK(f.size() == count);
  CHECK(f.id(99'999) == "web-99999");
  CHECK(f.find("web-99999") == 99'999U);
  CHECK(f.zone(99'998) == 2);
}

TEST_CASE("replacements have positions behind the instances, and what those have") {
  fleet f({"1", "2"});
  auto a = spec_of("a", "2");
  a.update_domain = 3;
  a.vars = {{"k", "v"}};
  f.add(a);
  f.add(spec_of("b", "1"));
  CHECK_FALSE(f.has_replacements());
  CHECK(f.positions() == 2);
  auto next = f.spec(0);
  CHECK(next.update_domain == 3);
  CHECK(next.vars == a.vars);
  next.id = "a-2";
  next.port = 7;
  f.add_replacements({next, spec_of("b-2")});
  CHECK(f.size() == 2);
  CHECK(f.positions() == 4);
  REQUIRE(f.has_replacements());
  CHECK(f.replacement_of(1) == 3);
  CHECK(f.replaced_by(3) == 1);
  CHECK(f.is_replacement(2));
  CHECK_FALSE(f.is_replacement(1));
  CHECK(f.id(2) == "a-2");
  CHECK(f.zone_name(2) == "2");
  CHECK(f.update_domain(2) == 3);
  CHECK(f.port(2) == 7);
  CHECK(f.zone_name(3) == "1");
  CHECK(f.find("b-2") == 3U);
}
