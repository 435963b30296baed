// SPDX-License-Identifier: Apache-2.0
// Instances of a simulated fleet that fall ill and are repaired.
#include "drydock/drivers/simulated.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

class answer_box : public protocol::step_port {
public:
  void begun(protocol::ticket, duration) override {}
  void finished(protocol::ticket, protocol::step_result result,
                duration after) override {
    outcome = result.outcome;
    when = after;
  }
  void inspected(protocol::ticket, action_fate x, std::string, duration) override {
    fate = x;
  }
  std::optional<step_outcome> outcome;
  std::optional<action_fate> fate;
  duration when{};
};

/// Three instances; vm-1 is as the fault says.
struct ill_world {
  fleet instances;
  std::optional<simulated_fleet> simulated;

  explicit ill_world(simulated_fault fault, simulated_spec spec = {}) {
    health_source source;
    source.kind = health_kind::rich_extension;
    spec.durations[static_cast<std::size_t>(apply_class::restart)].first = 30s;
    spec.boot.first = 20s;
    fault.instance = "vm-1";
    spec.faults.push_back(fault);
    for (const auto* id : {"vm-0", "vm-1", "vm-2"})
      instances.add({.id = id});
    simulated.emplace(spec, source, instances);
    probe(0, 0s);
  }

  static protocol::step_request request(instance_index i, duration at) {
    protocol::step_request x;
    x.id.instance = i;
    x.action = apply_class::restart;
    x.work = protocol::work_kind::repair;
    x.now = instant{at};
    return x;
  }

  answer_box repair(instance_index i, duration at) {
    const auto box = std::make_shared<answer_box>();
    CHECK(simulated->start(request(i, at), box));
    return *box;
  }

  raw_health probe(instance_index i, duration at) {
    const protocol::probe_request asked{i, 7};
    std::vector<protocol::probe_answer> answers;
    simulated->probe({&asked, 1}, instant{at}, answers, nullptr);
    REQUIRE(answers.size() == 1);
    return answers[0].raw;
  }
};

simulated_fault falls_ill() {
  simulated_fault fault;
  fault.health = health_state::unhealthy;
  fault.falls_ill_after = 2min;
  return fault;
}

} // namespace

TEST_CASE("one falls ill at its time, and is healthy after its repair and its boot") {
  ill_world w(falls_ill());
  CHECK(w.probe(1, 2min - 1ns) == raw_health::healthy);
  CHECK(w.probe(1, 2min) == raw_health::unhealthy);
  const auto done = w.repair(1, 3min);
  CHECK(done.outcome == step_outcome::succeeded);
  CHECK(done.when == 30s);
  CHECK(w.probe(1, 3min + 49s) != raw_health::healthy);
  CHECK(w.probe(1, 3min + 50s) == raw_health::healthy);
  CHECK(w.probe(1, 24h) == raw_health::healthy);
}

TEST_CASE("a repair may fail, or not help") {
  auto fault = falls_ill();
  fault.repair = simulated_fault::action_fate::fail;
  ill_world fails(fault);
  CHECK(fails.repair(1, 3min).outcome == step_outcome::failed);
  CHECK(fails.probe(1, 10min) == raw_health::unhealthy);
  fault.repair = simulated_fault::action_fate::succeed;
  fault.health_after_repair = health_state::unhealthy;
  ill_world in_vain(fault);
  CHECK(in_vain.repair(1, 3min).outcome == step_outcome::succeeded);
  CHECK(in_vain.probe(1, 10min) == raw_health::unhealthy);
}

TEST_CASE("faults and rates of upgrades do not hit repairs") {
  simulated_spec spec;
  spec.action_failure = spec.transient_failure = spec.unhealthy_after_upgrade = 1.0;
  auto fault = falls_ill();
  fault.action = simulated_fault::action_fate::fail;
  fault.health_after = health_state::unhealthy;
  ill_world w(fault, spec);
  for (const instance_index i : {1U, 2U}) {
    CHECK(w.repair(i, 3min).outcome == step_outcome::succeeded);
    CHECK(w.probe(i, 10min) == raw_health::healthy);
  }
}

TEST_CASE("whether a repair was done is not to be seen") {
  ill_world w(falls_ill());
  w.repair(1, 3min);
  const auto box = std::make_shared<answer_box>();
  CHECK(w.simulated->inspect(ill_world::request(1, 10min), box));
  CHECK(box->fate == action_fate::not_done);
}
