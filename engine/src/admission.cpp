// SPDX-License-Identifier: Apache-2.0
#include "drydock/engine/admission.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace drydock::inline v1::engine {

namespace {

constexpr std::string_view not_allowed = "OperationNotAllowed";
constexpr std::string_view property_not_allowed = "PropertyChangeNotAllowed";
constexpr std::string_view bad_request = "BadRequest";
constexpr std::string_view image_feature = "ImageReferenceUpgradeForVmoVMs";
constexpr std::array<std::string_view, 4> platform_image_keys = {"offer", "publisher",
                                                                 "sku", "version"};

using zone_set = std::set<std::string, std::less<>>;

zone_set zones_of(const value& model) {
  zone_set zones;
  const auto* found = model.find("zones");
  if (found == nullptr || found->as_list() == nullptr)
    return zones;
  for (const auto& zone : *found->as_list())
    zones.insert(zone.to_text());
  return zones;
}

bool has(const value& model, std::string_view path) {
  const auto* found = model.find(path);
  return found != nullptr && !found->is_null();
}

bool has_platform_image(const value& model) {
  return std::any_of(
    platform_image_keys.begin(), platform_image_keys.end(),
    [&model](std::string_view key) { return has(model, "image." + std::string(key)); });
}

/// What differs between the models, apart from what only a refusal names.
std::vector<std::string> find_changes(const change_request& request) {
  auto paths = changed_paths(request.current_model, request.latest_model);
  const bool same_zones =
    zones_of(request.current_model) == zones_of(request.latest_model);
  std::erase_if(paths, [same_zones](const std::string& path) {
    return path == "orchestration_mode" || (same_zones && path == "zones");
  });
  const std::string version = "image.version";
  const auto at = std::lower_bound(paths.begin(), paths.end(), version);
  if (request.follows_latest_image && (at == paths.end() || *at != version))
    paths.insert(at, version);
  return paths;
}

/// One call to `admit`: each member judges one rule.
class judge {
public:
  explicit judge(const change_request& request)
    : request_(request), changed_(find_changes(request)),
      action_(classify_change(changed_, request.overrides,
                              request.vm_size_on_other_hardware)) {}

  void check_orchestration_mode();
  void check_zones();
  void check_image_type();
  void check_image_feature();
  void check_capacity();
  void check_mode();
  void check_health_source();
  void check_surge();
  void check_rollback();
  void check_driver();

  admission take() { return {std::move(refusals_), std::move(changed_), action_}; }

private:
  void refuse(std::string_view code, std::string_view path, std::string text) {
    refusals_.push_back({std::string(code), std::string(path), std::move(text)});
  }

  [[nodiscard]] bool changes(std::string_view path) const {
    return std::find(changed_.begin(), changed_.end(), path) != changed_.end();
  }

  [[nodiscard]] std::string first_changed_platform_key() const;

