// SPDX-License-Identifier: Apache-2.0
// What is in the way of an upgrade.
#include "drydock/engine/explainer.hpp"

#include <algorithm>
#include <charconv>

namespace drydock::inline v1::engine {

namespace {

/// How little of the deadline's length is near: a fifth.
constexpr int near_share = 5;

std::vector<remedy> remedies_of(wait_reason x) {
  switch (x) {
  case wait_reason::settling_health:
  case wait_reason::initializing_candidates:
    return {remedy::wait, remedy::mend_instances};
  case wait_reason::unavailable_instances:
    return {remedy::mend_instances, remedy::raise_limit};
  case wait_reason::pause:
  case wait_reason::checkpoint_bake:
  case wait_reason::maintenance_window:
    return {remedy::wait};
  case wait_reason::checkpoint_approval:
    return {remedy::approve};
  case wait_reason::guard:
    return {remedy::mend_guard};
  case wait_reason::hook:
    return {remedy::wait, remedy::mend_hook};
  case wait_reason::hook_failed:
    return {remedy::mend_hook, remedy::approve};
  case wait_reason::shared_budget:
    return {remedy::wait, remedy::mend_other_sets, remedy::raise_limit};
  }
  return {};
}

/// Reads a whole number and moves past it.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t x = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, x);
  if (read.ec != std::errc())
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return x;
}

} // namespace

bool explainer::ends_by_deadline(wait_reason x) {
  return x == wait_reason::settling_health || x == wait_reason::unavailable_instances
         || x == wait_reason::initializing_candidates || x == wait_reason::guard
         || x == wait_reason::hook_failed || x == wait_reason::shared_budget;
}

/// The machine says `which = value: allowed of whole`.
std::optional<limit_in_the_way> read_limit(std::string_view text) {
  const auto equals = text.find(" = ");
  if (equals == std::string_view::npos)
    return std::nullopt;
  limit_in_the_way x;
  x.name = text.substr(0, equals);
  text.remove_prefix(equals + 3);
  x.value = take_number(text);
  if (!text.starts_with(": "))
    return std::nullopt;
  text.remove_prefix(2);
  const auto allowed = take_number(text);
  if (!text.starts_with(" of "))
    return std::nullopt;
  text.remove_prefix(4);
  const auto whole = take_number(text);
  if (!x.value || !allowed || !whole)
    return std::nullopt;
  x.allowed = static_cast<std::uint32_t>(*allowed);
  x.of = static_cast<std::uint32_t>(*whole);
  return x;
}

explanation explainer::explain(instant now, bool run) const {
  explanation x;
  x.now = std::max(now, last_);
  x.last_event = last_;
  x.cancelling = cancel_ && !end_;
  x.cancelled_by = cancel_ ? cancel_->by : std::string();
  x.rolling_back = rolled_back_;
  count(x);
  if (end_) {
    x.state = course::finished;
    x.since = ended_;
    x.end = end_;
    return x;
  }
  const auto first = find_obstacle();
  x.state =
    first.kind == obstacle_kind::in_hand && run ? course::moving : course::waiting;
  x.since = first.since;
  if (!run) {
    obstacle nobody;
    nobody.kind = obstacle_kind::no_controller;
    nobody.since = x.since = last_;
    nobody.remedies = {remedy::resume};
    x.obstacles.push_back(std::move(nobody));
  }
  x.obstacles.push_back(first);
  if (first.kind == obstacle_kind::in_hand)
    look_behind(x);
  if (run)
    add_deadline(x, first);
  return x;
}

void explainer::count(explanation& x) const {
  auto phase = custom_metrics::no_phase;
  std::uint32_t named = 0;
  for (const auto& r : records_) {
    if (!r.named)
      continue;
    ++x.by_standing[static_cast<std::size_t>(r.standing)];
    if (is_counted(r.standing))
      ++named;
    if (r.standing == instance_standing::pending)
      phase = std::min(phase, r.phase);
  }
  x.phase = phase;
  x.total = what_.options ? named : std::max(total_, named);
  x.unnamed = x.total - named;
}

