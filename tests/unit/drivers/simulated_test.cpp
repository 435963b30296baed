// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/simulated.hpp"

#include "random_draw.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <optional>

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

constexpr auto reimage = apply_class::reimage;

/// Keeps a driver's one answer and when it comes.
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

struct world {
  simulated_spec spec;
  health_source source;
  fleet instances;
  std::optional<simulated_fleet> simulated;

  explicit world(std::size_t count) {
    source.kind = health_kind::rich_extension;
    spec.durations[static_cast<std::size_t>(reimage)].first = 60s;
    spec.boot.first = 20s;
    for (std::size_t i = 0; i < count; ++i) {
      instance_spec x;
      x.id = "vm-" + std::to_string(i);
      instances.add(x);
    }
  }

  simulated_fault& fault(const char* id) {
    spec.faults.emplace_back().instance = id;
    return spec.faults.back();
  }

  simulated_fleet& get() {
    if (!simulated)
      simulated.emplace(spec, source, instances);
    return *simulated;
  }

  answer_box act(instance_index i, duration at = 0s, std::uint32_t attempt = 1,
                 bool rollback = false) {
    const auto box = std::make_shared<answer_box>();
    protocol::step_request request;
    request.id.instance = i;
    request.action = reimage;
    request.attempt = attempt;
    request.work =
      rollback ? protocol::work_kind::rollback : protocol::work_kind::upgrade;
    request.now = instant{at};
    CHECK(get().start(request, box));
    return *box;
  }

  protocol::probe_answer probe(instance_index i, duration at) {
    const protocol::probe_request request{i, 7};
    std::vector<protocol::probe_answer> answers;
    get().probe({&request, 1}, instant{at}, answers, nullptr);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].generation == 7);
    return answers[0];
  }
};

} // namespace

TEST_CASE("an instance answers nothing from its action's end to the end of its boot") {
  world w(1);
  CHECK(w.probe(0, 0s).raw == health_state::healthy);
  const auto done = w.act(0, 10s);
  CHECK(done.outcome == step_outcome::succeeded);
  CHECK(done.when == 60s);
  CHECK(w.probe(0, 70s).raw == health_state::unknown); // rich: silence is unknown
  CHECK(w.probe(0, 90s - 1ns).raw == health_state::unknown);
  CHECK_MESSAGE(w.probe(0, 90s).raw == health_state::healthy,
                "a boot that ends at a probe's instant answers healthy");
}

TEST_CASE("silence is unhealthy to a source that knows two states") {
  world w(1);
  w.source.kind = health_kind::binary_extension;
  w.act(0);
  CHECK(w.probe(0, 60s).raw == health_state::unhealthy);
}

TEST_CASE("health at the start recovers counted from the start") {
  world w(3);
  auto& ill = w.fault("vm-1");
  ill.health = health_state::unhealthy;
  ill.recovers_after = 2min;
  w.fault("vm-2").health = health_state::unknown;
  CHECK(w.probe(0, 5s).raw == health_state::healthy); // the start is at 5 s
  CHECK(w.probe(1, 5s + 2min - 1ns).raw == health_state::unhealthy);
  CHECK(w.probe(1, 5s + 2min).raw == health_state::healthy);
  CHECK(w.probe(2, 24h).raw == health_state::unknown);
}

TEST_CASE("health after an upgrade recovers counted from the end of the action") {
  world w(1);
  auto& f = w.fault("vm-0");
  f.health_after = health_state::unhealthy;
  f.recovers_after = 3min;
  w.probe(0, 0s);
  w.act(0, 0s);
  CHECK(w.probe(0, 60s + 20s).raw == health_state::unhealthy);
  CHECK(w.probe(0, 60s + 3min - 1ns).raw == health_state::unhealthy);
  CHECK(w.probe(0, 60s + 3min).raw == health_state::healthy);
}

TEST_CASE("faults decide an upgrade and leave a rollback alone") {
  world w(2);
  w.spec.timeout = 90s;
  w.fault("vm-0").action = simulated_fault::action_fate::fail;
  w.fault("vm-1").action = simulated_fault::action_fate::hang;
  const auto failed = w.act(0);
  CHECK(failed.outcome == step_outcome::failed);
  CHECK(failed.when == 60s);
  CHECK(w.probe(0, 61s).raw == health_state::healthy); // as before
  const auto hung = w.act(1);
  CHECK(hung.outcome == step_outcome::timed_out);
  CHECK(hung.when == 90s);
  CHECK(w.act(0, 100s, 1, true).outcome == step_outcome::succeeded);
  CHECK(w.probe(0, 180s).raw == health_state::healthy);
}

TEST_CASE("a hang without a timeout never answers") {
  world w(1);
  w.fault("vm-0").action = simulated_fault::action_fate::hang;
  CHECK_FALSE(w.act(0).outcome.has_value());
}

