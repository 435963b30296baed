// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenario.hpp"
#include "world.hpp"

#include "drydock/actors/auditor.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace drydock::sim {

namespace told = engine::told;
using engine::duration;
using engine::instance_index;
using engine::upgrade_event;
using engine::upgrade_mode;
using engine::upgrade_report;
using engine::upgrade_status;

/// Watches what is told and knows the rules on its own.
class judge final : public actors::upgrade_listener {
public:
  /// Who cancels an upgrade that does not end by itself.
  static constexpr std::string_view out_of_patience = "whoever waits";

  explicit judge(const scenario& s)
    : scenario_(s), auditor_(s.instances->size(), s.rollout.has_health) {}

  void on_event(const upgrade_event& event, duration since_start) override {
    ++result.events;
    if (result.events == 1 && !std::holds_alternative<told::upgrade_started>(event))
      blame("the first event is not upgrade_started");
    if (over_)
      blame("something was told after the end");
    const auto before = auditor_.unavailable();
    auditor_.on_event(event);
    digest(static_cast<std::uint64_t>(since_start.count()));
    digest(event.index());
    if (const auto* batch = std::get_if<told::batch_started>(&event))
      check_batch(*batch, before);
    else if (const auto* more = std::get_if<told::batch_extended>(&event))
      check_more(*more, before);
    else if (std::holds_alternative<told::checkpoint_reached>(event))
      holding_ = true;
    else if (std::holds_alternative<told::checkpoint_left>(event))
      holding_ = false;
    else if (const auto* guard = std::get_if<told::guard_changed>(&event))
      guard_fails_ = guard->state == engine::guard_state::fails;
    else if (const auto* undo = std::get_if<told::rollback_started>(&event))
      check_promise(before, "a rollback of " + std::to_string(undo->instance));
    else if (const auto* settled = std::get_if<told::instance_settled>(&event))
      settle(*settled);
    else if (const auto* repair = std::get_if<told::repair_started>(&event))
      check_repair(*repair);
    else if (const auto* repaired = std::get_if<told::repair_finished>(&event))
      end_repair(*repaired);
    else if (const auto* scaling = std::get_if<told::scaling_started>(&event))
      check_scaling(*scaling);
    else if (const auto* released = std::get_if<told::instance_released>(&event))
      let_go(released->instance, false);
    else if (const auto* gone = std::get_if<told::instance_deleted>(&event))
      forget(gone->instance);
    else if (const auto* next = std::get_if<told::instance_replaced>(&event))
      check_replaced(*next, before);
    else if (const auto* in_place = std::get_if<told::surge_short>(&event))
      check_promise(before, "batch " + std::to_string(in_place->batch) + " in place");
    else if (const auto* cancel = std::get_if<told::cancel_requested>(&event);
             cancel != nullptr && cancel->by == out_of_patience)
      blame("the upgrade does not end");
    else
      over_ = over_ || std::holds_alternative<told::upgrade_finished>(event);
    trace_.push_back(result.unseed);
  }

  void finish(const upgrade_report& report) {
    const auto& p = report.progress;
    const auto sum = p.successful + p.failed + p.in_progress + p.pending + p.skipped;
    if (!over_)
      blame("the run ended without upgrade_finished");
    if (sum != size())
      blame("the progress does not add up to N");
    if (p.in_progress > 0 || !in_hand_.empty() || !repaired_.empty())
      blame("the run ended with instances in hand");
    if (report.status == upgrade_status::rolling_forward)
      blame("the run ended without a status");
    // Where answers get lost nobody may hear that one was deleted.
    const auto& unkind = scenario_.unkind;
    if (auditor_.strays() > 0 && unkind.lost_answer == 0.0 && unkind.dying_actor == 0.0
        && report.error.code != "InternalExecutionError")
      blame("a replacement is left over");
    // Nobody stands still for want of somebody's health who is not asked for it.
    if (report.error.code == "RollingUpgradeTimeoutError" && !may_stand_still())
      blame("the upgrade stood still although everybody can be healthy");
    result.report = report;
    result.max_unavailable = auditor_.max_unavailable();
  }

