// SPDX-License-Identifier: Apache-2.0
// What the store of an engine has of a scale set, and going on with it.
#include "set_state.hpp"

#include "drydock/drivers/simulated.hpp"
#include "engine_store.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace drydock::inline v1::detail {

using namespace engine;

namespace {

bool same_instances(const fleet& a, const fleet& b) {
  if (a.size() != b.size() || a.zones() != b.zones())
    return false;
  for (instance_index i = 0; i < a.size(); ++i)
    if (a.id(i) != b.id(i) || a.zone(i) != b.zone(i)
        || a.update_domain(i) != b.update_domain(i))
      return false;
  return true;
}

bool can_do(const driver_choice& driver, apply_class action) {
  const auto* commands = std::get_if<command_spec>(&driver);
  return commands == nullptr || action == apply_class::none
         || !commands->actions[static_cast<std::size_t>(action)].empty();
}

upgrade_hooks hooks_around(const driver_choice& driver) {
  if (const auto* commands = std::get_if<command_spec>(&driver))
    return engine::hooks_of(commands->around);
  if (const auto* simulated = std::get_if<simulated_spec>(&driver))
    return engine::hooks_of(simulated->around);
  return {};
}

/// The first hook that is in `was` and not in `now`.
std::optional<upgrade_hook> lost_hook(const upgrade_hooks& was,
                                      const upgrade_hooks& now) {
  if (was.before_upgrade && !now.before_upgrade)
    return upgrade_hook::before_upgrade;
  if (was.before_batch && !now.before_batch)
    return upgrade_hook::before_batch;
  if (was.after_batch && !now.after_batch)
    return upgrade_hook::after_batch;
  if (was.after_upgrade && !now.after_upgrade)
    return upgrade_hook::after_upgrade;
  return std::nullopt;
}

/// What the set lacks of what surrounds the upgrade, and what to do.
std::optional<std::string> find_lack_around(const scale_set_options& set,
                                            const journal::header& begun) {
  const auto& was = begun.rollout;
  if (!was.scale_in.empty() || begun.instances->arrivals() > 0)
    return "it changes the capacity, which an engine of one's own does not; go on with "
           "`drydock resume`";
  if (was.policy.rolling.max_surge)
    return "it replaces instances (max_surge), which an engine with a store does not "
           "keep; go on with `drydock resume`";
  if (!was.guards.empty())
    return "it began with guards, which a set of the library cannot have; go on with "
           "`drydock resume`";
  if (lacks_approve_command(set, was.policy))
    return "a command is to approve its checkpoints, and the set's driver has none; "
           "add the set with command_spec::around.approve";
  if (const auto lost = lost_hook(was.hooks, hooks_around(set.driver)))
    return "it began with the hook " + std::string(to_string(*lost))
           + ", which the set's driver does not have; add the set with "
             "command_spec::around.hooks as they were";
  return std::nullopt;
}

} // namespace

std::optional<error> set_state::take_lease(engine_core& core) {
  auto in = core.store();
  if (!in)
    return in.error();
  if (*in == nullptr)
    return std::nullopt;
  const auto& how = core.options();
  auto taken = set_keeper::take(
    std::move(*in),
    {name(), how.store, how.clock == clock_kind::virtual_time, core.log()});
  if (!taken)
    return taken.error();
  keeper_ = std::move(*taken);
  return std::nullopt;
}

result<std::optional<unfinished_upgrade>> set_state::unfinished() const {
  std::shared_ptr<set_keeper> keeper;
  {
    const std::lock_guard guard(mutex_);
    if (closed_)
      return gone();
    if (running_ || !keeper_ || keeper_->unfinished().empty())
      return std::optional<unfinished_upgrade>();
    keeper = keeper_;
  }
  const auto past = keeper->read_unfinished();
  if (!past)
    return past.error();
  return std::optional(past->describe());
}

result<void> set_state::abandon() {
  const std::lock_guard guard(mutex_);
  if (auto why = find_resume_obstacle())
    return std::move(*why);
  if (auto why = keeper_->abandon())
    return std::move(*why);
  return {};
}

std::optional<error> set_state::find_resume_obstacle() const {
  if (auto why = find_obstacle())
    return why;
  if (!keeper_)
    return error{error_code::nothing_to_resume,
                 {},
                 "the engine keeps nothing; give it a store (engine_options::store)"};
  if (keeper_->unfinished().empty())
    return error{error_code::nothing_to_resume,
                 {},
                 "no upgrade of scale set \"" + name()
                   + "\" is unfinished; begin one with start_upgrade"};
  return std::nullopt;
}

