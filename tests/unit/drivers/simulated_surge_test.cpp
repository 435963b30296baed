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

namespace {

/// What the next run is of: the member has its replacement's name, if that one has its
/// place, and `next` may replace it.
fleet with_place(const fleet& was, instance_index member, bool replaced,
                 const std::string& next) {
  fleet now;
  std::vector<instance_spec> others;
  for (instance_index i = 0; i < was.size(); ++i) {
    const auto at = i == member && replaced ? was.replacement_of(i) : i;
    now.add({.id = std::string(was.id(at))});
    others.push_back(
      {.id = i == member ? next : std::string(was.id(was.replacement_of(i)))});
  }
  now.add_replacements(others);
  return now;
}

} // namespace

TEST_CASE("who replaced somebody has that one's place in the next run") {
  world w(2);
  w.spec.faults.emplace_back().instance = "vm-0";
  w.spec.faults.back().health = health_state::unhealthy;
  CHECK(w.probe(0, 0s) == health_state::unhealthy);
  w.work(2, work_kind::create);
  w.work(0, work_kind::remove, 60s);
  const auto changes = w.get().changed_places();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].member == 0);
  CHECK(changes[0].replaced);
  w.get().settle(with_place(w.instances, 0, true, "vm-4"));
  CHECK(w.get().changed_places().empty());
  CHECK(w.probe(0, 100s) == health_state::healthy);
  // Nobody is where it was made: the next one is made in its own time.
  CHECK(w.work(2, work_kind::create, 100s).when == 40s);
  CHECK(w.probe(2, 140s) == health_state::unknown);
}

TEST_CASE("one that did not do had its turn, and the next one is another") {
  world w(1);
  w.spec.faults.emplace_back().instance = "vm-1";
  w.spec.faults.back().action = simulated_fault::action_fate::fail;
  CHECK(w.work(1, work_kind::create).outcome == step_outcome::failed);
  w.work(1, work_kind::discard);
  const auto changes = w.get().changed_places();
  REQUIRE(changes.size() == 1);
  CHECK_FALSE(changes[0].replaced);
  w.get().settle(with_place(w.instances, 0, false, "vm-2"));
  CHECK(w.work(1, work_kind::create, 100s).outcome == step_outcome::succeeded);
}

TEST_CASE("whoever comes later has luck of its own") {
  world w(1);
  w.spec.create.kind = duration_distribution::shape::uniform;
  w.spec.create.first = 1s;
  w.spec.create.second = 1h;
  const auto first = w.work(1, work_kind::create).when;
  w.work(1, work_kind::discard, 2h);
  w.get().settle(with_place(w.instances, 0, false, "vm-2"));
  CHECK(w.work(1, work_kind::create, 3h).when != first);
}

TEST_CASE("a replacement is as ill or well in its place as it was before") {
  constexpr std::uint32_t count = 40;
  world w(count);
  SUBCASE("by its image") {
    w.spec.unhealthy_after_upgrade = 0.5;
  }
  SUBCASE("by itself") {
    w.spec.background.mean_time_to_failure = 10h;
  }
  w.probe(0, 0s); // the time of illnesses begins
  std::vector<raw_health> before;
  for (instance_index i = 0; i < count; ++i) {
    w.work(count + i, work_kind::create);
    w.work(i, work_kind::remove, 60s);
  }
  auto now = w.instances;
  for (instance_index i = 0; i < count; ++i) {
    before.push_back(w.probe(count + i, 8h));
    now = with_place(now, i, true, "vm-" + std::to_string(2 * count + i));
  }
  w.get().settle(now);
  auto ill = 0;
  for (instance_index i = 0; i < count; ++i) {
    CHECK(w.probe(i, 8h) == before[i]);
    ill += before[i] == health_state::healthy ? 0 : 1;
  }
  CHECK(ill > 0);
  CHECK(ill < static_cast<int>(count));
}

TEST_CASE("who was left over takes quota for good") {
  world w(2);
  w.spec.quota = 1;
  w.spec.create.first = 1s;
  w.spec.timeout = 5s; // no deletion is over by then
  w.work(2, work_kind::create);
  CHECK(w.work(0, work_kind::remove, 30s).outcome == step_outcome::timed_out);
  CHECK(w.get().changed_places().at(0).replaced);
  w.get().settle(with_place(w.instances, 0, true, "vm-4"));
  CHECK(w.work(3, work_kind::create, 60s).outcome == step_outcome::quota_short);
}
