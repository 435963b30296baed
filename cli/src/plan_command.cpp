// SPDX-License-Identifier: Apache-2.0
#include "json_output.hpp"
#include "session.hpp"
#include "survey.hpp"
#include "views.hpp"

#include <iostream>

namespace drydock::cli {

namespace {

/// Rounds of probes that a settled fleet needs at most, and some for one that
/// flaps.
constexpr std::size_t extra_rounds = 10;

std::vector<engine::expected_health>
expect_health(const session& world, const config::fleet_file& file, bool probe) {
  if (world.simulation() != nullptr)
    return world.simulation()->expectations();
  if (!probe || file.health.kind == engine::health_kind::none)
    return {};
  return survey_health(*world.setup({}).prober, file.health, file.instances.size(),
                       file.health.number_of_probes + extra_rounds);
}

/// How long a member is at work, where that is known: what health does meanwhile
/// then changes the batches that follow.
engine::duration time_for(const session& world, const config::fleet_file& file) {
  return world.simulation() == nullptr ? engine::duration{0}
                                       : world.simulation()->typical_work(file.action)
                                           + file.request.policy.rolling.min_ready;
}

} // namespace

int plan_command(const plan_options& options, signal_watch& signals) {
  const auto file = load_or_complain(options.file, signals);
  if (!file)
    return exit_refused;
  const auto selection = select_instances(*file, options.instances);
  if (!selection)
    return exit_refused;
  session world(file, "plan", std::nullopt);
  signals.route([&](const char*, int) {
    if (world.commands() != nullptr)
      world.commands()->kill_all();
  });
  if (options.probe)
    for (const auto& text : world.inspect())
      std::cerr << "drydock: " << text << "; the plan takes it for lagging\n";
  const auto health = expect_health(world, *file, options.probe);
  signals.route(nullptr);
  if (signals.pressed())
    return exit_cancelled;
  auto rollout = rollout_options_of(*file, *selection);
  if (!rollout.windows.empty()) // a plan's clock starts at 0
    rollout.since_epoch = virtual_start.time_since_epoch();
  const auto plan =
    engine::make_plan(rollout, world.instances(), health, time_for(world, *file));
  if (options.json)
    std::cout << to_text(plan_json(*file, plan), 2) << '\n';
  else
    std::cout << describe(
      plan, file->request.policy,
      {file->name, world.instances(), file->health.kind != engine::health_kind::none},
      file->scale_in_rule);
  return deliver(exit_done);
}

} // namespace drydock::cli
