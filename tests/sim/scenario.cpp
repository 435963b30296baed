// SPDX-License-Identifier: Apache-2.0
#include "scenario.hpp"

#include "drydock/engine/scale.hpp"

#include <random>
#include <sstream>

namespace drydock::sim {

using namespace engine;
using namespace std::chrono_literals;

namespace {

/// All that is random comes from here; the standard distributions are left out
/// because they differ between libraries.
class dice {
public:
  explicit dice(std::uint64_t seed) : random_(seed) {}

  /// From `low` to `high`, both included.
  std::uint32_t number(std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(random_() % (high - low + 1));
  }
  bool chance(double odds) {
    return static_cast<double>(random_() >> 11) * 0x1p-53 < odds;
  }
  template <class T>
  T one_of(std::initializer_list<T> list) {
    return list.begin()[number(0, static_cast<std::uint32_t>(list.size()) - 1)];
  }

private:
  std::mt19937_64 random_;
};

void draw_fleet(dice& d, scenario& s) {
  std::vector<std::string> zones;
  for (std::uint32_t z = d.number(0, 4); z > 0; --z)
    zones.push_back(std::to_string(zones.size() + 1));
  const auto domains = d.one_of({0U, 0U, 2U, 5U});
  const auto count = d.one_of({1U, 2U, 3U, 7U, 10U, 20U, d.number(1, 60)});
  s.instances = std::make_shared<fleet>(zones);
  const auto protects = d.chance(0.3) ? 0.1 : 0.0;
  const auto up_to_date = d.chance(0.3) ? 0.2 : 0.0;
  for (std::uint32_t i = 0; i < count; ++i) {
    instance_spec x;
    x.id = "vm-" + std::to_string(i);
    if (!zones.empty())
      x.zone = zones[i % zones.size()];
    if (domains > 0)
      x.update_domain = d.number(0, domains - 1);
    x.protect_from_scale_set_actions = d.chance(protects);
    x.latest_model_applied = d.chance(up_to_date);
    s.instances->add(x);
  }
}

void draw_policy(dice& d, scenario& s) {
  auto& p = s.rollout.policy;
  p.mode = d.chance(0.8) ? upgrade_mode::rolling
                         : d.one_of({upgrade_mode::manual, upgrade_mode::automatic});
  p.max_parallel = d.one_of({0U, 1U, 3U});
  s.rollout.selected_all = d.chance(0.7);
  auto& r = p.rolling;
  r.max_batch_instance_percent = d.one_of({1, 5, 10, 20, 34, 50, 100});
  r.max_unhealthy_instance_percent = d.one_of({5, 20, 20, 34, 50, 100});
  r.max_unhealthy_upgraded_instance_percent = d.one_of({0, 20, 20, 50, 100});
  r.pause_time_between_batches = d.one_of<duration>({0s, 0s, 30s, 7min});
  r.prioritize_unhealthy_instances = d.chance(0.3);
  r.enable_cross_zone_upgrade = d.chance(0.3);
  r.rollback_failed_instances_on_policy_breach = d.chance(0.4);
  r.max_batch_instances = d.one_of({0U, 0U, 1U, 3U});
  r.max_unhealthy_instances = d.one_of({0U, 0U, 1U, 4U});
  r.min_ready = d.one_of<duration>({0s, 0s, 12s});
  r.health_timeout = d.one_of<duration>({1min, 5min});
  r.progress_deadline = d.one_of<duration>({10min, 30min});
  r.ignore_unhealthy_before_start = d.chance(0.3);
  s.rollout.action = d.one_of({apply_class::in_place, apply_class::restart,
                               apply_class::reimage, apply_class::redeploy});
}

void draw_health(dice& d, scenario& s) {
  auto& h = s.health;
  h.kind = d.one_of({health_kind::rich_extension, health_kind::rich_extension,
                     health_kind::binary_extension, health_kind::load_balancer,
                     health_kind::command});
  if (s.rollout.policy.mode != upgrade_mode::rolling && d.chance(0.3))
    h.kind = health_kind::none;
  h.interval = d.one_of<duration>({1s, 5s, 15s});
  h.number_of_probes = d.one_of({1U, 1U, 2U, 4U});
  if (h.kind == health_kind::rich_extension)
    h.grace_period = d.one_of<duration>({0s, h.interval * h.number_of_probes, 2min});
  s.rollout.has_health = h.kind != health_kind::none;
}

duration_distribution draw_distribution(dice& d) {
  using shape = duration_distribution::shape;
  duration_distribution x;
  x.kind = d.one_of({shape::fixed, shape::normal, shape::uniform, shape::lognormal,
                     shape::exponential});
  x.first = d.one_of<duration>({0s, 1s, 20s, 60s});
  x.second = x.first + 10s;
  x.sigma = 0.8;
  return x;
}

void draw_driver(dice& d, scenario& s) {
  s.driver.seed = s.seed;
  s.driver.timeout = d.one_of<duration>({0s, 90s});
  for (auto& x : s.driver.durations)
    x = draw_distribution(d);
  s.driver.boot = draw_distribution(d);
  if (d.chance(0.5)) {
    s.driver.action_failure = d.one_of({0.0, 0.05, 0.5});
    s.driver.transient_failure = d.one_of({0.0, 0.2});
    s.driver.unhealthy_after_upgrade = d.one_of({0.0, 0.1});
  }
  if (d.chance(0.5))
    s.unkind = {d.one_of({0.0, 0.2}),
                s.driver.timeout > 0s ? d.one_of({0.0, 0.1}) : 0.0,
                d.one_of({0.0, 0.01, 0.1})};
  const auto odds = d.one_of({0.0, 0.1, 0.3});
  for (instance_index i = 0; i < s.instances->size(); ++i) {
    if (!d.chance(odds))
      continue;
    simulated_fault f;
    f.instance = s.instances->id(i);
    f.health =
      d.one_of({health_state::healthy, health_state::healthy, health_state::unhealthy,
                health_state::unknown, health_state::initializing});
    f.health_after =
      d.one_of({health_state::healthy, health_state::healthy, health_state::unhealthy});
    using fate = simulated_fault::action_fate;
    f.action = d.one_of({fate::succeed, fate::succeed, fate::fail,
                         s.driver.timeout > 0s ? fate::hang : fate::fail});
    if (d.chance(0.5))
      f.recovers_after = d.one_of<duration>({10s, 3min, 12min});
    if (d.chance(0.3))
      f.phase = d.number(0, 3);
    f.skip_upgrade = d.chance(0.1);
    s.driver.faults.push_back(std::move(f));
  }
}

/// What is asked for the upgrade as a whole; most upgrades are asked for nothing.
void draw_surroundings(dice& d, scenario& s) {
  auto& o = s.rollout;
  auto& r = o.policy.rolling;
  auto& around = s.driver.around;
  const auto rolling = o.policy.mode == upgrade_mode::rolling;
  if (d.chance(0.4)) {
    r.batching = batching_mode::sliding;
    r.pause_time_between_batches = 0s;
  }
  if (!r.rollback_failed_instances_on_policy_breach)
    r.rollback =
      d.one_of({rollback_scope::none, rollback_scope::failed, rollback_scope::all});
  if (d.chance(0.3)) {
    const auto who = d.one_of({checkpoint_approval::none, checkpoint_approval::manual,
                               checkpoint_approval::command});
    r.checkpoints = {
      {static_cast<int>(d.number(1, 50)), d.one_of<duration>({0s, 7min}), who},
      {static_cast<int>(d.number(51, 100)), 2min}};
    r.on_rejection = d.one_of({rejection::cancel, rejection::roll_back});
    r.approval_timeout = d.one_of<duration>({0s, 1min});
    around.approve_after = d.one_of<duration>({0s, 30s, 3min});
    around.approve = d.chance(0.8);
  }
  if (rolling && d.chance(0.2))
    o.windows = {
      {0x7f, d.one_of<duration>({0s, 1h, 23h}), d.one_of<duration>({10min, 2h})}};
  if (rolling && d.chance(0.2)) {
    o.guards = {
      {"errors", d.one_of({guard_consequence::wait, guard_consequence::fault})}};
    simulated_guard g;
    g.name = "errors";
    if (d.chance(0.7))
      g.fails_after = d.one_of<duration>({0s, 1min, 6min});
    if (d.chance(0.7))
      g.recovers_after = d.one_of<duration>({10s, 5min});
    around.guards.push_back(g);
  }
  if (d.chance(0.2)) {
    o.hooks = {d.chance(0.5), d.chance(0.5), d.chance(0.5), d.chance(0.5)};
    o.hook_retry.timeout = d.one_of<duration>({0s, 90s});
    around.hook_faults.push_back(
      {d.one_of({upgrade_hook::before_upgrade, upgrade_hook::before_batch,
                 upgrade_hook::after_batch}),
       d.number(0, 3), d.number(0, 2)});
    for (auto& hook : around.hooks)
      if (d.chance(0.5))
        hook = draw_distribution(d);
  }
}

void add_replacements(dice& d, scenario& s) {
  std::vector<instance_spec> next(s.instances->size());
  for (std::size_t i = 0; i < next.size(); ++i)
    next[i].id = "vm-" + std::to_string(next.size() + i);
  s.instances->add_replacements(next);
  s.driver.create = draw_distribution(d);
  s.driver.remove.first = d.one_of<duration>({0s, 10s, 40s});
  if (d.chance(0.5))
    s.driver.quota = d.one_of({0U, 1U, 3U});
}

/// Drawn last, so that seeds of before give the worlds that they gave.
void draw_surge(dice& d, scenario& s) {
  if (s.rollout.policy.mode != upgrade_mode::rolling || !d.chance(0.35))
    return;
  s.rollout.policy.rolling.max_surge = true;
  add_replacements(d, s);
  const auto odds = d.one_of({0.0, 0.1, 0.3});
  for (auto i = s.instances->size(); i < s.instances->positions(); ++i) {
    if (!d.chance(odds))
      continue;
    simulated_fault f;
    f.instance = s.instances->id(static_cast<instance_index>(i));
    f.health_after = d.one_of({health_state::healthy, health_state::unhealthy});
    using fate = simulated_fault::action_fate;
    f.action = d.one_of(
      {fate::succeed, fate::fail, s.driver.timeout > 0s ? fate::hang : fate::fail});
    s.driver.faults.push_back(std::move(f));
  }
}

/// Those who are deleted are told so. Drawn after all else, for the same reason.
void draw_notice(dice& d, scenario& s) {
  if (!s.rollout.policy.rolling.max_surge || !d.chance(0.5))
    return;
  s.rollout.terminate_delay = s.lifecycle.terminate_delay =
    d.one_of<duration>({1s, 45s, 5min});
  if (d.chance(0.7))
    s.driver.terminate_approval = draw_distribution(d);
}

/// After that, for the same reason. Many are up to date and fall ill on the way.
void draw_repairs(dice& d, scenario& s) {
  if (!s.rollout.has_health || !d.chance(0.35))
    return;
  auto& repairs = s.rollout.repairs.emplace();
  repairs.action =
    d.one_of({repair_action::replace, repair_action::reimage, repair_action::restart});
  repairs.grace_period = d.one_of<duration>({0s, 0s, 30s, 10min});
  repairs.failed_in_a_row = d.one_of({0U, 0U, 2U});
  if (repairs.action == repair_action::replace && !s.instances->has_replacements())
    add_replacements(d, s);
  const auto done = d.one_of({0.0, 0.2, 0.6});
  for (instance_index i = 0; i < s.instances->size(); ++i)
    if (d.chance(done))
      s.instances->set_latest_model_applied(i, true);
  using fate = simulated_fault::action_fate;
  for (auto& f : s.driver.faults) {
    if (d.chance(0.6)) {
      f.falls_ill_after = std::chrono::seconds(d.number(0, 400));
      if (f.health == health_state::healthy)
        f.health = d.one_of({health_state::unhealthy, health_state::unknown});
    }
    f.repair = d.one_of({fate::succeed, fate::succeed, fate::succeed, fate::fail});
    f.health_after_repair =
      d.one_of({health_state::healthy, health_state::healthy, health_state::unhealthy});
  }
  if (d.chance(0.2))
    s.repairs_suspended = std::chrono::seconds(d.number(0, 300));
  if (d.chance(0.4))
    s.repairs_resumed = std::chrono::seconds(d.number(100, 600));
}

/// A change of capacity, drawn last of all.
void draw_scaling(dice& d, scenario& s) {
  if (!d.chance(0.2))
    return;
  const auto count = static_cast<std::uint32_t>(s.instances->size());
  if (d.chance(0.5))
    s.rollout.scale_in =
      select_scale_in(*s.instances, d.number(0, count - 1),
                      d.one_of({scale_in_rule::highest_id, scale_in_rule::oldest_vm}))
        .instances;
  const auto arrivals = d.number(0, 3);
  for (const auto zone : place_new(*s.instances, arrivals)) {
    instance_spec spec;
    spec.id = "vm-" + std::to_string(s.instances->positions());
    if (zone != fleet::no_zone)
      spec.zone = s.instances->zones()[zone];
    s.instances->add_arrival(spec);
  }
  if (s.rollout.policy.rolling.max_surge)
    return; // has all of this
  s.driver.create = draw_distribution(d);
  s.driver.remove.first = d.one_of<duration>({0s, 10s, 40s});
  if (d.chance(0.3))
    s.driver.quota = d.one_of({0U, 1U, 3U});
  if (d.chance(0.4))
    s.rollout.terminate_delay = s.lifecycle.terminate_delay =
      d.one_of<duration>({1s, 45s});
}

} // namespace

scenario draw_scenario(std::uint64_t seed) {
  dice d(seed * 0x9e3779b97f4a7c15ULL + 1);
  scenario s;
  s.seed = seed;
  draw_fleet(d, s);
  draw_policy(d, s);
  draw_health(d, s);
  draw_driver(d, s);
  auto& life = s.lifecycle;
  life.action = s.rollout.action;
  life.has_health = s.rollout.has_health;
  life.min_ready = s.rollout.policy.rolling.min_ready;
  life.health_timeout = s.rollout.policy.rolling.health_timeout;
  life.grace_period = s.health.grace_period;
  life.retry.timeout = s.driver.timeout;
  life.retry.retry_timeouts = d.chance(0.3);
  life.jitter_seed = seed;
  s.shard_size = d.one_of({1U, 3U, 16U, 4096U});
  if (d.chance(0.25))
    s.cancels.push_back({std::chrono::seconds(d.number(0, 400)), d.chance(0.3)});
  if (!s.cancels.empty() && d.chance(0.4))
    s.cancels.push_back(
      {s.cancels[0].after + std::chrono::seconds(d.number(0, 30)), true});
  if (d.chance(0.2))
    for (auto n = d.number(1, 3); n > 0; --n)
      s.deletions.emplace_back(
        d.number(0, static_cast<std::uint32_t>(s.instances->size()) - 1),
        std::chrono::seconds(d.number(0, 300)));
  if (d.chance(0.1))
    s.unkind.dying_actor = 0.05;
  s.unkind.cannot_tell = d.chance(0.15);
  s.hooks = d.chance(0.3);
  if (s.hooks)
    s.driver.before_instance = s.driver.after_instance = draw_distribution(d);
  life.has_before_hook = life.has_after_hook = s.hooks;
  draw_surroundings(d, s);
  draw_surge(d, s);
  draw_notice(d, s);
  draw_repairs(d, s);
  s.rollout.restore_failed = d.chance(0.25);
  draw_scaling(d, s);
  return s;
}

std::string scenario::to_text() const {
  const auto& r = rollout.policy.rolling;
  std::ostringstream out;
  out << "seed " << seed << ": " << instances->size() << " instances, "
      << instances->zones().size() << " zones, " << to_string(rollout.policy.mode)
      << ' ' << to_string(rollout.action) << ", batch " << r.max_batch_instance_percent
      << "%, unhealthy " << r.max_unhealthy_instance_percent << "%, upgraded "
      << r.max_unhealthy_upgraded_instance_percent << "%, " << driver.faults.size()
      << " faults, duplicate " << unkind.duplicate_answer << ", lost "
      << unkind.lost_answer << ", flap " << unkind.flap << ", dying actors "
      << unkind.dying_actor << (unkind.cannot_tell ? ", cannot tell" : "")
      << (hooks ? ", hooks" : "") << ", " << to_string(r.batching) << ", rollback "
      << to_string(r.rollback) << (r.max_surge ? ", surge" : "") << ", scale -"
      << rollout.scale_in.size() << " +" << instances->arrivals()
      << (rollout.terminate_delay ? ", notices" : "")
      << (rollout.repairs
            ? ", repairs by " + std::string(engine::to_string(rollout.repairs->action))
            : "")
      << (driver.quota ? " with quota " + std::to_string(*driver.quota) : "") << ", "
      << r.checkpoints.size() << " checkpoints, " << rollout.windows.size()
      << " windows, " << rollout.guards.size() << " guards"
      << (rollout.hooks == upgrade_hooks{} ? ", " : ", upgrade hooks, ")
      << cancels.size() << " cancels, " << deletions.size() << " deletions, shards of "
      << shard_size;
  return out.str();
}

} // namespace drydock::sim
