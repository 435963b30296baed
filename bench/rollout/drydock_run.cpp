// SPDX-License-Identifier: Apache-2.0
#include "drydock_run.hpp"

#include "drydock/drivers/simulated.hpp"
#include "drydock/engine/plan.hpp"
#include "event_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>

namespace drydock::bench {

using namespace engine;

std::shared_ptr<const fleet> make_fleet(std::uint32_t instances) {
  auto result = std::make_shared<fleet>();
  instance_spec spec;
  for (std::uint32_t i = 0; i < instances; ++i) {
    spec.id = "web-" + std::to_string(i);
    spec.port = static_cast<std::uint16_t>(9000 + i % 1000);
    result->add(spec);
  }
  return result;
}

rollout_options make_options() {
  rollout_options options;
  options.policy.mode = upgrade_mode::rolling;
  options.action = apply_class::reimage;
  options.has_health = true;
  return options;
}

actors::run_setup make_setup(const task& t, std::shared_ptr<const fleet> instances) {
  actors::run_setup setup;
  setup.rollout = make_options();
  setup.health.kind = health_kind::rich_extension;
  setup.health.grace_period = setup.health.interval;
  const auto simulation = std::make_shared<drivers::simulated_fleet>(
    simulated_spec{}, setup.health, *instances);
  setup.instances = std::move(instances);
  setup.driver = simulation;
  setup.prober = simulation;
  setup.lifecycle.action = setup.rollout.action;
  setup.lifecycle.has_health = true;
  setup.lifecycle.health_timeout = setup.rollout.policy.rolling.health_timeout;
  setup.lifecycle.grace_period = setup.health.grace_period;
  setup.lifecycle.retry.timeout = duration{0};
  setup.threads = threads_of(t);
  setup.virtual_clock = t.virtual_clock;
  // As the program does: nobody asks for steps without an events file.
  setup.tell_steps = t.kind == "events";
  return setup;
}

std::string check(const upgrade_report& report, const listener& heard, const task& t) {
  const auto budget = resolve_limits(make_options().policy.rolling, t.instances)
                        .unavailable_instances_max;
  if (report.status != upgrade_status::completed
      || report.progress.successful != t.instances)
    return "only " + std::to_string(report.progress.successful) + " of "
           + std::to_string(t.instances) + " instances succeeded";
  if (heard.max_unavailable() == 0 || heard.max_unavailable() > budget)
    return "the auditor saw " + std::to_string(heard.max_unavailable())
           + " unavailable instances; the budget is " + std::to_string(budget);
  return {};
}

namespace {

measurement cannot_write(const task& t, int error) {
  measurement m;
  m.problem = "cannot write " + t.events_file + " (" + std::strerror(error) + ')';
  return m;
}

} // namespace

measurement run_drydock(const task& t) {
  const auto instances = make_fleet(t.instances);
  auto setup = make_setup(t, instances);
  std::optional<cli::event_writer> writer;
  if (t.kind == "events") {
    const auto file =
      open(t.events_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
      return cannot_write(t, errno);
    writer.emplace(file, cli::event_writer::pace::turn,
                   cli::event_context{"bench", instances, setup.health,
                                      std::chrono::time_point_cast<duration>(
                                        std::chrono::system_clock::now())});
  }
  listener heard(t.instances, writer ? &*writer : nullptr);
  actors::upgrade_run run(std::move(setup), heard);
  const auto report = run.run();
  // The last line is part of the work.
  const auto error = writer ? writer->finish() : 0;
  auto m = measured_until_now();
  m.events = heard.events();
  m.problem = check(report, heard, t);
  return error != 0 ? cannot_write(t, error) : m;
}

measurement run_plan(const task& t) {
  const auto instances = make_fleet(t.instances);
  const auto plan = make_plan(make_options(), instances, {});
  auto m = measured_until_now();
  std::size_t members = 0, largest = 0;
  for (const auto& batch : plan.batches) {
    members += batch.instances.size();
    largest = std::max(largest, batch.instances.size());
  }
  m.events = plan.batches.size();
  if (members != t.instances || plan.blocked || largest > batch_members(t.instances))
    m.problem = "the plan does not take every instance in batches within the limit";
  return m;
}

} // namespace drydock::bench
