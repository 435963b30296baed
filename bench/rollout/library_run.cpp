// SPDX-License-Identifier: Apache-2.0
// The same upgrade as a program sees it that embeds drydock: through the public
// interface, with a driver and a prober of its own that answer at once.
#include "measurement.hpp"

#include <drydock/drydock.hpp>

#include <memory>
#include <string>
#include <utility>

namespace drydock::bench {

namespace {

class trivial_driver : public driver {
public:
  void upgrade(const instance&, const action&, completion done) override {
    done.succeed();
  }
};

class trivial_prober : public prober {
public:
  void probe(const instance&, probe_completion done) override {
    done.answer(health_state::healthy);
  }
};

scale_set_options make_set(std::uint32_t instances) {
  scale_set_options set;
  set.name = "bench";
  instance_spec spec;
  for (std::uint32_t i = 0; i < instances; ++i) {
    spec.id = "web-" + std::to_string(i);
    spec.port = static_cast<std::uint16_t>(9000 + i % 1000);
    set.instances.add(spec);
  }
  set.policy.mode = upgrade_mode::rolling;
  set.health.kind = health_kind::rich_extension;
  set.health.grace_period = set.health.interval;
  set.driver = std::make_shared<trivial_driver>();
  set.prober = std::make_shared<trivial_prober>();
  set.retry.timeout = duration{0};
  set.model_classes["settings.app"] = apply_class::reimage;
  return set;
}

std::string check(const upgrade_report& report, const upgrade_status_view& status,
                  std::uint32_t instances) {
  const auto budget = engine::resolve_limits({}, instances).unavailable_instances_max;
  if (report.status != engine::upgrade_status::completed
      || report.progress.successful != instances)
    return "only " + std::to_string(report.progress.successful) + " of "
           + std::to_string(instances) + " instances succeeded";
  if (status.max_unavailable_instances == 0
      || status.max_unavailable_instances > budget)
    return "the auditor saw " + std::to_string(status.max_unavailable_instances)
           + " unavailable instances; the budget is " + std::to_string(budget);
  return {};
}

} // namespace

measurement run_library(const task& t) {
  engine_options how;
  how.threads = threads_of(t);
  upgrade_engine engine(std::move(how));
  measurement failed;
  auto set = engine.add(make_set(t.instances));
  if (!set) {
    failed.problem = set.error().message;
    return failed;
  }
  change what;
  what.patch.set("settings.app", 2);
  const auto run = set->start_upgrade(what);
  if (!run) {
    failed.problem = run.error().message;
    return failed;
  }
  const auto report = run->wait();
  auto m = measured_until_now();
  m.problem = check(report, run->status(), t.instances);
  return m;
}

} // namespace drydock::bench
