// SPDX-License-Identifier: Apache-2.0
// What a rollout knows of each instance, and the counts it keeps of them.
#include "rollout_change.hpp"

#include <algorithm>
#include <iterator>

namespace drydock::inline v1::engine {

bool rollout::is_unhealthy(const record& r) const {
  const auto ill =
    r.health == health_state::unhealthy || r.health == health_state::unknown;
  return !is_absent(r) && (r.action_failed || (options_.has_health && ill));
}

bool rollout::is_unavailable(const record& r) const {
  if (is_absent(r))
    return false;
  const auto unsettled = options_.has_health && r.health == health_state::initializing;
  const auto down =
    ((r.state == standing::working || r.repairing) && !r.surge) || r.rolling_back;
  return unsettled || down || is_unhealthy(r);
}

bool rollout::is_unsettled(const record& r) const {
  return !is_absent(r)
         && (is_stale(r)
             || (options_.has_health && r.health == health_state::initializing));
}

/// One that is restarted or reimaged is not probed, and counts as down anyway.
bool rollout::is_stale(const record& r) {
  return r.stale && (!r.repairing || r.surge);
}

void rollout::count(const record& r, std::uint32_t by) {
  tally_.by_state[static_cast<std::size_t>(r.state)] += by;
  if (r.alone)
    (r.repairing ? tally_.repairs : tally_.in_hand) += by;
  if (is_absent(r))
    return;
  const auto unhealthy = is_unhealthy(r);
  tally_.total += by;
  if (unhealthy)
    tally_.unhealthy += by;
  if (unhealthy && (r.state == standing::working || r.rolling_back))
    tally_.ill_in_hand += by;
  if (is_unavailable(r))
    tally_.unavailable += by;
  if (options_.has_health && r.health == health_state::initializing)
    tally_.initializing += by;
  if (is_unsettled(r))
    tally_.unsettled += by;
  if (is_stale(r))
    tally_.stale += by;
  if (r.repairing)
    tally_.repairs += by;
  if (r.stale && !is_unavailable(r))
    tally_.unseen += by;
  if (r.attempted)
    tally_.attempted += by;
  // Those in hand are judged once they have settled.
  if (r.attempted && r.state != standing::working
      && (r.state == standing::failed || unhealthy))
    tally_.failing += by;
  if (r.state == standing::working || r.rolling_back)
    tally_.in_hand += by;
}

candidate_standing rollout::candidate_of(const record& r) const {
  if (r.state != standing::pending)
    return candidate_standing::absent;
  if (is_unhealthy(r))
    return candidate_standing::unhealthy;
  if (options_.has_health && r.health == health_state::initializing)
    return candidate_standing::initializing;
  return candidate_standing::healthy;
}

bool rollout::is_in_hand(instance_index i) const {
  if (i >= records_.size())
    return false;
  const auto& r = records_[i];
  return r.state == standing::working || r.rolling_back || r.repairing
         || r.state == standing::arriving || r.state == standing::discarding
         || r.state == standing::leaving;
}

/// Whether a pending instance is one that this upgrade is to work on.
bool rollout::is_to_take_part(instance_index i) const {
  return options_.policy.mode != upgrade_mode::manual || options_.selected_all
         || is_selected(i);
}

bool rollout::is_selected(instance_index i) const {
  return std::binary_search(options_.selected.begin(), options_.selected.end(), i);
}

void rollout::take_health(const input::health_changed& e, commands& out) {
  if (e.instance >= records_.size())
    return;
  const auto state = records_[e.instance].state;
  const auto goes = state == standing::leaving && records_[e.instance].scales;
  if (is_absent(records_[e.instance]) && state != standing::arriving && !goes)
    return;
  if (state == standing::arriving)
    tell_created(e.instance, out);
  const auto before = records_[e.instance].health;
  if (!opened_) { // phase and skip are read once, at the start
    records_[e.instance].skip_metric = e.metrics.skip_upgrade;
    if (phases_.empty() && e.metrics.phase != custom_metrics::no_phase)
      phases_.assign(records_.size(), custom_metrics::no_phase);
    if (!phases_.empty())
      phases_[e.instance] = e.metrics.phase;
  }
  if (before == e.health && !records_[e.instance].stale)
    return;
  fell_ill_ = fell_ill_ || e.health != health_state::healthy;
  change(e.instance, [&](record& r) {
    r.health = e.health;
    r.stale = false;
  });
  if (before == e.health)
    return;
  if (announced_)
    out.push_back(command::publish{told::health_changed{e.instance, before, e.health}});
}

void rollout::take_settled(const input::member_settled& e, instant now, commands& out) {
  if (e.instance >= records_.size())
    return;
  if (records_[e.instance].repairing) {
    take_repair_settled(e, out);
    return;
  }
  if (records_[e.instance].rolling_back) {
    take_rolled_back(e, out);
    return;
  }
  if (take_scale_settled(e, now, out) || take_surge_settled(e, now, out)
      || records_[e.instance].state != standing::working)
    return;
  const auto ok = e.reason == failure_reason::none;
  note_changed(e.instance);
  change(e.instance, [&](record& r) {
    r.state = ok ? standing::succeeded : standing::failed;
    r.reason = e.reason;
    r.action_failed = e.action_failed;
    r.action_begun = e.action_begun;
  });
  if (!ok) {
    messages_[e.instance] = e.message;
    report_.batches.back().failed.push_back(e.instance);
    if (options_.restore_failed && blames_model(e))
      to_restore_.push_back(e.instance);
  }
  settled_one_ = true;
  cut_short_ = cut_short_ || e.reason == failure_reason::cancelled;
  still_since_ = now;
  deadline_timer_ = 0;
  out.push_back(command::publish{
    told::instance_settled{e.instance, e.reason, e.action_failed, e.message}});
}

void rollout::take_rolled_back(const input::member_settled& e, commands& out) {
  const auto ok = e.reason == failure_reason::none;
  note_changed(e.instance);
  still_since_ = now_;
  deadline_timer_ = 0;
  change(e.instance, [&](record& r) {
    r.rolling_back = false;
    r.action_failed = e.action_failed;
    if (options_.restore_failed && r.state == standing::failed)
      r.action_begun = false; // a breach does not undo it once more
    // One that had succeeded has the previous model again, or nobody knows what.
    if (r.state == standing::succeeded && ok)
      r.state = standing::pending;
    else if (r.state == standing::succeeded && e.action_begun)
      r.state = standing::failed;
    if (r.state == standing::failed && r.reason == failure_reason::none)
      r.reason = e.reason;
  });
  if (!ok && records_[e.instance].state == standing::failed)
    messages_.try_emplace(e.instance, e.message);
  ++(ok ? report_.rollbacks_succeeded : report_.rollbacks_failed);
  out.push_back(command::publish{
    told::rollback_finished{e.instance, ok, e.action_failed, e.message,
                            records_[e.instance].state == standing::pending}});
}

void rollout::take_released(instance_index i, instant now, commands& out) {
  if (i >= records_.size())
    return;
  if (records_[i].repairing) {
    take_repair_released(i, out);
    return;
  }
  if (records_[i].rolling_back) {
    take_rolled_back({i, failure_reason::cancelled, records_[i].action_failed, false,
                      "cancelled before it began"},
                     out);
    return;
  }
  if (take_scale_released(i, now, out) || take_surge_released(i, now, out)
      || records_[i].state != standing::working)
    return;
  give_back(i, out);
}

/// A member on which nothing was begun is pending again.
void rollout::give_back(instance_index i, commands& out, release_reason why) {
  change(i, [](record& r) {
    r.state = standing::pending;
    r.attempted = r.surge = false;
  });
  if (stage_ == stage::cancelling)
    ++released_;
  else
    take_back(i);
  // Those who are given back joined last, or nearly so.
  auto& members = report_.batches.back().instances;
  const auto at = std::find(members.rbegin(), members.rend(), i);
  if (at != members.rend())
    members.erase(std::next(at).base());
  out.push_back(command::publish{told::instance_released{i, why}});
}

void rollout::take_deleted(instance_index i, commands& out) {
  if (i >= records_.size() || records_[i].state == standing::deleted)
    return;
  if (records_[i].repairing) {
    take_repair_deleted(i, out);
    return;
  }
  if (take_scale_deleted(i, out) || take_surge_deleted(i, out))
    return;
  const auto undone = records_[i].rolling_back;
  const auto in_hand = records_[i].state == standing::working || undone;
  change(i, [](record& r) {
    r.state = standing::deleted;
    r.rolling_back = false;
  });
  if (undone)
    still_since_ = now_; // as if it had settled
  if (in_hand)
    out.push_back(command::drop_member{i});
  messages_.erase(i);
  if (announced_)
    out.push_back(command::publish{told::instance_deleted{i}});
}

std::string rollout::check_invariants() const {
  rollout fresh(options_, instances_);
  fresh.tally_ = {};
  for (const auto& r : records_)
    fresh.count(r, 1);
  const auto& a = tally_;
  const auto& b = fresh.tally_;
  if (a.total != b.total || a.unhealthy != b.unhealthy
      || a.initializing != b.initializing || a.unavailable != b.unavailable
      || a.unsettled != b.unsettled || a.stale != b.stale || a.unseen != b.unseen
      || a.attempted != b.attempted || a.ill_in_hand != b.ill_in_hand
      || a.failing != b.failing || a.in_hand != b.in_hand || a.repairs != b.repairs
      || !std::equal(a.by_state, a.by_state + standings, b.by_state))
    return "the counts are not those of the records";
  std::size_t listed = 0;
  for (instance_index i = 0; i < records_.size(); ++i) {
    listed += records_[i].listed ? 1 : 0;
    if (!repairs_.changed.empty() && records_[i].listed != wants_repair(i))
      return "those who are to be repaired are not those who are listed";
  }
  if (listed != repairs_.ill.size())
    return "the list of those to be repaired has others on it";
  if (stage_ == stage::finished && a.in_hand + a.repairs != 0)
    return "the upgrade is over with instances in hand";
  const auto busy = stage_ == stage::working || stage_ == stage::cancelling
                    || stage_ == stage::rolling_back;
  if (!busy && a.in_hand != 0)
    return "instances are in hand although no batch is under way";
  const auto candidates = options_.policy.mode == upgrade_mode::rolling && opened_;
  if (candidates && released_ == 0 && !regather_ && !report_.rolled_back
      && pool_.size() != a.by_state[static_cast<std::size_t>(standing::pending)])
    return "the candidates are not the pending instances";
  return {};
}

} // namespace drydock::inline v1::engine
