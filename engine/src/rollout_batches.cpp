// SPDX-License-Identifier: Apache-2.0
// Checks and batches: docs/semantics.md, 4.2 to 4.6.
#include "drydock/engine/rollout.hpp"

#include "rollout_change.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace drydock::inline v1::engine {

namespace {

std::string count_of(std::uint32_t part, std::uint32_t whole) {
  return std::to_string(part) + " of " + std::to_string(whole);
}

} // namespace

void rollout::look(instant now, commands& out) {
  if (tally_.stale > 0) {
    settle_again(now, out);
    return;
  }
  if (meet_doom(now, out))
    return;
  looked_ = true;
  const auto rolling = options_.policy.mode == upgrade_mode::rolling;
  while (rolling && at_checkpoint()) {
    hold(now, out);
    if (stage_ == stage::deciding) // one without bake and approval is left at once
      continue;
    looked_ = false; // whatever happened during the batch counts here too
    judge_held(now, out);
    return;
  }
  const auto scales = must_scale();
  if (!scales && (rolling ? pool_.size() == 0 : queue_is_over()))
    finish(upgrade_status::completed, {}, {}, now, out);
  else if (options_.hooks.before_upgrade && !work_begun_)
    run_hook(upgrade_hook::before_upgrade, now, out);
  else if (scales)
    start_scaling(now, out);
  else if (rolling)
    look_rolling(now, out);
  else if (queue_waits_for_share())
    wait_for_share(now, out);
  else if (options_.hooks.before_batch && !batch_hook_done_)
    run_hook(upgrade_hook::before_batch, now, out);
  else
    start_queue(now, out);
}

void rollout::start_queue(instant now, commands& out) {
  batch_choice all;
  all.place = {custom_metrics::no_phase, fleet::no_zone, fleet::no_update_domain};
  all.members = next_in_queue(queue_places());
  all.bound =
    queue_head_ < queue_.size() ? batch_bound::batch_instances : batch_bound::group;
  if (share_.more > 0) // but for the share they would go as well
    all.bound = batch_bound::shared_budget;
  start_batch(std::move(all), rollout_limits{0, 0}, now, out);
}

/// How many may be in hand at the same time.
std::uint32_t rollout::queue_places() const {
  const auto bounded =
    options_.policy.max_parallel > 0 && options_.policy.mode == upgrade_mode::automatic;
  return bounded ? options_.policy.max_parallel : tally_.total;
}

/// The next ones that are still there, `most` at most.
std::vector<instance_index> rollout::next_in_queue(std::uint32_t most) {
  if (options_.shared_budget > 0)
    return next_within_share(most);
  std::vector<instance_index> result;
  for (; result.size() < most && queue_head_ < queue_.size(); ++queue_head_)
    if (records_[queue_[queue_head_]].state == standing::pending)
      result.push_back(queue_[queue_head_]);
  return result;
}

/// Whether nobody in the queue is left to be started.
bool rollout::queue_is_over() {
  while (queue_head_ < queue_.size()
         && records_[queue_[queue_head_]].state != standing::pending)
    ++queue_head_;
  return queue_head_ == queue_.size();
}

void rollout::look_rolling(instant now, commands& out) {
  const auto judged = is_judged();
  auto verdict = judge_before();
  if (judged && !verdict.code.empty()) {
    out.push_back(command::publish{verdict});
    breach(std::move(verdict.code), before_batch_message(), now, out);
    return;
  }
  if (held(now, out))
    return;
  const auto limits = resolve_limits(options_.policy.rolling, tally_.total);
  auto choice = choose(limits, surges() && !in_place_next_);
  const auto goes = !choice.members.empty();
  if (goes && options_.hooks.before_batch && !batch_hook_done_) {
    run_hook(upgrade_hook::before_batch, now, out);
    return;
  }
  // While it is being asked for a share, nothing is decided yet.
  if (judged && (goes || !(said_waiting_ || awaits_share())))
    out.push_back(command::publish{verdict});
  if (goes)
    start_batch(std::move(choice), limits, now, out);
  else
    stand_still(limits, now, out);
}

bool rollout::is_judged() const {
  return !(options_.policy.rolling.ignore_unhealthy_before_start
           && pool_.unhealthy() > 0);
}

told::check_judged rollout::judge_before() const {
  const auto& policy = options_.policy.rolling;
  // Those in hand, which only sliding batches have at this time, are being mended.
  const auto unhealthy = tally_.unhealthy - tally_.ill_in_hand;
  told::check_judged verdict{check_kind::before_batch,
                             unhealthy,
                             tally_.total,
                             policy.max_unhealthy_instance_percent,
                             {}};
  const auto ceiling = policy.max_unhealthy_instances;
  if (exceeds_percent(unhealthy, policy.max_unhealthy_instance_percent, tally_.total)
      || (ceiling > 0 && unhealthy > ceiling))
    verdict.code = report_.batches.empty()
                     ? "MaxUnhealthyInstancePercentExceededBeforeRollingUpgrade"
                     : "MaxUnhealthyInstancePercentExceededInRollingUpgrade";
  return verdict;
}

