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
  judge.finish(run.run());
  return std::move(judge.result);
}

} // namespace drydock::sim
