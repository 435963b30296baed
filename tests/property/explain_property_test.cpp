// SPDX-License-Identifier: Apache-2.0
// Whatever happens, an upgrade that stands still is explained, and the explanation
// agrees with what the upgrade itself says.
#include "machine_fixture.hpp"
#include "random_world.hpp"
#include "scenario.hpp"

#include "drydock/engine/explainer.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <optional>
#include <set>

using namespace drydock::engine;
using namespace drydock::testing;
using weather = random_world::weather;

namespace {

/// Listens to an upgrade, and judges what two explainers make of it: one that knows
/// all, and one that hears events alone.
class explanation_judge {
public:
  explanation_judge(const rollout_options& options,
                    const std::shared_ptr<const fleet>& instances)
    : instances_(instances), full_({instances, options.has_health, options}),
      by_events_({instances, options.has_health, std::nullopt}) {
    for (const auto& g : options.guards) // events do not tell what follows
      tells_all_ = tells_all_ && g.on_failure == guard_consequence::wait;
  }

  void see(instant at, const std::vector<rollout_input>& inputs,
           const std::vector<rollout_command>& commands) {
    for (const auto& in : inputs)
      full_.hear(in, at);
    for (const auto& c : commands)
      if (const auto* p = std::get_if<command::publish>(&c)) {
        full_.take(p->event, at);
        by_events_.take(p->event, at);
        note(p->event);
      }
    judge(full_, at, "the one that knows all");
    if (announced_ && tells_all_)
      judge(by_events_, at, "the one that hears events");
  }

  /// How the counts differ from those of the machine; empty: not at all.
  void compare(const rollout& machine, const rollout_options& options) {
    const auto p = machine.progress();
    if (!announced_ || (undoing_ && !over_))
      return;
    compare_replacements(machine.replacements());
    const auto x = full_.explain(instant{});
    const auto count = [&](instance_standing s) {
      return x.by_standing[static_cast<std::size_t>(s)];
    };
    const upgrade_progress mine{
      count(instance_standing::up_to_date) + count(instance_standing::succeeded),
      // Those that get their previous model back within their batch have failed.
      count(instance_standing::failed) + count(instance_standing::rolling_back),
      count(instance_standing::in_hand), count(instance_standing::pending),
      count(instance_standing::skipped)};
    if (!opened_ && p.skipped > 0)
      return; // who is skipped is told when health is settled
    if (!(mine == p))
      broken("other counts: " + drydock::engine::testing::print(mine) + " and not "
             + drydock::engine::testing::print(p) + " of "
             + std::string(to_string(options.policy.mode)));
  }

  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::set<std::string>& kinds() const { return kinds_; }

private:
  static bool counts(instance_standing x) {
    return x != instance_standing::deleted && x != instance_standing::arriving
           && x != instance_standing::discarding;
  }

  /// Who has the position of a member.
  void compare_replacements(const std::vector<instance_index>& known) {
    const auto whole = full_.explain(instant{});
    std::vector<instance_index> mine;
    for (auto i = static_cast<instance_index>(instances_->size()); i < full_.size();
         ++i)
      if (full_.knows(i) && counts(full_.explain(i, whole).standing))
        mine.push_back(i);
    if (mine != known)
      broken("other replacements: " + std::to_string(mine.size()) + " and not "
             + std::to_string(known.size()));
  }

  void note(const upgrade_event& e) {
    if (std::holds_alternative<told::upgrade_started>(e))
      announced_ = true;
    else if (const auto* wait = std::get_if<told::waiting>(&e))
      note_wait(wait->reason);
    else if (const auto* check = std::get_if<told::check_judged>(&e))
      doomed_ = doomed_ || !check->code.empty();
    else if (const auto* guard = std::get_if<told::guard_changed>(&e))
      doomed_ = doomed_ || guard->state == guard_state::fails;
    else if (std::holds_alternative<told::upgrade_finished>(e))
      over_ = true;
    if (std::holds_alternative<told::batch_started>(e))
      in_batch_ = true;
    if (std::holds_alternative<told::batch_finished>(e))
      in_batch_ = false;
    if (std::holds_alternative<told::rollback_started>(e) && !in_batch_)
      undoing_ = true;
    // What comes after a wait and is not the wait itself.
    if (std::holds_alternative<told::batch_started>(e)
        || std::holds_alternative<told::hook_started>(e)
        || std::holds_alternative<told::scaling_started>(e)
        || std::holds_alternative<told::rollback_started>(e)
        || std::holds_alternative<told::checkpoint_reached>(e)
        || std::holds_alternative<told::checkpoint_left>(e)
        || std::holds_alternative<told::upgrade_resumed>(e)
        || std::holds_alternative<told::guard_changed>(e)
        || std::holds_alternative<told::check_judged>(e))
      waits_.reset();
    if (std::holds_alternative<told::check_judged>(e)
        || std::holds_alternative<told::batch_started>(e)
        || std::holds_alternative<told::hook_started>(e))
      opened_ = true;
  }

