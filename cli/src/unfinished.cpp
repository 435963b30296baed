// SPDX-License-Identifier: Apache-2.0
// An upgrade that was cut short, beside the fleet file as it is now.
#include "controller.hpp"
#include "standing_places.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace drydock::cli {

using namespace engine;

namespace {

std::string which(const unfinished_upgrade& past) {
  return "upgrade " + past.entry.id + ", which was cut short,";
}

bool scales(const journal::header& x) {
  return !x.rollout.scale_in.empty() || x.instances->arrivals() > 0;
}

/// Of a set that scales the file may list those who come already, and may have
/// forgotten those who go.
bool same_scaled_instances(const fleet& now, const journal::header& past) {
  const auto& was = *past.instances;
  if (now.zones() != was.zones())
    return false;
  std::unordered_map<std::string_view, instance_index> known;
  known.reserve(was.positions());
  for (instance_index i = 0; i < was.positions(); ++i)
    known.emplace(was.id(i), i);
  std::vector<bool> here(was.positions());
  for (instance_index i = 0; i < now.size(); ++i) {
    const auto found = known.find(now.id(i));
    if (found == known.end())
      return false;
    // A file that lists who comes already gives it the place of its number, which the
    // balance of zones may not have given it.
    if (!was.is_arrival(found->second) && !same_place(now, i, was, found->second))
      return false;
    here[found->second] = true;
  }
  for (const auto i : past.rollout.scale_in)
    if (i < here.size())
      here[i] = true; // or not, and both is right
  for (instance_index i = 0; i < was.size(); ++i)
    if (!here[i] && !(was.has_replacements() && here[was.replacement_of(i)]))
      return false;
  return true;
}

bool same_instances(const fleet& a, const fleet& b) {
  if (a.zones() != b.zones())
    return false;
  if (b.has_replacements())
    return find_places(a, b).has_value();
  if (a.size() != b.size())
    return false;
  for (instance_index i = 0; i < a.size(); ++i)
    if (a.id(i) != b.id(i) || !same_place(a, i, b, i))
      return false;
  return true;
}

/// By all that a journal keeps of a policy.
bool same_policy(const upgrade_policy& a, const upgrade_policy& b) {
  journal::header x;
  x.instances = std::make_shared<const fleet>();
  x.rollout.policy = a;
  const auto bytes = journal::write_header(x);
  x.rollout.policy = b;
  return journal::write_header(x) == bytes;
}

/// Whether the driver has what the action needs.
bool can_do(const driver_spec& driver, apply_class action) {
  const auto* commands = std::get_if<command_spec>(&driver);
  return commands == nullptr || action == apply_class::none
         || !commands->actions[static_cast<std::size_t>(action)].empty();
}

/// As the file says them: what a time zone means is the machine's to know.
bool same_windows(const std::vector<maintenance_window>& a,
                  const std::vector<maintenance_window>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](maintenance_window x, maintenance_window y) {
                      x.offsets = y.offsets = {};
                      return x == y;
                    });
}

/// Guards are known by their places.
bool same_guards(const std::vector<guard_spec>& now,
                 const std::vector<guard_rule>& was) {
  return std::equal(
    now.begin(), now.end(), was.begin(), was.end(),
    [](const guard_spec& a, const guard_rule& b) { return a.rule.name == b.name; });
}

/// Those have the same names.
bool same_rules(const std::vector<guard_spec>& now,
                const std::vector<guard_rule>& was) {
  return std::equal(
    now.begin(), now.end(), was.begin(), was.end(),
    [](const guard_spec& a, const guard_rule& b) { return a.rule == b; });
}

/// Whether somebody is there to approve what the policy has a command approve.
bool can_approve(const driver_spec& driver, const rolling_policy& policy) {
  const auto* commands = std::get_if<command_spec>(&driver);
  return commands == nullptr || !commands->around.approve.empty()
         || std::none_of(policy.checkpoints.begin(), policy.checkpoints.end(),
                         [](const checkpoint& c) {
                           return c.approval == checkpoint_approval::command;
                         });
}

/// Only one that began with a shared budget asks for it.
std::optional<std::string> find_other_budget(const config::fleet_file& file,
                                             const unfinished_upgrade& past) {
  const auto had = past.header.rollout.shared_budget > 0;
  if (had == (file.shared_budget > 0))
    return std::nullopt;
  return "OperationNotAllowed: " + which(past)
         + (had ? " began with a shared budget, which the file does not have; put "
                  "[budget] back and run `drydock resume "
                : " began without the file's [budget]; take it out until that is over, "
                  "and run `drydock resume ")
         + file.path.string() + "`";
}

/// What the file lacks of what surrounds the upgrade.
std::optional<std::string> find_lack_around(const config::fleet_file& file,
                                            const unfinished_upgrade& past) {
  const auto ending = " and run `drydock resume " + file.path.string() + "`";
  if (auto why = find_other_budget(file, past))
    return why;
  if (!same_guards(file.guards, past.header.rollout.guards))
    return "OperationNotAllowed: the file does not have the guards that " + which(past)
           + " began with; put them back, in their order," + ending;
  const auto& repairs = past.header.rollout.repairs;
  if (repairs && !can_do(file.driver, class_of(repairs->action)))
    return "OperationNotAllowed: the driver has no command for "
           + std::string(to_string(repairs->action)) + ", by which " + which(past)
           + " repairs; put it back" + ending;
  const auto* commands = std::get_if<command_spec>(&file.driver);
  if (past.header.rollout.terminate_delay && commands != nullptr
      && commands->terminate_notification.empty())
    return "OperationNotAllowed: the driver has no terminate_notification command, "
           "which "
           + which(past) + " needs; put it back" + ending;
  if (!can_approve(file.driver, past.header.rollout.policy.rolling))
    return "OperationNotAllowed: the driver has no approve command, which "
           + which(past) + " needs; put it back" + ending;
  return std::nullopt;
}