told::check_judged rollout::judge_after() const {
  const auto percent = options_.policy.rolling.max_unhealthy_upgraded_instance_percent;
  told::check_judged verdict{
    check_kind::after_batch, tally_.failing, tally_.attempted, percent, {}};
  if (exceeds_percent(tally_.failing, percent, tally_.attempted))
    verdict.code = "MaxUnhealthyUpgradedInstancePercentExceededInRollingUpgrade";
  return verdict;
}

/// The next members under `limits`, and no more than the next checkpoint has room for.
/// Those that are replaced are bound by `B` alone: nobody goes before somebody serves.
batch_choice rollout::choose(const rollout_limits& limits, bool surge) {
  auto within = limits;
  within.batch_instances_max =
    std::min(limits.batch_instances_max, room_to_checkpoint());
  const auto counted = within;
  if (surge)
    within.unavailable_instances_max = std::numeric_limits<std::uint32_t>::max();
  auto choice = pool_.select(within, surge ? 0 : tally_.unavailable,
                             options_.policy.rolling.prioritize_unhealthy_instances);
  if (counted != limits && choice.bound == batch_bound::batch_instances)
    choice.bound = batch_bound::checkpoint;
  return surge || options_.shared_budget == 0 ? choice
                                              : fit_share(std::move(choice), within);
}

std::string rollout::before_batch_message() const {
  const auto& policy = options_.policy.rolling;
  std::vector<instance_index> ill;
  for (instance_index i = 0; i < records_.size() && ill.size() < 6; ++i)
    if (is_unhealthy(records_[i]))
      ill.push_back(i);
  auto text = count_of(tally_.unhealthy - tally_.ill_in_hand, tally_.total)
              + " instances are unhealthy, more than the "
              + std::to_string(policy.max_unhealthy_instance_percent)
              + " % of max_unhealthy_instance_percent";
  if (policy.max_unhealthy_instances > 0)
    text += " or the " + std::to_string(policy.max_unhealthy_instances)
            + " of max_unhealthy_instances";
  return text + " allow; mend " + name_some(ill, tally_.unhealthy)
         + " or set ignore_unhealthy_before_start, and run again";
}

void rollout::start_batch(batch_choice choice, const rollout_limits& limits,
                          instant now, commands& out) {
  stage_ = stage::working;
  deadline_timer_ = 0;
  said_waiting_ = false;
  work_begun_ = true;
  share_.more = 0;
  batch_hook_done_ = settled_one_ = false;
  slides_first_ = choice.unhealthy_first;
  batch_record batch;
  batch.index = static_cast<std::uint32_t>(report_.batches.size()) + 1;
  batch.place = choice.place;
  batch.instances = choice.members;
  batch.start = batch.end = now;
  batch.surge = surges() && !std::exchange(in_place_next_, false);
  const auto surge = batch.surge;
  out.push_back(command::publish{
    told::batch_started{batch.index, choice.place, choice.members, limits,
                        tally_.unavailable, choice.bound, surge}});
  report_.batches.push_back(std::move(batch));
  take_in_hand(choice.members);
  if (surge)
    create_replacements(choice.members, out);
  else
    out.push_back(
      command::start_members{std::move(choice.members), work_kind::upgrade});
}

void rollout::take_in_hand(std::span<const instance_index> members) {
  for (const auto i : members)
    change(i, [](record& r) {
      r.state = standing::working;
      r.attempted = true;
      r.known = known_progress::nothing;
      r.attempt = 1;
    });
}

void rollout::extend_batch(commands& out) {
  share_.more = 0;
  const auto places = queue_places();
  if (queue_head_ == queue_.size() || tally_.in_hand >= places)
    return;
  told::batch_extended more{report_.batches.back().index,
                            next_in_queue(places - tally_.in_hand)};
  if (more.instances.empty())
    return;
  join_batch(std::move(more), out);
}

void rollout::join_batch(told::batch_extended more, commands& out) {
  auto& members = report_.batches.back().instances;
  members.insert(members.end(), more.instances.begin(), more.instances.end());
  take_in_hand(more.instances);
  more.surge = report_.batches.back().surge;
  out.push_back(command::publish{more});
  if (more.surge)
    create_replacements(more.instances, out);
  else
    out.push_back(
      command::start_members{std::move(more.instances), work_kind::upgrade});
}

