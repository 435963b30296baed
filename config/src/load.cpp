// SPDX-License-Identifier: Apache-2.0
#include "document.hpp"
#include "inventory.hpp"
#include "scale_section.hpp"
#include "sections.hpp"
#include "settings.hpp"
#include "toml_reader.hpp"

namespace drydock::config {
namespace {

constexpr std::uint64_t fnv1a_basis = 14'695'981'039'346'656'037U;

std::uint64_t fnv1a(std::string_view bytes, std::uint64_t hash = fnv1a_basis) {
  for (const char x : bytes) {
    hash ^= static_cast<unsigned char>(x);
    hash *= 1'099'511'628'211U;
  }
  return hash;
}

// A zero byte, which no file that loads can hold, stands before each part.
std::uint64_t fingerprint_of(std::string_view text, std::span<const setting> settings) {
  constexpr std::string_view zero("\0", 1);
  auto hash = fnv1a(text);
  for (const auto& x : settings)
    hash = fnv1a(x.value, fnv1a(zero, fnv1a(x.key, fnv1a(zero, hash))));
  return hash;
}

bool surges(const engine::upgrade_policy& policy) {
  return policy.mode == engine::upgrade_mode::rolling && policy.rolling.max_surge;
}

/// Whether anything the file asks for puts others in the place of instances.
bool replaces_instances(const fleet_file& file) {
  return surges(file.request.policy)
         || (file.repairs.enabled
             && file.repairs.action == engine::repair_action::replace);
}

/// One fleet file on its way from a tree to a checked value.
class file_reader {
public:
  file_reader(const node& tree, const std::filesystem::path& path, std::string_view set,
              const inventory_runner& run, diagnostics& sink)
    : tree_(tree), path_(path), set_(set), run_(run), sink_(sink) {}

  fleet_file read() {
    auto kept = read_replaced(path_, set_);
    if (auto* why = std::get_if<std::string>(&kept))
      sink_.add({0, 0}, std::move(*why));
    else
      kept_ = std::move(std::get<kept_instances>(kept));
    auto result = read_with(std::nullopt);
    // A wrong file never starts anything: the inventory command runs once all
    // else is known to be right.
    if (!sink_.empty() || section_.command.empty())
      return result;
    const auto entries = fetch_command(section_, result.name, result.request,
                                       folder_of(path_), run_, sink_);
    return sink_.empty() ? read_with(entries) : std::move(result);
  }

private:
  // Everything; without `entries` an inventory command stays unread.
  fleet_file read_with(const std::optional<inventory_list>& entries) {
    fleet_file result;
    auto& request = result.request;
    table_reader root(&tree_, {1, 1}, sink_);
    auto scale_set = root.table("scale_set");
    if (!root.given("scale_set"))
      root.report({1, 1}, "missing table [scale_set]; add it with a name");
    const auto set =
      scale_set.present() ? read_scale_set(scale_set) : scale_set_section{};
    result.path = path_;
    result.name = set.name;
    request.orchestration = set.orchestration;
    request.limits = set.limits;
    request.service_fabric = set.service_fabric;
    request.features = set.features;
    read_models(root, scale_set, set, request);
    auto instances = take_instances(scale_set, set, request, entries);
    scale_set.finish();
    settle_capacity(request, tree_, instances.instances.size());
    request.follows_latest_image = engine::wants_latest_image(request.latest_model);
    request.policy = read_policy(root, tree_, set.limits, result.os_upgrade);
    result.repairs = read_repairs(root, set.limits);
    if (replaces_instances(result) && instances.make_replacements)
      instances.instances.add_replacements(
        instances.make_replacements(instances.instances));
    result.replaced = kept_.replaced;
    result.scale_in_rule = read_scale_in_rule(root);
    request.driver_can_scale = driver_makes_instances(tree_);
    plan_capacity(result, instances, tree_, sink_);
    const template_scope scope{&request.latest_model, &request.current_model,
                               &instances.var_names, instances.complete};
    result.health = read_health(root, set.limits, instances.every_port, scope,
                                request.health_sources);
    result.driver = read_driver(root, path_, instances, scope, request);
    result.terminate_delay = read_terminate(root, set.limits, result.driver);
    const auto mode = request.policy.mode;
    result.windows = read_windows(root, mode);
    result.guards = read_guards(
      root, scope, mode, std::holds_alternative<engine::simulated_spec>(result.driver));
    check_around(root, tree_, result);
    check_images(root, tree_, result);
    check_repairs(root, tree_, result);
    admit(result, instances.any_latest);
    check_rhythm(root, tree_, result, instances.instances.arrivals() > 0);
    result.rehearsal = read_rehearsal(root, instances, result.driver, result.action,
                                      surges(request.policy));
    result.store = read_store(root, path_, result.driver);
    root.finish({}, keys_of_all(!set_.empty()));
    result.instances = std::move(instances.instances);
    result.given = kept_.given;
    result.made = kept_.made;
    result.names = std::move(instances.names);
    result.has_inventory = scale_set.given("inventory");
    result.origins = std::move(instances.origins);
    result.from_inventory = std::move(instances.from_inventory);
    return result;
  }

