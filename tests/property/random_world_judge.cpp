// SPDX-License-Identifier: Apache-2.0
// What must never happen, seen from outside of the machine.
#include "random_world.hpp"

#include "machine_fixture.hpp"

#include <algorithm>

namespace drydock::testing {

using namespace engine;

namespace {

/// max(1, floor(whole × percent / 100)), not above a ceiling: written here once
/// more, so that the machine's own arithmetic is not judged by itself.
std::uint32_t share(std::uint32_t whole, int percent, std::uint32_t ceiling) {
  auto x = whole * static_cast<std::uint32_t>(percent) / 100;
  if (x == 0)
    x = 1;
  return ceiling > 0 && x > ceiling ? ceiling : x;
}

} // namespace

void random_world::perform(const rollout_command& c) {
  transcript_ += engine::testing::print(c) + '\n';
  if (const auto* p = std::get_if<command::publish>(&c); p == nullptr && dying_) {
    return; // nobody is left to do it
  }
  if (const auto* go = std::get_if<command::start_members>(&c)) {
    start(*go);
  } else if (const auto* again = std::get_if<command::recover_members>(&c)) {
    take_up(*again);
  } else if (const auto* hook = std::get_if<command::run_hook>(&c)) {
    if (hook_ != 0)
      broken("two hooks run at once");
    if (members_in_hand() > 0)
      broken("a hook runs beside a batch");
    hook_ = hook->request;
  } else if (const auto* end = std::get_if<command::end_hook>(&c)) {
    hook_ = hook_ == end->request ? 0 : hook_;
  } else if (const auto* timer = std::get_if<command::arm_timer>(&c)) {
    if (timer->at < now_)
      broken("a timer is armed for the past");
    timers_.emplace(timer->at, timer->timer);
  } else if (const auto* p = std::get_if<command::publish>(&c)) {
    heard(p->event);
  }
}

void random_world::start(const command::start_members& c) {
  if (c.instances.empty())
    broken("nobody is started");
  for (const auto i : c.instances) {
    auto& k = known_[i];
    if (k.gone)
      broken("a deleted instance is started");
    if (k.in_hand)
      broken("an instance is started that is in hand");
    if (cancelled_ && !deletes(c.work))
      broken("an instance is started after a cancel");
    k.for_repair = is_for_repair(i, c.work);
    if (c.work == work_kind::repair)
      judge_repair(i);
    else if (c.work == work_kind::create)
      start_creation(i);
    else if (deletes(c.work))
      start_deletion(i, c.work);
    else if (c.work == work_kind::upgrade)
      start_upgrade(i);
    else if (!k.started || !(k.failed || k.succeeded) || k.undone)
      broken("an instance is rolled back that was not upgraded, or twice");
    k.undone = c.work == work_kind::rollback;
    k.work = c.work;
    k.in_hand = true;
    in_hand_.push_back(i);
  }
}

void random_world::start_upgrade(instance_index i) {
  auto& k = known_[i];
  if (k.started && !k.in_place)
    broken("an instance is started twice");
  if (!k.counts)
    broken("an instance is started that is not in N");
  k.started = true;
  k.in_place = false;
}

void random_world::start_creation(instance_index i) {
  if (scenario_.instances->is_arrival(i)) {
    if (!scaled_ || known_[i].started || known_[i].counts)
      broken("a new instance is made that nobody asked for, or twice");
    known_[i].started = true;
    known_[i].made = false;
    return;
  }
  if (!scenario_.options.policy.rolling.max_surge && !known_[i].for_repair)
    broken("an instance is made without max_surge");
  if (!scenario_.instances->is_replacement(i)) {
    broken("an instance is made in the position of a member");
    return;
  }
  auto& member = known_[scenario_.instances->replaced_by(i)];
  known_[i].made = false;
  if (known_[i].for_repair) {
    judge_repair(scenario_.instances->replaced_by(i));
    return;
  }
  if (member.gone || !member.takes_part || member.started || known_[i].counts)
    broken("a replacement is made that nobody needs");
  member.started = true;
}

void random_world::start_deletion(instance_index i, work_kind work) {
  if (known_[i].counts)
    broken("an instance in N is deleted");
  if (known_[i].goes && work != work_kind::remove)
    broken("who goes is discarded");
  if (scenario_.instances->is_beyond(i) != (work == work_kind::discard))
    broken("a replacement is removed like a member, or a member like a replacement");
}

void random_world::take_up(const command::recover_members& c) {
  for (const auto& m : c.members) {
    auto& k = known_[m.instance];
    if (k.gone)
      continue; // the machine hears of it next
    const auto mends = m.work == work_kind::repair;
    if (m.known == known_progress::nothing && (m.work == work_kind::upgrade || mends)
        && roll(2) == 0) {
      // Nothing was begun after all.
      std::erase(in_hand_, m.instance);
      k.started = k.started && mends;
      k.in_hand = false;
      queue(input::member_released{m.instance});
      continue;
    }
    k.work = m.work;
    k.in_hand = true;
    k.for_repair = k.for_repair || is_for_repair(m.instance, m.work);
    if (std::find(in_hand_.begin(), in_hand_.end(), m.instance) == in_hand_.end())
      in_hand_.push_back(m.instance);
    if (k.for_repair)
      continue;
    const auto& f = *scenario_.instances;
    known_[f.is_replacement(m.instance) ? f.replaced_by(m.instance) : m.instance]
      .started = true;
    k.undone = m.work == work_kind::rollback;
    k.failed = m.work == work_kind::rollback;
  }
}

void random_world::heard(const upgrade_event& event) {
  const auto before = auditor_.unavailable();
  auditor_.on_event(event);
  heard_of_repairs(event);
  heard_of_scaling(event);
  if (const auto* batch = std::get_if<told::batch_started>(&event)) {
    batches_.push_back(batch->instances);
    judge_batch(*batch, before);
  } else if (const auto* more = std::get_if<told::batch_extended>(&event)) {
    batches_.back().insert(batches_.back().end(), more->instances.begin(),
                           more->instances.end());
    judge_more(*more, before);
  } else if (std::holds_alternative<told::rollback_started>(event)) {
    judge_promise(before);
  } else if (const auto* wait = std::get_if<told::waiting>(&event)) {
    question_ = wait->question;
  } else if (const auto* hook = std::get_if<told::hook_finished>(&event)) {
    hooked_batch_ = hook->hook == upgrade_hook::before_batch
                    && hook->outcome == step_outcome::succeeded;
  } else if (std::holds_alternative<told::checkpoint_reached>(event)) {
    holding_ = true;
  } else if (std::holds_alternative<told::checkpoint_left>(event)) {
    holding_ = false;
  } else if (const auto* gone = std::get_if<told::instance_deleted>(&event)) {
    known_[gone->instance].counts = false;
  } else {
    heard_of_surge(event, before);
  }
}

void random_world::heard_of_surge(const upgrade_event& event, std::uint32_t before) {
  if (const auto* next = std::get_if<told::instance_replaced>(&event)) {
    if (auditor_.bad_replacements() > 0)
      broken("an instance went before its replacement served");
    if (auditor_.unavailable() > before)
      broken("a replacement took capacity away");
    known_[next->instance].counts = false;
    known_[next->replacement].counts = true;
    known_[next->replacement].started = known_[next->replacement].succeeded = true;
    unseen_.erase(next->instance);
    unseen_.erase(next->replacement);
  } else if (const auto* in_place = std::get_if<told::surge_short>(&event)) {
    judge_promise(before);
    for (const auto i : in_place->instances)
      known_[i].in_place = true;
  } else if (const auto* back = std::get_if<told::instance_released>(&event)) {
    known_[back->instance].started = false;
  }
}

/// A change of capacity is the first thing that is done, once, and as it was asked for.
void random_world::heard_of_scaling(const upgrade_event& event) {
  if (const auto* scaling = std::get_if<told::scaling_started>(&event)) {
    if (scaled_ || !batches_.empty())
      broken("the set scales twice, or after a batch");
    if (cancelled_)
      broken("the set scales after a cancel");
    scaled_ = true;
    const auto& wanted = scenario_.options.scale_in;
    for (const auto i : scaling->leaving) {
      if (std::find(wanted.begin(), wanted.end(), i) == wanted.end())
        broken("an instance goes that was not chosen");
      known_[i].counts = known_[i].takes_part = false;
      known_[i].goes = true;
      unseen_.erase(i);
    }
  } else if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
    auto& k = known_[settled->instance];
    if (std::exchange(k.goes, false)) {
      k.counts = true;            // it could not be deleted
      if (settled->action_failed) // nobody asks for its health any more
        unseen_.erase(settled->instance);
    } else if (scenario_.instances->is_arrival(settled->instance)
               && settled->reason == failure_reason::none)
      k.counts = true;
  } else if (const auto* gone = std::get_if<told::instance_deleted>(&event)) {
    known_[gone->instance].goes = false;
    unseen_.erase(gone->instance);
  } else if (std::holds_alternative<told::batch_started>(event) && !scaled_
             && (!scenario_.options.scale_in.empty()
                 || scenario_.instances->arrivals() > 0)) {
    broken("a batch begins before the set has scaled");
  }
}