  /// A pause after a hook ends at once where the upgrade is to fault anyway.
  void note_wait(wait_reason reason) {
    waits_ = reason;
    if (doomed_ && reason == wait_reason::hook_failed)
      waits_.reset();
  }

  void judge(const explainer& account, instant at, const std::string& who) {
    const auto x = account.explain(at);
    if (x.state == course::finished) {
      if (!over_ || !x.obstacles.empty() || !x.end)
        broken(who + " says that it is over");
      return;
    }
    if (over_ || x.obstacles.empty()) {
      broken(who + " sees no obstacle, or no end");
      return;
    }
    const auto& first = x.obstacles.front();
    kinds_.emplace(to_string(first.kind));
    if (first.kind == obstacle_kind::deciding)
      broken(who + " does not know what it waits for");
    if (first.kind == obstacle_kind::no_controller)
      broken(who + " says that nobody runs it");
    if (waits_ && first.kind != obstacle_kind::in_hand
        && first.kind != obstacle_kind::repairs // told or not, it is about to end
        && first.kind != to_obstacle(*waits_))
      broken(who + " says " + std::string(to_string(first.kind)) + ", and the machine "
             + std::string(to_string(*waits_)));
    // A timer fires just after what it waits for.
    if (first.until && *first.until + duration{1} < at
        && first.kind != obstacle_kind::in_hand)
      broken(who + " says that " + std::string(to_string(first.kind)) + " was over");
    if (first.kind == obstacle_kind::in_hand && first.holders.empty())
      broken(who + " names nobody who is in hand");
    if (first.remedies.empty())
      broken(who + " knows nothing to do about " + std::string(to_string(first.kind)));
    if (first.kind == obstacle_kind::unavailable_instances && first.holder_count == 0)
      broken(who + " names nobody who is unavailable");
    for (instance_index i = 0; i < account.size(); ++i)
      if (const auto one = account.explain(i, x);
          one.standing == instance_standing::pending
          && one.why == instance_why::upgrade_ended && !x.cancelling)
        broken(who + " says of one that the upgrade ended");
  }

  void broken(const std::string& what) {
    if (problem_.empty())
      problem_ = what;
  }

  std::shared_ptr<const fleet> instances_;
  explainer full_, by_events_;
  std::optional<wait_reason> waits_;
  std::set<std::string> kinds_;
  std::string problem_;
  bool announced_ = false, over_ = false, opened_ = false, undoing_ = false;
  bool in_batch_ = false;
  bool doomed_ = false, tells_all_ = true;
};

bool explains(const scenario& s, weather w) {
  random_world world(s, w);
  explanation_judge judge(s.options, s.instances);
  world.watch([&](instant at, const auto& inputs, const auto& commands) {
    judge.see(at, inputs, commands);
    if (w != weather::wreck)
      judge.compare(world.machine(), s.options);
  });
  const auto problem = world.run();
  for (const auto& kind : judge.kinds())
    RC_TAG(kind);
  if (!problem.empty() || !judge.problem().empty())
    RC_LOG() << problem << '\n'
             << judge.problem() << "\n\n"
             << describe(s) << '\n'
             << world.transcript();
  return problem.empty() && judge.problem().empty();
}

} // namespace

TEST_CASE("whoever stands still is explained, whatever happens") {
  REQUIRE(rc::check("in a storm", [] {
    const auto s = draw_scenario(mood::wild);
    return explains(s, weather::storm);
  }));
  REQUIRE(rc::check("in fair weather", [] {
    const auto s = draw_scenario(mood::gentle);
    return explains(s, weather::fair);
  }));
}

TEST_CASE("whoever stands still is explained by another process too") {
  REQUIRE(rc::check("in a wreck", [] {
    const auto s = draw_scenario(mood::wild);
    return explains(s, weather::wreck);
  }));
}
