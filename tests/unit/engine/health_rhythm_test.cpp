// SPDX-License-Identifier: Apache-2.0
// Probes that are too few and far between for the policy are refused: those alone that
// no instance could ever do justice to. The machines themselves are the judges.
#include "life_fixture.hpp"
#include "machine_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace drydock::engine;
using namespace drydock::engine::testing;
using namespace std::chrono_literals;

namespace {

constexpr rhythm_use reimages{apply_class::reimage};

health_source probed(duration interval, std::uint32_t probes,
                     health_kind kind = health_kind::binary_extension,
                     duration grace = 0s) {
  health_source x;
  x.kind = kind;
  x.interval = interval;
  x.number_of_probes = probes;
  x.grace_period = grace;
  return x;
}

upgrade_policy rolling(duration health_timeout = 5min,
                       duration progress_deadline = 30min) {
  upgrade_policy p;
  p.mode = upgrade_mode::rolling;
  p.rolling.health_timeout = health_timeout;
  p.rolling.progress_deadline = progress_deadline;
  return p;
}

/// The keys of what is refused, `health_timeout progress_deadline`.
std::string refused(const upgrade_policy& p, const health_source& health,
                    const rhythm_use& use = reimages) {
  std::string keys;
  for (const auto& x : validate_rhythm(p, health, use))
    keys += (keys.empty() ? "" : " ") + x.key;
  return keys;
}

/// An instance whose action has just ended.
struct after_action : driven_life {
  explicit after_action(const lifecycle_options& options) : driven_life(options) {
    start();
    begun();
    succeed();
  }
  /// Lets the timers fire that are due, and tells what came of them.
  std::string advance(instant at) {
    std::string said;
    while (!over()) {
      const auto due = std::min_element(
        timers.begin(), timers.end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
      if (due == timers.end() || due->second > at)
        break;
      const auto timer = due->first;
      now = due->second;
      timers.erase(due);
      said += feed(life::timer_fired{timer});
    }
    now = at;
    return said;
  }
};

/// Whether one whose every probe is healthy has succeeded in time.
bool comes_up(const health_source& source, duration timeout) {
  lifecycle_options options;
  options.action = apply_class::reimage;
  options.has_health = true;
  options.health_timeout = timeout;
  if (source.kind == health_kind::rich_extension)
    options.grace_period = source.grace_period;
  after_action x(options);
  auto machine = health_machine::fresh(source, x.now);
  std::string said;
  for (auto at = x.now; !x.over(); at += source.interval) {
    said = x.advance(at);
    if (x.over())
      break;
    const auto before = machine.committed();
    if (const auto after = machine.next(source, health_state::healthy, at);
        after != before)
      said = x.health(after);
  }
  return said.find("settle ok") != std::string::npos;
}

/// Whether the first batch begins where all are seen healthy as soon as can be.
bool begins(const health_source& source, duration deadline) {
  auto options = rolling_options();
  options.policy.rolling.progress_deadline = deadline;
  fleet_shape three;
  three.count = 3;
  driven_rollout d(options, three);
  d.begin();
  d.advance(source.interval * (source.number_of_probes - 1));
  for (instance_index i = 0; i < 3 && !d.machine().finished(); ++i)
    d.health(i, health_state::healthy);
  return !d.batches().empty();
}

} // namespace

TEST_CASE("a timeout that ends before so many probes are made is refused") {
  CHECK(refused(rolling(), probed(10s, 31)) == "");
  CHECK(refused(rolling(), probed(10s, 32)) == "health_timeout");
  CHECK(refused(rolling(), probed(10s, 40)) == "health_timeout");
  CHECK(refused(rolling(390s), probed(10s, 40)) == "");
  CHECK(refused(rolling(390s - 1ns), probed(10s, 40)) == "health_timeout");
  CHECK(refused(rolling(1ns), probed(1h, 1)) == "");
  for (const auto mode : {upgrade_mode::manual, upgrade_mode::automatic}) {
    auto other = rolling();
    other.mode = mode;
    CHECK(refused(other, probed(10s, 40)) == "health_timeout");
  }
}

TEST_CASE("what is refused for the timeout never comes up, and else it may") {
  for (const auto kind : {health_kind::binary_extension, health_kind::load_balancer,
                          health_kind::command, health_kind::rich_extension})
    for (const auto protocol : {probe_protocol::http, probe_protocol::tcp})
      for (std::uint32_t probes = 1; probes <= 8; ++probes)
        for (const duration grace : {0s, 5s, 10s, 15s, 20s, 70s})
          for (const duration timeout :
               {duration{1ns}, duration{10s - 1ns}, duration{10s}, duration{25s},
                duration{40s}, duration{69s}, duration{70s}, duration{100s}}) {
            auto source = probed(10s, probes, kind, grace);
            source.protocol = protocol;
            CAPTURE(static_cast<int>(kind));
            CAPTURE(probes);
            CAPTURE(grace.count());
            CAPTURE(timeout.count());
            const auto good = refused(rolling(timeout), source).empty();
            const auto up = comes_up(source, timeout);
            CHECK((good || !up));
            // After a grace period it may take a little longer than is sure.
            if (kind != health_kind::rich_extension || grace == 0s)
              CHECK(good == up);
          }
}

TEST_CASE("within its grace period an instance is waited for, whatever the timeout") {
  const auto rich = [](duration grace) {
    return probed(10s, 40, health_kind::rich_extension, grace);
  };
  CHECK(refused(rolling(), rich(400s)) == "");
  CHECK(refused(rolling(), rich(390s + 1ns)) == "");
  CHECK(refused(rolling(), rich(390s)) == "health_timeout"); // its end wins
  CHECK(refused(rolling(), rich(0s)) == "health_timeout");
  CHECK(refused(rolling(390s), rich(0s)) == "");
  CHECK(refused(rolling(400s), rich(5s)) == "");
  CHECK(refused(rolling(400s - 1ns), rich(5s)) == "health_timeout");
  CHECK(refused(rolling(780s - 1ns), rich(390s)) == "health_timeout");
  CHECK(refused(rolling(780s), rich(390s)) == "");
}

TEST_CASE("a deadline that is over before health has settled is refused") {
  for (const duration deadline : {duration{1h}, duration{1h + 1ns}, duration{1h - 1ns},
                                  duration{30min}, duration{2h}}) {
    CAPTURE(deadline.count());
    const auto source = probed(1h, 2);
    const auto good = refused(rolling(2h, deadline), source).empty();
    CHECK(good == (deadline >= 1h));
    CHECK(good == begins(source, deadline));
  }
  CHECK(refused(rolling(), probed(1h, 2)) == "health_timeout progress_deadline");
  CHECK(begins(probed(1h, 1), 1ns));
  CHECK(refused(rolling(5min, 1ns), probed(1h, 1)) == "");
  auto automatic = rolling(2h);
  automatic.mode = upgrade_mode::automatic; // which has no deadline
  CHECK(refused(automatic, probed(1h, 2)) == "");
}

TEST_CASE("only what an upgrade does with health counts") {
  const auto slow = probed(1h, 2);
  const auto in_place = rhythm_use{apply_class::in_place};
  CHECK(refused(rolling(), slow, rhythm_use{}) == "");
  CHECK(refused(rolling(), slow, in_place) == "progress_deadline");
  CHECK(refused(rolling(5min, 1h), slow, in_place) == "");
  CHECK(refused(rolling(5min, 1h), slow, {apply_class::restart}) == "health_timeout");
  auto surging = rolling(5min, 1h);
  surging.rolling.max_surge = true;
  CHECK(refused(surging, slow, in_place) == "health_timeout");
  CHECK(refused(surging, slow, rhythm_use{}) == "");
  surging.mode = upgrade_mode::automatic; // where nobody is replaced
  CHECK(refused(surging, slow, in_place) == "");
  CHECK(refused(rolling(), slow, {apply_class::none, true})
        == "health_timeout progress_deadline");
  CHECK(refused(rolling(), slow, {apply_class::none, false, true})
        == "progress_deadline");
  CHECK(refused(rolling(), probed(1h, 2, health_kind::none)) == "");
}

TEST_CASE("whoever is new where the upgrade begins is settled after its grace period") {
  const auto rich = probed(1h, 2, health_kind::rich_extension, 30min);
  const auto use = [](bool afresh) {
    return rhythm_use{apply_class::in_place, false, false, afresh};
  };
  CHECK(refused(rolling(2h), rich, use(false)) == "progress_deadline");
  CHECK(refused(rolling(2h), rich, use(true)) == "");
  CHECK(refused(rolling(2h, 30min - 1ns), rich, use(true)) == "progress_deadline");
  CHECK(refused(rolling(2h), probed(1h, 2), use(true)) == "progress_deadline");
}

TEST_CASE("the longest rhythms there are do not overflow") {
  const auto most = std::numeric_limits<std::uint32_t>::max();
  for (const duration grace : {duration{0}, duration{1ns}, duration::max()}) {
    const auto endless =
      probed(duration::max(), most, health_kind::rich_extension, grace);
    CHECK(refused(rolling(), endless) == "health_timeout progress_deadline");
  }
}

TEST_CASE("a rhythm that is refused is told with what it takes and what to do") {
  const auto texts = [](const upgrade_policy& p, const health_source& x) {
    std::vector<std::string> all;
    for (const auto& problem : validate_rhythm(p, x, reimages))
      all.push_back(problem.text);
    return all;
  };
  using list = std::vector<std::string>;
  CHECK(texts(rolling(), probed(10s, 40))
        == list{"no instance can be healthy in time after its action: number_of_probes "
                "= 40 at an interval of 10s take 390s at least, and health_timeout is "
                "300s; raise health_timeout or lower number_of_probes or interval"});
  CHECK(texts(rolling(), probed(10s, 40, health_kind::rich_extension, 100s))
        == list{"no instance can be healthy in time after its action: number_of_probes "
                "= 40 at an interval of 10s take 490s at least, and health_timeout is "
                "300s; raise health_timeout, or grace_period above 390s, or lower "
                "number_of_probes or interval"});
  CHECK(texts(rolling(2h), probed(1h, 2, health_kind::load_balancer))
        == list{"the first check can never be made: probe_threshold = 2 at an interval "
                "of 3600s take 3600s at least to settle health, and progress_deadline "
                "is 1800s; raise progress_deadline or lower probe_threshold or "
                "interval"});
}