TEST_CASE("an initializing instance is new, silent, and carries no metrics") {
  world w(2);
  auto& f = w.fault("vm-0");
  f.health = health_state::initializing;
  f.recovers_after = 30s;
  f.phase = 4;
  f.skip_upgrade = true;
  CHECK(w.get().is_new(0));
  CHECK_FALSE(w.get().is_new(1));
  CHECK(w.probe(0, 0s).raw == health_state::unknown);
  CHECK(w.probe(0, 0s).metrics == custom_metrics{});
  const auto later = w.probe(0, 30s);
  CHECK(later.raw == health_state::healthy);
  CHECK(later.metrics.phase == 4);
  CHECK(later.metrics.skip_upgrade);
}

namespace {

struct settling_row {
  health_kind kind;
  std::uint32_t probes; // every 5 s
  duration grace;
  health_state begins;
  std::optional<duration> recovers;
  duration settles;
  health_state as;
  std::optional<duration> heals;
  bool tells_metrics = true;
};
const auto rich = health_kind::rich_extension, binary = health_kind::binary_extension;
const auto good = health_state::healthy, ill = health_state::unhealthy,
           lost = health_state::unknown, fresh = health_state::initializing;
const settling_row settling_rows[] = {
  {binary, 1, 0s, fresh, {}, 0s, ill, {}, false},
  {binary, 1, 0s, fresh, 60s, 0s, ill, 60s, false},
  {binary, 3, 0s, fresh, 10s, 20s, good, {}}, // silent at 0 and 5 s only
  {binary, 3, 0s, fresh, 11s, 10s, ill, 25s, false},
  {binary, 1, 0s, good, {}, 0s, good, {}},
  {binary, 3, 0s, good, {}, 10s, good, {}},
  {binary, 1, 0s, lost, 7s, 0s, ill, 10s}, // two states only; seen at 10 s
  {binary, 2, 0s, ill, 5s, 10s, good, {}},
  {rich, 2, 60s, ill, 6s, 5s, ill, 15s}, // no grace period: it ran before
  {rich, 1, 60s, lost, {}, 0s, lost, {}},
  {rich, 1, 60s, fresh, {}, 60s, lost, {}, false},
  {rich, 1, 60s, fresh, 55s, 55s, good, {}},
  {rich, 1, 60s, fresh, 56s, 60s, lost, 65s}, // the end of the period wins
  {rich, 1, 58s, fresh, {}, 60s, lost, {}, false},
  {rich, 3, 60s, fresh, 45s, 55s, good, {}},
  {rich, 3, 60s, fresh, 46s, 60s, lost, 75s},
  {rich, 3, 60s, fresh, 61s, 60s, lost, 75s, false},
  {rich, 2, 0s, fresh, {}, 5s, lost, {}, false},
};

} // namespace

TEST_CASE(
  "a plan is told how an instance settles and recovers, as probes will see it") {
  int number = 0;
  for (const auto& r : settling_rows) {
    CAPTURE(++number);
    world w(1);
    w.source.kind = r.kind;
    w.source.number_of_probes = r.probes;
    w.source.grace_period = r.grace;
    auto& f = w.fault("vm-0");
    f.health = r.begins;
    f.recovers_after = r.recovers;
    f.phase = 4;
    const auto told = w.get().expectations();
    REQUIRE(told.size() == 1);
    CHECK(told[0].health == health_state::initializing);
    CHECK(told[0].changes_after == r.settles);
    CHECK(told[0].then == r.as);
    CHECK(told[0].heals_after == r.heals);
    CHECK((told[0].metrics.phase == 4) == r.tells_metrics);

    // The machine that judges probes sees the same.
    auto machine =
      r.begins == fresh ? health_machine::fresh(w.source, instant{}) : health_machine{};
    for (duration at{0}; at <= 2min; at += 5s) {
      const auto seen = machine.next(w.source, w.probe(0, at).raw, instant{at});
      CAPTURE(to_seconds(at));
      CHECK(seen == (at < r.settles ? fresh : r.heals && at >= *r.heals ? good : r.as));
    }
  }
}

TEST_CASE("the typical length of an upgrade is that of a run without failures") {
  struct row {
    health_kind kind;
    std::uint32_t probes; // every 5 s
    duration grace, boot;
    apply_class action;
    duration takes;
  };
  const auto rich = health_kind::rich_extension, binary = health_kind::binary_extension;
  const auto in_place = apply_class::in_place;
  const row rows[] = {
    {health_kind::none, 1, 0s, 20s, reimage, 60s},
    {binary, 1, 0s, 0s, reimage, 60s},
    {binary, 1, 0s, 20s, reimage, 80s},
    {binary, 1, 0s, 21s, reimage, 85s},
    {binary, 2, 0s, 20s, reimage, 85s},
    {rich, 1, 60s, 20s, reimage, 80s},
    {rich, 1, 5s, 5s, reimage, 70s}, // the end of the grace period wins at 65 s
    {binary, 3, 0s, 0s, in_place, 10s},
    {binary, 3, 0s, 10s, in_place, 20s}, // two silent probes do not make it ill
    {binary, 3, 0s, 11s, in_place, 35s}, // three do; then three good ones
  };
  for (const auto& r : rows) {
    CAPTURE(r.probes);
    CAPTURE(to_seconds(r.boot));
    world w(1);
    w.source.kind = r.kind;
    w.source.number_of_probes = r.probes;
    w.source.grace_period = r.grace;
    w.spec.boot.first = r.boot;
    w.spec.durations[static_cast<std::size_t>(in_place)] = {
      duration_distribution::shape::uniform, 5s, 15s, 0};
    CHECK(w.get().typical_work(r.action) == r.takes);
  }
}