void rollout::end_batch(instant now, commands& out) {
  auto& batch = report_.batches.back();
  batch.end = now;
  go_on_since(batch.start, now);
  std::uint32_t ok = 0;
  for (const auto i : batch.instances)
    ok += holder_of(i).state == standing::succeeded ? 1 : 0;
  out.push_back(command::publish{told::batch_finished{
    batch.index, ok, static_cast<std::uint32_t>(batch.failed.size())}});
}

void rollout::close_batch(instant now, commands& out) {
  end_batch(now, out);
  if (options_.hooks.after_batch)
    run_hook(upgrade_hook::after_batch, now, out);
  else
    judge_batch(now, out);
}

void rollout::judge_batch(instant now, commands& out) {
  stage_ = stage::deciding;
  settled_one_ = false;
  const auto& policy = options_.policy.rolling;
  const auto taken_back = report_.batches.back().instances.empty();
  if (options_.policy.mode == upgrade_mode::rolling && !taken_back) {
    auto verdict = judge_after();
    const auto over = !verdict.code.empty();
    out.push_back(command::publish{verdict});
    if (over)
      doom(std::move(verdict.code), after_batch_message());
    if (meet_doom(now, out))
      return;
    if (pool_.size() > 0 && policy.pause_time_between_batches > duration{0}) {
      const auto until = now + policy.pause_time_between_batches;
      stage_ = stage::pausing;
      pause_begin_ = now;
      pause_timer_ = arm(until, out);
      say_waiting(wait_reason::pause, until, {}, {}, 0, now, out);
      said_waiting_ = false;
      return;
    }
  }
  look(now, out);
}

std::string rollout::after_batch_message() const {
  const auto percent = options_.policy.rolling.max_unhealthy_upgraded_instance_percent;
  return count_of(tally_.failing, tally_.attempted)
         + " upgraded instances failed or are unhealthy, more than the "
         + std::to_string(percent)
         + " % of max_unhealthy_upgraded_instance_percent allow; see the details, then "
           "run again: only lagging instances take part";
}

void rollout::stand_still(const rollout_limits& limits, instant now, commands& out) {
  if (share_.more > 0) { // somebody could go but for the share
    wait_for_share(now, out);
    return;
  }
  stage_ = stage::waiting;
  if (deadline_timer_ == 0)
    deadline_timer_ = arm(deadline(), out);
  watch_window(next_closing, now, out);
  // A healthy candidate would have been taken had there been room for it.
  const auto reason = tally_.unavailable >= limits.unavailable_instances_max
                        ? wait_reason::unavailable_instances
                        : wait_reason::initializing_candidates;
  if (said_waiting_ && reason == waits_for_)
    return;
  const auto by_allowance = reason == wait_reason::unavailable_instances;
  std::uint32_t count = 0;
  auto holders = first_holders(!by_allowance, count);
  say_waiting(reason, deadline() - duration{1},
              by_allowance ? allowance_text(limits) : "initializing health",
              std::move(holders), count, now, out);
}

std::string rollout::allowance_text(const rollout_limits& limits) const {
  const auto& policy = options_.policy.rolling;
  const auto text = std::to_string(limits.unavailable_instances_max) + " of "
                    + std::to_string(tally_.total);
  rolling_policy without = policy;
  without.max_unhealthy_instances = 0;
  const auto lowered = resolve_limits(without, tally_.total) != limits
                       && policy.max_unhealthy_instances > 0;
  return lowered
           ? "max_unhealthy_instances = "
               + std::to_string(policy.max_unhealthy_instances) + ": " + text
           : "max_unhealthy_instance_percent = "
               + std::to_string(policy.max_unhealthy_instance_percent) + ": " + text;
}

void rollout::say_waiting(wait_reason reason, std::optional<instant> until,
                          std::string limit, std::vector<instance_index> holders,
                          std::uint32_t holder_count, instant now, commands& out) {
  said_waiting_ = true;
  waits_for_ = reason;
  const auto remaining = until ? std::optional(*until - now) : std::nullopt;
  out.push_back(
    command::publish{told::waiting{reason, until, remaining, std::move(limit),
                                   std::move(holders), holder_count, question_}});
}

std::vector<instance_index> rollout::first_holders(bool initializing_only,
                                                   std::uint32_t& holder_count) const {
  std::vector<instance_index> result;
  holder_count = initializing_only ? tally_.unsettled : tally_.unavailable;
  for (instance_index i = 0;
       i < records_.size() && result.size() < told::waiting::holders_max; ++i) {
    const auto& r = records_[i];
    const auto holds = initializing_only ? is_unsettled(r) : is_unavailable(r);
    if (holds)
      result.push_back(i);
  }
  return result;
}

} // namespace drydock::inline v1::engine