obstacle explainer::find_obstacle() const {
  if (in_hand_ > 0)
    return members_in_hand();
  if (hook_)
    return running_hook();
  const auto given_up =
    doomed_ && waits_ && waits_->what.reason == wait_reason::hook_failed;
  if (repairs_ > 0 && (cancel_ || !waits_))
    return repairs_in_hand();
  if (waits_ && !given_up)
    return of_wait(*waits_);
  if (doomed_)
    return idle_rollback();
  return announced_ ? idle() : unannounced();
}

obstacle explainer::running_hook() const {
  obstacle x;
  x.kind = obstacle_kind::hook;
  x.since = hook_->since;
  x.batch = hook_->what.batch;
  x.subject = hook_name(hook_->what.hook, hook_->what.batch);
  if (hook_->what.attempt > 1)
    x.subject += ", attempt " + std::to_string(hook_->what.attempt);
  x.remedies = {remedy::wait, remedy::mend_hook};
  return x;
}

obstacle explainer::of_wait(const wait& w) const {
  obstacle x;
  x.kind = to_obstacle(w.what.reason);
  x.since = w.since;
  x.until = w.until;
  if (repairs_ > 0 && ends_by_deadline(w.what.reason))
    x.until.reset(); // nothing stands still meanwhile
  x.remedies = remedies_of(w.what.reason);
  switch (w.what.reason) {
  case wait_reason::settling_health:
  case wait_reason::initializing_candidates:
    name_unsettled(x);
    break;
  case wait_reason::unavailable_instances:
    x.limit = allowance();
    name_unavailable(x);
    break;
  case wait_reason::pause:
    x.limit = limit_in_the_way{"pause_time_between_batches", std::nullopt, 0, 0};
    break;
  case wait_reason::checkpoint_bake:
  case wait_reason::checkpoint_approval:
    x.limit = limit_in_the_way{"checkpoints", std::nullopt, 0, 0};
    x.subject = w.what.limit;
    break;
  case wait_reason::maintenance_window:
    x.limit = limit_in_the_way{"maintenance_window", std::nullopt, 0, 0};
    break;
  case wait_reason::hook:
  case wait_reason::hook_failed:
    x.batch = hook_ended_ ? hook_ended_->batch : 0;
    x.subject = w.what.limit;
    break;
  case wait_reason::guard:
    x.subject = w.what.limit;
    break;
  case wait_reason::shared_budget:
    x.limit = limit_in_the_way{"max_unavailable_instances", std::nullopt, 0, 0};
    x.subject = w.what.limit;
    break;
  }
  return x;
}

/// Nothing was told yet: health is being settled.
obstacle explainer::unannounced() const {
  obstacle x;
  x.kind = obstacle_kind::settling_health;
  x.since = idle_since_;
  x.remedies = remedies_of(wait_reason::settling_health);
  name_unsettled(x);
  x.until = deadline_of(x);
  return x;
}

bool explainer::shares_budget() const {
  return what_.options ? what_.options->shared_budget > 0 : shares_;
}

/// Previous models are to be given back, and none of the rest may go: health must be
/// seen again first, or no more may be unavailable, here or in all sets of the file.
obstacle explainer::idle_rollback() const {
  obstacle x;
  x.kind = obstacle_kind::unavailable_instances;
  x.since = idle_since_;
  x.remedies = {remedy::mend_instances};
  x.until = deadline_of(x);
  name_unavailable(x);
  const auto unseen =
    std::any_of(records_.begin(), records_.end(), [](const record& r) {
      return r.named && r.stale && is_counted(r.standing);
    });
  if (!unseen && x.holder_count > 0) {
    x.limit = allowance();
    return x;
  }
  if (!unseen && shares_budget()) { // what is left of it is not told yet
    x.kind = obstacle_kind::shared_budget;
    x.limit = limit_in_the_way{"max_unavailable_instances", std::nullopt, 0, 0};
    x.remedies = remedies_of(wait_reason::shared_budget);
    return x;
  }
  if (!unseen && (hears_ || !resumed_)) {
    x.kind = obstacle_kind::deciding;
    x.since = last_;
    x.until.reset();
    x.remedies = {remedy::wait};
    return x;
  }
  x.kind = obstacle_kind::settling_health;
  x.remedies = remedies_of(wait_reason::settling_health);
  x.holders.clear();
  name_unsettled(x);
  return x;
}

