// SPDX-License-Identifier: Apache-2.0
#include "fixture.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

using namespace drydock;
using namespace drydock::rehearsal;
using namespace std::chrono_literals;

namespace {

options with(std::uint32_t runs, std::uint64_t seed = 1) {
  options x;
  x.runs = runs;
  x.seed = seed;
  return x;
}

/// Whatever a report holds, as text.
std::string print(const report& r) {
  std::string text =
    std::to_string(r.runs) + ' ' + std::to_string(r.length.mean.count());
  const auto put = [&](auto x) { text += ' ' + std::to_string(x); };
  for (const auto& f : r.fates)
    put(f.odds.count);
  for (const auto& x : r.outcomes) {
    put(x.length.count());
    put(x.minimum_available);
  }
  for (const auto& p : r.phases)
    put(p.mean.count());
  for (const auto& a : r.availability)
    put(a.p5 + a.p50 + a.p95);
  for (const auto& w : r.worst)
    put(w.seed);
  for (const auto& b : r.median_batches)
    put(b.ends.count());
  for (const auto x : r.progress.remaining)
    put(x.count());
  return text;
}

scenario rough(std::uint32_t instances) {
  auto x = make_scenario(instances);
  reimage_of(x) = {engine::duration_distribution::shape::lognormal, 60s, 0s, 0.5, {}};
  x.spec.world.boot = fixed(20s);
  x.spec.world.action_failure = 0.03;
  return x;
}

} // namespace

TEST_CASE("equal seeds give equal reports, whatever the number of threads") {
  const auto what = rough(20);
  auto how = with(120, 7);
  how.jobs = 1;
  const auto one = print(rehearse(what, how));
  how.jobs = 3;
  CHECK(print(rehearse(what, how)) == one);
  CHECK(print(rehearse(what, with(120, 8))) != one);
}

