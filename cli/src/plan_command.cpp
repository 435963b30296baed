// SPDX-License-Identifier: Apache-2.0
#include "image_versions.hpp"
#include "json_output.hpp"
#include "session.hpp"
#include "survey.hpp"
#include "text.hpp"
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

namespace {

/// The plan of one scale set; nothing: a signal came, or `status` says why not.
struct planned {
  engine::upgrade_plan plan;
  exit_status status = exit_done;
};

planned make_one(const plan_options& options,
                 const std::shared_ptr<config::fleet_file>& file,
                 signal_watch& signals) {
  const auto selection = select_instances(*file, options.instances);
  if (!selection)
    return {{}, exit_refused};
  if (const auto why = settle_images_of_run(*file, {}, signals)) {
    refuse(options.file, *why);
    return {{}, exit_refused};
  }
  if (signals.pressed())
    return {{}, exit_cancelled};
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
    return {{}, exit_cancelled};
  auto rollout = rollout_options_of(*file, *selection);
  if (!rollout.windows.empty()) // a plan's clock starts at 0
    rollout.since_epoch = virtual_start.time_since_epoch();
  return {
    engine::make_plan(rollout, world.instances(), health, time_for(world, *file))};
}

std::string describe_one(const std::shared_ptr<config::fleet_file>& file,
                         const engine::upgrade_plan& plan) {
  const auto image =
    file->request.follows_latest_image
      ? "the latest image is "
          + printable(engine::image_version_of(file->request.latest_model)) + '\n'
      : std::string();
  return image
         + describe(plan, file->request.policy,
                    {file->name,
                     {file, &file->instances},
                     file->health.kind != engine::health_kind::none},
                    file->scale_in_rule)
         + describe(file->repairs);
}

/// Which of them begins when, in words.
std::string order_text(const fleet_sets& sets, std::size_t i) {
  std::string text;
  for (const auto before : sets.after[i])
    text += (text.empty() ? ", after " : ", ") + printable(sets.files[before]->name);
  return text;
}

json sets_json(const fleet_sets& sets, const std::vector<engine::upgrade_plan>& plans) {
  auto list = json::array();
  for (std::size_t i = 0; i < plans.size(); ++i) {
    auto one = plan_json(*sets.files[i], plans[i]);
    one["after"] = json::array();
    for (const auto before : sets.after[i])
      one["after"].push_back(sets.files[before]->name);
    list.push_back(std::move(one));
  }
  json out;
  out["sets"] = std::move(list);
  out["budget"] =
    sets.budget == 0 ? json(nullptr) : json{{"maxUnavailableInstances", sets.budget}};
  return out;
}

std::string describe_sets(const fleet_sets& sets,
                          const std::vector<engine::upgrade_plan>& plans) {
  auto text =
    std::to_string(sets.files.size())
    + (sets.budget == 0
         ? std::string(" scale sets\n")
         : " scale sets, of which at most " + count_of_instances(sets.budget)
             + " together may be unavailable; each plan is made as if the others left "
               "it all of that\n");
  for (std::size_t i = 0; i < plans.size(); ++i)
    text += "\nscale set " + printable(sets.files[i]->name) + order_text(sets, i) + "\n"
            + describe_one(sets.files[i], plans[i]);
  return text;
}

} // namespace

int plan_command(const plan_options& options, signal_watch& signals) {
  const auto sets = load_sets_or_complain(options.file, signals, options.scale_set);
  if (!sets)
    return exit_refused;
  if (sets->files.size() > 1 && options.instances)
    return refuse(options.file, sets->refusal());
  std::vector<engine::upgrade_plan> plans;
  for (const auto& file : sets->files) {
    auto one = make_one(options, file, signals);
    if (one.status != exit_done)
      return one.status;
    plans.push_back(std::move(one.plan));
  }
  if (sets->several && options.scale_set.empty())
    std::cout << (options.json ? to_text(sets_json(*sets, plans), 2) + '\n'
                               : describe_sets(*sets, plans));
  else
    std::cout << (options.json
                    ? to_text(plan_json(*sets->files.front(), plans.front()), 2) + '\n'
                    : describe_one(sets->files.front(), plans.front()));
  return deliver(exit_done);
}

} // namespace drydock::cli