/// Why the set is not the one that the upgrade works on.
std::optional<error> set_state::find_difference(const past_upgrade& past) const {
  const auto& was = past.header;
  const auto refuse = [&](const std::string& why) {
    return error{error_code::resume_refused, "OperationNotAllowed",
                 "upgrade " + was.upgrade_id + " of scale set \"" + name()
                   + "\" cannot go on: " + why
                   + ", or give it up with abandon_upgrade"};
  };
  if (!same_instances(*instances_, *was.instances))
    return refuse("the set does not have the instances that it works on; add it with "
                  "the same ones in the same order, deleted ones included");
  if (!can_do(options_.driver, was.rollout.action))
    return refuse("the driver has no command for "
                  + std::string(to_string(was.rollout.action)) + "; give it one");
  const auto has_health = options_.health.kind != health_kind::none;
  if (was.rollout.has_health != has_health)
    return refuse(has_health ? "it has no health source, and the set has one; leave it "
                               "out"
                             : "it goes by health, and the set has no health source; "
                               "give it one");
  if (const auto lack = find_lack_around(options_, was))
    return refuse(*lack);
  if (past.difference)
    return refuse(
      "this version of drydock decides turn " + std::to_string(past.difference->turn)
      + " otherwise than the one that began it (recorded: " + past.difference->recorded
      + "; now: " + past.difference->derived + "); go on with that version");
  return std::nullopt;
}

set_state::prepared set_state::prepare(const past_upgrade& past) const {
  const auto& was = past.header;
  prepared x;
  x.change.model = was.latest_model;
  x.change.policy = was.rollout.policy;
  x.change.action = was.rollout.action;
  x.previous_model = was.previous_model;
  x.rollout = was.rollout;
  x.lifecycle = make_lifecycle(x);
  // Addresses and values of the user's are those of now.
  const auto marked = std::make_shared<fleet>(*instances_);
  x.lags.resize(lags_.size());
  for (instance_index i = 0; i < lags_.size(); ++i) {
    const auto latest = was.instances->latest_model_applied(i);
    marked->set_latest_model_applied(i, latest);
    x.lags[i] = latest ? 0 : 1;
  }
  x.instances = marked;
  x.own_instances = marked;
  return x;
}

result<set_state::made_upgrade> set_state::make_resumed(start_options how) {
  const auto core = core_.lock();
  if (!core)
    return error{error_code::engine_stopped, {}, "the engine is gone; make a new one"};
  // One that does not begin takes its handler along, which is the user's: after the
  // lock.
  std::shared_ptr<upgrade_state> kept;
  const std::lock_guard guard(mutex_);
  if (auto why = find_resume_obstacle())
    return std::move(*why);
  const auto past = keeper_->read_unfinished();
  if (!past)
    return past.error();
  if (auto why = find_difference(*past))
    return std::move(*why);
  auto ready = prepare(*past);
  const auto& id = past->header.upgrade_id;
  const auto calls = std::make_shared<call_guard>();
  made_upgrade made{make_upgrade(*core, id, ready, calls),
                    make_work(*core, ready, id, calls)};
  kept = made.upgrade;
  auto& work = made.work;
  work.keep = core;
  work.inspect = nullptr; // it is known who had what when it began
  work.setup.instances = past->header.instances;
  work.setup.lifecycle.jitter_seed = past->header.seed;
  if (!how.tell_steps)
    made.upgrade->hide_steps();
  work.setup.journal = work.journal = keeper_->make_journal(id);
  if (auto failed = work.journal->load())
    return to_error(std::move(*failed));
  // The memory of a simulated fleet went with its upgrade.
  if (auto* simulated =
        dynamic_cast<drivers::simulated_fleet*>(work.setup.driver.get()))
    for (const auto i : past->upgraded)
      simulated->assume_upgraded(i);
  for (const auto i : deleted_) // of which the journal does not know
    if (!std::binary_search(past->deleted.begin(), past->deleted.end(), i))
      made.upgrade->delete_instance(i);
  keeper_->take_requests(
    [&](const std::string& by, bool now) { made.upgrade->cancel(by, now); },
    [&](protocol::approval word) { made.upgrade->approve(std::move(word)); });
  if (auto why = adopt(*core, std::move(ready), made, std::move(how)))
    return std::move(*why);
  std::vector<instance_index> gone_by_now;
  std::set_union(deleted_.begin(), deleted_.end(), past->deleted.begin(),
                 past->deleted.end(), std::back_inserter(gone_by_now));
  deleted_ = std::move(gone_by_now);
  return made;
}

result<std::shared_ptr<upgrade_state>> set_state::resume(start_options how) {
  return begin([&] { return make_resumed(std::move(how)); });
}

/// Has the upgrade write down what it begins with, and all that follows.
void set_state::write_down(made_upgrade& made, const prepared& x) const {
  auto& work = made.work;
  const auto& id = made.upgrade->id();
  work.setup.journal = work.journal = keeper_->make_journal(id);
  journal::header header;
  header.scale_set = name();
  header.upgrade_id = id;
  header.latest_model = x.change.model;
  header.previous_model = x.previous_model;
  work.write_down = [keeper = keeper_, header = std::move(header)](
                      const actors::run_setup& setup) mutable {
    header.seed = setup.lifecycle.jitter_seed;
    header.rollout = setup.rollout;
    header.instances = setup.instances;
    return keeper->begin(std::move(header));
  };
}

} // namespace drydock::inline v1::detail
