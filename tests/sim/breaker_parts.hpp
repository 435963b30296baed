// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "breaker.hpp"
#include "judge.hpp"
#include "mortal_journal.hpp"
#include "world.hpp"

#include "drydock/drivers/attendants.hpp"
#include "drydock/store/stored_journal.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>

namespace drydock::sim {

using namespace engine;
using namespace protocol;

/// No upgrade of these takes so long, in virtual time.
inline constexpr duration patience = std::chrono::hours(24 * 30);

inline constexpr auto upgrade_id = "00000000-0000-8000-8000-000000000001";

/// Hears what becomes of an action, and passes it on to those who still live.
class tapped_port : public step_port {
public:
  tapped_port(std::shared_ptr<step_port> to, facts& f, bool rollback, bool action,
              bool notice = false)
    : to_(std::move(to)), facts_(f), rollback_(rollback), action_(action),
      notice_(notice) {}

  void begun(ticket id, duration after) override { to_->begun(id, after); }
  void finished(ticket id, step_result result, duration after) override {
    if (result.outcome == step_outcome::quota_short)
      facts_.extra.erase(id.instance);
    if (const auto notice = facts_.notices.find(id.instance);
        notice_ && notice != facts_.notices.end()
        && result.outcome == step_outcome::succeeded)
      notice->second = std::min(notice->second, facts_.now + after);
    if (action_) {
      const auto end = facts_.now + after;
      facts_.busy[id.instance] = end;
      if (result.outcome == step_outcome::succeeded && rollback_)
        facts_.done.erase(id.instance);
      else if (result.outcome == step_outcome::succeeded)
        facts_.done[id.instance] = end;
    }
    to_->finished(id, std::move(result), after);
  }
  void inspected(ticket id, action_fate fate, std::string error,
                 duration after) override {
    to_->inspected(id, fate, std::move(error), after);
  }

private:
  std::shared_ptr<step_port> to_;
  facts& facts_;
  bool rollback_;
  bool action_;
  bool notice_;
};

/// The world that outlives the processes. Once the power is off, nobody asks.
class lasting_world : public protocol::driver, public protocol::prober {
public:
  explicit lasting_world(const scenario& s) : facts_(s), world_(s) {}

  bool start(const step_request& request, std::shared_ptr<step_port> port) override {
    if (!facts_.powered)
      return true;
    facts_.now = std::max(facts_.now, request.now);
    if (request.work == work_kind::create || deletes(request.work)) {
      judge_surge(request);
      return world_.start(request,
                          std::make_shared<tapped_port>(
                            std::move(port), facts_, false, false,
                            request.step == step_kind::terminate_notification));
    }
    if (request.work == work_kind::repair) // it is down already, as far as is known
      return world_.start(
        request, std::make_shared<tapped_port>(std::move(port), facts_, false, false));
    const auto action = request.step == step_kind::action;
    // One whose work has begun counts as unavailable until it is over, however well it
    // may be meanwhile, and one that failed until it is mended.
    if (facts_.begun.insert(request.id.instance).second && !request.is_rollback())
      judge_promise(request.id.instance, request.now);
    if (action)
      judge_action(request);
    return world_.start(request,
                        std::make_shared<tapped_port>(std::move(port), facts_,
                                                      request.is_rollback(), action));
  }
  bool inspect(const step_request& request, std::shared_ptr<step_port> port) override {
    if (!facts_.powered)
      return true;
    facts_.now = std::max(facts_.now, request.now);
    return world_.inspect(request, std::move(port));
  }
  void withdraw(ticket id) override { world_.withdraw(id); }
  void kill(ticket id) override { world_.kill(id); }
  [[nodiscard]] bool has_hook(step_kind step) const override {
    return world_.has_hook(step);
  }
  [[nodiscard]] duration timeout() const override { return world_.timeout(); }
  [[nodiscard]] bool is_new(instance_index i) const override {
    return world_.is_new(i);
  }
  void probe(std::span<const probe_request> requests, instant now,
             std::vector<probe_answer>& answered,
             const std::shared_ptr<probe_port>& port) override {
    if (!facts_.powered)
      return;
    facts_.now = std::max(facts_.now, now);
    const auto first = answered.size();
    world_.probe(requests, now, answered, port);
    for (auto i = first; i < answered.size(); ++i)
      if (const auto f = facts_.fallen.find(answered[i].instance);
          f != facts_.fallen.end()) {
        if (f->second > now)
          answered[i].raw = health_state::unhealthy;
        answered[i].unchanged_until = instant::min();
      }
  }

  facts& known() { return facts_; }

private:
  void judge_surge(const step_request& request) {
    const auto i = request.id.instance;
    if (request.work == work_kind::create)
      facts_.extra.insert(i);
    else if (request.step == step_kind::action) {
      facts_.extra.erase(i);
      facts_.taken.erase(i); // its replacement serves, or nobody counts it
      facts_.fallen.erase(i);
    }
    judge_notice(request);
    const auto& goes = facts_.what.rollout.scale_in;
    const auto scales = std::find(goes.begin(), goes.end(), i) != goes.end();
    if (request.work == work_kind::remove && !scales && facts_.what.unkind.flap == 0.0
        && !serves(facts_.what.instances->replacement_of(i), request.now))
      facts_.blame("instance " + std::to_string(i)
                   + " goes, and its replacement does not serve");
  }

