// SPDX-License-Identifier: Apache-2.0
#include "drydock/config/state_path.hpp"
#include "sections.hpp"

namespace drydock::config {
namespace {

using namespace std::chrono_literals;

enum class driver_kind : std::uint8_t { command, simulated };

constexpr engine::apply_class actions[] = {
  engine::apply_class::in_place, engine::apply_class::restart,
  engine::apply_class::reimage, engine::apply_class::redeploy};

void read_retry(table_reader& command, engine::retry_policy& out) {
  const length_range positive{1ns};
  command.read("timeout", out.timeout, positive);
  command.read("max_attempts", out.max_attempts, 1, 100);
  command.read("retry_timeouts", out.retry_timeouts);
  auto backoff = command.table("backoff");
  backoff.read("initial", out.backoff_initial, length_range{});
  backoff.read("max", out.backoff_max, length_range{});
  backoff.finish();
  if (out.backoff_initial > out.backoff_max)
    command.report(command.position_of("backoff"),
                   "backoff starts at " + short_text(out.backoff_initial)
                     + ", which is more than its max of " + short_text(out.backoff_max)
                     + "; raise max or lower initial");
}

void read_inspection(table_reader& command, const template_scope& scope,
                     engine::command_spec& out) {
  const auto use = engine::template_use::instance;
  out.inspect = read_command(command, "inspect", scope, use);
  if (command.read("inspect_expect", out.inspect_expect)) {
    check_template(out.inspect_expect, "inspect_expect",
                   command.position_of("inspect_expect"), scope, use, command);
    return;
  }
  if (!command.given("inspect") || command.given("inspect_expect"))
    return;
  if (scope.model->find("image.version") != nullptr)
    out.inspect_expect = "{model.image.version}";
  else
    command.report(command.position_of("inspect"),
                   "inspect needs inspect_expect, the output of an instance on the "
                   "latest model, since the model has no image.version");
}

} // namespace

engine::command_spec read_commands(table_reader& command,
                                   const std::filesystem::path& path,
                                   const template_scope& scope) {
  engine::command_spec result;
  result.directory = folder_of(path).string();
  result.log_directory = state_path(path, ".logs");
  for (const auto action : actions)
    result.actions[static_cast<std::size_t>(action)] = read_command(
      command, engine::to_string(action), scope, engine::template_use::step);
  result.create = read_command(command, "create", scope, engine::template_use::step);
  result.remove = read_command(command, "delete", scope, engine::template_use::step);
  result.terminate_notification = read_command(command, "terminate_notification", scope,
                                               engine::template_use::notification);
  read_inspection(command, scope, result);
  result.setup = read_command(command, "setup", scope, engine::template_use::set);
  result.teardown = read_command(command, "teardown", scope, engine::template_use::set);
  read_retry(command, result.retry);
  command.read("max_processes", result.max_processes, 1, 10'000);
  auto hooks = command.table("hooks");
  result.before_instance =
    read_command(hooks, "before_instance", scope, engine::template_use::step);
  result.after_instance =
    read_command(hooks, "after_instance", scope, engine::template_use::step);
  read_around(command, hooks, scope, result.around);
  result.latest_image =
    read_command(command, "latest_image", scope, engine::template_use::set);
  hooks.finish();
  command.finish();
  return result;
}

bool driver_makes_instances(const node& tree) {
  const auto* driver = tree.find("driver");
  const auto* kind = driver == nullptr ? nullptr : driver->value.find("kind");
  if (kind == nullptr || kind->value.type != node::kind::text
      || kind->value.text != "command")
    return true; // a simulated one can, and a wrong one is reported anyway
  const auto* command = driver->value.find("command");
  return command != nullptr && command->value.find("create") != nullptr
         && command->value.find("delete") != nullptr;
}

engine::driver_spec read_driver(table_reader& root, const std::filesystem::path& path,
                                const instance_section& instances,
                                const template_scope& scope,
                                engine::change_request& request) {
  auto driver = root.table("driver");
  constexpr std::string_view why = "; it is \"command\" or \"simulated\"";
  if (!root.given("driver"))
    root.report(root.at(), "missing table [driver]; add it with kind = \"command\" or "
                           "kind = \"simulated\"");
  else if (driver.present())
    driver.require("kind", why);
  auto kind = driver_kind::simulated;
  const bool known = driver.read(
    "kind", kind,
    {{"command", driver_kind::command}, {"simulated", driver_kind::simulated}});
  auto command = driver.table("command");
  auto commands = read_commands(command, path, scope);
  auto simulated = driver.table("simulated");
  auto simulation = read_simulated(simulated, instances);
  driver.finish();
  request.driver_can_create = !known || kind == driver_kind::simulated
                              || (command.given("create") && command.given("delete"));
  if (!known || kind == driver_kind::simulated)
    return simulation;
  // What is there but wrong has been reported already.
  for (const auto action : actions)
    request.driver_can[static_cast<std::size_t>(action)] =
      command.given(engine::to_string(action));
  return commands;
}

} // namespace drydock::config