  instance_section take_instances(table_reader& scale_set, const scale_set_section& set,
                                  const engine::change_request& request,
                                  const std::optional<inventory_list>& entries) {
    const std::vector<std::string> no_vars;
    const template_scope scope{&request.latest_model, &request.current_model, &no_vars,
                               true};
    section_ = read_inventory_section(scale_set, scope);
    if (!scale_set.present())
      return unknown_instances();
    if (entries)
      return read_instances(scale_set, set, *entries, kept_);
    inventory_list inventory;
    if (section_.file)
      inventory = fetch_file(section_, folder_of(path_), sink_);
    else
      inventory.missing = scale_set.given("inventory");
    return read_instances(scale_set, set, inventory, kept_);
  }

  static instance_section unknown_instances() {
    instance_section result;
    result.complete = false;
    return result;
  }

  void admit(fleet_file& file, bool any_latest) {
    auto verdict = engine::admit(file.request);
    for (auto& x : verdict.refusals)
      sink_.add(locate(tree_, x.path), std::move(x.text), std::move(x.code));
    file.action = verdict.action;
    file.changed_paths = std::move(verdict.changed_paths);
    const auto* commands = std::get_if<engine::command_spec>(&file.driver);
    file.knows_latest_model =
      any_latest || (commands != nullptr && !commands->inspect.empty());
  }

  const node& tree_;
  const std::filesystem::path& path_;
  std::string_view set_;
  const inventory_runner& run_;
  diagnostics& sink_;
  inventory_section section_;
  kept_instances kept_;
};

} // namespace

load_result parse(std::string_view text, const std::filesystem::path& path,
                  const inventory_runner& run_inventory,
                  std::span<const setting> settings) {
  auto parsed = read_toml(text);
  if (const auto* error = std::get_if<syntax_error>(&parsed))
    return std::vector<diagnostic>{
      {path.string(), error->at.line, error->at.column, {}, error->text}};
  auto& tree = std::get<node>(parsed);
  diagnostics sink(path.string(), settings);
  apply_settings(settings, tree, sink);
  if (!is_single(tree, sink))
    return sink.take();
  return read_tree(tree, {text, path, {}, run_inventory, settings}, sink);
}

load_result read_tree(const node& tree, const tree_source& from, diagnostics& sink) {
  auto file = file_reader(tree, from.path, from.set, from.run_inventory, sink).read();
  if (!sink.empty())
    return sink.take();
  file.fingerprint = fingerprint_of(from.text, from.settings);
  if (!from.set.empty())
    file.fingerprint = fnv1a(from.set, file.fingerprint);
  file.one_of_several = !from.set.empty();
  return file;
}

load_result load(const std::filesystem::path& path,
                 const inventory_runner& run_inventory,
                 std::span<const setting> settings) {
  const auto bytes = read_bytes(path);
  if (!bytes.ok)
    return std::vector<diagnostic>{
      {path.string(), 0, 0, {}, "cannot read the file: " + bytes.text}};
  return parse(bytes.text, path, run_inventory, settings);
}

} // namespace drydock::config
