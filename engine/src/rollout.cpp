// SPDX-License-Identifier: Apache-2.0
// The stages of an upgrade: from the start to the first decision, and timers.
#include "drydock/engine/rollout.hpp"

#include "rollout_change.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

namespace {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>; // clang 14 does not deduce it by itself

class command_list : public command_sink {
public:
  explicit command_list(std::vector<rollout_command>& list) : list_(list) {}

  void take(rollout_command&& command) override { list_.push_back(std::move(command)); }

private:
  std::vector<rollout_command>& list_;
};

} // namespace

rollout::rollout(rollout_options options, std::shared_ptr<const fleet> instances)
  : options_(std::move(options)), instances_(std::move(instances)) {
  const auto beyond = has_spares() || instances_->arrivals() > 0;
  records_.resize(beyond ? instances_->positions() : instances_->size());
  for (const auto i : options_.scale_in)
    if (i < instances_->size())
      records_[i].goes = !options_.keep; // such a run does not scale
  for (auto i = instances_->size(); i < records_.size(); ++i)
    records_[i].state = standing::spare;
  auto& repairs = report_.repairs;
  repairs.enabled = options_.repairs.has_value();
  if (options_.repairs) {
    repairs.failed_in_a_row = options_.repairs->failed_in_a_row;
    repairs.suspended = options_.repairs->suspended;
  }
  if (options_.policy.mode == upgrade_mode::rolling) {
    guards_.resize(options_.guards.size());
    guard_texts_.resize(options_.guards.size());
  } else {
    options_.windows.clear();
  }
  for (const auto i : options_.deleted)
    if (i < instances_->size())
      records_[i].state = standing::deleted;
  for (const auto& r : records_)
    count(r, 1);
}

void rollout::apply(std::span<const rollout_input> inputs, instant now,
                    std::vector<rollout_command>& out) {
  command_list list(out);
  apply(inputs, now, list);
}

void rollout::apply(std::span<const rollout_input> inputs, instant now, commands& out) {
  now_ = now;
  for (const auto& in : inputs) {
    if (stage_ == stage::finished)
      return;
    take(in, now, out);
  }
  if (stage_ == stage::created || stage_ == stage::finished)
    return;
  cut_share();
  decide(now, out);
  if (stage_ != stage::finished)
    ask_share(out);
}

void rollout::take(const rollout_input& in, instant now, commands& out) {
  std::visit(
    overloaded{
      [&](const input::started&) { begin(now, out); },
      [&](const input::health_changed& e) { take_health(e, out); },
      [&](const input::member_settled& e) { take_settled(e, now, out); },
      [&](const input::member_released& e) { take_released(e.instance, now, out); },
      [&](const input::step_started& e) { note_begin(e.what, out); },
      [&](const input::step_finished& e) { note_end(e.what, out); },
      [&](const input::timer_fired& e) { take_timer(e.timer, now, out); },
      [&](const input::cancel_requested& e) { take_cancel(e, now, out); },
      [&](const input::instance_deleted& e) { take_deleted(e.instance, out); },
      [&](const input::internal_error& e) { fail_internally(e.message, now, out); },
      [&](const input::resumed&) { resume(now, out); },
      [&](const input::hook_finished& e) { take_hook(e, now, out); },
      [&](const input::approval& e) { take_approval(e, now, out); },
      [&](const input::guard_reported& e) { take_guard(e, out); },
      [&](const input::stop_keeping&) { repairs_.stopping = options_.keep; },
      [&](const input::repairs_suspended& e) { steer_repairs(e.by, false, out); },
      [&](const input::repairs_resumed& e) { steer_repairs(e.by, true, out); },
      [&](const input::budget_given& e) { looked_ = !share_.take(e) && looked_; },
    },
    in);
}

void rollout::decide(instant now, commands& out) {
  if (!ready_.empty() || !to_discard_.empty())
    go_on_with_surge(out);
  restore_failed(out);
  gather_again();
  if (!meet_doom(now, out))
    go_on(now, out);
  look_after_ill(now, out);
}

