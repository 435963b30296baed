// SPDX-License-Identifier: Apache-2.0
// The batch in hand: who is at what, and what keeps others back that it could take, if
// it slides and is not full, or if its members wait to be upgraded in place.
#include "drydock/engine/explainer.hpp"

#include <algorithm>
#include <utility>

namespace drydock::inline v1::engine {

namespace {

/// When the windows, which are closed at `now`, closed last; not before `since`.
duration last_closing(std::span<const maintenance_window> windows, duration since,
                      duration now) {
  auto closed = since;
  for (auto at = std::optional(since); at && *at <= now;) {
    const auto end = next_closing(windows, *at);
    if (end && *end <= now)
      closed = *end;
    at = end ? end : next_opening(windows, *at);
  }
  return closed;
}

bool is_of_batch(const holder& h) {
  return h.standing == instance_standing::in_hand
         || h.standing == instance_standing::rolling_back;
}

/// Whether nothing is done to it: it is not begun, or others come first.
bool only_waits(member_step x) {
  return x == member_step::asked || x == member_step::replacement
         || x == member_step::deletion || x == member_step::allowance;
}

/// How many members have not settled, or are being given their previous model back.
std::uint32_t in_batch(const explanation& x) {
  return x.by_standing[static_cast<std::size_t>(instance_standing::in_hand)]
         + x.by_standing[static_cast<std::size_t>(instance_standing::rolling_back)];
}

} // namespace

obstacle explainer::members_in_hand() const {
  obstacle x;
  x.kind = obstacle_kind::in_hand;
  x.since = batch_since_;
  x.batch = rolled_back_ ? 0 : static_cast<std::uint32_t>(batches_.size());
  x.subject = scaling_text();
  std::set<instance_index> named;
  for (instance_index i = 0; i < records_.size(); ++i)
    if (is_in_hand(records_[i]))
      if (auto h = worked_on_for(i); named.insert(h.instance).second)
        x.holders.push_back(h);
  std::stable_sort(x.holders.begin(), x.holders.end(),
                   [](const auto& a, const auto& b) {
                     return std::pair(only_waits(a.step), a.since)
                            < std::pair(only_waits(b.step), b.since);
                   });
  x.holder_count = static_cast<std::uint32_t>(x.holders.size());
  const auto slowest = x.holders.front();
  const auto ill = slowest.step == member_step::health;
  x.remedies = {remedy::wait, ill ? remedy::mend_instances : remedy::look_at_step,
                remedy::cancel_now};
  if (slowest.step == member_step::allowance) // nothing is done to it
    std::erase(x.remedies, remedy::look_at_step);
  if (!what_.options)
    return x;
  const auto& policy = what_.options->policy.rolling;
  if (ill) {
    x.limit = limit_in_the_way{"health_timeout", std::nullopt, 0, 0};
    x.until = slowest.since + policy.health_timeout;
  } else if (slowest.step == member_step::min_ready) {
    x.limit = limit_in_the_way{"min_ready", std::nullopt, 0, 0};
    x.until = slowest.since + policy.min_ready;
  }
  return x;
}

/// Events alone say so once somebody has joined a batch.
bool explainer::slides() const {
  const auto& o = what_.options;
  return o ? o->policy.mode == upgrade_mode::rolling
               && o->policy.rolling.batching == batching_mode::sliding
           : slides_;
}

/// Whether it could be taken next, but for limits.
bool explainer::may_join(const record& r, instance_index i) const {
  const auto left = r.standing == instance_standing::pending
                    || r.standing == instance_standing::untouched;
  return r.named && left && r.why != instance_why::not_named
         && r.why != instance_why::rolled_back && !is_unsettled(r)
         && !why_elsewhere(r, i);
}

/// Members are in hand. Whoever is left of their place could join them, if the batch
/// slides and has room; or some of them wait to be begun on in place.
void explainer::look_behind(explanation& x) const {
  if (doomed_ || cancel_ || rolled_back_ || scaling_ || !batch_open_)
    return;
  auto some_wait = false;
  auto some_left = x.unnamed > 0;
  for (instance_index i = 0; i < records_.size(); ++i) {
    some_wait = some_wait || records_[i].step == member_step::allowance;
    some_left = some_left || may_join(records_[i], i);
  }
  const auto& last = batches_.back();
  const auto most = what_.options
                      ? resolve_limits(what_.options->policy.rolling, x.total)
                      : last.limits;
  const auto may_grow = slides() && some_left;
  const auto has_room = in_batch(x) < most.batch_instances_max;
  if (may_grow)
    x.kept_back = instance_why::batch_full;
  if (!some_wait && !(may_grow && has_room))
    return;
  auto held = holds_back(x.now);
  auto full = used_up();
  const auto is_used_up = full.holder_count >= full.limit->allowed;
  // Who is replaced costs no allowance.
  if (may_grow && has_room)
    x.kept_back = held                        ? instance_why::held
                  : last.surge || !is_used_up ? why_kept_back(x)
                                              : instance_why::allowance;
  // That members alone use it up is no more than their being in hand.
  const auto by_others =
    full.holder_count > full.holders.size()
    || !std::all_of(full.holders.begin(), full.holders.end(), is_of_batch);
  if (held)
    x.obstacles.push_back(std::move(*held));
  else if (is_used_up && by_others && (some_wait || !last.surge))
    x.obstacles.push_back(std::move(full));
}

/// What keeps batches from beginning keeps others from joining one.
std::optional<obstacle> explainer::holds_back(instant now) const {
  const auto& o = what_.options;
  if (o && !is_open(o->windows, now.time_since_epoch() + o->since_epoch))
    return closed_window(now);
  return guards_.empty() ? std::nullopt : std::optional(failing_guard());
}

obstacle explainer::closed_window(instant now) const {
  const auto& o = *what_.options;
  const auto wall = now.time_since_epoch() + o.since_epoch;
  obstacle x;
  x.kind = obstacle_kind::maintenance_window;
  x.since = instant{
    last_closing(o.windows, batch_since_.time_since_epoch() + o.since_epoch, wall)
    - o.since_epoch};
  if (const auto opens = next_opening(o.windows, wall))
    x.until = now + (*opens - wall);
  x.limit = limit_in_the_way{"maintenance_window", std::nullopt, 0, 0};
  x.remedies = {remedy::wait};
  return x;
}

/// What may be unavailable, and who is; those that are in hand come last.
obstacle explainer::used_up() const {
  obstacle x;
  x.kind = obstacle_kind::unavailable_instances;
  x.limit = allowance();
  name_unavailable(x);
  std::stable_partition(x.holders.begin(), x.holders.end(),
                        [](const holder& h) { return !is_of_batch(h); });
  x.since = batch_since_;
  for (const auto& h : x.holders)
    if (!is_of_batch(h))
      x.since = std::max(x.since, h.since);
  x.remedies = {remedy::mend_instances, remedy::raise_limit};
  return x;
}

/// Nothing holds it, and the allowance is not used up.
instance_why explainer::why_kept_back(const explanation& x) const {
  if (is_at_checkpoint(x))
    return instance_why::checkpoint;
  return shares_budget() && !batches_.back().surge ? instance_why::allowance
                                                   : instance_why::batch_in_hand;
}

/// Whether as many are taken as the next checkpoint lets go.
bool explainer::is_at_checkpoint(const explanation& x) const {
  if (!what_.options)
    return batches_.back().bound == batch_bound::checkpoint;
  const auto count = [&](instance_standing s) {
    return x.by_standing[static_cast<std::size_t>(s)];
  };
  const auto done = count(instance_standing::up_to_date)
                    + count(instance_standing::succeeded)
                    + count(instance_standing::failed);
  const auto taken = done + in_batch(x);
  for (const auto& c : what_.options->policy.rolling.checkpoints)
    if (const auto part = std::uint64_t{x.total} * static_cast<unsigned>(c.percent);
        (part + 99) / 100 > done)
      return taken >= (part + 99) / 100;
  return false;
}

} // namespace drydock::inline v1::engine
