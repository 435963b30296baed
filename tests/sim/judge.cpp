// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include "drydock/drivers/attendants.hpp"

namespace drydock::sim {

using namespace engine;

verdict run_scenario(const scenario& what) {
  const auto world = std::make_shared<unkind_world>(what);
  actors::run_setup setup;
  setup.instances = what.instances;
  setup.rollout = what.rollout;
  setup.lifecycle = what.lifecycle;
  setup.health = what.health;
  setup.driver = world;
  if (what.rollout.has_health)
    setup.prober = world;
  setup.attendant =
    drivers::make_simulated_attendant(what.driver, what.rollout.guards, true);
  setup.virtual_clock = true;
  setup.interleaving_seed = what.seed;
  setup.shard_size = what.shard_size;
  judge judge(what);
  actors::upgrade_run run(std::move(setup), judge);
  for (const auto& c : what.cancels)
    run.cancel_at("the scenario", c.now, c.after);
  for (const auto& [i, after] : what.deletions)
    run.delete_instance_at(i, after);
  if (what.repairs_suspended)
    run.suspend_repairs_at("the scenario", *what.repairs_suspended);
  if (what.repairs_resumed)
    run.resume_repairs_at("the scenario", *what.repairs_resumed);
  judge.finish(run.run());
  return std::move(judge.result);
}

void judge::check_repair(const told::repair_started& repair) {
  const auto i = repair.instance;
  const auto who = "instance " + std::to_string(i);
  const auto& all = *scenario_.instances;
  const auto place = place_of(i);
  digest(i);
  if (!scenario_.rollout.repairs)
    blame(who + " is repaired, and nobody is to be");
  if (all.protected_from_actions(i) || all.protected_from_scale_in(i))
    blame(who + " is repaired although it is protected");
  const auto& leaving = scenario_.rollout.scale_in;
  const auto goes = std::find(leaving.begin(), leaving.end(), i) != leaving.end();
  if (all.is_arrival(i) || (goes && !scaled_) || goes_.contains(i))
    blame(who + " is repaired although it comes or goes");
  if (in_hand_.contains(place))
    blame(who + " is repaired while it is in the hands of a batch");
  const auto untouched = all.latest_model_applied(place)
                         || scenario_.rollout.action == engine::apply_class::none;
  if (!untouched && !succeeded_.contains(place))
    blame(who + " is repaired although its upgrade has not succeeded");
  if (!repaired_.insert(i).second)
    blame(who + " is repaired twice at once");
  if (repaired_.size() > count_of(5, 0))
    blame("more than five percent are repaired at once");
  if (auditor_.bad_repairs() > 0)
    blame(who + " is repaired, which the auditor says is not allowed");
}

void judge::end_repair(const told::repair_finished& repair) {
  digest(repair.instance);
  if (repaired_.erase(repair.instance) == 0)
    blame("a repair ends that did not begin");
}

} // namespace drydock::sim
