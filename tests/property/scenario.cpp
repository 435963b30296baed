// SPDX-License-Identifier: Apache-2.0
#include "scenario.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>

namespace drydock::testing {

using namespace engine;
using namespace std::chrono_literals;

namespace {

template <class T>
T one_of(std::vector<T> list) {
  return *rc::gen::elementOf(std::move(list));
}

std::vector<std::uint32_t> throws(std::size_t count) {
  return *rc::gen::container<std::vector<std::uint32_t>>(
    count, rc::gen::inRange<std::uint32_t>(0, 1'000'000));
}

rolling_policy draw_policy() {
  rolling_policy p;
  p.max_batch_instance_percent = one_of<int>({1, 5, 10, 20, 34, 50, 100});
  p.max_unhealthy_instance_percent = one_of<int>({1, 5, 20, 33, 50, 100});
  p.max_unhealthy_upgraded_instance_percent = one_of<int>({0, 20, 50, 100, 100});
  p.pause_time_between_batches = one_of<duration>({0s, 0s, 1min});
  p.prioritize_unhealthy_instances = *rc::gen::arbitrary<bool>();
  p.enable_cross_zone_upgrade = *rc::gen::arbitrary<bool>();
  p.rollback_failed_instances_on_policy_breach = *rc::gen::arbitrary<bool>();
  p.ignore_unhealthy_before_start = *rc::gen::arbitrary<bool>();
  p.max_batch_instances = one_of<std::uint32_t>({0, 0, 1, 3});
  p.max_unhealthy_instances = one_of<std::uint32_t>({0, 0, 1, 4});
  if (*rc::gen::inRange(0, 5) < 2) {
    p.batching = batching_mode::sliding;
    p.pause_time_between_batches = 0s;
  }
  if (!p.rollback_failed_instances_on_policy_breach)
    p.rollback = one_of<rollback_scope>({rollback_scope::none, rollback_scope::failed,
                                         rollback_scope::all, rollback_scope::all});
  using approval = checkpoint_approval;
  p.checkpoints = one_of<std::vector<checkpoint>>(
    {{},
     {},
     {{5, 1min, approval::none}, {30, 0s, approval::manual}, {100, 2min, {}}},
     {{50, 10min, approval::command}},
     {{100, 0s, approval::manual}}});
  p.on_rejection = one_of<rejection>({rejection::cancel, rejection::roll_back});
  p.approval_timeout = one_of<duration>({0s, 0s, 5min});
  return p;
}

/// Hooks, windows and guards: most upgrades have none.
void draw_surroundings(rollout_options& o) {
  const auto some = [] { return *rc::gen::inRange(0, 4) == 0; };
  o.hooks = {some(), some(), some(), some()};
  o.hook_retry.max_attempts = one_of<std::uint32_t>({1, 3});
  o.hook_retry.retry_timeouts = *rc::gen::arbitrary<bool>();
  o.hook_retry.timeout = one_of<duration>({0s, 2min});
  if (o.policy.mode == upgrade_mode::rolling && some())
    o.windows = one_of<std::vector<maintenance_window>>(
      {{{0x7f, 22h, 4h}}, {{0x20, 1min, 90s}, {0x14, 3h, 1h}}, {{0x08, 0s, 20min}}});
  if (o.policy.mode == upgrade_mode::rolling && some())
    o.guards = one_of<std::vector<guard_rule>>(
      {{{"errors"}},
       {{"errors", guard_consequence::fault}},
       {{"errors"}, {"latency", guard_consequence::fault}}});
}

std::shared_ptr<fleet> draw_fleet(std::size_t count) {
  const auto zones = *rc::gen::inRange<std::uint32_t>(0, 5);
  const auto domains = *rc::gen::inRange<std::uint32_t>(0, 5);
  std::vector<std::string> names;
  for (std::uint32_t z = 0; z < zones; ++z)
    names.push_back(std::to_string(z + 1));
  auto result = std::make_shared<fleet>(names);
  for (const auto x : throws(count)) {
    instance_spec spec;
    spec.id = 'i' + std::to_string(result->size());
    if (zones > 0)
      spec.zone = names[x % zones];
    if (domains > 0 && x / 10 % 10 != 0)
      spec.update_domain = x / 100 % domains;
    const auto fate = x / 1000 % 20;
    spec.protect_from_scale_set_actions = fate == 0;
    spec.latest_model_applied = fate == 1 || fate == 3;
    spec.protect_from_scale_in = fate == 2;
    result->add(spec);
  }
  return result;
}

std::vector<expected_health> draw_health(std::size_t count) {
  // Of a hundred, how many are ill, and how many phases there are.
  const auto ill = one_of<std::uint32_t>({0, 5, 20, 60});
  const auto phases = one_of<std::uint32_t>({1, 1, 2, 4});
  std::vector<expected_health> result;
  for (const auto x : throws(count)) {
    expected_health h;
    h.instance = static_cast<instance_index>(result.size());
    if (x % 100 < ill)
      h.health = x / 100 % 3 == 0   ? health_state::initializing
                 : x / 100 % 3 == 1 ? health_state::unhealthy
                                    : health_state::unknown;
    const auto phase = x / 1000 % phases;
    if (phase > 0)
      h.metrics.phase = phase;
    h.metrics.skip_upgrade = x / 10'000 % 20 == 0;
    result.push_back(h);
  }
  return result;
}

void add_replacements(fleet& to) {
  std::vector<instance_spec> specs(to.size());
  for (std::size_t i = 0; i < specs.size(); ++i)
    specs[i].id = 'i' + std::to_string(to.size() + i);
  to.add_replacements(specs);
}

/// Whether and how instances that fall ill are repaired.
void draw_repairs(scenario& s, fleet& instances) {
  auto& o = s.options;
  if (!o.has_health || *rc::gen::inRange(0, 3) != 0)
    return;
  auto& repairs = o.repairs.emplace();
  repairs.action =
    one_of<repair_action>({repair_action::replace, repair_action::replace,
                           repair_action::reimage, repair_action::restart});
  if (repairs.action == repair_action::replace && !instances.has_replacements())
    add_replacements(instances);
  repairs.grace_period = one_of<duration>({0s, 0s, 1min, 10min});
  repairs.failed_in_a_row = one_of<std::uint32_t>({0, 0, 2});
  repairs.suspended = *rc::gen::inRange(0, 8) == 0;
  if (*rc::gen::arbitrary<bool>())
    repairs.unchanged_for.assign(instances.size(), 10min);
}

/// Some sets grow, some shrink, and some do both at once.
void draw_scaling(scenario& s, fleet& to, bool shrinks) {
  if (*rc::gen::inRange(0, 4) != 0)
    return;
  const auto count = static_cast<std::uint32_t>(to.size());
  const auto arrivals = *rc::gen::inRange<std::uint32_t>(0, 4);
  for (std::uint32_t n = 0; n < arrivals; ++n) {
    instance_spec spec;
    spec.id = 'i' + std::to_string(to.positions());
    if (!to.zones().empty())
      spec.zone = to.zones()[n % to.zones().size()];
    to.add_arrival(spec);
  }
  const auto leaving = shrinks ? *rc::gen::inRange<std::uint32_t>(0, count) : 0;
  for (std::uint32_t n = 0; n < leaving; ++n)
    s.options.scale_in.push_back((n * 7 + count / 2) % count);
  std::sort(s.options.scale_in.begin(), s.options.scale_in.end());
  s.options.scale_in.erase(
    std::unique(s.options.scale_in.begin(), s.options.scale_in.end()),
    s.options.scale_in.end());
}

/// Moves the limit above what is unhealthy, so that no check can fail.
void allow_what_is_ill(scenario& s) {
  std::uint32_t ill = 0;
  for (const auto& h : s.health)
    ill += h.health != health_state::healthy ? 1 : 0;
  auto& p = s.options.policy.rolling;
  const auto share = ill * 100 / static_cast<std::uint32_t>(s.health.size()) + 1;
  p.max_unhealthy_instance_percent =
    std::min(100, std::max(p.max_unhealthy_instance_percent, static_cast<int>(share)));
  if (p.max_unhealthy_instances > 0)
    p.max_unhealthy_instances = std::max(p.max_unhealthy_instances, ill);
  p.max_unhealthy_upgraded_instance_percent = 0;
}

} // namespace

scenario draw_scenario(mood how) {
  scenario s;
  const auto count = *rc::gen::inRange<std::size_t>(1, 61);
  const auto instances = draw_fleet(count);
  s.instances = instances;
  s.health = draw_health(count);
  auto& o = s.options;
  o.policy.mode = one_of<upgrade_mode>({upgrade_mode::rolling, upgrade_mode::rolling,
                                        upgrade_mode::rolling, upgrade_mode::rolling,
                                        upgrade_mode::automatic, upgrade_mode::manual});
  o.policy.rolling = draw_policy();
  o.policy.rolling.max_surge = one_of<bool>({false, false, true});
  if (o.policy.rolling.max_surge)
    add_replacements(*instances);
  o.action = one_of<apply_class>({apply_class::in_place, apply_class::reimage,
                                  apply_class::reimage, apply_class::reimage,
                                  apply_class::none});
  o.has_health = o.policy.mode == upgrade_mode::rolling || *rc::gen::arbitrary<bool>();
  o.policy.max_parallel = one_of<std::uint32_t>({0, 1, 3});
  o.selected_all = *rc::gen::arbitrary<bool>();
  for (instance_index i = 0; i < count; ++i)
    if (s.health[i].metrics.skip_upgrade || i % 3 == 0)
      o.selected.push_back(i);
  draw_surroundings(o);
  o.restore_failed = one_of<bool>({false, false, false, true});
  draw_repairs(s, *instances);
  o.keep = o.repairs && how == mood::wild && *rc::gen::inRange(0, 4) == 0;
  draw_scaling(s, *instances, how == mood::wild);
  s.kind = how == mood::gentle;
  if (how == mood::gentle)
    allow_what_is_ill(s);
  s.dice = throws(*rc::gen::inRange<std::size_t>(0, 400));
  return s;
}

std::string describe(const scenario& s) {
  const auto& p = s.options.policy.rolling;
  auto text =
    std::string(to_string(s.options.policy.mode)) + ' '
    + std::string(to_string(s.options.action))
    + " batch=" + std::to_string(p.max_batch_instance_percent) + "% max "
    + std::to_string(p.max_batch_instances)
    + " unhealthy=" + std::to_string(p.max_unhealthy_instance_percent) + "% max "
    + std::to_string(p.max_unhealthy_instances)
    + " upgraded=" + std::to_string(p.max_unhealthy_upgraded_instance_percent)
    + "% prioritize=" + std::to_string(p.prioritize_unhealthy_instances)
    + " cross_zone=" + std::to_string(p.enable_cross_zone_upgrade)
    + " rollback=" + std::to_string(p.rollback_failed_instances_on_policy_breach)
    + " surge=" + std::to_string(p.max_surge)
    + " ignore=" + std::to_string(p.ignore_unhealthy_before_start)
    + " batching=" + std::string(to_string(p.batching))
    + " rollback=" + std::string(to_string(p.rollback))
    + " checkpoints=" + std::to_string(p.checkpoints.size())
    + " restore=" + std::to_string(s.options.restore_failed)
    + " windows=" + std::to_string(s.options.windows.size())
    + " guards=" + std::to_string(s.options.guards.size())
    + " hooks=" + std::to_string(s.options.hooks.before_upgrade)
    + std::to_string(s.options.hooks.before_batch)
    + std::to_string(s.options.hooks.after_batch)
    + std::to_string(s.options.hooks.after_upgrade)
    + " health=" + std::to_string(s.options.has_health)
    + " leaving=" + std::to_string(s.options.scale_in.size())
    + " arriving=" + std::to_string(s.instances->arrivals())
    + " parallel=" + std::to_string(s.options.policy.max_parallel) + " repairs="
    + (s.options.repairs ? std::string(to_string(s.options.repairs->action)) : "none")
    + " keep=" + std::to_string(s.options.keep) + '\n';
  for (const auto& h : s.health) {
    const auto i = h.instance;
    text += std::string(s.instances->id(i)) + ' ' + std::string(to_string(h.health));
    if (s.instances->zone(i) != fleet::no_zone)
      text += " zone " + std::string(s.instances->zone_name(i));
    if (s.instances->update_domain(i) != fleet::no_update_domain)
      text += " domain " + std::to_string(s.instances->update_domain(i));
    if (h.metrics.phase != custom_metrics::no_phase)
      text += " phase " + std::to_string(h.metrics.phase);
    text += h.metrics.skip_upgrade ? " skip" : "";
    text += s.instances->protected_from_actions(i) ? " protected" : "";
    text += s.instances->latest_model_applied(i) ? " up to date\n" : "\n";
  }
  return text;
}

void set_case_count() {
  const char* given = std::getenv("RC_PARAMS");
  const std::string params = given == nullptr ? "" : given;
  if (params.find("max_success") == std::string::npos)
    setenv("RC_PARAMS", (params + " max_success=300").c_str(), 1);
}

} // namespace drydock::testing
