// SPDX-License-Identifier: Apache-2.0
#include "drydock/drivers/simulated.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

using namespace drydock;
using namespace drydock::drivers;
using namespace drydock::engine;
using namespace std::chrono_literals;

namespace {

constexpr auto reimage = apply_class::reimage;

/// Keeps what becomes of an inspection, and when.
class fate_box : public protocol::step_port {
public:
  void begun(protocol::ticket, duration) override {}
  void finished(protocol::ticket, protocol::step_result, duration) override {}
  void inspected(protocol::ticket, action_fate what, std::string,
                 duration after) override {
    CHECK_FALSE(fate.has_value());
    fate = what;
    when = after;
  }
  std::optional<action_fate> fate;
  duration when{-1};
};

struct answer {
  std::optional<action_fate> fate;
  duration when{-1};
  friend bool operator==(const answer&, const answer&) = default;
};

const answer done_now{action_fate::done, 0s};
const answer not_done_now{action_fate::not_done, 0s};

/// Two instances whose actions take 60 s and whose boots take 20 s.
struct world {
  simulated_spec spec;
  health_source source;
  fleet instances;
  std::unique_ptr<simulated_fleet> simulated;

  world() {
    source.kind = health_kind::rich_extension;
    spec.durations[static_cast<std::size_t>(reimage)].first = 60s;
    spec.boot.first = 20s;
    for (const auto* id : {"a", "b"}) {
      instance_spec x;
      x.id = id;
      instances.add(x);
    }
  }

  simulated_fault& fault(const char* id) {
    spec.faults.emplace_back().instance = id;
    return spec.faults.back();
  }

  simulated_fleet& get() {
    if (simulated == nullptr)
      simulated = std::make_unique<simulated_fleet>(spec, source, instances);
    return *simulated;
  }

  static protocol::step_request request(duration at, bool rollback,
                                        step_kind step = step_kind::action) {
    protocol::step_request result;
    result.step = step;
    result.action = reimage;
    result.work =
      rollback ? protocol::work_kind::rollback : protocol::work_kind::upgrade;
    result.now = instant{at};
    return result;
  }

  void start(duration at, bool rollback = false, step_kind step = step_kind::action) {
    get().start(request(at, rollback, step), std::make_shared<fate_box>());
  }

  answer inspect(duration at, bool rollback = false, instance_index i = 0) {
    const auto box = std::make_shared<fate_box>();
    auto what = request(at, rollback);
    what.id.instance = i;
    CHECK(get().inspect(what, box));
    return {box->fate, box->when};
  }

  raw_health probe(duration at) {
    const protocol::probe_request what{0, 1};
    std::vector<protocol::probe_answer> answers;
    get().probe({&what, 1}, instant{at}, answers, nullptr);
    REQUIRE(answers.size() == 1);
    return answers[0].raw;
  }
};

} // namespace

TEST_CASE("an action that succeeds is done at its end, whoever asked for it") {
  world w;
  CHECK(w.inspect(0s) == not_done_now);
  w.start(10s);
  CHECK(w.inspect(10s) == answer{action_fate::done, 60s});
  CHECK(w.inspect(69s) == answer{action_fate::done, 1s});
  CHECK(w.inspect(70s) == done_now);
  CHECK(w.inspect(1000s) == done_now);
  CHECK(w.inspect(30s, false, 1) == not_done_now);
}

TEST_CASE("an action that fails or times out is not done, once it has ended") {
  world failing;
  failing.fault("a").action = simulated_fault::action_fate::fail;
  failing.start(0s);
  CHECK(failing.inspect(20s) == answer{action_fate::not_done, 40s});
  CHECK(failing.inspect(60s) == not_done_now);

  world slow;
  slow.spec.timeout = 30s;
  slow.start(0s);
  CHECK(slow.inspect(20s) == answer{action_fate::not_done, 10s});

  world transient;
  transient.spec.transient_failure = 1.0;
  transient.start(0s);
  CHECK(transient.inspect(60s) == not_done_now);
}

TEST_CASE("an action that hangs is not done at its timeout, and not at all without") {
  world w;
  w.fault("a").action = simulated_fault::action_fate::hang;
  w.spec.durations = {}; // what hangs takes time, whatever the others take
  w.spec.timeout = 5min;
  w.start(0s);
  CHECK(w.inspect(1min) == answer{action_fate::not_done, 4min});

  world endless;
  endless.fault("a").action = simulated_fault::action_fate::hang;
  endless.start(0s);
  CHECK(endless.inspect(1h).fate == std::nullopt);
}

TEST_CASE("a rollback is done when the instance was rolled back") {
  world w;
  w.start(0s);
  CHECK(w.inspect(60s, true) == not_done_now);
  w.start(100s, true);
  CHECK(w.inspect(110s, true) == answer{action_fate::done, 50s});
  CHECK(w.inspect(200s, true) == done_now);
  CHECK(w.inspect(200s) == not_done_now);
}

TEST_CASE("an inspection waits for a hook that is under way") {
  world w;
  w.spec.before_instance = duration_distribution{};
  w.spec.before_instance->first = 30s;
  w.start(0s, false, step_kind::before_instance);
  CHECK(w.inspect(10s) == answer{action_fate::not_done, 20s});
}

TEST_CASE("actions that take no time have ended when they are asked about") {
  world w;
  w.spec.durations = {};
  w.start(10s);
  CHECK(w.inspect(10s) == done_now);
}

TEST_CASE("a fleet can be told what was done before it was made") {
  world w;
  w.get().assume_upgraded(0);
  CHECK(w.inspect(5s) == done_now);
  CHECK(w.inspect(5s, true) == not_done_now);
  CHECK(w.inspect(5s, false, 1) == not_done_now);
  CHECK(w.probe(5s) == health_state::healthy);
  w.get().assume_rolled_back(0);
  CHECK(w.inspect(5s, true) == done_now);
  CHECK(w.inspect(5s) == not_done_now);
}

TEST_CASE("an instance that is assumed upgraded has its fault's health after it") {
  world w;
  auto& ill = w.fault("a");
  ill.health_after = health_state::unhealthy;
  ill.recovers_after = 1min;
  w.get().assume_upgraded(0, instant{100s});
  CHECK(w.probe(159s) == health_state::unhealthy);
  CHECK(w.probe(160s) == health_state::healthy);
}
