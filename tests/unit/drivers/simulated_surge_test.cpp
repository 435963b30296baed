// SPDX-License-Identifier: Apache-2.0
// Instances of a simulated fleet that are made and deleted.
#include "drydock/drivers/simulated.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::engine;
using namespace std::chrono_literals;
using protocol::work_kind;

namespace {

class answer_box : public protocol::step_port {
public:
  void begun(protocol::ticket, duration) override {}
  void finished(protocol::ticket, protocol::step_result result,
                duration after) override {
    outcome = result.outcome;
    when = after;
  }
  void inspected(protocol::ticket, action_fate, std::string, duration) override {}
  std::optional<step_outcome> outcome;
  duration when{};
};

/// `count` instances, and positions for as many replacements.
struct world {
  simulated_spec spec;
  health_source source;
  fleet instances;
  std::optional<simulated_fleet> simulated;

  explicit world(std::uint32_t count) {
    source.kind = health_kind::rich_extension;
    spec.create.first = 40s;
    spec.remove.first = 10s;
    spec.boot.first = 20s;
    std::vector<instance_spec> next;
    for (std::uint32_t i = 0; i < count; ++i) {
      instances.add({.id = "vm-" + std::to_string(i)});
      next.push_back({.id = "vm-" + std::to_string(count + i)});
    }
    instances.add_replacements(next);
  }

  simulated_fleet& get() {
    if (!simulated)
      simulated.emplace(spec, source, instances);
    return *simulated;
  }

  answer_box work(instance_index i, work_kind what, duration at = 0s,
                  std::uint32_t attempt = 1,
                  protocol::step_kind step = protocol::step_kind::action) {
    const auto box = std::make_shared<answer_box>();
    protocol::step_request request;
    request.step = step;
    request.id.instance = i;
    request.action = apply_class::reimage;
    request.attempt = attempt;
    request.work = what;
    request.now = instant{at};
    CHECK(get().start(request, box));
    return *box;
  }

  raw_health probe(instance_index i, duration at) {
    const protocol::probe_request request{i, 7};
    std::vector<protocol::probe_answer> answers;
    get().probe({&request, 1}, instant{at}, answers, nullptr);
    REQUIRE(answers.size() == 1);
    return answers[0].raw;
  }
};

} // namespace

TEST_CASE("one is made, boots, and is healthy") {
  world w(2);
  const auto made = w.work(2, work_kind::create, 5s);
  CHECK(made.outcome == step_outcome::succeeded);
  CHECK(made.when == 40s);
  CHECK(w.probe(2, 45s + 20s - 1ns) == health_state::unknown);
  CHECK(w.probe(2, 45s + 20s) == health_state::healthy);
  const auto gone = w.work(0, work_kind::remove, 70s);
  CHECK(gone.outcome == step_outcome::succeeded);
  CHECK(gone.when == 10s);
}

TEST_CASE("one that is there, or nearly so, is not made again") {
  world w(2);
  w.work(2, work_kind::create);
  CHECK(w.work(2, work_kind::create, 30s).when == 10s);
  CHECK(w.work(2, work_kind::create, 100s).when == 0s);
  CHECK(w.probe(2, 100s) == health_state::healthy);
}

TEST_CASE("there is room for as many as the quota says, and for who was deleted") {
  world w(3);
  w.spec.quota = 1;
  CHECK(w.work(3, work_kind::create).outcome == step_outcome::succeeded);
  const auto refused = w.work(4, work_kind::create);
  CHECK(refused.outcome == step_outcome::quota_short);
  CHECK(refused.when == 0s);
  w.work(0, work_kind::remove);
  CHECK(w.work(4, work_kind::create).outcome == step_outcome::succeeded);
  CHECK(w.work(5, work_kind::create).outcome == step_outcome::quota_short);
  w.work(4, work_kind::discard);
  CHECK(w.work(5, work_kind::create).outcome == step_outcome::succeeded);
}

TEST_CASE("no quota at all") {
  world w(1);
  w.spec.quota = 0;
  CHECK(w.work(1, work_kind::create).outcome == step_outcome::quota_short);
}

TEST_CASE("rates and faults hit new instances as they hit upgrades") {
  world w(2);
  w.spec.faults.emplace_back().instance = "vm-2";
  w.spec.faults.back().action = simulated_fault::action_fate::fail;
  CHECK(w.work(2, work_kind::create).outcome == step_outcome::failed);
  CHECK(w.work(3, work_kind::create).outcome == step_outcome::succeeded);
  world bad(1);
  bad.spec.action_failure = 1.0;
  CHECK(bad.work(1, work_kind::create).outcome == step_outcome::failed);
  CHECK(bad.work(1, work_kind::discard).outcome == step_outcome::succeeded);
  // Of one that is not there yet no plan expects anything.
  CHECK(w.get().expectations().empty());
}

TEST_CASE("what another process made and deleted counts") {
  world w(2);
  w.spec.quota = 1;
  w.get().assume_created(2);
  CHECK(w.work(3, work_kind::create).outcome == step_outcome::quota_short);
  CHECK(w.work(2, work_kind::create).outcome == step_outcome::succeeded);
  w.get().assume_deleted(0);
  CHECK(w.work(3, work_kind::create).outcome == step_outcome::succeeded);
}

TEST_CASE("one that is told of its deletion agrees after a while, or never") {
  const auto notice = protocol::step_kind::terminate_notification;
  world silent(2);
  CHECK(silent.get().has_hook(notice));
  CHECK_FALSE(silent.work(0, work_kind::remove, 0s, 1, notice).outcome);
  world w(2);
  w.spec.terminate_approval.emplace().first = 30s;
  const auto agreed = w.work(0, work_kind::remove, 5s, 1, notice);
  CHECK(agreed.outcome == step_outcome::succeeded);
  CHECK(agreed.when == 30s);
  CHECK(w.probe(0, 40s) == health_state::healthy); // it is there all the while
}
