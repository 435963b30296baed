// SPDX-License-Identifier: Apache-2.0
// Whatever happens to an upgrade, its journal says it, and says enough to derive all
// that was decided.
#include "random_world.hpp"
#include "scenario.hpp"

#include "drydock/journal/replay.hpp"
#include "drydock/journal/what_if.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace drydock::engine;
using namespace drydock::testing;
namespace journal = drydock::journal;
using weather = random_world::weather;

namespace {

/// The journal of a world's upgrade.
struct recording {
  journal::header begun;
  std::vector<std::string> records;

  recording(const scenario& s, random_world& world) {
    begun.rollout = s.options;
    begun.instances = s.instances;
    world.watch([this](instant at, const std::vector<rollout_input>& inputs,
                       const std::vector<rollout_command>& commands) {
      journal::turn_writer writer;
      writer.begin(at, 0, inputs);
      for (const auto& c : commands)
        if (const auto* p = std::get_if<command::publish>(&c))
          writer.told(p->event);
      records.emplace_back(writer.finish(commands));
    });
  }

  [[nodiscard]] std::vector<journal::turn> turns() const {
    std::vector<journal::turn> list;
    for (const auto& bytes : records)
      list.push_back(std::get<journal::turn>(journal::read_turn(bytes)));
    return list;
  }
};

bool replays(const recording& x, const rollout& machine) {
  const auto begun = journal::read_header(journal::write_header(x.begun));
  journal::replayer again(std::get<journal::header>(begun));
  for (const auto& t : x.turns())
    if (const auto d = again.take(t)) {
      RC_LOG() << "turn " << d->turn << ": " << d->recorded << " | " << d->derived;
      return false;
    }
  return again.finished() == machine.finished()
         && again.report().progress == machine.report().progress;
}

journal::policy_comparison compare(const recording& x, const rolling_policy& other) {
  journal::policy_trial trial(x.begun, other);
  for (const auto& t : x.turns())
    trial.take(t);
  return trial.finish();
}

} // namespace

TEST_CASE("every storm is replayed without a difference") {
  REQUIRE(rc::check("decisions are derived again, byte for byte", [] {
    const auto s = draw_scenario(mood::wild);
    random_world world(s, weather::storm);
    recording x(s, world);
    RC_ASSERT(world.run() == "");
    return replays(x, world.machine());
  }));
}

TEST_CASE("the same policy never differs from itself") {
  REQUIRE(rc::check("nothing is compared but what was decided", [] {
    const auto s = draw_scenario(mood::wild);
    random_world world(s, weather::storm);
    recording x(s, world);
    RC_ASSERT(world.run() == "");
    const auto answer = compare(x, s.options.policy.rolling);
    if (answer.first)
      RC_LOG() << answer.first->recorded << " | " << answer.first->other;
    return !answer.first && answer.other.end == answer.recorded.end;
  }));
}

TEST_CASE("another policy has an answer for every storm") {
  REQUIRE(rc::check("it ends, and touches no more than there are", [] {
    const auto s = draw_scenario(mood::wild), t = draw_scenario(mood::wild);
    random_world world(s, weather::storm);
    recording x(s, world);
    RC_ASSERT(world.run() == "");
    const auto answer = compare(x, t.options.policy.rolling);
    RC_TAG(static_cast<int>(answer.other.end), answer.first.has_value());
    RC_ASSERT(
      s.options.policy.mode == upgrade_mode::rolling || !answer.first
      || s.options.policy.rolling.rollback_failed_instances_on_policy_breach
           != t.options.policy.rolling.rollback_failed_instances_on_policy_breach);
    if (answer.other.end == journal::policy_course::ending::open
        && answer.first.has_value())
      RC_ASSERT(answer.other.reason != "");
    return answer.other.touched <= s.instances->size()
           && answer.other.failed <= answer.other.touched;
  }));
}