TEST_CASE("unhealthy and unknown answers carry the metrics") {
  world w(2);
  for (const auto* id : {"vm-0", "vm-1"}) {
    auto& f = w.fault(id);
    f.health = id[3] == '0' ? health_state::unhealthy : health_state::unknown;
    f.phase = 2;
  }
  CHECK(w.probe(0, 0s).metrics.phase == 2);
  CHECK(w.probe(1, 0s).metrics.phase == 2);
}

TEST_CASE("draws depend on seed, instance, action and attempt, and on nothing else") {
  const draw_key key{7, 3, reimage, 1};
  const auto x = draw_unit(key, purpose::action_failure);
  CHECK(x == draw_unit(key, purpose::action_failure));
  CHECK(x >= 0.0);
  CHECK(x < 1.0);
  CHECK(x != draw_unit({8, 3, reimage, 1}, purpose::action_failure));
  CHECK(x != draw_unit({7, 4, reimage, 1}, purpose::action_failure));
  CHECK(x != draw_unit({7, 3, apply_class::restart, 1}, purpose::action_failure));
  CHECK(x != draw_unit({7, 3, reimage, 2}, purpose::action_failure));
  CHECK(x != draw_unit(key, purpose::transient_failure));
}

TEST_CASE("distributions have the moments they are named for") {
  using shape = duration_distribution::shape;
  struct row {
    duration_distribution from;
    double mean, deviation;
  };
  const double e = std::exp(0.125); // lognormal with sigma 0.5
  const row rows[] = {
    {{shape::fixed, 60s, 0s, 0}, 60, 0},
    {{shape::normal, 60s, 5s, 0}, 60, 5},
    {{shape::uniform, 10s, 40s, 0}, 25, 30 / std::sqrt(12.0)},
    {{shape::lognormal, 60s, 0s, 0.5}, 60 * e, 60 * e * std::sqrt(std::exp(0.25) - 1)},
    {{shape::exponential, 60s, 0s, 0}, 60, 60},
  };
  constexpr int count = 20000;
  for (const auto& r : rows) {
    double sum = 0, squares = 0;
    for (instance_index i = 0; i < count; ++i) {
      const auto x =
        to_seconds(draw_duration(r.from, {1, i, reimage, 1}, purpose::action_duration));
      CHECK(x >= 0);
      sum += x;
      squares += x * x;
    }
    const auto mean = sum / count;
    const auto deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
    CHECK(mean == doctest::Approx(r.mean).epsilon(0.03));
    CHECK(deviation == doctest::Approx(r.deviation).epsilon(0.05));
  }
}

TEST_CASE("a normal distribution is cut at zero") {
  const duration_distribution from{duration_distribution::shape::normal, 1s, 100s, 0};
  for (instance_index i = 0; i < 1000; ++i)
    CHECK(draw_duration(from, {1, i, reimage, 1}, purpose::boot_duration) >= 0s);
}

TEST_CASE("rates are as frequent as they say, one draw an instance or an attempt") {
  world w(4000);
  w.spec.action_failure = 0.1;
  w.spec.transient_failure = 0.3;
  w.spec.unhealthy_after_upgrade = 0.2;
  int failed = 0, transient = 0, failed_again = 0, ill = 0, done = 0;
  for (instance_index i = 0; i < 4000; ++i) {
    const auto first = w.act(i, 0s, 1).outcome;
    const auto second = w.act(i, 0s, 2).outcome;
    failed += first == step_outcome::failed ? 1 : 0;
    failed_again += first == step_outcome::failed && second == first ? 1 : 0;
    transient += first == step_outcome::transient ? 1 : 0;
    if (second != step_outcome::succeeded)
      continue;
    ++done;
    ill += w.probe(i, 1h).raw == health_state::unhealthy ? 1 : 0;
  }
  CHECK(failed == doctest::Approx(400).epsilon(0.2));
  CHECK_MESSAGE(failed_again == failed, "one draw an instance: a retry fails too");
  CHECK(transient == doctest::Approx(0.9 * 0.3 * 4000).epsilon(0.1));
  CHECK(ill == doctest::Approx(0.2 * done).epsilon(0.15));
}
