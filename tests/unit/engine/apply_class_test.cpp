// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/apply_class.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace drydock::engine;

TEST_CASE("apply classes are ordered by strength") {
  CHECK(apply_class::none < apply_class::in_place);
  CHECK(apply_class::in_place < apply_class::restart);
  CHECK(apply_class::restart < apply_class::reimage);
  CHECK(apply_class::reimage < apply_class::redeploy);
}

TEST_CASE("the name of an apply class reads back as the class") {
  const std::pair<apply_class, std::string_view> rows[] = {
    {apply_class::none, "none"},         {apply_class::in_place, "in_place"},
    {apply_class::restart, "restart"},   {apply_class::reimage, "reimage"},
    {apply_class::redeploy, "redeploy"},
  };
  for (const auto& [action, name] : rows) {
    CHECK(to_string(action) == name);
    CHECK(parse_apply_class(name) == action);
  }
  CHECK_FALSE(parse_apply_class("Restart").has_value());
  CHECK_FALSE(parse_apply_class("").has_value());
}

TEST_CASE("each model path has the class of the table") {
  const std::pair<std::string_view, apply_class> rows[] = {
    {"tags", apply_class::none},
    {"tags.env", apply_class::none},
    {"capacity", apply_class::none},
    {"extensions", apply_class::in_place},
    {"extensions.monitor.version", apply_class::in_place},
    {"data_disks.0.size", apply_class::in_place},
    {"network.subnet", apply_class::in_place},
    {"diagnostics.enabled", apply_class::in_place},
    {"user_data", apply_class::in_place},
    {"vm_size", apply_class::restart},
    {"image", apply_class::reimage},
    {"image.publisher", apply_class::reimage},
    {"image.offer", apply_class::reimage},
    {"image.sku", apply_class::reimage},
    {"image.version", apply_class::reimage},
    {"image.id", apply_class::reimage},
    {"os_profile.admin_password", apply_class::reimage},
    {"os_profile.ssh_keys", apply_class::reimage},
    {"os_profile.custom_data", apply_class::reimage},
    {"zones", apply_class::redeploy},
    {"platform_fault_domain_count", apply_class::redeploy},
    {"proximity_placement_group", apply_class::redeploy},
    {"settings.greeting", apply_class::in_place},
  };
  for (const auto& x : rows) {
    CAPTURE(x.first);
    CHECK(classify_path(x.first) == x.second);
  }
}

TEST_CASE("a path that no model has has no class") {
  for (const auto* path : {"", "imag", "images", "image.", "image.versions",
                           "image.version.major", "os_profile.name", "capacity.max",
                           "vm_sizes", "orchestration_mode", "settingsx"}) {
    CAPTURE(path);
    CHECK_FALSE(classify_path(path).has_value());
  }
}

TEST_CASE("a new size on other hardware is a redeploy") {
  CHECK(classify_path("vm_size", {}, true) == apply_class::redeploy);
  CHECK(classify_path("image.version", {}, true) == apply_class::reimage);
  CHECK(classify_path("vm_size", {{"vm_size", apply_class::restart}}, true)
        == apply_class::restart);
}

TEST_CASE("the longest override that covers a path decides its class") {
  const class_overrides overrides = {
    {"settings", apply_class::reimage},
    {"settings.kernel", apply_class::restart},
    {"settings.kernel.debug", apply_class::none},
    {"zones", apply_class::none},
  };
  CHECK(classify_path("settings.greeting", overrides) == apply_class::reimage);
  CHECK(classify_path("settings.kernel", overrides) == apply_class::restart);
  CHECK(classify_path("settings.kernel.version", overrides) == apply_class::restart);
  CHECK(classify_path("settings.kernel.debug.level", overrides) == apply_class::none);
  CHECK(classify_path("settings.kernels", overrides) == apply_class::reimage);
  CHECK(classify_path("zones", overrides) == apply_class::none);
  CHECK(classify_path("vm_size", overrides) == apply_class::restart);
}

TEST_CASE("an override makes no unknown path known") {
  CHECK_FALSE(classify_path("colour", {{"colour", apply_class::restart}}).has_value());
}

TEST_CASE("a change has the strongest class of its paths") {
  CHECK(classify_change({}) == apply_class::none);
  CHECK(classify_change({"tags.env", "capacity"}) == apply_class::none);
  CHECK(classify_change({"settings.a", "tags.env"}) == apply_class::in_place);
  CHECK(classify_change({"vm_size", "settings.a"}) == apply_class::restart);
  CHECK(classify_change({"image.version", "vm_size"}) == apply_class::reimage);
  CHECK(classify_change({"image.version", "zones", "vm_size"})
        == apply_class::redeploy);
  CHECK(classify_change({"vm_size", "image.version"}, {}, true)
        == apply_class::redeploy);
  CHECK(classify_change({"image.version"}, {{"image", apply_class::in_place}})
        == apply_class::in_place);
  CHECK(classify_change({"colour"}) == apply_class::none);
}

TEST_CASE("every model key has a class") {
  const auto& keys = model_keys();
  CHECK(std::is_sorted(keys.begin(), keys.end()));
  for (const auto key : keys) {
    CAPTURE(key);
    CHECK(classify_path(key).has_value());
  }
  for (const std::string_view key : {"image.version", "settings.*", "vm_size"})
    CHECK(std::count(keys.begin(), keys.end(), key) == 1);
  for (const std::string_view key : {"zones", "orchestration_mode"})
    CHECK(std::count(keys.begin(), keys.end(), key) == 0);
}
