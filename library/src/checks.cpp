// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"

#include "drydock/engine/apply_class.hpp"
#include "longest_wait.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

namespace drydock::inline v1::detail {

using namespace engine;

namespace {

/// Gathers what is wrong, so that all of it is told at once.
class problems {
public:
  void add(std::string text) {
    if (!text_.empty())
      text_ += "; ";
    text_ += text;
  }

  void add(const refusal& x) {
    if (!x.code.empty()) {
      code_ = error_code::change_refused;
      if (reason_.empty())
        reason_ = x.code;
    }
    add(x.path.empty() ? x.text : x.path + ": " + x.text);
  }

  void add(const policy_problem& x) { add(x.key + ": " + x.text); }

  [[nodiscard]] bool any() const { return !text_.empty(); }

  [[nodiscard]] error take(const std::string& about) {
    return {code_, std::move(reason_), about + ": " + text_};
  }

private:
  error_code code_ = error_code::invalid_argument;
  std::string reason_;
  std::string text_;
};

/// The identity that two instances share; empty: all differ. A table with open
/// addresses, half empty: to sort a million would take as long as a tenth of their
/// upgrade.
std::string_view find_twin(const fleet& instances) {
  constexpr auto empty = std::numeric_limits<instance_index>::max();
  const auto mask = std::bit_ceil(2 * instances.size() + 1) - 1;
  std::vector<instance_index> table(mask + 1, empty);
  for (instance_index i = 0; i < instances.size(); ++i) {
    const auto id = instances.id(i);
    auto at = std::hash<std::string_view>{}(id)&mask;
    for (; table[at] != empty; at = (at + 1) & mask)
      if (instances.id(table[at]) == id)
        return id;
    table[at] = i;
  }
  return {};
}

void check_instances(const fleet& instances, problems& found) {
  if (instances.size() == 0)
    return found.add("it has no instances; add some to scale_set_options::instances");
  for (instance_index i = 0; i < instances.size(); ++i)
    if (instances.id(i).empty())
      return found.add("instance " + std::to_string(i) + " has an empty id");
  if (const auto twin = find_twin(instances); !twin.empty())
    found.add("two instances are called \"" + std::string(twin) + "\"");
}

/// A length of time that is longer than any that clocks can be asked for would come to
/// its end at once, and so take the protection away that it is meant to be.
void check_length(const std::string& name, duration length, problems& found) {
  if (length > longest_wait)
    found.add(name + " must not be longer than 365 days");
}

void check_health(const scale_set_options& options, problems& found) {
  const auto& health = options.health;
  if (health.kind == health_kind::none && options.prober == nullptr)
    return;
  if (health.interval <= duration{0})
    found.add("health.interval must be more than 0");
  if (health.timeout <= duration{0})
    found.add("health.timeout must be more than 0");
  if (health.grace_period < duration{0})
    found.add("health.grace_period must not be less than 0");
  check_length("health.interval", health.interval, found);
  check_length("health.timeout", health.timeout, found);
  check_length("health.grace_period", health.grace_period, found);
  if (health.number_of_probes < 1)
    found.add("health.number_of_probes must be at least 1");
  if (health.kind == health_kind::command && options.prober == nullptr
      && health.argv.empty())
    found.add("health.argv is empty: name the command that asks for health");
}

void check_retry(const retry_policy& retry, problems& found) {
  if (retry.max_attempts < 1)
    found.add("retry.max_attempts must be at least 1");
  if (retry.timeout < duration{0} || retry.backoff_initial < duration{0}
      || retry.backoff_max < duration{0})
    found.add("the times of retry must not be less than 0");
  check_length("retry.timeout", retry.timeout, found);
  check_length("retry.backoff_initial", retry.backoff_initial, found);
  check_length("retry.backoff_max", retry.backoff_max, found);
}

void check_simulated(const simulated_spec& simulated, problems& found) {
  check_retry(simulated.retry, found);
  if (simulated.timeout < duration{0})
    found.add("simulated_spec::timeout must not be less than 0");
  check_length("simulated_spec::timeout", simulated.timeout, found);
}

void check_driver(const scale_set_options& options, problems& found) {
  if (const auto* own = std::get_if<std::shared_ptr<driver>>(&options.driver)) {
    if (*own == nullptr)
      found.add("it has no driver; set scale_set_options::driver");
    return check_retry(options.retry, found);
  }
  if (const auto* simulated = std::get_if<simulated_spec>(&options.driver))
    return check_simulated(*simulated, found);
  const auto* commands = std::get_if<command_spec>(&options.driver);
  if (commands == nullptr)
    return;
  check_retry(commands->retry, found);
  if (!commands->setup.empty() || !commands->teardown.empty())
    found.add("command_spec::setup and teardown are for drydock run; do what they do "
              "before the set is added and after it is removed");
  if (commands->max_processes < 1)
    found.add("command_spec::max_processes must be at least 1");
  if (commands->around.approve_interval <= duration{0})
    found.add("command_spec::around.approve_interval must be more than 0");
  check_length("command_spec::around.approve_interval",
               commands->around.approve_interval, found);
}

/// Who is there to approve by command.
bool has_approve_command(const scale_set_options& options) {
  const auto* commands = std::get_if<command_spec>(&options.driver);
  return std::holds_alternative<simulated_spec>(options.driver)
         || (commands != nullptr && !commands->around.approve.empty());
}

void check_checkpoints(const scale_set_options& options, const upgrade_policy& policy,
                       problems& found) {
  const auto& checkpoints = policy.rolling.checkpoints;
  if (!checkpoints.empty() && policy.mode != upgrade_mode::rolling)
    found.add("checkpoints: they are reached in rolling mode only; choose it or leave "
              "them out");
  if (lacks_approve_command(options, policy))
    found.add("checkpoints: approval by command needs command_spec::around.approve; "
              "with another driver use manual, and answer with upgrade::approve");
}

void check_policy(const scale_set_options& options, const upgrade_policy& policy,
                  problems& found) {
  const auto& rolling = policy.rolling;
  for (const auto& x : validate_policy(rolling, options.limits))
    found.add(x);
  check_length("pause_time_between_batches", rolling.pause_time_between_batches, found);
  check_length("min_ready", rolling.min_ready, found);
  check_length("health_timeout", rolling.health_timeout, found);
  check_length("progress_deadline", rolling.progress_deadline, found);
  check_length("approval_timeout", rolling.approval_timeout, found);
  for (const auto& c : rolling.checkpoints)
    check_length("checkpoints: the bake of one at " + std::to_string(c.percent) + " %",
                 c.bake, found);
  check_checkpoints(options, policy, found);
}

bool is_known(const std::string& path, const scale_set_options& options) {
  return path == "zones" || path == "orchestration_mode"
         || classify_path(path, options.model_classes).has_value();
}

/// A tree that is no table has no keys, and so is no model.
void check_model(const char* name, const value& tree, const scale_set_options& options,
                 problems& found) {
  if (tree.is_null())
    return;
  if (tree.as_table() == nullptr)
    return found.add(std::string(name) + " must be a table");
  for (const auto& path : changed_paths(value(value::table{}), tree))
    if (!is_known(path, options))
      found.add(std::string(name) + " has the unknown key \"" + path
                + "\"; keys of your own belong under settings");
}

change_request make_request(const scale_set_options& options) {
  change_request request;
  request.orchestration = options.orchestration;
  request.limits = options.limits;
  request.service_fabric = options.service_fabric;
  request.features = options.features;
  request.overrides = options.model_classes;
  if (options.prober != nullptr || options.health.kind != health_kind::none)
    request.health_sources = {options.health.kind == health_kind::none
                                ? health_kind::binary_extension
                                : options.health.kind};
  if (const auto* commands = std::get_if<command_spec>(&options.driver))
    for (std::size_t i = 1; i < 5; ++i)
      request.driver_can[i] = !commands->actions[i].empty();
  return request;
}

/// Whether the driver makes and deletes instances.
bool can_create(const scale_set_options& options, const driver_features& features) {
  if (std::holds_alternative<std::shared_ptr<driver>>(options.driver))
    return features.create_and_remove;
  const auto* commands = std::get_if<command_spec>(&options.driver);
  return commands == nullptr
         || (!commands->create.empty() && !commands->remove.empty());
}

void check_positions(const char* name, const std::vector<instance_index>& list,
                     std::size_t instances, problems& found) {
  const auto beyond = std::find_if(list.begin(), list.end(),
                                   [=](instance_index i) { return i >= instances; });
  if (beyond != list.end())
    found.add(std::string(name) + ": there is no instance " + std::to_string(*beyond)
              + " of " + std::to_string(instances));
}

} // namespace

std::optional<error> find_problem(const scale_set_options& options) {
  problems found;
  if (options.name.empty())
    found.add("a scale set must have a name");
  check_instances(options.instances, found);
  check_health(options, found);
  check_driver(options, found);
  check_policy(options, options.policy, found);
  check_model("model", options.model, options, found);
  if (!found.any())
    return std::nullopt;
  return found.take("scale set \"" + options.name + "\"");
}

bool lacks_approve_command(const scale_set_options& options,
                           const upgrade_policy& policy) {
  const auto& checkpoints = policy.rolling.checkpoints;
  return !has_approve_command(options)
         && std::any_of(checkpoints.begin(), checkpoints.end(), [](const auto& c) {
              return c.approval == checkpoint_approval::command;
            });
}

std::optional<error> find_clock_problem(const scale_set_options& options,
                                        clock_kind clock) {
  const auto commands = std::holds_alternative<command_spec>(options.driver);
  const auto own = std::holds_alternative<std::shared_ptr<driver>>(options.driver);
  const auto probes_network = options.prober == nullptr
                              && options.health.kind != health_kind::none
                              && (own || commands);
  if (clock == clock_kind::real || (!commands && !probes_network))
    return std::nullopt;
  return error{error_code::invalid_argument,
               {},
               "scale set \"" + options.name + "\": on a virtual clock "
                 + (commands
                      ? "no commands can be run; use a driver that answers within "
                        "the call, or a simulated_spec"
                      : "nothing can be probed over the network; set a prober that "
                        "answers within the call")};
}

value complete_model(const scale_set_options& options) {
  auto model = options.model.is_null() ? value(value::table{}) : options.model;
  model.set("orchestration_mode", std::string(to_string(options.orchestration)));
  if (!options.instances.zones().empty() && model.find("zones") == nullptr) {
    value::list zones;
    for (const auto& zone : options.instances.zones())
      zones.emplace_back(zone);
    model.set("zones", std::move(zones));
  }
  return model;
}

result<accepted_change> judge(const scale_set_options& options,
                              const driver_features& features, std::size_t instances,
                              const value& model, const upgrade_policy& policy,
                              const change& what) {
  problems found;
  check_model("patch", what.patch, options, found);
  check_positions("instances", what.instances, instances, found);
  check_positions("up_to_date", what.up_to_date, instances, found);
  accepted_change result;
  result.policy = what.policy.value_or(policy);
  check_policy(options, result.policy, found);
  result.model = what.patch.as_table() == nullptr ? model : merge(model, what.patch);
  auto request = make_request(options);
  request.driver_can_create = can_create(options, features);
  request.policy = result.policy;
  request.current_model = model;
  request.latest_model = result.model;
  request.vm_size_on_other_hardware = what.vm_size_on_other_hardware;
  const auto verdict = admit(request);
  for (const auto& refused : verdict.refusals)
    found.add(refused);
  if (found.any())
    return found.take("scale set \"" + options.name + "\"");
  result.action = verdict.action;
  result.selected = what.instances;
  std::sort(result.selected.begin(), result.selected.end());
  return result;
}

} // namespace drydock::inline v1::detail