/// As the file would say it: what does not count is as by default.
repair_policy repairs_of(const rollout_options& x) {
  return x.repairs ? repair_policy{true, x.repairs->grace_period, x.repairs->action}
                   : repair_policy{};
}

bool same_repairs(const repair_policy& a, const repair_policy& b) {
  return a.enabled == b.enabled && (!a.enabled || a == b);
}

bool can_surge(const driver_spec& driver) {
  const auto* commands = std::get_if<command_spec>(&driver);
  return commands == nullptr
         || (!commands->create.empty() && !commands->remove.empty());
}

/// What `run` would have to do otherwise than the upgrade was begun; empty: nothing.
std::string_view other_wish(const config::fleet_file& file,
                            const journal::header& was) {
  if (file.request.latest_model != was.latest_model
      || file.action != was.rollout.action)
    return "another change";
  if (!same_policy(file.request.policy, was.rollout.policy)
      || !same_repairs(file.repairs, repairs_of(was.rollout)))
    return "another policy";
  if (!same_windows(file.windows, was.rollout.windows))
    return "other maintenance windows";
  if (!same_rules(file.guards, was.rollout.guards))
    return "another on_failure of its guards";
  return {};
}

/// Keeps who runs the latest model, and who was deleted, by what is told.
class upgraded_list : public command_sink {
public:
  void take(rollout_command&&) override {}
  void publish(upgrade_event&& event) override {
    if (const auto* step = std::get_if<told::step_finished>(&event)) {
      if (step->step == step_kind::action && step->outcome == step_outcome::succeeded
          && !deletes(step->work))
        list.insert(step->instance);
    } else if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
      if (settled->reason == failure_reason::none)
        list.insert(settled->instance);
    } else if (const auto* undone = std::get_if<told::rollback_finished>(&event)) {
      if (undone->succeeded)
        list.erase(undone->instance);
    } else if (const auto* made = std::get_if<told::instance_created>(&event)) {
      list.insert(made->instance);
    } else if (const auto* gone = std::get_if<told::instance_deleted>(&event)) {
      list.erase(gone->instance);
      if (gone->reason != deletion_reason::deleted)
        deleted.insert(gone->instance);
    }
  }

  std::set<instance_index> list, deleted;
};

} // namespace

std::optional<std::string> find_difference(const config::fleet_file& file,
                                           const unfinished_upgrade& past, bool run) {
  const auto& was = past.header;
  const auto name = file.path.string();
  if (scales(was) ? !same_scaled_instances(file.instances, was)
                  : !same_instances(file.instances, *was.instances))
    return "OperationNotAllowed: the file does not list the instances that "
           + which(past) + " works on; put them back and run `drydock resume " + name
           + "`, or give it up with `drydock cancel " + name + " --abandon`";
  if (!can_do(file.driver, was.rollout.action))
    return "OperationNotAllowed: the driver has no command for "
           + std::string(to_string(was.rollout.action)) + ", which " + which(past)
           + " needs; put it back and run `drydock resume " + name + "`";
  if ((was.instances->has_replacements() || scales(was)) && !can_surge(file.driver))
    return "OperationNotAllowed: the driver has no commands to create and delete "
           "instances, which "
           + which(past) + " needs; put them back and run `drydock resume " + name
           + "`";
  if (was.rollout.has_health != (file.health.kind != health_kind::none))
    return "OperationNotAllowed: " + which(past)
           + (was.rollout.has_health ? " goes by health, and the file has no health "
                                       "source any more; put it back"
                                     : " has no health source, and the file has one "
                                       "now; take it out")
           + " and run `drydock resume " + name + "`";
  if (auto lack = find_lack_around(file, past))
    return lack;
  if (const auto wish = run ? other_wish(file, was) : std::string_view(); !wish.empty())
    return "OperationNotAllowed: " + which(past)
           + " is not over, and the file asks for " + std::string(wish)
           + " now; finish it with `drydock resume " + name
           + "`, or cancel it with `drydock cancel " + name
           + "` and resume it to its end";
  return std::nullopt;
}

void adopt(config::fleet_file& file, const journal::header& past) {
  file.request.policy = past.rollout.policy;
  file.repairs = repairs_of(past.rollout);
  file.windows = past.rollout.windows;
  for (std::size_t g = 0; g < file.guards.size(); ++g)
    file.guards[g].rule = past.rollout.guards[g];
  file.terminate_delay = past.rollout.terminate_delay;
  file.request.latest_model = past.latest_model;
  file.request.current_model = past.previous_model;
  file.action = past.rollout.action;
  const auto scaled = scales(past) || file.instances.arrivals() > 0;
  file.scale_in = past.rollout.scale_in;
  if (scaled)
    take_scaled_places(file, *past.instances);
  else if (past.instances->has_replacements() || file.instances.has_replacements())
    take_places(file, *past.instances);
  for (instance_index i = 0; i < file.instances.size(); ++i)
    file.instances.set_latest_model_applied(i, past.instances->latest_model_applied(i));
}

controller::standing_instances controller::so_far() {
  const auto& past = unfinished_->header;
  rollout machine(past.rollout, past.instances);
  upgraded_list upgraded;
  // A record that cannot be read is the journal's to complain about.
  static_cast<void>(store::read_turns(*store_, id_, [&](journal::turn&& turn) {
    machine.apply(turn.inputs, turn.at, upgraded);
    return true;
  }));
  return {{upgraded.list.begin(), upgraded.list.end()},
          {upgraded.deleted.begin(), upgraded.deleted.end()}};
}

} // namespace drydock::cli