/// Nothing that keeps a batch from beginning is in the way.
void random_world::judge_start() {
  const auto& o = scenario_.options;
  if (holding_)
    broken("an instance is taken at a checkpoint");
  if (!is_open(o.windows, now_.time_since_epoch()))
    broken("an instance is taken while every window is closed");
  if (std::any_of(guards_.begin(), guards_.end(),
                  [](guard_state x) { return x != guard_state::holds; })
      && !dying_)
    broken("an instance is taken while a guard does not hold");
  if (hook_ != 0 && !dying_)
    broken("an instance is taken while a hook runs");
}

/// Members that join a batch are held to the rules of its first ones.
void random_world::judge_more(const told::batch_extended& e, std::uint32_t before) {
  const auto& p = scenario_.options.policy.rolling;
  for (const auto i : e.instances)
    if (!known_[i].takes_part)
      broken("an instance that takes no part joins a batch");
  if (scenario_.options.policy.mode != upgrade_mode::rolling)
    return;
  judge_start();
  judge_promise(before);
  if (p.batching != batching_mode::sliding)
    broken("a strict batch is filled up");
  auto sliding = batch_;
  sliding.instances = e.instances;
  for (const auto i : e.instances)
    judge_member(i, sliding);
  if (p.prioritize_unhealthy_instances && sliding_ill_ != is_ill(e.instances.front()))
    broken("a sliding batch mixes healthy and unhealthy instances");
  if (members_in_hand() + e.instances.size()
      > share(total(), p.max_batch_instance_percent, p.max_batch_instances))
    broken("more than B are in hand");
}

