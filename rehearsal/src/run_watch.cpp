// SPDX-License-Identifier: Apache-2.0
#include "run_watch.hpp"

#include "drydock/engine/apply_class.hpp"
#include "drydock/engine/health.hpp"
#include "drydock/engine/lifecycle.hpp"
#include "drydock/engine/repairs.hpp"
#include "drydock/engine/step.hpp"

namespace drydock::inline v1::rehearsal {

using namespace engine;
using kind = past_event::kind;

namespace {

bool is_after_hook(const std::string& action) {
  return action == action_name(step_kind::after_instance, apply_class::none);
}

bool is_hook(const std::string& action) {
  return is_after_hook(action)
         || action == action_name(step_kind::before_instance, apply_class::none);
}

bool is_notice(const std::string& action) {
  return action == action_name(step_kind::terminate_notification, apply_class::none);
}

bool is_creation(const std::string& action) {
  return action == action_name(step_kind::action, apply_class::none, work_kind::create);
}

bool is_deletion(const std::string& action) {
  return action
         == action_name(step_kind::action, apply_class::none, work_kind::discard);
}

bool is(const std::string& text, step_outcome outcome) {
  return text == to_string(outcome);
}

} // namespace

run_watch::run_watch(const past_event& start, tally& to)
  : to_(&to), tells_probing_(start.tells_probing), probing_(start.probing),
    now_(start.at) {
  ++to_->runs;
}

void run_watch::apply(const past_event& e) {
  now_ = e.at;
  switch (e.what) {
  case kind::other:
  case kind::upgrade_started:
  case kind::upgrade_finished:
    return;
  case kind::batch_started:
    for (const auto& i : e.instances)
      take_in_hand(find(i), hands::upgrade);
    return;
  case kind::action_started:
    begin_attempt(find(e.instance), e);
    return;
  case kind::action_finished:
    end_attempt(find(e.instance), e);
    return;
  case kind::health_changed:
    change_health(find(e.instance), e);
    return;
  case kind::instance_settled:
    settle(find(e.instance), e);
    return;
  case kind::instance_released:
  case kind::rollback_finished:
    let_go(find(e.instance));
    return;
  case kind::rollback_started:
    take_in_hand(find(e.instance), hands::left_out);
    return;
  case kind::repair_started:
    take_in_hand(find(e.instance), e.action == to_string(repair_action::replace)
                                     ? hands::replacing
                                     : hands::left_out);
    return;
  case kind::repair_finished:
    end_repair(find(e.instance), e);
    return;
  case kind::instance_replaced:
    take_place(e);
    return;
  case kind::cancel_requested:
    ended_at_once_ = ended_at_once_ || e.now;
    return;
  case kind::upgrade_resumed:
    for (const auto& i : e.instances)
      lose_sight(find(i).upgrade);
    return;
  case kind::instance_deleted:
    stop_exposure(find(e.instance));
    members_.erase(e.instance);
    return;
  }
}

void run_watch::end() {
  for (const auto& [id, m] : members_)
    stop_exposure(m);
  judge_image();
}

run_watch::member& run_watch::find(const std::string& instance) {
  const auto [at, is_new] = members_.try_emplace(instance);
  if (is_new)
    to_->instances.insert(instance);
  return at->second;
}

/// Where the start does not tell, any word of health does.
bool run_watch::has_health() const {
  return tells_probing_ ? probing_.has_value() : health_seen_;
}

void run_watch::take_in_hand(member& m, hands in) {
  stop_exposure(m);
  m.in = in;
  m.ill_since.reset(); // what ends it now is not the instance itself
  m.upgrade = {};
}

void run_watch::let_go(member& m) {
  m.in = hands::none;
  m.upgrade = {};
  m.healthy_since = now_;
}

void run_watch::stop_exposure(const member& m) {
  if (m.in == hands::none && m.now == health::healthy)
    to_->background.exposure_seconds += to_seconds(now_ - m.healthy_since);
}

/// Nobody saw when what was under way ended.
void run_watch::lose_sight(work& w) {
  w.running.reset();
  w.booted = w.lost = true;
}

void run_watch::begin_attempt(member& m, const past_event& e) {
  if (is_creation(e.action) || is_deletion(e.action)) {
    begin_beside(m, e);
    return;
  }
  if (m.in != hands::upgrade || is_notice(e.action))
    return;
  // That hook follows when the instance is healthy enough.
  if (is_after_hook(e.action))
    see_healthy_enough(m.upgrade);
  m.upgrade.running = attempt{e.action, e.attempt, now_};
}

/// Whoever is made or deleted is in no batch itself. What it is done for does not
/// matter: a replacement, a repair, another capacity.
void run_watch::begin_beside(member& m, const past_event& e) {
  if (m.in != hands::upgrade)
    take_in_hand(m, hands::upgrade);
  if (m.upgrade.lost)
    return; // what was there already takes no time
  if (is_deletion(e.action) && m.upgrade.action != fate::none) {
    count_action(m.upgrade, ended_at_once_); // it was made in vain
    m.upgrade = {};
  }
  m.upgrade.running = attempt{e.action, e.attempt, now_};
}

void run_watch::end_attempt(member& m, const past_event& e) {
  auto& running = m.upgrade.running;
  if (!running || running->action != e.action || running->number != e.attempt)
    return;
  const auto took = now_ - running->begin;
  running.reset();
  if (is(e.outcome, step_outcome::quota_short))
    return; // nothing was made
  if (is_deletion(e.action)) {
    end_deletion(e, took);
    return;
  }
  if (is(e.outcome, step_outcome::failed))
    m.upgrade.failed = failed_attempt{e.action, took};
  else if (is(e.outcome, step_outcome::succeeded)
           || is(e.outcome, step_outcome::transient))
    to_->durations[e.action].push_back(took);
  if (!is_hook(e.action))
    end_action(m.upgrade, e);
}

/// No rate is about deletions: they end nothing but the instance.
void run_watch::end_deletion(const past_event& e, duration took) {
  const auto killed = ended_at_once_ && is(e.outcome, step_outcome::failed);
  if (killed)
    return;
  ++to_->attempts;
  if (!is(e.outcome, step_outcome::timed_out))
    to_->durations[e.action].push_back(took);
}

void run_watch::end_action(work& w, const past_event& e) {
  if (is(e.outcome, step_outcome::failed)) {
    w.action = fate::failed;
    return;
  }
  ++to_->attempts;
  if (is(e.outcome, step_outcome::succeeded)) {
    ++to_->transient_failure.of;
    w.action = fate::succeeded;
    w.action_end = now_;
    w.in_place = e.action == to_string(apply_class::in_place);
  } else if (is(e.outcome, step_outcome::transient)) {
    ++to_->transient_failure.of;
    ++to_->transient_failure.count;
    w.action = fate::transient;
  } else {
    // A timeout is for good, unless another attempt follows.
    w.action = fate::failed;
  }
}

void run_watch::change_health(member& m, const past_event& e) {
  health_seen_ = true;
  const auto before = m.now;
  stop_exposure(m);
  if (e.to == to_string(health_state::initializing))
    m.now = health::initializing;
  else
    m.now = e.to == to_string(health_state::healthy) ? health::healthy : health::ill;
  m.healthy_since = now_;
  if (m.in != hands::none) {
    if (m.now == health::healthy)
      see_boot(m.upgrade, probing_ ? probing_->probes : 1);
    return;
  }
  if (before == health::healthy && m.now == health::ill) {
    ++to_->background.failures;
    m.ill_since = now_;
  } else if (m.now == health::healthy && m.ill_since) {
    to_->background.recovery.push_back(now_ - *m.ill_since);
    m.ill_since.reset();
  }
}

/// The health of the instance is there, for which it took `probes` equal answers.
/// The first of them came up to an interval after the instance was up: probes are
/// at the action's end and every interval from then.
void run_watch::see_boot(work& w, std::uint32_t probes) {
  if (w.action != fate::succeeded || w.booted)
    return;
  w.booted = true;
  const auto seen = now_ - w.action_end;
  if (!probing_) {
    to_->boot.push_back(seen);
    ++to_->boot_as_seen;
    return;
  }
  const auto interval = probing_->interval;
  const auto last = (seen + interval / 2) / interval;
  const auto first = last - (std::int64_t{probes} - 1);
  to_->boot.push_back(first <= 0 ? duration{0} : interval * first - interval / 2);
}

void run_watch::see_healthy_enough(work& w) {
  if (w.action != fate::succeeded || w.judged || !has_health())
    return;
  w.judged = true;
  ++judged_;
  // A change in place keeps health that was committed: one answer is enough, and
  // no event but this tells of it.
  if (w.in_place)
    see_boot(w, 1);
}

/// The action of an instance is over for good. `killed`: as somebody asked for it.
void run_watch::count_action(work& w, bool killed) {
  if (w.failed && !killed) {
    to_->durations[w.failed->action].push_back(w.failed->took);
    to_->attempts += is_hook(w.failed->action) ? 0 : 1;
  }
  if (w.action == fate::succeeded || (w.action != fate::none && !killed)) {
    ++to_->action_failure.of;
    to_->action_failure.count += w.action == fate::failed ? 1 : 0;
  }
}

void run_watch::settle(member& m, const past_event& e) {
  auto& w = m.upgrade;
  count_action(w, e.reason == to_string(failure_reason::cancelled));
  if (e.reason.empty())
    see_healthy_enough(w);
  else if (e.reason == to_string(failure_reason::health_timeout)
           // Where nothing was done to it itself, it was made in vain, or was to be
           // replaced.
           && (w.action == fate::succeeded || (w.action == fate::none && !w.lost)))
    judge_ill();
  let_go(m);
}

/// A replacement is healthy enough, and serves.
void run_watch::take_place(const past_event& e) {
  const auto for_repair = find(e.instance).in == hands::replacing;
  auto& next = find(e.replacement);
  count_action(next.upgrade, false);
  see_healthy_enough(next.upgrade);
  next.upgrade = {};
  if (for_repair) // that tells of nobody but the one it was begun on
    let_go(next);
}

void run_watch::end_repair(member& m, const past_event& e) {
  if (m.in == hands::replacing && e.reason == to_string(failure_reason::health_timeout))
    judge_ill();
  let_go(m);
}

void run_watch::judge_ill() {
  ++judged_;
  ++judged_ill_;
}

void run_watch::judge_image() {
  const auto bad = judged_ill_ >= 2 && judged_ill_ * 2 >= judged_;
  if (judged_ >= 2) {
    ++to_->bad_image.of;
    to_->bad_image.count += bad ? 1 : 0;
  }
  auto& share = bad ? to_->bad_image_unhealthy : to_->unhealthy_after_upgrade;
  share.count += judged_ill_;
  share.of += judged_;
}

} // namespace drydock::inline v1::rehearsal