limit_in_the_way explainer::allowance() const {
  if (waits_)
    if (auto told = read_limit(waits_->what.limit))
      return *told;
  limit_in_the_way x;
  x.name = "max_unhealthy_instance_percent";
  if (!what_.options) {
    if (!batches_.empty())
      x.allowed = batches_.back().limits.unavailable_instances_max;
    x.of = total_;
    return x;
  }
  const auto& policy = what_.options->policy.rolling;
  for (const auto& r : records_)
    x.of += r.named && is_counted(r.standing) ? 1 : 0;
  x.allowed = resolve_limits(policy, x.of).unavailable_instances_max;
  auto without = policy;
  without.max_unhealthy_instances = 0;
  x.value = policy.max_unhealthy_instance_percent;
  if (resolve_limits(without, x.of).unavailable_instances_max != x.allowed) {
    x.name = "max_unhealthy_instances";
    x.value = policy.max_unhealthy_instances;
  }
  return x;
}

void explainer::name_unavailable(obstacle& x) const {
  name_those(x, &explainer::is_unavailable);
}

void explainer::name_unsettled(obstacle& x) const {
  if (resumed_ && !hears_ && waits_) { // who was seen again is told only if it changed
    x.holder_count = waits_->what.holder_count;
    for (const auto i : waits_->what.holders)
      x.holders.push_back(holder_of(i));
    return;
  }
  name_those(x, &explainer::is_unsettled);
}

void explainer::name_those(obstacle& x,
                           bool (explainer::*holds)(const record&) const) const {
  std::uint32_t named = 0;
  for (instance_index i = 0; i < records_.size(); ++i) {
    const auto& r = records_[i];
    if (!r.named)
      continue;
    named += is_counted(r.standing) ? 1 : 0;
    if ((this->*holds)(r))
      x.holders.push_back(holder_of(i));
  }
  x.holder_count = static_cast<std::uint32_t>(x.holders.size());
  // Whoever no event names has never been anything but initializing.
  if (!what_.options && what_.has_health && total_ > named)
    x.holder_count += total_ - named;
}

/// When an obstacle that nothing else bounds ends the upgrade.
std::optional<instant> explainer::deadline_of(const obstacle& x) const {
  const auto& o = what_.options;
  if (!o || o->policy.mode != upgrade_mode::rolling || repairs_ > 0)
    return std::nullopt;
  return x.since + o->policy.rolling.progress_deadline;
}

void explainer::add_deadline(explanation& x, const obstacle& first) const {
  switch (first.kind) {
  case obstacle_kind::settling_health:
  case obstacle_kind::unavailable_instances:
  case obstacle_kind::initializing_candidates:
  case obstacle_kind::guard:
  case obstacle_kind::hook_failed:
  case obstacle_kind::shared_budget:
    break;
  case obstacle_kind::pause:
  case obstacle_kind::checkpoint_bake:
  case obstacle_kind::checkpoint_approval:
  case obstacle_kind::maintenance_window:
  case obstacle_kind::hook:
  case obstacle_kind::in_hand:
  case obstacle_kind::deadline_near:
  case obstacle_kind::no_controller:
  case obstacle_kind::deciding:
  case obstacle_kind::repairs:
  case obstacle_kind::keeping:
    return;
  }
  if (!first.until)
    return;
  const auto length = what_.options ? what_.options->policy.rolling.progress_deadline
                                    : *first.until - first.since;
  if (*first.until - x.now >= length / near_share)
    return;
  obstacle soon;
  soon.kind = obstacle_kind::deadline_near;
  soon.since = *first.until - length / near_share;
  soon.until = first.until;
  soon.limit = limit_in_the_way{"progress_deadline", std::nullopt, 0, 0};
  soon.remedies = first.remedies;
  x.obstacles.push_back(std::move(soon));
}

} // namespace drydock::inline v1::engine