void random_world::judge_promise(std::uint32_t before) {
  const auto& p = scenario_.options.policy.rolling;
  const auto allowance =
    share(total(), p.max_unhealthy_instance_percent, p.max_unhealthy_instances);
  if (auditor_.unavailable() > std::max(allowance, before))
    broken("the promise is broken: " + std::to_string(auditor_.unavailable())
           + " are unavailable, " + std::to_string(allowance) + " may be, "
           + std::to_string(before) + " were");
}

void random_world::judge_batch(const told::batch_started& e, std::uint32_t before) {
  const auto& p = scenario_.options.policy.rolling;
  for (const auto i : e.instances)
    if (!known_[i].takes_part)
      broken("an instance that takes no part is in a batch");
  if (!all_seen())
    broken("a batch begins before the health of everybody was seen again");
  if (scenario_.options.policy.mode != upgrade_mode::rolling)
    return;
  judge_start();
  if (scenario_.options.hooks.before_batch && !hooked_batch_)
    broken("a batch begins without its hook");
  hooked_batch_ = false;
  batch_ = e;
  sliding_ill_ = is_ill(e.instances.front());
  judge_promise(before);
  if (before != e.unavailable)
    broken("the auditor counts other instances than the machine");
  if (e.instances.size()
      > share(total(), p.max_batch_instance_percent, p.max_batch_instances))
    broken("a batch is larger than B");
  if (e.place.phase < phase_)
    broken("a phase begins again");
  phase_ = e.place.phase;
  for (instance_index i = 0; i < scenario_.health.size(); ++i)
    if (is_pending(i) && scenario_.health[i].metrics.phase < phase_)
      broken("a phase begins before the one before has ended");
  for (const auto i : e.instances)
    judge_member(i, e);
}

void random_world::judge_member(instance_index i, const told::batch_started& e) {
  const auto& p = scenario_.options.policy.rolling;
  const auto& f = *scenario_.instances;
  if (scenario_.health[i].metrics.phase != e.place.phase)
    broken("a batch mixes phases");
  if (!p.enable_cross_zone_upgrade && f.zone(i) != e.place.zone)
    broken("a batch mixes zones");
  if (f.update_domain(i) != e.place.update_domain)
    broken("a batch mixes update domains");
  if (p.prioritize_unhealthy_instances && is_ill(i) != is_ill(e.instances.front()))
    broken("a batch mixes healthy and unhealthy instances");
  if (known_[i].health == health_state::initializing)
    broken("an initializing instance is started");
}

void random_world::judge_state() {
  const auto invariants = machine_.check_invariants();
  if (!invariants.empty())
    broken(invariants);
  // What is deleted after the end was there at the end.
  const auto in_n =
    std::count_if(known_.begin(), known_.end(), [&](const knowledge& k) {
      return k.counts && (machine_.finished() || !k.gone);
    });
  const auto n = static_cast<std::uint32_t>(in_n);
  const auto p = machine_.report().progress;
  if (p.successful + p.failed + p.in_progress + p.pending + p.skipped != n)
    broken("the counts of progress are not N in all");
}

std::uint32_t random_world::total() const {
  return static_cast<std::uint32_t>(
    std::count_if(known_.begin(), known_.end(),
                  [](const knowledge& k) { return k.counts && !k.gone; }));
}

bool random_world::is_ill(instance_index i) const {
  return known_[i].health == health_state::unhealthy
         || known_[i].health == health_state::unknown;
}

bool random_world::is_pending(instance_index i) const {
  return known_[i].takes_part && !known_[i].gone && !known_[i].started;
}

void random_world::broken(const std::string& what) {
  if (problem_.empty())
    problem_ = what;
}

} // namespace drydock::testing
