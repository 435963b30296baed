// SPDX-License-Identifier: Apache-2.0
// An upgrade that was cut short, beside the fleet file as it is now.
#include "controller.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

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
  std::set<std::string_view> known, here;
  for (instance_index i = 0; i < was.positions(); ++i)
    known.insert(was.id(i));
  for (instance_index i = 0; i < now.size(); ++i) {
    if (!known.contains(now.id(i)))
      return false;
    here.insert(now.id(i));
  }
  const auto& goes = past.rollout.scale_in;
  for (instance_index i = 0; i < was.size(); ++i)
    if (!here.contains(was.id(i))
        && !(was.has_replacements() && here.contains(was.id(was.replacement_of(i))))
        && std::find(goes.begin(), goes.end(), i) == goes.end())
      return false;
  return now.zones() == was.zones();
}

bool same_instances(const fleet& a, const fleet& b) {
  if (a.size() != b.size() || a.zones() != b.zones())
    return false;
  // Of those that it has replaced the file has the new ones already.
  const auto same_id = [&](instance_index i) {
    return a.id(i) == b.id(i)
           || (b.has_replacements() && a.id(i) == b.id(b.replacement_of(i)));
  };
  for (instance_index i = 0; i < a.size(); ++i)
    if (!same_id(i) || a.zone(i) != b.zone(i)
        || a.update_domain(i) != b.update_domain(i))
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

/// Guards are known by their places.
bool same_guards(const std::vector<guard_spec>& now,
                 const std::vector<guard_rule>& was) {
  return std::equal(
    now.begin(), now.end(), was.begin(), was.end(),
    [](const guard_spec& a, const guard_rule& b) { return a.rule.name == b.name; });
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

/// What the file lacks of what surrounds the upgrade.
std::optional<std::string> find_lack_around(const config::fleet_file& file,
                                            const unfinished_upgrade& past) {
  const auto ending = " and run `drydock resume " + file.path.string() + "`";
  if (!same_guards(file.guards, past.header.rollout.guards))
    return "OperationNotAllowed: the file does not have the guards that " + which(past)
           + " began with; put them back, in their order," + ending;
  if (!can_approve(file.driver, past.header.rollout.policy.rolling))
    return "OperationNotAllowed: the driver has no approve command, which "
           + which(past) + " needs; put it back" + ending;
  return std::nullopt;
}

bool can_surge(const driver_spec& driver) {
  const auto* commands = std::get_if<command_spec>(&driver);
  return commands == nullptr
         || (!commands->create.empty() && !commands->remove.empty());
}

/// The instances as they were when the upgrade began, and those that it puts in their
/// places, with all that the file knows of them.
fleet instances_of(const config::fleet_file& file, const fleet& was) {
  const auto& now = file.instances;
  fleet result(was.zones());
  std::vector<instance_spec> next;
  for (instance_index i = 0; i < was.size(); ++i) {
    auto spec = now.spec(i);
    const auto joined =
      was.has_replacements() && now.id(i) == was.id(was.replacement_of(i));
    if (was.has_replacements()) {
      next.push_back(
        joined || !now.has_replacements() ? spec : now.spec(now.replacement_of(i)));
      next.back().id = was.id(was.replacement_of(i));
    }
    if (const auto origin = file.origins.find(i);
        joined && origin != file.origins.end()) {
      const auto& before = file.replaced.at(origin->second).before;
      spec.address = before.address;
      spec.port = before.port;
      spec.vars = before.vars;
    }
    spec.id = was.id(i);
    result.add(spec);
  }
  if (was.has_replacements())
    result.add_replacements(next);
  return result;
}

/// The same where the set scales: by their ids, wherever the file has them.
fleet scaled_instances_of(const config::fleet_file& file, const fleet& was) {
  std::map<std::string_view, instance_spec> known;
  for (const auto& [name, x] : file.replaced) {
    known[x.before.id] = x.before;
    known[x.now.id] = x.now;
  }
  for (instance_index i = 0; i < file.instances.positions(); ++i)
    known[file.instances.id(i)] = file.instances.spec(i);
  const auto at = [&](instance_index i) {
    auto spec = was.spec(i);
    if (const auto found = known.find(was.id(i)); found != known.end()) {
      spec.address = found->second.address;
      spec.port = found->second.port;
      spec.vars = found->second.vars;
    }
    return spec;
  };
  fleet result(was.zones());
  for (instance_index i = 0; i < was.size(); ++i)
    result.add(at(i));
  if (was.has_replacements()) {
    std::vector<instance_spec> next;
    for (instance_index i = 0; i < was.size(); ++i)
      next.push_back(at(was.replacement_of(i)));
    result.add_replacements(next);
  }
  for (auto i = was.first_arrival(); i < was.positions(); ++i)
    result.add_arrival(at(i));
  return result;
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
  const auto same_change =
    file.request.latest_model == was.latest_model && file.action == was.rollout.action;
  if (run && (!same_change || !same_policy(file.request.policy, was.rollout.policy)))
    return "OperationNotAllowed: " + which(past)
           + " is not over, and the file asks for another "
           + (same_change ? "policy" : "change")
           + " now; finish it with `drydock resume " + name
           + "`, or cancel it with `drydock cancel " + name
           + "` and resume it to its end";
  return std::nullopt;
}

void adopt(config::fleet_file& file, const journal::header& past) {
  file.request.policy = past.rollout.policy;
  file.request.latest_model = past.latest_model;
  file.request.current_model = past.previous_model;
  file.action = past.rollout.action;
  file.scale_in = past.rollout.scale_in;
  if (scales(past) || file.instances.arrivals() > 0)
    file.instances = scaled_instances_of(file, *past.instances);
  else if (past.instances->has_replacements() || file.instances.has_replacements())
    file.instances = instances_of(file, *past.instances);
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
