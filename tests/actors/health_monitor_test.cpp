// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::engine;
using namespace drydock::test;

namespace {

std::vector<duration> probes_of(const scripted_prober& prober, instance_index i) {
  std::vector<duration> result;
  for (const auto& [instance, at] : prober.probes)
    if (instance == i)
      result.push_back(at);
  return result;
}

std::shared_ptr<scripted_driver> acts_for(duration d) {
  return std::make_shared<scripted_driver>([d](auto& r, auto port) {
    port->finished(r.id, {step_outcome::succeeded, {}}, d);
    return true;
  });
}

} // namespace

TEST_CASE(
  "an instance is probed at once and every interval, and again after its action") {
  auto setup = make_setup(2); // one after the other
  const auto prober = always_healthy();
  setup.prober = prober;
  setup.driver = acts_for(12s);
  recorder heard(2, true);
  actors::upgrade_run(std::move(setup), heard).run();
  // Silent from 0 to 12 s, while it is worked on; then at once and every 5 s.
  const auto first = probes_of(*prober, 0);
  CHECK(first == std::vector<duration>{0s, 12s, 17s, 22s});
  // Its own work begins at 12 s; until then it is watched like any other.
  const auto second = probes_of(*prober, 1);
  CHECK(second == std::vector<duration>{0s, 5s, 10s, 24s});
}

TEST_CASE("number_of_probes equal answers are needed, before the start and after") {
  auto setup = make_setup(1);
  setup.health.number_of_probes = 3;
  setup.prober = always_healthy();
  setup.driver = acts_for(60s);
  recorder heard(1, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  REQUIRE(report.batches.size() == 1);
  CHECK(report.batches[0].start - report.start == 10s); // the third probe
  CHECK(report.end - report.start == 10s + 60s + 10s);
}

TEST_CASE("a member's answers during its action mean nothing") {
  auto setup = make_setup(1);
  const auto prober = std::make_shared<scripted_prober>([](auto, duration at) {
    return at > 0s && at < 31s ? health_state::unhealthy : health_state::healthy;
  });
  setup.prober = prober;
  setup.driver = acts_for(31s);
  recorder heard(1, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.progress.successful == 1);
  for (const auto& e : heard.all<told::health_changed>())
    CHECK(e.to != health_state::unhealthy);
}

TEST_CASE("an in-place change keeps the health state but wants one more good probe") {
  auto setup = make_setup(1);
  setup.rollout.action = setup.lifecycle.action = apply_class::in_place;
  setup.health.number_of_probes = 4;
  // Ill for two probes after the action: too short to change committed health.
  const auto prober = std::make_shared<scripted_prober>([](auto, duration at) {
    return at >= 25s && at < 33s ? health_state::unhealthy : health_state::healthy;
  });
  setup.prober = prober;
  setup.driver = acts_for(10s);
  recorder heard(1, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.progress.successful == 1);
  // Settled at 15 s, acted until 25 s; the probes at 25 s and 30 s are bad.
  CHECK(report.end - report.start == 35s);
  CHECK(heard.all<told::health_changed>().size() == 1);
}

TEST_CASE("health that changes during a wait is looked at when it changes") {
  auto setup = make_setup(10);
  auto& policy = setup.rollout.policy.rolling;
  policy.max_unhealthy_instance_percent = 20;
  auto fleet = make_fleet(0);
  for (int i = 0; i < 10; ++i) {
    instance_spec x;
    x.id = "vm-" + std::to_string(i);
    x.latest_model_applied = i >= 8; // 8 and 9 are up to date, and ill
    fleet->add(x);
  }
  setup.instances = fleet;
  setup.prober = std::make_shared<scripted_prober>([](instance_index i, duration at) {
    return i >= 8 && at < 45s ? health_state::unhealthy : health_state::healthy;
  });
  setup.driver = acts_for(10s);
  recorder heard(10, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.status == upgrade_status::completed);
  const auto waits = heard.all<told::waiting>();
  REQUIRE(waits.size() == 1);
  CHECK(waits[0].reason == wait_reason::unavailable_instances);
  CHECK(waits[0].holders == std::vector<instance_index>{8, 9});
  CHECK(report.batches.at(0).start - report.start == 45s);
  CHECK(heard.audit.max_unavailable() == 2);
}

TEST_CASE("probes that can tell nothing are left out, whole intervals at a time") {
  // Healthy until 33 s, ill from then until 52 s, then healthy for good.
  class far_sighted : public scripted_prober {
  public:
    far_sighted()
      : scripted_prober([](auto, duration at) {
          return at >= 33s && at < 52s ? health_state::unhealthy
                                       : health_state::healthy;
        }) {}
    void probe(std::span<const protocol::probe_request> requests, instant now,
               std::vector<protocol::probe_answer>& answered,
               const std::shared_ptr<protocol::probe_port>& port) override {
      if (requests.empty())
        return;
      start = std::min(start, now);
      scripted_prober::probe(requests, now, answered, port);
      for (auto& a : answered)
        a.unchanged_until = now < start + 33s    ? start + 33s
                            : now >= start + 52s ? instant::max()
                                                 : instant::min();
    }
    instant start = instant::max();
  };
  auto setup = make_setup(2); // one after the other
  const auto prober = std::make_shared<far_sighted>();
  setup.health.number_of_probes = 2;
  setup.prober = prober;
  setup.driver = acts_for(100s);
  recorder heard(2, true);
  const auto report = actors::upgrade_run(std::move(setup), heard).run();
  CHECK(report.progress.successful == 2);
  // At 5 s it is at rest; the last probe before the change is made; ill at 35 s, well
  // again at 55 s, and at rest at 60 s. Its own work ends at 205 s and counts anew.
  CHECK(
    probes_of(*prober, 1)
    == std::vector<duration>{0s, 5s, 30s, 35s, 40s, 45s, 50s, 55s, 60s, 210s, 215s});
}