void rollout::go_on(instant now, commands& out) {
  switch (stage_) {
  case stage::settling:
    go_on_settling(now, out);
    return;
  case stage::deciding:
    if (batch_due_ && tally_.stale > 0)
      settle_again(now, out); // it is judged by health that somebody has seen
    else if (std::exchange(batch_due_, false))
      judge_batch(now, out);
    else
      look(now, out);
    return;
  case stage::waiting:
    if (!looked_)
      look(now, out);
    return;
  case stage::working:
    go_on_with_batch(now, out);
    return;
  case stage::cancelling:
    release_short(out);
    if (tally_.in_hand == 0)
      end_cancel(now, out);
    return;
  case stage::rolling_back:
    continue_rollback(now, out);
    return;
  case stage::pausing:
    if (pool_.size() == 0) // the rest was deleted: no pause after the last batch
      look(now, out);
    return;
  case stage::holding:
    judge_held(now, out);
    return;
  case stage::keeping:
    if (repairs_.stopping)
      finish(upgrade_status::completed, {}, {}, now, out);
    return;
  case stage::ending:
    if (tally_.repairs == 0) {
      auto end = std::exchange(pending_end_, {});
      finish(end.status, std::move(end.code), std::move(end.message), now, out);
    }
    return;
  case stage::scaling:
    if (scaling_left_ == 0)
      end_scaling(now, out);
    return;
  case stage::hooking:
  case stage::paused:
  case stage::created:
  case stage::finished:
    return;
  }
}

void rollout::go_on_settling(instant now, commands& out) {
  // Once it is open, whoever is initializing is only passed over.
  if ((opened_ ? tally_.stale : tally_.unsettled) == 0)
    settled(now, out);
  else if (announced_ && !opened_ && !said_waiting_) // who spoke of repairs was heard
    tell_settling(now, out);
}

/// Fills it up where it may grow, and closes it when all have settled.
void rollout::go_on_with_batch(instant now, commands& out) {
  upgrade_short_in_place(now, out);
  if (slides())
    slide(now, out);
  else
    extend_batch(out);
  if (tally_.in_hand > 0 || awaits_share())
    return;
  if (tally_.stale > 0)
    judge_later(now, out);
  else
    close_batch(now, out);
}

std::uint32_t rollout::arm(instant at, commands& out) {
  out.push_back(command::arm_timer{next_timer_, at});
  return next_timer_++;
}

void rollout::begin(instant now, commands& out) {
  if (stage_ != stage::created)
    return;
  stage_ = stage::settling;
  report_.start = report_.last_action = still_since_ = now;
  begin_repairs(now);
  assign();
  if (options_.keep) { // there is nothing to wait for
    announce(out);
    opened_ = true;
    stage_ = stage::keeping;
    return;
  }
  if (tally_.initializing == 0)
    return; // `decide` opens it
  announce_timer_ = arm(now + announcement_delay, out);
  if (options_.policy.mode == upgrade_mode::rolling)
    deadline_timer_ = arm(deadline(), out);
}

/// One past the deadline: what happens at that very instant still counts.
instant rollout::deadline() const {
  return still_since_ + options_.policy.rolling.progress_deadline + duration{1};
}

/// The time since `busy` was not spent standing still.
void rollout::go_on_since(instant busy, instant now) {
  still_since_ += now - std::max(still_since_, busy);
}

/// Who takes part, by what is known now: docs/semantics.md, 4.1.
void rollout::assign() {
  const auto mode = options_.policy.mode;
  for (instance_index i = 0; i < records_.size(); ++i) {
    if (is_absent(records_[i]))
      continue;
    auto next = standing::pending;
    const auto named = mode == upgrade_mode::manual && is_selected(i);
    if (options_.action == apply_class::none || options_.keep
        || instances_->latest_model_applied(i))
      next = standing::up_to_date;
    else if (instances_->protected_from_actions(i) && !named)
      next = standing::skipped;
    else if (mode == upgrade_mode::rolling && records_[i].skip_metric)
      next = standing::skipped;
    if (next != records_[i].state)
      change(i, [&](record& r) { r.state = next; });
  }
}

