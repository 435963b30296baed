// SPDX-License-Identifier: Apache-2.0
#include "simulated_world.hpp"

#include "drydock/drivers/simulated.hpp"
#include "random_draw.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t s = 1'000'000'000;
constexpr auto never_upgraded = std::numeric_limits<std::int64_t>::min();

fleet zonal(std::uint32_t count) {
  fleet x({"1", "2", "3"});
  for (std::uint32_t i = 0; i < count; ++i) {
    instance_spec spec;
    spec.id = "i" + std::to_string(i);
    spec.zone = std::to_string(i % 3 + 1);
    x.add(spec);
  }
  return x;
}

duration_distribution fixed(duration x) {
  duration_distribution d;
  d.first = x;
  return d;
}

/// Keeps what a driver says of one step.
struct step_notes : protocol::step_port {
  void begun(protocol::ticket, duration after) override { begins = after; }
  void finished(protocol::ticket, protocol::step_result, duration after) override {
    ends = after;
  }
  void inspected(protocol::ticket, action_fate, std::string, duration) override {}
  duration begins{-1};
  duration ends{-1};
};

} // namespace

TEST_CASE("quantiles are drawn from straight lines between their points") {
  const std::vector<duration> points{10s, 20s, 40s};
  CHECK(quantile_at(points, 0.0) == 10s);
  CHECK(quantile_at(points, 0.25) == 15s);
  CHECK(quantile_at(points, 0.5) == 20s);
  CHECK(quantile_at(points, 0.75) == 30s);
  CHECK(quantile_at(points, 1.0) == 40s);
  duration_distribution from;
  from.kind = duration_distribution::shape::quantiles;
  from.points = points;
  double sum = 0;
  for (instance_index i = 0; i < 20'000; ++i)
    sum += to_seconds(
      draw_duration(from, {1, i, apply_class::reimage, 1}, purpose::action_duration));
  CHECK(sum / 20'000 == doctest::Approx((15.0 + 30.0) / 2).epsilon(0.01));
}

TEST_CASE("instances fall ill as often as the mean time says, and recover") {
  simulated_spec spec;
  spec.background.mean_time_to_failure = 1h;
  spec.background.recovery = fixed(10min);
  misfortunes fate(spec, zonal(2000));
  CHECK(fate.possible());
  int ill = 0, probes = 0;
  for (std::int64_t at = 0; at < 20; ++at)
    for (instance_index i = 0; i < 2000; ++i) {
      ++probes;
      ill += fate.look(i, (3600 + at * 600) * s, never_upgraded).ill ? 1 : 0;
    }
  // Of a long time 10 minutes in 70 are spent ill.
  CHECK(static_cast<double>(ill) / probes
        == doctest::Approx(10.0 / 70.0).epsilon(0.05));
}

TEST_CASE("who does not recover stays ill, since the moment it fell ill") {
  simulated_spec spec;
  spec.background.mean_time_to_failure = 1min;
  misfortunes fate(spec, zonal(1));
  const auto well = fate.look(0, 0, never_upgraded);
  CHECK_FALSE(well.ill);
  CHECK_FALSE(fate.look(0, well.until - 1, never_upgraded).ill);
  CHECK(fate.look(0, well.until, never_upgraded).ill);
  CHECK(fate.look(0, well.until + 1'000'000 * s, never_upgraded).ill);
}

TEST_CASE("whom an upgrade has cured may fall ill again") {
  simulated_spec spec;
  spec.background.mean_time_to_failure = 1min;
  misfortunes fate(spec, zonal(1000));
  int well = 0, ill = 0;
  for (instance_index i = 0; i < 1000; ++i) {
    CHECK(fate.look(i, 3600 * s, never_upgraded).ill); // but for one in e⁶⁰
    well += fate.look(i, 3610 * s, 3610 * s).ill ? 0 : 1;
    ill += fate.look(i, 3670 * s, 3610 * s).ill ? 1 : 0;
  }
  CHECK(well == 1000);
  CHECK(ill == doctest::Approx(1000 * (1 - std::exp(-1.0))).epsilon(0.08));
}

TEST_CASE("an outage takes its zone, for its time") {
  simulated_spec spec;
  spec.outages = {{std::uint16_t{1}, 1.0, fixed(100s), fixed(50s)}};
  const misfortunes fate(spec, zonal(6));
  for (instance_index i = 0; i < 6; ++i) {
    const auto hit = i % 3 == 1;
    CHECK_FALSE(fate.is_out(i, 100 * s - 1));
    CHECK(fate.is_out(i, 100 * s) == hit);
    CHECK(fate.is_out(i, 150 * s - 1) == hit);
    CHECK_FALSE(fate.is_out(i, 150 * s));
  }
}

TEST_CASE("an outage of any zone hits each of them in a third of the runs it happens") {
  simulated_spec spec;
  spec.outages = {{std::nullopt, 0.5, fixed(0s), fixed(1h)}};
  int none = 0, hits[3] = {};
  const auto instances = zonal(3);
  for (spec.seed = 1; spec.seed <= 3000; ++spec.seed) {
    const misfortunes fate(spec, instances);
    none += fate.possible() ? 0 : 1;
    for (instance_index i = 0; fate.possible() && i < 3; ++i)
      hits[i] += fate.is_out(i, s) ? 1 : 0;
  }
  CHECK(none == doctest::Approx(1500).epsilon(0.06));
  for (const auto x : hits)
    CHECK(x == doctest::Approx(500).epsilon(0.12));
  CHECK(none + hits[0] + hits[1] + hits[2] == 3000);
}

TEST_CASE("a bad image is one draw a run, its victims one draw an instance") {
  simulated_spec spec;
  spec.image = {0.3, 0.5};
  int bad = 0;
  double victims = 0;
  const auto instances = zonal(200);
  for (spec.seed = 1; spec.seed <= 1000; ++spec.seed) {
    const misfortunes fate(spec, instances);
    bad += fate.image_is_bad() ? 1 : 0;
    int fallen = 0;
    for (instance_index i = 0; i < 200; ++i)
      fallen += fate.falls_to_image(i) ? 1 : 0;
    CHECK((fallen > 0) == fate.image_is_bad());
    victims += fallen;
  }
  CHECK(bad == doctest::Approx(300).epsilon(0.12));
  CHECK(victims / bad == doctest::Approx(100).epsilon(0.03));
}

TEST_CASE("a queue serves so many at a time, first come, first served") {
  step_queue two(2);
  CHECK(two.enter(0, 10) == 0);
  CHECK(two.enter(0, 30) == 0);
  CHECK(two.enter(1, 5) == 10);  // behind the first
  CHECK(two.enter(2, 5) == 15);  // behind the third
  CHECK(two.enter(3, 50) == 20); // behind the fourth
  CHECK(two.enter(29, 1) == 30); // behind the second
  CHECK(two.enter(100, 1) == 100);
  step_queue any(0);
  CHECK(any.enter(7, 10) == 7);
  CHECK(any.enter(7, 10) == 7);
}

TEST_CASE("hooks take their time, and steps wait for a place") {
  simulated_spec spec;
  spec.max_parallel = 1;
  spec.before_instance = fixed(4s);
  spec.durations[static_cast<std::size_t>(apply_class::reimage)] = fixed(60s);
  health_source source;
  source.kind = health_kind::rich_extension;
  simulated_fleet world(spec, source, zonal(2));
  CHECK(world.has_hook(protocol::step_kind::before_instance));
  CHECK_FALSE(world.has_hook(protocol::step_kind::after_instance));
  protocol::step_request request;
  request.action = apply_class::reimage;
  request.step = protocol::step_kind::before_instance;
  auto first = std::make_shared<step_notes>();
  CHECK(world.start(request, first));
  CHECK(first->ends == 4s);
  request.id.instance = 1;
  request.step = protocol::step_kind::action;
  auto second = std::make_shared<step_notes>();
  CHECK_FALSE(world.start(request, second));
  CHECK(second->begins == 4s);
  CHECK(second->ends == 64s);
}

TEST_CASE("an upgrade cures what befell an instance before it") {
  simulated_spec spec;
  spec.background.mean_time_to_failure = 1s;
  health_source source;
  source.kind = health_kind::rich_extension;
  simulated_fleet world(spec, source, zonal(1));
  const auto look = [&](duration at) {
    std::vector<protocol::probe_answer> answers;
    const protocol::probe_request one{0, 0};
    world.probe(std::span(&one, 1), instant{at}, answers, nullptr);
    return answers.at(0).raw;
  };
  CHECK(look(0s) == health_state::healthy);
  CHECK(look(1h) == health_state::unhealthy);
  protocol::step_request request;
  request.action = apply_class::reimage;
  request.now = instant{2h};
  CHECK(world.start(request, std::make_shared<step_notes>()));
  CHECK(look(2h) == health_state::healthy);
}