  /// The digest after each event.
  [[nodiscard]] const std::vector<std::uint64_t>& trace() const { return trace_; }

  /// Whether it holds the place of the member that it was made to replace.
  [[nodiscard]] bool has_replaced(instance_index i) const {
    return scenario_.instances->is_replacement(i)
           && replaced_.contains(scenario_.instances->replaced_by(i));
  }

  /// Whether a change of capacity made it, and it stays.
  [[nodiscard]] bool has_joined(instance_index i) const { return joined_.contains(i); }

  /// Whether its work is over, or it is gone.
  [[nodiscard]] bool is_over(instance_index i) const {
    return done_.contains(i) || deleted_.contains(i);
  }

  verdict result;

private:
  void check_repair(const told::repair_started& repair);
  void end_repair(const told::repair_finished& repair);

  void settle(const told::instance_settled& settled) {
    if (took_scaled(settled)) {
      digest(settled.instance);
      return;
    }
    let_go(place_of(settled.instance), true);
    if (settled.reason == engine::failure_reason::none)
      succeeded_.insert(place_of(settled.instance));
  }

  /// N by what was told.
  [[nodiscard]] std::size_t size() const {
    return scenario_.instances->size() + joined_.size() - deleted_.size();
  }

  void check_scaling(const told::scaling_started& e) {
    if (scaled_ || !in_hand_.empty() || !done_.empty())
      blame("the set scales twice, or after a batch");
    scaled_ = true;
    goes_.insert(e.leaving.begin(), e.leaving.end());
    if (goes_.size() > scenario_.rollout.scale_in.size())
      blame("more go than were chosen");
  }

  /// Whether it is about one who comes or goes.
  bool took_scaled(const told::instance_settled& e) {
    if (goes_.erase(e.instance) > 0)
      return true; // it could not be deleted
    if (!scenario_.instances->is_arrival(e.instance))
      return false;
    if (e.reason == engine::failure_reason::none && !joined_.insert(e.instance).second)
      blame("a new instance comes twice");
    return true;
  }

  void check_batch(const told::batch_started& batch, std::uint32_t before) {
    take(batch.instances);
    if (scenario_.rollout.policy.mode != upgrade_mode::rolling)
      return;
    const auto& r = scenario_.rollout.policy.rolling;
    if (batch.instances.size()
        > count_of(r.max_batch_instance_percent, r.max_batch_instances))
      blame("a batch is larger than its cap");
    check_promise(before, "batch " + std::to_string(batch.batch));
    check_holds();
    std::set<std::pair<std::uint16_t, std::uint32_t>> places;
    for (const auto i : batch.instances)
      places.insert(
        {r.enable_cross_zone_upgrade ? std::uint16_t{0} : scenario_.instances->zone(i),
         scenario_.instances->update_domain(i)});
    if (places.size() != 1)
      blame("a batch spans zones or update domains");
    if (batch.place.phase < phase_)
      blame("a phase came back");
    phase_ = batch.place.phase;
  }

  void check_more(const told::batch_extended& more, std::uint32_t before) {
    take(more.instances);
    if (scenario_.rollout.policy.mode != upgrade_mode::rolling)
      return;
    const auto& r = scenario_.rollout.policy.rolling;
    if (r.batching != engine::batching_mode::sliding)
      blame("a strict batch was filled up");
    if (in_hand_.size() > count_of(r.max_batch_instance_percent, r.max_batch_instances))
      blame("more instances are in hand than a batch may have");
    check_promise(before, "who joins batch " + std::to_string(more.batch));
    check_holds();
  }

  /// Nothing begins at a checkpoint, or while a guard fails.
  void check_holds() {
    if (holding_)
      blame("an instance is taken at a checkpoint");
    if (guard_fails_)
      blame("an instance is taken while a guard fails");
  }