void rollout::announce(commands& out) {
  if (announced_)
    return;
  announced_ = true;
  announce_timer_ = 0;
  const auto p = progress();
  out.push_back(command::publish{
    told::upgrade_started{options_.policy.mode, tally_.total, p.pending, p.successful,
                          p.skipped, options_.action}});
  for (instance_index i = 0; i < records_.size(); ++i)
    if (records_[i].state == standing::deleted)
      out.push_back(command::publish{told::instance_deleted{i}});
    else if (options_.has_health && records_[i].health != health_state::initializing)
      out.push_back(command::publish{
        told::health_changed{i, health_state::initializing, records_[i].health}});
}

void rollout::open(instant now, commands& out) {
  assign();
  announce(out);
  opened_ = true;
  said_waiting_ = false;
  for (instance_index i = 0; i < records_.size(); ++i)
    if (records_[i].state == standing::skipped)
      out.push_back(command::publish{told::instance_skipped{
        i, instances_->protected_from_actions(i) ? skip_reason::is_protected
                                                 : skip_reason::skip_upgrade}});
  if (options_.policy.mode == upgrade_mode::rolling)
    gather_candidates();
  else
    gather_queue();
  pass_early_checkpoints();
  stage_ = stage::deciding;
  look(now, out);
}

/// Where instances are candidates again.
void rollout::gather_again() {
  if (std::exchange(regather_, false))
    gather_candidates();
}

void rollout::gather_candidates() {
  std::vector<candidate_pool::candidate> candidates;
  candidates.reserve(tally_.by_state[static_cast<std::size_t>(standing::pending)]);
  for (instance_index i = 0; i < records_.size(); ++i)
    if (records_[i].state == standing::pending)
      candidates.push_back({i, phases_.empty() ? custom_metrics::no_phase : phases_[i],
                            candidate_of(records_[i])});
  pool_ = candidate_pool(*instances_, candidates,
                         options_.policy.rolling.enable_cross_zone_upgrade);
}

void rollout::gather_queue() {
  for (instance_index i = 0; i < records_.size(); ++i)
    if (records_[i].state == standing::pending && is_to_take_part(i))
      queue_.push_back(i);
}

/// The first check waits for health, and everybody is to know.
void rollout::tell_settling(instant now, commands& out) {
  assign();
  announce(out);
  say_settling(now, out);
}

void rollout::take_timer(std::uint32_t timer, instant now, commands& out) {
  if (timer == 0)
    return;
  if (timer == repairs_.timer) {
    repairs_.timer = 0;
    return;
  }
  if (timer == deadline_timer_ && tally_.repairs > 0) { // nothing stands still
    go_on_since(std::exchange(repairs_.busy_since, now), now);
    deadline_timer_ = arm(std::max(deadline(), now + std::chrono::seconds(1)), out);
    return;
  }
  if (timer == deadline_timer_ && options_.repairs && now < deadline()) {
    deadline_timer_ = arm(deadline(), out); // a repair ended meanwhile
    return;
  }
  if (timer == announce_timer_ && stage_ == stage::settling) {
    tell_settling(now, out);
  } else if (timer == pause_timer_ && stage_ == stage::pausing) {
    pause_timer_ = 0;
    go_on_since(pause_begin_, now);
    stage_ = stage::deciding;
  } else if (timer == hold_timer_ && stage_ == stage::holding) {
    take_hold_timer(now, out);
  } else if (timer == hook_timer_ && stage_ == stage::hooking) {
    take_hook_timer(now, out);
  } else if (timer == window_timer_) {
    window_timer_ = 0;
    said_waiting_ = looked_ = false;
    if (stage_ == stage::waiting)
      stage_ = stage::deciding;
  } else if (timer == deadline_timer_ && stage_ == stage::rolling_back) {
    give_up_rollbacks(); // nobody may go before health is seen again
  } else if (timer == deadline_timer_
             && (stage_ == stage::settling || stage_ == stage::waiting
                 || stage_ == stage::paused)) {
    deadline_timer_ = 0;
    end_unjudged_batch(now, out);
    assign_if_new();
    announce(out);
    finish(upgrade_status::faulted, "RollingUpgradeTimeoutError", deadline_message(),
           now, out);
  }
}

} // namespace drydock::inline v1::engine
