// SPDX-License-Identifier: Apache-2.0
// The account that an explainer keeps of what it hears.
#include "drydock/engine/explainer.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

namespace {

member_step to_member_step(step_kind x) {
  switch (x) {
  case step_kind::before_instance:
    return member_step::before_instance;
  case step_kind::action:
    return member_step::action;
  case step_kind::terminate_notification:
    return member_step::terminate_notification;
  case step_kind::after_instance:
    break;
  }
  return member_step::after_instance;
}

} // namespace

explainer::explainer(explained what) : what_(std::move(what)) {
  if (what_.options)
    assign({});
}

/// Who takes part by the options; who is skipped is told.
void explainer::assign(instant at) {
  const auto& o = *what_.options;
  records_.resize(what_.instances->size());
  const auto all = o.policy.mode != upgrade_mode::manual || o.selected_all;
  for (instance_index i = 0; i < records_.size(); ++i) {
    auto& r = records_[i];
    r.named = true;
    r.since = r.health_since = at;
    r.standing = instance_standing::pending;
    const auto no_change = o.action == apply_class::none || o.keep;
    if (no_change || what_.instances->latest_model_applied(i)) {
      r.standing = instance_standing::up_to_date;
      r.why = no_change ? instance_why::nothing_to_change : instance_why::latest_model;
    } else if (!all && !std::binary_search(o.selected.begin(), o.selected.end(), i)) {
      r.why = instance_why::not_named;
    }
  }
  for (const auto i : o.deleted)
    if (i < records_.size())
      records_[i].standing = instance_standing::deleted;
}

explainer::record& explainer::of(instance_index i) {
  if (i >= records_.size())
    records_.resize(std::size_t{i} + 1);
  auto& r = records_[i]; // stays where it is
  if (!std::exchange(r.named, true)) {
    r.since = r.health_since = start_;
    if (r.standing != instance_standing::untouched)
      return r; // it was somebody before
    if (announced_ && announced_->up_to_date == 0)
      r.standing = instance_standing::pending;
    if (is_next(i))
      change_standing(i, instance_standing::arriving, start_);
  }
  return r;
}

/// One kind of event after the other.
struct explainer::hearing {
  explainer& to;
  instant at;

