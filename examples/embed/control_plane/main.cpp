// SPDX-License-Identifier: Apache-2.0
// A control plane: three scale sets at once in one engine, on machines that only its
// own worker pool can reach.
//
//   api    rolling, with hooks; two machines that it may not touch are broken when it
//          begins, use its allowance up, and so hold it until somebody repairs them
//   cache  manual: two machines that were named, and no other
//   jobs   gets a bad image, faults after its first batch, and is brought back
#include "machines.hpp"
#include "worker_pool.hpp"

#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using drydock::engine::upgrade_status;

namespace {

int failures = 0;

void check(bool holds, const char* what) {
  std::printf("%s: %s\n", holds ? "ok" : "FAILED", what);
  failures += holds ? 0 : 1;
}

drydock::change to_version(std::int64_t version) {
  drydock::change what;
  what.patch.set("settings.version", version);
  return what;
}

/// What all three have in common: their machines, which run version 1.
drydock::scale_set_options make_set(const std::string& name, int machines,
                                    machine_park& park, worker_pool& pool) {
  drydock::scale_set_options set;
  set.name = name;
  for (int i = 0; i < machines; ++i) {
    drydock::instance_spec one;
    one.id = name + "-" + std::to_string(i);
    one.zone = std::to_string(i % 3 + 1);
    // Somebody is at work on these two: upgrades leave them alone.
    one.protect_from_scale_set_actions = name == "api" && i >= machines - 2;
    set.instances.add(one);
    park.add(one.id, 1);
  }
  set.model.set("settings.version", 1);
  set.driver = std::make_shared<park_driver>(park, pool, name == "api");
  set.prober = std::make_shared<park_prober>(park, pool);
  set.health.interval = 50ms;
  set.retry.backoff_initial = 10ms;
  set.policy.mode =
    name == "cache" ? drydock::upgrade_mode::manual : drydock::upgrade_mode::rolling;
  set.policy.rolling.health_timeout = 5s; // a good image is up at once
  return set;
}

/// How likely the upgrade is to complete, where machines behave as they did last month.
double rehearsed_odds(const drydock::scale_set& set, const drydock::change& what) {
  drydock::simulated_spec world;
  auto& action = world.durations[static_cast<int>(drydock::apply_class::in_place)];
  action.kind = drydock::engine::duration_distribution::shape::lognormal;
  action.first = 25ms;
  action.sigma = 0.3;
  world.transient_failure = 0.25;
  world.unhealthy_after_upgrade = 0.01;
  world.image.probability = 0.05; // one release in twenty is bad
  drydock::rehearsal_options how;
  how.world = world;
  how.runs = 100;
  const auto report = drydock::rehearse(set, what, how);
  if (!report) {
    std::fprintf(stderr, "%s\n", report.error().message.c_str());
    return 0.0;
  }
  std::printf("jobs: faults in %.0f of 100 rehearsed runs, takes %.1f s\n",
              report->faulted().estimate * 100,
              drydock::engine::to_seconds(report->length.p50));
  return 1.0 - report->faulted().estimate;
}

/// Prints what moves, each event as it comes.
void print(const char* set, const drydock::event& told) {
  const auto at = drydock::engine::to_seconds(told.since_start);
  if (const auto* batch = std::get_if<drydock::told::batch_started>(&told.what))
    std::printf("%5.2f s %s: batch %u of %zu machines\n", at, set, batch->batch,
                batch->instances.size());
  else if (const auto* end = std::get_if<drydock::told::upgrade_finished>(&told.what))
    std::printf("%5.2f s %s: %s %s\n", at, set,
                std::string(to_string(end->status)).c_str(), end->error.code.c_str());
}

/// Looks at an upgrade until it is over. Where nothing moves the status says why, and
/// who is in the way: those machines are repaired. Returns how many were.
int watch_and_repair(const drydock::upgrade& running, const std::string& set,
                     machine_park& park) {
  int repaired = 0;
  while (!running.wait_for(20ms)) {
    const auto status = running.status();
    if (!status.waiting
        || status.waiting->reason
             != drydock::engine::wait_reason::unavailable_instances)
      continue;
    int broken = 0;
    for (const auto machine : status.waiting->holders) {
      const auto name = set + "-" + std::to_string(machine);
      broken += park.serves(name) ? 0 : 1;
      park.set_broken(name, false);
    }
    if (broken > 0) // it takes a probe until it is seen
      std::printf("%5.2f s %s waits (%s), repairing %d machines\n",
                  drydock::engine::to_seconds(status.since_start), set.c_str(),
                  status.waiting->limit.c_str(), broken);
    repaired += broken;
  }
  return repaired;
}

void check_api(const drydock::upgrade& over, const machine_park& park) {
  const auto report = over.wait();
  check(report.status == upgrade_status::completed, "api completed");
  check(report.progress.successful == 10 && report.progress.skipped == 2,
        "ten machines of api were upgraded, two left alone");
  check(over.status().max_unavailable_instances <= 2,
        "api never had more than two machines away");
  int cut_off = 0;
  for (int i = 0; i < 12; ++i)
    cut_off += park.cut_users_off("api-" + std::to_string(i)) ? 1 : 0;
  check(cut_off == 0, "no machine of api was replaced while it had users");
}

void check_jobs(const machine_park& park) {
  int back = 0;
  for (int i = 0; i < 10; ++i)
    back += park.version("jobs-" + std::to_string(i)) == 1 ? 1 : 0;
  check(back == 10, "and all its machines run it");
}

} // namespace