  /// Nobody goes unheard, and nobody before its time.
  void judge_notice(const step_request& request) {
    const auto& delay = facts_.what.rollout.terminate_delay;
    const auto i = request.id.instance;
    if (!delay || request.work == work_kind::create)
      return;
    if (request.step == step_kind::terminate_notification) {
      facts_.notices[i] = request.now + *delay;
    } else if (request.step == step_kind::action) {
      const auto notice = facts_.notices.find(i);
      if (notice == facts_.notices.end() || notice->second > request.now)
        facts_.blame("instance " + std::to_string(i)
                     + " is deleted before the time that it was given");
    }
  }

  void judge_action(const step_request& request) {
    const auto i = request.id.instance;
    if (!facts_.bad_line() && !request.is_rollback()) {
      if (facts_.done.contains(i))
        facts_.blame("the action of instance " + std::to_string(i)
                     + " was done again after it had succeeded");
      else if (const auto b = facts_.busy.find(i);
               b != facts_.busy.end() && b->second > request.now)
        facts_.blame("two actions at once on instance " + std::to_string(i));
    }
    if (serves(i, request.now))
      facts_.taken.insert(i);
  }

  /// Of the instances that served when they were taken, or fell ill while nobody
  /// watched, those that do not serve now; the flapping ones of unkind worlds are not
  /// drydock's doing.
  void judge_promise(instance_index i, instant now) {
    const auto& policy = facts_.what.rollout.policy;
    if (policy.mode != upgrade_mode::rolling || facts_.what.unkind.flap > 0
        || !serves(i, now))
      return;
    // It takes a while until one that has fallen ill is seen to be well again.
    constexpr auto seen_late = std::chrono::minutes(5);
    if (const auto f = facts_.fallen.find(i);
        f != facts_.fallen.end() && f->second + seen_late > now)
      return;
    const auto& all = *facts_.what.instances;
    auto watched = facts_.taken;
    for (const auto& [x, until] : facts_.fallen)
      watched.insert(x);
    const auto down = std::count_if(watched.begin(), watched.end(), [&](auto x) {
      const auto replaced = all.has_replacements() && !all.is_beyond(x)
                            && serves(all.replacement_of(x), now);
      return x != i && !serves(x, now) && !replaced && !is_to_go(x);
    });
    const auto& goes = facts_.what.rollout.scale_in;
    const auto gone =
      std::count_if(goes.begin(), goes.end(), [&](auto x) { return !serves(x, now); });
    const auto allowed = resolve_limits(
      policy.rolling, all.size() + all.arrivals() - static_cast<std::size_t>(gone));
    if (static_cast<std::uint32_t>(down) + 1 > allowed.unavailable_instances_max)
      facts_.blame("instance " + std::to_string(i) + " is taken while "
                   + std::to_string(down) + " others that were taken do not serve");
  }

  /// Deleted, now or later: whoever is deleted in the works never comes back.
  [[nodiscard]] bool is_to_go(instance_index i) const {
    const auto& list = facts_.what.deletions;
    const auto& goes = facts_.what.rollout.scale_in;
    return std::find(goes.begin(), goes.end(), i) != goes.end()
           || std::any_of(list.begin(), list.end(),
                          [&](const auto& x) { return x.first == i; });
  }

  [[nodiscard]] bool serves(instance_index i, instant now) {
    if (const auto f = facts_.fallen.find(i);
        f != facts_.fallen.end() && f->second > now)
      return false;
    const probe_request request{i, 0};
    std::vector<probe_answer> answered;
    world_.probe(std::span(&request, 1), now, answered, nullptr);
    return !answered.empty() && answered.front().raw == health_state::healthy;
  }

  facts facts_;
  unkind_world world_;
};

/// One upgrade and the processes that run it, one after the other.
class breaker {
public:
  explicit breaker(const scenario& s)
    : what_(s), world_(std::make_shared<lasting_world>(s)) {}

  /// Goes on in this store, as another owner of the lease; false: it cannot be used.
  bool move_to(std::unique_ptr<store::upgrade_store> in) {
    store_ = std::move(in);
    const auto mine = store_->acquire(
      "set", {0, "breaker " + std::to_string(result.lives), "here", 1, INT64_MAX}, 0,
      [](const auto&) { return true; });
    if (!std::holds_alternative<store::lease>(mine))
      return false;
    epoch_ = std::get<store::lease>(mine).epoch;
    if (std::holds_alternative<store::upgrade_entry>(store_->find(upgrade_id)))
      return true;
    store::upgrade_entry entry;
    entry.id = upgrade_id;
    entry.scale_set = "set";
    return !store_->create(entry, "header", epoch_);
  }