  void operator()(const told::upgrade_started& e) const {
    to.announced_ = e;
    if (!to.what_.options)
      to.total_ = e.total;
  }
  void operator()(const told::instance_skipped& e) const {
    to.change_standing(e.instance, instance_standing::skipped, at);
    to.of(e.instance).why = e.reason == skip_reason::is_protected
                              ? instance_why::is_protected
                              : instance_why::skip_upgrade;
    to.opened_ = true;
  }
  void operator()(const told::check_judged& e) const { to.judged(e, at); }
  void operator()(const told::batch_started& e) const { to.begin_batch(e, at); }
  void operator()(const told::batch_extended& e) const {
    to.slides_ = to.announced_ && to.announced_->mode == upgrade_mode::rolling;
    to.add_members(e.instances, instance_why::room_in_batch, at, e.surge);
  }
  void operator()(const told::step_started& e) const { to.begin_step(e, at); }
  void operator()(const told::step_finished& e) const { to.end_step(e, at); }
  void operator()(const told::health_changed& e) const { to.change_health(e, at); }
  void operator()(const told::instance_settled& e) const { to.settle(e, at); }
  void operator()(const told::instance_released& e) const {
    to.change_standing(e.instance, instance_standing::pending, at);
    auto& r = to.of(e.instance);
    r.why = instance_why::taken_back;
    r.attempted = r.surge = false;
    r.batch = 0;
    to.forget(to.next_of(e.instance), at);
  }
  void operator()(const told::batch_finished&) const {
    to.batch_open_ = false;
    to.forget_members(at);
  }
  void operator()(const told::waiting& e) const {
    for (const auto i : e.holders)
      to.of(i);
    to.shares_ = to.shares_ || e.reason == wait_reason::shared_budget;
    const auto same = to.waits_ && to.waits_->what.reason == e.reason;
    const auto until = e.remaining ? std::optional(at + *e.remaining) : std::nullopt;
    to.waits_ = wait{e, same ? to.waits_->since : at, until};
    to.opened_ = to.opened_ || e.reason != wait_reason::settling_health;
  }
  void operator()(const told::instance_deleted& e) const { to.deleted(e, at); }
  void operator()(const told::rollback_started& e) const {
    to.waits_.reset();
    // Before its batch is judged a member that failed gets it back by itself.
    if (!to.batch_open_ || to.breach_)
      to.doomed_ = to.rolled_back_ = true;
    if (to.in_hand_ == 0)
      to.batch_since_ = at;
    to.change_standing(e.instance, instance_standing::rolling_back, at);
    auto& r = to.of(e.instance);
    r.step = member_step::asked;
    r.step_since = at;
  }
  void operator()(const told::rollback_finished& e) const { to.undo_finished(e, at); }
  void operator()(const told::cancel_requested& e) const {
    if (!to.cancel_)
      to.cancel_ = e;
  }
  void operator()(const told::upgrade_resumed& e) const { to.resumed(e, at); }
  void operator()(const told::hook_started& e) const {
    const auto again = to.waits_ && to.waits_->what.reason == wait_reason::hook;
    const auto since = again ? to.waits_->since : at;
    to.waits_.reset();
    to.hook_ = hook_run{e, to.hook_ ? to.hook_->since : since};
    to.opened_ = true;
  }
  void operator()(const told::hook_finished& e) const {
    to.hook_ended_ = e;
    if (to.hook_)
      to.hook_since_ = to.hook_->since;
    to.hook_.reset();
  }
  void operator()(const told::checkpoint_reached&) const { to.waits_.reset(); }
  void operator()(const told::checkpoint_left& e) const {
    to.waits_.reset();
    if (e.passed)
      return;
    to.rejected_ = e;
    to.doom_if(true, at);
  }
  void operator()(const told::guard_changed& e) const { to.take_guard(e, at); }
  void operator()(const told::pause_ended&) const { to.waits_.reset(); }
  void operator()(const told::instance_created& e) const { to.created(e, at); }
  void operator()(const told::instance_replaced& e) const { to.replaced(e, at); }
  void operator()(const told::surge_short& e) const { to.fell_short(e, at); }
  void operator()(const told::repair_started& e) const { to.begin_repair(e, at); }
  void operator()(const told::repair_finished& e) const { to.end_repair(e, at); }
  void operator()(const told::repairs_suspended&) const { to.suspended_ = true; }
  void operator()(const told::repairs_resumed&) const { to.suspended_ = false; }
  void operator()(const told::scaling_started& e) const { to.begin_scaling(e, at); }
  void operator()(const told::scaling_finished&) const { to.end_scaling(at); }
  void operator()(const told::upgrade_finished& e) const {
    to.end_ = to.end_of(e);
    to.forget_all(at);
    for (const auto& d : e.error.details) { // a rollback may have made one fail
      const auto was = to.of(d.instance).standing;
      const auto comes = to.of(d.instance).why == instance_why::scale_out;
      if (!is_counted(was) && !comes) { // else it did not come, as was told
        to.change_standing(d.instance, instance_standing::deleted, at);
        to.of(d.instance).why = instance_why::left_over;
      } else if (is_counted(was) && was != instance_standing::failed) {
        to.change_standing(d.instance, instance_standing::failed, at);
      }
      to.messages_.try_emplace(d.instance, d.message);
    }
    to.ended_ = at;
    to.waits_.reset();
    to.hook_.reset();
  }
};

void explainer::begin_hearing(instant at) {
  if (!std::exchange(begun_, true))
    start_ = idle_since_ = at;
  last_ = at;
}

void explainer::take(const upgrade_event& event, instant at) {
  begin_hearing(at);
  if (std::holds_alternative<told::upgrade_started>(event))
    announced_at_ = at;
  std::visit(hearing{*this, at}, event);
  // What follows has the whole of progress_deadline.
  const auto goes_on = std::holds_alternative<told::check_judged>(event)
                       || std::holds_alternative<told::hook_finished>(event);
  if (in_hand_ == 0 && goes_on)
    idle_since_ = at;
}

void explainer::hear(const rollout_input& in, instant at) {
  begin_hearing(at);
  hears_ = true;
  stops_ = stops_ || std::holds_alternative<input::stop_keeping>(in);
  if (std::holds_alternative<input::resumed>(in)) {
    forget_guards(at);
    for (auto& r : records_)
      r.stale = what_.has_health;
    if (in_hand_ == 0)
      idle_since_ = at;
    return;
  }
  if (const auto* g = std::get_if<input::guard_reported>(&in)) {
    hear_guard(*g, at);
    return;
  }
  if (const auto* end = std::get_if<input::member_settled>(&in)) {
    const auto made = end->action_begun && end->reason != failure_reason::quota_short;
    hear_of_uncounted(end->instance, false, made || end->reason == failure_reason::none,
                      at);
    return;
  }
  if (const auto* back = std::get_if<input::member_released>(&in)) {
    hear_of_uncounted(back->instance, true, false, at);
    return;
  }
  const auto* e = std::get_if<input::health_changed>(&in);
  if (e == nullptr || e->instance >= records_.size())
    return;
  auto& r = records_[e->instance];
  r.stale = false;
  if (!opened_)
    r.phase = e->metrics.phase;
  if (!announced_)
    r.health = e->health;
}