int main() {
  // In this order: park and pool must be there for as long as the engine calls.
  machine_park park;
  worker_pool pool(4);
  drydock::engine_options options;
  options.log = [](drydock::log_level level, std::string_view text) {
    std::fprintf(stderr, "%s: %s\n", std::string(to_string(level)).c_str(),
                 std::string(text).c_str());
  };
  drydock::upgrade_engine engine(options);

  // Nothing is wrong with these, so the results are taken as they are; one that has no
  // value would end the program and say why.
  auto api = engine.add(make_set("api", 12, park, pool)).value();
  auto cache = engine.add(make_set("cache", 6, park, pool)).value();
  auto jobs = engine.add(make_set("jobs", 10, park, pool)).value();

  const auto plan = api.plan(to_version(2));
  check(plan && plan->batches.size() == 6, "the plan for api has six batches");
  check(rehearsed_odds(jobs, to_version(2)) > 0.5, "jobs is worth a try");

  park.set_broken("api-10", true);
  park.set_broken("api-11", true);
  const auto told = [](const char* set) {
    drydock::start_options how;
    how.on_event = [set](const drydock::event& x) { print(set, x); };
    return how;
  };
  auto two_of_cache = to_version(2);
  two_of_cache.instances = {1, 4};
  const auto of_api = api.start_upgrade(to_version(2), told("api")).value();
  const auto of_cache = cache.start_upgrade(two_of_cache, told("cache")).value();
  const auto of_jobs =
    jobs.start_upgrade(to_version(machine_park::first_bad_version), told("jobs"))
      .value();

  const auto second = api.start_upgrade(to_version(3));
  check(!second && second.error().code == drydock::error_code::upgrade_in_progress,
        "a scale set has one upgrade at a time");

  check(watch_and_repair(of_api, "api", park) == 2, "both broken machines were named");
  check_api(of_api, park);
  check(of_cache.wait().progress.successful == 2 && cache.lagging().size() == 4,
        "two machines of cache were upgraded, four lag");

  const auto fault = of_jobs.wait();
  check(fault.status == upgrade_status::faulted && fault.progress.failed == 2,
        "the bad image reached two machines of jobs and no more");
  // Its driver inspects: the eight that were never touched are found to run version 1.
  const auto back = jobs.start_upgrade(to_version(1), told("jobs")).value();
  check(back.wait().status == upgrade_status::completed && jobs.lagging().empty(),
        "jobs is back on version 1");
  check_jobs(park);
  for (const auto& one : {of_api, of_cache, of_jobs, back})
    one.wait_for_events(); // whose handlers print
  return failures == 0 ? 0 : 1;
}
