// SPDX-License-Identifier: Apache-2.0
// What surrounds an upgrade as a whole: hooks, approvals, and how a simulated fleet
// plays them.
#include "distributions.hpp"
#include "sections.hpp"

#include <algorithm>
#include <set>

namespace drydock::config {
namespace {

using namespace std::chrono_literals;
using engine::upgrade_hook;

constexpr upgrade_hook all_hooks[] = {
  upgrade_hook::before_upgrade, upgrade_hook::before_batch, upgrade_hook::after_batch,
  upgrade_hook::after_upgrade};

constexpr std::size_t slot(upgrade_hook x) {
  return static_cast<std::size_t>(x);
}

bool is_of_batch(upgrade_hook x) {
  return x == upgrade_hook::before_batch || x == upgrade_hook::after_batch;
}

void read_hook_fault(table_reader fault, engine::simulated_surroundings& out) {
  engine::simulated_hook_fault x;
  fault.require("hook", "; it is the hook that fails: hook = \"before_batch\"");
  const bool known = fault.read("hook", x.hook,
                                {{"before_upgrade", upgrade_hook::before_upgrade},
                                 {"before_batch", upgrade_hook::before_batch},
                                 {"after_batch", upgrade_hook::after_batch},
                                 {"after_upgrade", upgrade_hook::after_upgrade}});
  if (fault.read("batch", x.batch, 1, std::numeric_limits<std::uint32_t>::max())
      && known && !is_of_batch(x.hook))
    fault.report(fault.position_of("batch"),
                 "batch belongs to before_batch and after_batch; "
                   + std::string(to_string(x.hook)) + " is of no batch: leave it out");
  fault.read("attempts", x.attempts, 1, std::numeric_limits<std::uint32_t>::max());
  if (known && !out.hooks[slot(x.hook)])
    fault.report(fault.position_of("hook"),
                 "the fleet has no " + std::string(to_string(x.hook))
                   + " hook; add [driver.simulated.hooks] with "
                   + std::string(to_string(x.hook)) + " = \"0s\"");
  fault.finish();
  out.hook_faults.push_back(x);
}

void read_simulated_guard(table_reader guard, std::set<std::string>& names,
                          engine::simulated_surroundings& out) {
  auto& x = out.guards.emplace_back();
  guard.require("name", "; it is the name of a [[guard]]");
  if (guard.read("name", x.name) && !names.insert(x.name).second)
    guard.report(guard.position_of("name"),
                 "guard \"" + x.name + "\" has a table already; put both into one");
  engine::duration length{0};
  if (guard.read("fails_after", length, length_range{}))
    x.fails_after = length;
  if (guard.read("recovers_after", length, length_range{})) {
    x.recovers_after = length;
    if (!guard.given("fails_after"))
      guard.report(guard.position_of("recovers_after"),
                   "recovers_after is of no use without fails_after; add it");
  }
  guard.finish();
}

bool asks_a_command(const engine::rolling_policy& p) {
  return std::any_of(p.checkpoints.begin(), p.checkpoints.end(), [](const auto& c) {
    return c.approval == engine::checkpoint_approval::command;
  });
}

void check_simulated_guards(table_reader& root, const node& tree,
                            const fleet_file& file) {
  const auto* spec = std::get_if<engine::simulated_spec>(&file.driver);
  if (spec == nullptr)
    return;
  for (const auto& x : spec->around.guards) {
    const auto known =
      std::any_of(file.guards.begin(), file.guards.end(),
                  [&](const auto& g) { return g.rule.name == x.name; });
    if (!known && !x.name.empty())
      root.report(locate(tree, "driver.simulated.guard"),
                  "there is no [[guard]] called \"" + x.name
                    + "\"; add it or leave the simulated one out");
  }
}

} // namespace

void read_around(table_reader& command, table_reader& hooks,
                 const template_scope& scope, engine::upgrade_commands& out) {
  out.approve =
    read_command(command, "approve", scope, engine::template_use::checkpoint);
  command.read("approve_interval", out.approve_interval, length_range{1ms});
  for (const auto hook : all_hooks)
    out.hooks[slot(hook)] =
      read_command(hooks, to_string(hook), scope, engine::template_use::upgrade);
}

void read_around(table_reader& simulated, engine::simulated_surroundings& out) {
  simulated.read("approve", out.approve);
  simulated.read("approve_after", out.approve_after, length_range{});
  auto hooks = simulated.table("hooks");
  for (const auto hook : all_hooks)
    read_distribution(hooks, to_string(hook), out.hooks[slot(hook)]);
  hooks.finish();
  for (const auto* item : simulated.tables("hook_fault"))
    read_hook_fault({item, item->at, simulated.sink()}, out);
  std::set<std::string> names;
  for (const auto* item : simulated.tables("guard"))
    read_simulated_guard({item, item->at, simulated.sink()}, names, out);
}

void check_around(table_reader& root, const node& tree, const fleet_file& file) {
  const auto* commands = std::get_if<engine::command_spec>(&file.driver);
  if (commands != nullptr && commands->around.approve.empty()
      && asks_a_command(file.request.policy.rolling)
      && locate(tree, "driver.command.approve") == locate(tree, "driver.command"))
    root.report(locate(tree, "upgrade_policy.rolling.checkpoints"),
                "approval = \"command\" needs a command that decides; add "
                "driver.command.approve = [\"./approve.sh\", \"{checkpoint}\"]");
  check_simulated_guards(root, tree, file);
}

} // namespace drydock::config