  const change_request& request_;
  std::vector<std::string> changed_;
  apply_class action_;
  std::vector<refusal> refusals_;
};

void judge::check_orchestration_mode() {
  const auto* was = request_.current_model.find("orchestration_mode");
  const auto* is = request_.latest_model.find("orchestration_mode");
  const std::string before =
    was == nullptr ? std::string(to_string(request_.orchestration)) : was->to_text();
  const std::string after = is == nullptr ? before : is->to_text();
  if (before != after)
    refuse(property_not_allowed, "change.orchestration_mode",
           "orchestration_mode cannot change from " + before + " to " + after
             + "; make a new scale set instead");
}

void judge::check_zones() {
  const auto after = zones_of(request_.latest_model);
  std::string removed;
  for (const auto& zone : zones_of(request_.current_model)) {
    if (after.contains(zone))
      continue;
    removed += removed.empty() ? "" : ", ";
    removed += '"' + zone + '"';
  }
  if (!removed.empty())
    refuse(property_not_allowed, "change.zones",
           "zones can be added but not removed; put " + removed + " back");
}

std::string judge::first_changed_platform_key() const {
  for (const auto key : platform_image_keys) {
    auto path = "image." + std::string(key);
    if (changes(path) && has(request_.latest_model, path))
      return path;
  }
  return "image";
}

void judge::check_image_type() {
  const bool was_custom = has(request_.current_model, "image.id");
  const bool was_platform = has_platform_image(request_.current_model);
  const bool is_custom = has(request_.latest_model, "image.id");
  const bool is_platform = has_platform_image(request_.latest_model);
  const bool becomes_custom = was_platform && !was_custom && is_custom;
  const bool becomes_platform = was_custom && !was_platform && is_platform;
  if (becomes_custom)
    refuse(not_allowed, "change.image.id",
           "the image cannot change from a platform image (publisher, offer, sku, "
           "version) to a custom one (image.id); make a new scale set instead");
  else if (becomes_platform)
    refuse(not_allowed, "change." + first_changed_platform_key(),
           "the image cannot change from a custom image (image.id) to a platform one "
           "(publisher, offer, sku, version); make a new scale set instead");
  else if (is_custom && is_platform)
    refuse(not_allowed, "change.image",
           "an image is either a platform image (publisher, offer, sku, version) or a "
           "custom one (image.id); leave one of the two out");
}

void judge::check_image_feature() {
  if (request_.orchestration != orchestration_mode::flexible
      || !changes("image.version"))
    return;
  const auto& features = request_.features;
  if (std::find(features.begin(), features.end(), image_feature) == features.end())
    refuse(not_allowed, "change.image.version",
           "a flexible scale set changes image.version only with a registered feature; "
           "add `features = [\""
             + std::string(image_feature) + "\"]` under [scale_set]");
}

void judge::check_capacity() {
  if (changes("capacity") && !request_.driver_can_scale)
    refuse(
      not_allowed, "change.capacity",
      request_.driver_can_create
        ? "capacity cannot change here, since scale sets of an engine's own do not "
          "scale; use `drydock run`, or leave capacity out of the change"
        : "capacity cannot change, since the driver has no commands to create and "
          "delete instances; add driver.command.create and delete, or leave "
          "capacity out of the change");
}

void judge::check_mode() {
  if (request_.service_fabric && request_.policy.mode != upgrade_mode::automatic)
    refuse(
      bad_request, "upgrade_policy.mode",
      "a scale set that belongs to a Service Fabric cluster accepts automatic mode "
      "only; set mode = \"automatic\" under [upgrade_policy]");
}

void judge::check_health_source() {
  std::vector<health_kind> sources = request_.health_sources;
  std::erase(sources, health_kind::none);
  if (sources.size() > 1) {
    refuse(
      bad_request, "health",
      std::to_string(sources.size())
        + " health sources are given, but a scale set has one at most; keep one of "
          "the tables under [health]");
    return;
  }
  if (request_.policy.mode != upgrade_mode::rolling)
    return;
  const bool flexible = request_.orchestration == orchestration_mode::flexible;
  if (sources.empty())
    refuse(bad_request, "health",
           std::string("rolling mode needs a health source; add "
                       "[health.application_health_extension]")
             + (flexible ? "" : ", [health.load_balancer_probe]")
             + " or [health.command]");
  else if (flexible && sources.front() == health_kind::load_balancer)
    refuse(bad_request, "health",
           "rolling mode of a flexible scale set cannot use a load balancer probe; use "
           "[health.application_health_extension] or [health.command] instead");
}

void judge::check_surge() {
  if (request_.policy.rolling.max_surge && !request_.driver_can_create)
    refuse("", "upgrade_policy.rolling.max_surge",
           "max_surge needs a driver that can create and delete instances; give it "
           "commands or functions for both (driver.command.create and delete, "
           "driver_features::create_and_remove), or set max_surge = false");
}

void judge::check_rollback() {
  if (request_.policy.rolling.rollback_failed_instances_on_policy_breach
      && request_.limits == compatibility::azure
      && request_.orchestration != orchestration_mode::uniform)
    refuse(not_allowed,
           "upgrade_policy.rolling.rollback_failed_instances_on_policy_breach",
           "in azure compatibility only uniform scale sets roll failed instances back; "
           "set rollback_failed_instances_on_policy_breach = false");
}

void judge::check_driver() {
  if (action_ == apply_class::none
      || request_.driver_can[static_cast<std::size_t>(action_)])
    return;
  const std::string name(to_string(action_));
  refuse("", "driver",
         "this change is of class " + name
           + ", for which the driver has no command; add driver.command." + name);
}

} // namespace

admission admit(const change_request& request) {
  judge rules(request);
  rules.check_orchestration_mode();
  rules.check_zones();
  rules.check_image_type();
  rules.check_image_feature();
  rules.check_capacity();
  rules.check_mode();
  rules.check_health_source();
  rules.check_surge();
  rules.check_rollback();
  rules.check_driver();
  return rules.take();
}

} // namespace drydock::inline v1::engine