  void close_store() { store_ = nullptr; }

  /// Turns may be lost with the power, and what they told with them.
  void allow_losses() { keeps_all_ = false; }

  /// Runs until the upgrade ends, or dies; says whether it ended.
  bool live(const std::optional<death>& until) {
    auto& seen = world_->known();
    seen.powered = true;
    ++result.lives;
    store::stored_journal journal(*store_, upgrade_id, epoch_, nullptr);
    if (const auto failed = journal.load()) {
      seen.blame(failed->text);
      return true;
    }
    mortal_journal mortal(journal, seen, until);
    judge judge(what_);
    run(judge, mortal, journal.written() > 0);
    result.records = journal.written();
    compare(judge.trace(), told_before_);
    trace_ = judge.trace();
    told_before_ += mortal.told_written();
    result.last = std::move(judge.result);
    if (!seen.violation.empty())
      result.last.violation = seen.violation;
    if (until)
      pass(until->gap);
    return !died_ || !result.last.violation.empty();
  }

  wreckage result;

private:
  /// Time in which nobody runs the upgrade, and in which instances fall ill: for longer
  /// than it takes to see it, and not for long enough to end the upgrade.
  void pass(duration gap) {
    auto& seen = world_->known();
    seen.now += gap;
    if (gap == duration{0})
      return;
    const auto many = mix(what_.seed + result.lives) % 3;
    for (std::uint64_t n = 0; n < many; ++n) {
      const auto draw = mix(what_.seed ^ mix(result.lives * 8 + n));
      const auto i = static_cast<instance_index>(draw % what_.instances->size());
      seen.fallen[i] = seen.now + std::chrono::seconds(120 + draw / 64 % 240);
    }
  }

  void run(judge& judge, mortal_journal& journal, bool resumed) {
    actors::run_setup setup;
    setup.instances = what_.instances;
    setup.rollout = what_.rollout;
    setup.lifecycle = what_.lifecycle;
    setup.health = what_.health;
    setup.driver = world_;
    if (what_.rollout.has_health)
      setup.prober = world_;
    setup.attendant =
      drivers::make_simulated_attendant(what_.driver, what_.rollout.guards, true);
    setup.journal = {std::shared_ptr<void>{}, &journal};
    setup.virtual_clock = true;
    setup.clock_start = world_->known().now.time_since_epoch();
    setup.interleaving_seed = what_.seed + result.lives;
    setup.shard_size = what_.shard_size;
    actors::upgrade_run run(std::move(setup), judge);
    const auto elapsed = resumed ? world_->known().now.time_since_epoch() : duration{0};
    for (const auto& c : what_.cancels)
      if (c.after >= elapsed) // else it was heard, or lost with who heard it
        run.cancel_at("the scenario", c.now, c.after - elapsed);
    for (const auto& [i, after] : what_.deletions)
      run.delete_instance_at(i, std::max(after - elapsed, duration{0}));
    if (const auto at = what_.repairs_suspended; at && *at >= elapsed)
      run.suspend_repairs_at("the scenario", *at - elapsed);
    if (const auto at = what_.repairs_resumed; at && *at >= elapsed)
      run.resume_repairs_at("the scenario", *at - elapsed);
    // Faults stop at some time, and then an upgrade must end.
    run.cancel_at(std::string(judge::out_of_patience), true, patience);
    const auto report = run.run();
    died_ = !world_->known().powered;
    if (died_)
      return;
    judge.finish(report);
    judge_end(judge);
  }

  /// Whoever has the new model, or is worked on yet, must not pass for pending.
  void judge_end(const judge& judge) {
    auto& seen = world_->known();
    if (seen.bad_line())
      return;
    for (const auto i : seen.extra)
      if (!judge.has_replaced(i) && !judge.has_joined(i))
        seen.blame("replacement " + std::to_string(i) + " is left over");
    for (const auto& [i, until] : seen.busy)
      if (!judge.is_over(i)
          && (seen.done.contains(i) || until > seen.now + std::chrono::seconds(1)))
        seen.blame("instance " + std::to_string(i)
                   + " counts as pending, and was or is worked on");
  }

  /// What one process told and wrote, the next one tells again, to the letter.
  void compare(const std::vector<std::uint64_t>& trace, std::uint64_t told) {
    // The last word of a process may be written and not told.
    const auto n = std::min<std::uint64_t>(told, trace_.size());
    if (keeps_all_ && n > 0 && (trace.size() < n || trace[n - 1] != trace_[n - 1]))
      world_->known().blame("what was told before is not told again as it was");
  }

  const scenario& what_;
  std::shared_ptr<lasting_world> world_;
  std::unique_ptr<store::upgrade_store> store_;
  std::uint64_t epoch_ = 0;
  bool died_ = false;
  bool keeps_all_ = true;
  std::vector<std::uint64_t> trace_;
  std::uint64_t told_before_ = 0;
};
} // namespace drydock::sim