TEST_CASE("fixed lengths without faults come to what arithmetic says") {
  std::mt19937_64 random(4711);
  const auto draw = [&](std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
  };
  for (int i = 0; i < 200; ++i) {
    const auto count = static_cast<std::uint32_t>(draw(1, 40));
    auto x = make_scenario(count);
    auto& policy = x.rollout.policy.rolling;
    policy.max_batch_instance_percent = static_cast<int>(draw(1, 100));
    policy.max_unhealthy_instance_percent = static_cast<int>(draw(1, 100));
    policy.pause_time_between_batches = std::chrono::seconds(draw(0, 90));
    const auto action = std::chrono::milliseconds(draw(0, 120'000));
    const auto boot = std::chrono::milliseconds(draw(0, 60'000));
    reimage_of(x) = fixed(action);
    x.spec.world.boot = fixed(boot);
    x.health.kind = engine::health_kind::binary_extension;
    x.health.interval = std::chrono::milliseconds(draw(50, 15'000));
    x.health.number_of_probes = static_cast<std::uint32_t>(draw(1, 4));
    x.lifecycle.grace_period = 0s;
    const auto limits = engine::resolve_limits(policy, count);
    const auto size =
      std::min(limits.batch_instances_max, limits.unavailable_instances_max);
    const auto batches = (count + size - 1) / size;
    const auto interval = x.health.interval;
    const auto boots = (boot + interval - 1ns) / interval * interval;
    const auto confirms = interval * (x.health.number_of_probes - 1);
    const auto expected = confirms // before the first check health settles
                          + (action + boots + confirms) * batches
                          + policy.pause_time_between_batches * (batches - 1);
    const auto r = rehearse(x, with(1));
    CAPTURE(i);
    CAPTURE(count);
    CHECK(std::chrono::abs(r.length.p50 - expected) <= interval * batches);
    CHECK(r.odds(fate::kind::completed).count == 1);
    CHECK(r.median_batches.size() == batches);
  }
}

TEST_CASE("one at a time and no tolerance complete as often as the odds multiply") {
  constexpr double q = 0.02;
  constexpr std::uint32_t n = 25;
  auto x = make_scenario(n);
  x.rollout.policy.rolling.max_batch_instances = 1;
  x.rollout.policy.rolling.max_unhealthy_upgraded_instance_percent = 0;
  x.spec.world.action_failure = q;
  const auto r = rehearse(x, with(2000, 99));
  const auto odds = r.odds(fate::kind::completed);
  const auto truth = std::pow(1.0 - q, n);
  CHECK(odds.low <= truth);
  CHECK(truth <= odds.high);
  CHECK(odds.count + r.faulted().count == 2000);
  // Every bad run ends at the check after its batch, and the batch it ends in is
  // drawn from a geometric distribution, cut at n.
  std::uint32_t in_bad = 0;
  for (const auto& e : r.bad_ends) {
    CHECK(e.check == "afterBatch");
    CHECK(e.batch >= 1);
    CHECK(e.batch <= n);
    in_bad += e.runs;
  }
  CHECK(in_bad == r.faulted().count);
}

TEST_CASE("the share of time of each phase is what the lengths say") {
  auto x = make_scenario(10);
  reimage_of(x) = fixed(60s);
  x.spec.world.boot = fixed(20s);
  x.rollout.policy.rolling.pause_time_between_batches = 30s;
  const auto r = rehearse(x, with(3));
  const auto mean = [&](phase p) { return r.phases[static_cast<std::size_t>(p)].mean; };
  CHECK(mean(phase::action) == 5 * 60s);
  CHECK(mean(phase::slowest) == 0s);
  CHECK(mean(phase::health) == 5 * 20s);
  CHECK(mean(phase::pause) == 4 * 30s);
  CHECK(r.length.p50 == 5 * 80s + 4 * 30s);
  CHECK(r.minimum_available_p50 == 8);
  double all = 0;
  for (const auto& p : r.phases)
    all += p.share;
  CHECK(all == doctest::Approx(1.0));
}

TEST_CASE("the slower half of a batch is told apart") {
  auto x = make_scenario(10);
  reimage_of(x) = {engine::duration_distribution::shape::uniform, 10s, 50s, 0.0, {}};
  const auto r = rehearse(x, with(200));
  const auto mean = [&](phase p) { return r.phases[static_cast<std::size_t>(p)].mean; };
  // Of two draws the lower is on average at a third, the upper at two thirds.
  CHECK(engine::to_seconds(mean(phase::action))
        == doctest::Approx(5 * 23.3).epsilon(0.05));
  CHECK(engine::to_seconds(mean(phase::slowest))
        == doctest::Approx(5 * 13.3).epsilon(0.08));
}

TEST_CASE("a bad image stops at the policy's first judgement") {
  auto x = make_scenario(100);
  x.rollout.policy.rolling.max_batch_instance_percent = 10;
  reimage_of(x) = fixed(60s);
  x.spec.world.image.probability = 0.5;
  const auto r = rehearse(x, with(200, 3));
  REQUIRE(r.blast);
  CHECK(r.blast->p50 == 10);
  CHECK(r.blast->p90 == 10);
  CHECK(r.blast->runs == r.faulted().count);
  CHECK(r.blast->stopped.estimate == 1.0);
  CHECK(wilson(r.blast->runs, 200).low <= 0.5);
  CHECK(wilson(r.blast->runs, 200).high >= 0.5);
}

TEST_CASE(
  "precision ends a rehearsal early, at the same run for any number of threads") {
  const auto what = rough(10);
  auto how = with(5000);
  how.until_precision = 0.05;
  how.jobs = 1;
  const auto one = rehearse(what, how);
  CHECK(one.runs < 5000);
  CHECK(one.runs % 50 == 0);
  for (const auto& f : one.fates)
    CHECK(f.odds.high - f.odds.low <= 0.1);
  how.jobs = 2;
  CHECK(print(rehearse(what, how)) == print(one));
}

TEST_CASE("the first run has the rehearsal's own seed, and any run can be replayed") {
  struct counter : actors::upgrade_listener {
    void on_event(const engine::upgrade_event&, engine::duration) override { ++events; }
    int events = 0;
  };
  CHECK(seed_of(42, 1) == 42);
  CHECK(seed_of(42, 2) != seed_of(43, 2));
  CHECK(seed_of(42, 1000) < std::uint64_t{1} << 53);
  const auto what = rough(10);
  const auto r = rehearse(what, with(20, 42));
  for (const std::uint32_t run : {1U, 2U, 20U}) {
    counter events;
    const auto again = replay(what, seed_of(42, run), events);
    CHECK(again.end - again.start == r.outcomes[run - 1].length);
    CHECK(events.events > 10);
  }
}

TEST_CASE("a run that would never end is cancelled at the time limit") {
  auto x = make_scenario(4);
  x.rollout.policy.mode = engine::upgrade_mode::automatic;
  x.spec.time_limit = 2h;
  engine::simulated_fault stuck;
  stuck.instance = "web-1";
  stuck.action = engine::simulated_fault::action_fate::hang;
  x.spec.world.faults = {stuck};
  const auto r = rehearse(x, with(2));
  CHECK(r.odds(fate::kind::cancelled).count == 2);
  CHECK(r.length.p50 == 2h);
}

TEST_CASE("what is left follows the rehearsed rest and the pace so far") {
  progress_curve curve;
  for (std::size_t i = 0; i <= 100; ++i) {
    curve.elapsed[i] = std::chrono::seconds(i);
    curve.remaining[i] = std::chrono::seconds(100 - i);
  }
  CHECK(remaining_at(curve, {0, 10, 0s, 0s}) == 100s);
  CHECK(remaining_at(curve, {0, 10, 0s, 7s}) == 93s);
  CHECK(remaining_at(curve, {5, 10, 50s, 53s}) == 47s);
  CHECK(remaining_at(curve, {5, 10, 100s, 110s}) == 90s); // half as fast
  CHECK(remaining_at(curve, {5, 10, 25s, 25s}) == 25s);   // twice as fast
  CHECK(remaining_at(curve, {5, 10, 50'000s, 50'000s}) == 200s);
  CHECK(remaining_at(curve, {5, 10, 50s, 1000s}) == 0s);
  CHECK(remaining_at(curve, {10, 10, 100s, 100s}) == 0s);
  CHECK(remaining_at(curve, {0, 0, 0s, 0s}) == 0s);
}

TEST_CASE("bakes, approvals and hooks count as pauses") {
  auto what = make_scenario(10);
  reimage_of(what) = fixed(60s);
  what.rollout.policy.rolling.checkpoints = {
    {20, 10min, engine::checkpoint_approval::manual}};
  what.spec.world.around.approve_after = 5min;
  what.spec.world.around
    .hooks[static_cast<std::size_t>(engine::upgrade_hook::before_batch)] = fixed(12s);
  const auto r = rehearse(what, with(3));
  CHECK(r.odds(fate::kind::completed).count == 3);
  CHECK(r.length.mean == 5 * 60s + 10min + 5min + 5 * 12s);
  for (const auto& p : r.phases) {
    if (p.what == phase::pause)
      CHECK(p.mean == 10min + 5min + 5 * 12s);
  }
}

TEST_CASE("a run whose hook never ends in time has faulted") {
  auto what = make_scenario(10);
  what.spec.world.timeout = what.rollout.hook_retry.timeout = 1min;
  what.spec.world.around
    .hooks[static_cast<std::size_t>(engine::upgrade_hook::before_batch)] = fixed(61s);
  const auto r = rehearse(what, with(3));
  CHECK(r.faulted().count == 3);
  CHECK(r.length.p50 < 1h);
}

TEST_CASE("a guard that does not hold counts as used up budget") {
  auto what = make_scenario(10);
  reimage_of(what) = fixed(60s);
  what.rollout.guards = {{"errors", engine::guard_consequence::wait}};
  what.spec.world.around.guards = {{"errors", 30s, 10min}};
  const auto r = rehearse(what, with(2));
  CHECK(r.odds(fate::kind::completed).count == 2);
  // From the end of the first batch to 630 s.
  CHECK(r.length.mean == 630s + 4 * 60s);
  for (const auto& p : r.phases) {
    if (p.what == phase::budget)
      CHECK(p.mean == 570s);
  }
}

TEST_CASE("of sliding batches those in hand say what the time goes to") {
  auto what = make_scenario(10);
  reimage_of(what) = fixed(60s);
  what.rollout.policy.rolling.batching = engine::batching_mode::sliding;
  const auto r = rehearse(what, with(2));
  CHECK(r.odds(fate::kind::completed).count == 2);
  CHECK(r.length.mean == 5 * 60s);
  for (const auto& p : r.phases) {
    if (p.what == phase::action)
      CHECK(p.mean == 5 * 60s);
  }
  REQUIRE(r.median_batches.size() == 1);
  CHECK(r.median_batches.front().instances == 10);
}
