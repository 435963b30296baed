// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include "drydock/drivers/probers.hpp"

#include <spdlog/spdlog.h>

#include <future>

namespace drydock::cli {

using namespace engine;

namespace {

std::vector<guard_rule> rules_of(const config::fleet_file& file) {
  std::vector<guard_rule> rules;
  for (const auto& x : file.guards)
    rules.push_back(x.rule);
  return rules;
}

/// What the instants of a real clock, which counts from the machine's start, lack.
duration real_since_epoch() {
  return std::chrono::system_clock::now().time_since_epoch()
         - std::chrono::steady_clock::now().time_since_epoch();
}

} // namespace

rollout_options rollout_options_of(const config::fleet_file& file,
                                   const instance_selection& selection) {
  rollout_options options;
  options.policy = file.request.policy;
  options.action = file.action;
  options.has_health = file.health.kind != health_kind::none;
  options.selected_all = selection.all;
  options.selected = selection.named;
  options.hooks = hooks_of(file.driver);
  options.hook_retry = lifecycle_options_of(file).retry;
  options.windows = file.windows;
  if (!file.windows.empty())
    options.since_epoch =
      virtual_start.time_since_epoch() - actors::virtual_clock_origin;
  options.guards = rules_of(file);
  options.terminate_delay = file.terminate_delay;
  options.shared_budget = file.shared_budget;
  if (file.repairs.enabled)
    options.repairs = repair_options{file.repairs.action, file.repairs.grace_period};
  options.scale_in = file.scale_in;
  return options;
}

lifecycle_options lifecycle_options_of(const config::fleet_file& file) {
  lifecycle_options life;
  life.action = file.action;
  life.has_health = file.health.kind != health_kind::none;
  life.min_ready = file.request.policy.rolling.min_ready;
  life.health_timeout = file.request.policy.rolling.health_timeout;
  if (file.health.kind == health_kind::rich_extension)
    life.grace_period = file.health.grace_period;
  life.terminate_delay = file.terminate_delay;
  if (const auto* commands = std::get_if<command_spec>(&file.driver))
    life.retry = commands->retry;
  else {
    const auto& simulated = std::get<simulated_spec>(file.driver);
    life.retry = simulated.retry;
    life.retry.timeout = simulated.timeout;
  }
  return life;
}

session::session(std::shared_ptr<config::fleet_file> file, std::string upgrade_id,
                 std::optional<std::uint64_t> seed,
                 std::shared_ptr<drivers::simulated_fleet> simulation)
  : file_(std::move(file)) {
  if (const auto* simulated = std::get_if<simulated_spec>(&file_->driver)) {
    auto spec = *simulated;
    spec.seed = seed_ = seed.value_or(spec.seed);
    simulation_ = simulation ? std::move(simulation)
                             : std::make_shared<drivers::simulated_fleet>(
                               spec, file_->health, file_->instances);
    prober_ = simulation_;
    attendant_ =
      drivers::make_simulated_attendant(spec, rules_of(*file_), spec.virtual_clock);
  } else {
    seed_ = seed.value_or(file_->fingerprint);
    loop_ = std::make_unique<drivers::event_loop>();
    drivers::command_context context{file_->name,
                                     std::move(upgrade_id),
                                     instances(),
                                     file_->request.latest_model,
                                     file_->request.current_model,
                                     learnt_};
    for (const auto& [id, version] : file_->own_images)
      context.own_previous_models[id] =
        with_image_version(file_->request.current_model, version);
    const auto& health = file_->health;
    context.needs_address =
      health.kind != health_kind::none && health.kind != health_kind::command;
    context.needs_port = context.needs_address && health.port == 0;
    commands_ = std::make_shared<drivers::command_driver>(
      *loop_, std::get<command_spec>(file_->driver), context);
    make_prober(context);
    make_attendant(context);
  }
  if (file_->health.kind == health_kind::none)
    prober_ = nullptr;
}

session::~session() {
  // All work on the loop.
  attendant_ = nullptr;
  prober_ = nullptr;
  commands_ = nullptr;
}

void session::make_prober(const drivers::command_context& context) {
  const auto& source = file_->health;
  if (source.kind == health_kind::command)
    prober_ = drivers::make_command_prober(
      *loop_, source, context, std::get<command_spec>(file_->driver).directory);
  else if (source.protocol == probe_protocol::tcp)
    prober_ = drivers::make_tcp_prober(*loop_, source, instances(), learnt_);
  else
    prober_ = drivers::make_http_prober(*loop_, source, instances(), learnt_);
}

void session::make_attendant(const drivers::command_context& context) {
  const auto& spec = std::get<command_spec>(file_->driver);
  if (drivers::needs_attendant(spec, file_->guards))
    attendant_ = drivers::make_command_attendant(
      *loop_, spec, file_->guards, context,
      [](const std::string& text) { spdlog::warn("{}", text); });
}

std::shared_ptr<const fleet> session::instances() const {
  return {file_, &file_->instances};
}

bool session::virtual_clock() const {
  const auto* simulated = std::get_if<simulated_spec>(&file_->driver);
  return simulated != nullptr && simulated->virtual_clock;
}

actors::run_setup session::setup(const instance_selection& selection) const {
  actors::run_setup result;
  result.instances = instances();
  result.rollout = rollout_options_of(*file_, selection);
  if (!file_->windows.empty() && !virtual_clock())
    result.rollout.since_epoch = real_since_epoch();
  result.health = file_->health;
  result.prober = prober_;
  result.virtual_clock = virtual_clock();
  result.attendant = attendant_;
  result.driver = commands_;
  if (!commands_)
    result.driver = simulation_;
  auto& life = result.lifecycle;
  life = lifecycle_options_of(*file_);
  life.jitter_seed = seed_;
  life.has_before_hook = result.driver->has_hook(step_kind::before_instance);
  life.has_after_hook = result.driver->has_hook(step_kind::after_instance);
  return result;
}

std::vector<std::string> session::inspect() {
  std::vector<std::string> silent;
  if (!commands_)
    return silent;
  std::promise<std::vector<drivers::inspection>> answer;
  commands_->inspect(
    [&](std::vector<drivers::inspection> all) { answer.set_value(std::move(all)); });
  for (const auto& x : answer.get_future().get()) {
    if (!x.error.empty())
      silent.push_back(x.error);
    file_->instances.set_latest_model_applied(x.instance, x.on_latest_model);
  }
  return silent;
}

} // namespace drydock::cli