  /// The promise: no healthy instance is taken down beyond `U` unavailable ones.
  void check_promise(std::uint32_t before, const std::string& what) {
    const auto& r = scenario_.rollout.policy.rolling;
    const auto allowed =
      count_of(r.max_unhealthy_instance_percent, r.max_unhealthy_instances);
    if (auditor_.unavailable() > std::max(allowed, before))
      blame(what + " makes " + std::to_string(auditor_.unavailable())
            + " unavailable, allowed are " + std::to_string(allowed));
  }

  [[nodiscard]] std::uint32_t count_of(int percent, std::uint32_t ceiling) const {
    const auto n = size();
    auto x = std::max<std::uint64_t>(1, n * static_cast<std::uint64_t>(percent) / 100);
    if (ceiling > 0)
      x = std::min<std::uint64_t>(x, ceiling);
    return static_cast<std::uint32_t>(x);
  }

  void check_replaced(const told::instance_replaced& next, std::uint32_t before) {
    const auto repair = repaired_.contains(next.instance);
    if (!scenario_.rollout.policy.rolling.max_surge && !repair)
      blame("an instance was replaced without max_surge");
    if (!in_hand_.contains(next.instance) && !repair)
      blame("an instance was replaced that was not taken");
    if (auditor_.bad_replacements() > 0 || auditor_.unavailable() > before)
      blame("instance " + std::to_string(next.instance)
            + " went before its replacement served");
    replaced_.insert(next.instance);
  }

  /// Whether anybody may be ill, or silent, for long.
  [[nodiscard]] bool may_stand_still() const {
    using shape = engine::duration_distribution::shape;
    const auto& driver = scenario_.driver;
    const auto long_boots =
      driver.boot.kind == shape::lognormal || driver.boot.kind == shape::exponential;
    const auto& o = scenario_.rollout;
    const auto held = !o.guards.empty() || !o.policy.rolling.checkpoints.empty()
                      || o.hooks != engine::upgrade_hooks{} || !o.windows.empty();
    return held || long_boots || driver.timeout > duration{0} || !driver.faults.empty()
           || driver.unhealthy_after_upgrade > 0.0 || driver.action_failure > 0.0
           || scenario_.unkind.flap > 0.0 || scenario_.unkind.dying_actor > 0.0
           || scenario_.unkind.lost_answer > 0.0;
  }

  /// A replacement has the position of its member.
  [[nodiscard]] instance_index place_of(instance_index i) const {
    const auto& all = *scenario_.instances;
    return all.is_replacement(i) ? all.replaced_by(i) : i;
  }

  void take(const std::vector<instance_index>& members) {
    for (const auto i : members) {
      digest(i);
      if (!in_hand_.insert(i).second || done_.contains(i))
        blame("instance " + std::to_string(i) + " was taken twice");
    }
  }

  void let_go(instance_index i, bool done) {
    digest(i);
    if (in_hand_.erase(i) == 0)
      blame("instance " + std::to_string(i) + " settled without being taken");
    if (done)
      done_.insert(i);
  }

  void forget(instance_index i) {
    if (scenario_.instances->is_arrival(i)) {
      joined_.erase(i);
      return;
    }
    goes_.erase(i);
    const auto next = scenario_.instances->is_replacement(i);
    if (replaced_.contains(place_of(i)) != next)
      return; // another one has its position
    deleted_.insert(place_of(i));
    in_hand_.erase(place_of(i));
  }

  void digest(std::uint64_t x) { result.unseed = mix(result.unseed ^ x); }

  void blame(const std::string& text) {
    if (result.violation.empty())
      result.violation = text;
  }

  const scenario& scenario_;
  actors::auditor auditor_;
  std::set<instance_index> in_hand_, done_, deleted_, replaced_;
  std::set<instance_index> succeeded_, repaired_; // repaired: just now
  std::set<instance_index> joined_, goes_;        // by a change of capacity
  bool scaled_ = false;
  std::vector<std::uint64_t> trace_;
  std::int64_t phase_ = std::numeric_limits<std::int64_t>::min();
  bool over_ = false;
  bool holding_ = false;
  bool guard_fails_ = false;
};

} // namespace drydock::sim