void explainer::abandon(instant at) {
  if (end_)
    return;
  end_.emplace();
  end_->status = upgrade_status::cancelled;
  end_->cause = ending_cause::abandoned;
  ended_ = std::max(at, last_);
}

/// The end is sure to come. Health and hooks are waited for all the same, and nothing
/// else; a rollback has the whole of progress_deadline from then on.
void explainer::doom_if(bool sure, instant at) {
  if (!sure)
    return;
  if (!std::exchange(doomed_, true) && in_hand_ == 0)
    idle_since_ = at;
  if (waits_ && waits_->what.reason != wait_reason::settling_health
      && waits_->what.reason != wait_reason::hook)
    waits_.reset();
}

void explainer::change_standing(instance_index i, instance_standing to, instant at) {
  auto& r = of(i);
  const auto was = is_busy(r.standing);
  r.standing = to;
  r.since = at;
  const auto is = is_busy(to);
  if (!is)
    r.step = member_step::none;
  if (is && !is_counted(to))
    uncounted_.insert(i);
  else
    uncounted_.erase(i);
  if (was == is)
    return;
  in_hand_ += is ? 1U : ~0U;
  if (in_hand_ == 0)
    idle_since_ = at;
}

void explainer::begin_batch(const told::batch_started& e, instant at) {
  waits_.reset();
  opened_ = true;
  batch_since_ = at;
  batch_open_ = true;
  batches_.push_back({e.place, e.bound, e.limits, at, e.surge});
  shares_ = shares_ || e.bound == batch_bound::shared_budget;
  add_members(e.instances,
              e.limits == rollout_limits{0, 0} ? instance_why::at_once
                                               : instance_why::in_order,
              at, e.surge);
}

void explainer::add_members(const std::vector<instance_index>& list, instance_why why,
                            instant at, bool surge) {
  const auto& o = what_.options;
  const auto ill_first = o && o->policy.rolling.prioritize_unhealthy_instances;
  for (const auto i : list) {
    change_standing(i, instance_standing::in_hand, at);
    auto& r = of(i);
    r.why = why == instance_why::in_order && ill_first && is_unhealthy(r)
              ? instance_why::unhealthy_first
              : why;
    r.batch = static_cast<std::uint32_t>(batches_.size());
    r.attempted = true;
    r.attempt = 0;
    r.step = member_step::asked;
    r.step_since = at;
    if (!batches_.empty() && !o)
      r.phase = batches_.back().place.phase;
    r.surge = surge;
    if (surge)
      await_replacement(i, at);
  }
}

void explainer::begin_step(const told::step_started& e, instant at) {
  note_work(e, at);
  auto& r = of(e.instance);
  r.step = to_member_step(e.step);
  r.step_since = at;
  r.attempt = e.attempt;
}

void explainer::end_step(const told::step_finished& e, instant at) {
  auto& r = of(e.instance);
  if (end_making(e, at))
    return;
  if (e.outcome != step_outcome::succeeded) {
    r.step = member_step::retry; // or it settles in a moment
  } else if (e.step == step_kind::action && !deletes(e.work)) {
    r.step = what_.has_health && r.health == health_state::healthy
               ? member_step::min_ready
               : member_step::health;
  } else {
    return; // what follows begins in a moment
  }
  r.step_since = at;
}

void explainer::change_health(const told::health_changed& e, instant at) {
  auto& r = of(e.instance);
  r.health = e.to;
  r.health_since = at;
  r.stale = false;
  const auto well = e.to == health_state::healthy;
  if (r.step == member_step::health && well) {
    r.step = member_step::min_ready;
    r.step_since = at;
  } else if (r.step == member_step::min_ready && !well) {
    r.step = member_step::health;
    r.step_since = at;
  }
}

/// A check that failed ends the upgrade; who made it fail is looked at now, for what
/// follows may change it.
void explainer::judged(const told::check_judged& e, instant at) {
  opened_ = true;
  if (e.code.empty())
    return;
  breach_ = e;
  breach_holders_.clear();
  for (instance_index i = 0; i < records_.size(); ++i) {
    const auto& r = records_[i];
    const auto failing =
      e.check == check_kind::before_batch
        ? is_unhealthy(r)
        : r.attempted && (r.standing == instance_standing::failed || is_unhealthy(r));
    if (failing && is_counted(r.standing) && r.named)
      breach_holders_.push_back(holder_of(i));
  }
  doom_if(true, at);
}

} // namespace drydock::inline v1::engine
