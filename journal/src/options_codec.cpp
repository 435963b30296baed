// SPDX-License-Identifier: Apache-2.0
#include "codec.hpp"

#include <limits>

namespace drydock::inline v1::journal {

using namespace engine;

namespace {

void put_duration(byte_writer& out, duration x) {
  out.signed_number(x.count());
}

duration get_duration(byte_reader& in) {
  return duration(in.signed_number());
}

void put_rolling(byte_writer& out, const rolling_policy& x) {
  out.signed_number(x.max_batch_instance_percent);
  out.signed_number(x.max_unhealthy_instance_percent);
  out.signed_number(x.max_unhealthy_upgraded_instance_percent);
  put_duration(out, x.pause_time_between_batches);
  out.byte(x.prioritize_unhealthy_instances ? 1 : 0);
  out.byte(x.enable_cross_zone_upgrade ? 1 : 0);
  out.byte(x.max_surge ? 1 : 0);
  out.byte(x.rollback_failed_instances_on_policy_breach ? 1 : 0);
  out.number(x.max_batch_instances);
  out.number(x.max_unhealthy_instances);
  put_duration(out, x.min_ready);
  put_duration(out, x.health_timeout);
  put_duration(out, x.progress_deadline);
  out.byte(x.ignore_unhealthy_before_start ? 1 : 0);
  out.byte(static_cast<unsigned>(x.batching));
  out.byte(static_cast<unsigned>(x.rollback));
  out.number(x.checkpoints.size());
  for (const auto& c : x.checkpoints) {
    out.signed_number(c.percent);
    put_duration(out, c.bake);
    out.byte(static_cast<unsigned>(c.approval));
  }
  out.byte(static_cast<unsigned>(x.on_rejection));
  put_duration(out, x.approval_timeout);
}

rolling_policy get_rolling(byte_reader& in) {
  rolling_policy x;
  x.max_batch_instance_percent = get_int(in);
  x.max_unhealthy_instance_percent = get_int(in);
  x.max_unhealthy_upgraded_instance_percent = get_int(in);
  x.pause_time_between_batches = get_duration(in);
  x.prioritize_unhealthy_instances = in.flag();
  x.enable_cross_zone_upgrade = in.flag();
  x.max_surge = in.flag();
  x.rollback_failed_instances_on_policy_breach = in.flag();
  x.max_batch_instances = in.number32();
  x.max_unhealthy_instances = in.number32();
  x.min_ready = get_duration(in);
  x.health_timeout = get_duration(in);
  x.progress_deadline = get_duration(in);
  x.ignore_unhealthy_before_start = in.flag();
  x.batching = in.choice(in.byte(), batching_mode::sliding);
  x.rollback = in.choice(in.byte(), rollback_scope::all);
  x.checkpoints.resize(in.count(3));
  for (auto& c : x.checkpoints) {
    c.percent = get_int(in);
    c.bake = get_duration(in);
    c.approval = in.choice(in.byte(), checkpoint_approval::command);
  }
  x.on_rejection = in.choice(in.byte(), rejection::roll_back);
  x.approval_timeout = get_duration(in);
  return x;
}

void put_windows(byte_writer& out, const std::vector<maintenance_window>& list) {
  out.number(list.size());
  for (const auto& w : list) {
    out.byte(w.days);
    put_duration(out, w.start);
    put_duration(out, w.length);
    out.text(w.time_zone);
    out.number(w.offsets.size());
    for (const auto& o : w.offsets) {
      put_duration(out, o.since_epoch);
      put_duration(out, o.ahead_of_utc);
    }
  }
}

std::vector<maintenance_window> get_windows(byte_reader& in) {
  std::vector<maintenance_window> list(in.count());
  for (auto& w : list) {
    w.days = static_cast<std::uint8_t>(in.byte());
    w.start = get_duration(in);
    w.length = get_duration(in);
    w.time_zone = in.text();
    w.offsets.resize(in.count());
    for (auto& o : w.offsets) {
      o.since_epoch = get_duration(in);
      o.ahead_of_utc = get_duration(in);
    }
  }
  return list;
}

constexpr unsigned hook_bit(bool x, unsigned place) {
  return x ? 1U << place : 0U;
}

void put_hooks(byte_writer& out, const rollout_options& x) {
  out.byte(hook_bit(x.hooks.before_upgrade, 0) | hook_bit(x.hooks.before_batch, 1)
           | hook_bit(x.hooks.after_batch, 2) | hook_bit(x.hooks.after_upgrade, 3));
  out.number(x.hook_retry.max_attempts);
  out.byte(x.hook_retry.retry_timeouts ? 1 : 0);
  put_duration(out, x.hook_retry.backoff_initial);
  put_duration(out, x.hook_retry.backoff_max);
  put_duration(out, x.hook_retry.timeout);
}

void get_hooks(byte_reader& in, rollout_options& x) {
  const unsigned bits = in.byte();
  if (bits > 0xfU)
    in.fail(byte_reader::unknown_value);
  x.hooks = {(bits & 1U) != 0, (bits & 2U) != 0, (bits & 4U) != 0, (bits & 8U) != 0};
  x.hook_retry.max_attempts = in.number32();
  x.hook_retry.retry_timeouts = in.flag();
  x.hook_retry.backoff_initial = get_duration(in);
  x.hook_retry.backoff_max = get_duration(in);
  x.hook_retry.timeout = get_duration(in);
}

// Of the byte that says whether there is health: what follows at the end.
constexpr unsigned has_health = 1, has_repairs = 2, keeps = 4, restores = 8;

void put_repairs(byte_writer& out, const repair_options& x) {
  out.byte(static_cast<unsigned>(x.action));
  put_duration(out, x.grace_period);
  out.number(x.failed_in_a_row);
  out.byte(x.suspended ? 1 : 0);
  out.number(x.unchanged_for.size());
  for (const auto d : x.unchanged_for)
    put_duration(out, d);
}

repair_options get_repairs(byte_reader& in) {
  repair_options x;
  x.action = in.choice(in.byte(), repair_action::restart);
  x.grace_period = get_duration(in);
  x.failed_in_a_row = in.number32();
  x.suspended = in.flag();
  x.unchanged_for.resize(in.count());
  for (auto& d : x.unchanged_for)
    d = get_duration(in);
  return x;
}

} // namespace

int get_int(byte_reader& in) {
  const auto x = in.signed_number();
  using limits = std::numeric_limits<int>;
  if (x < limits::min() || x > limits::max()) {
    in.fail(byte_reader::out_of_range);
    return 0;
  }
  return static_cast<int>(x);
}

void put_options(byte_writer& out, const rollout_options& x) {
  out.byte(static_cast<unsigned>(x.policy.mode));
  put_rolling(out, x.policy.rolling);
  out.number(x.policy.max_parallel);
  out.byte(static_cast<unsigned>(x.action));
  out.byte((x.has_health ? has_health : 0U) | (x.repairs ? has_repairs : 0U)
           | (x.keep ? keeps : 0U) | (x.restore_failed ? restores : 0U));
  out.byte(x.selected_all ? 1 : 0);
  out.instances(x.selected);
  out.instances(x.deleted);
  put_hooks(out, x);
  put_windows(out, x.windows);
  put_duration(out, x.since_epoch);
  out.number(x.guards.size());
  for (const auto& g : x.guards) {
    out.text(g.name);
    out.byte(static_cast<unsigned>(g.on_failure));
  }
  out.number(x.shared_budget);
  if (x.repairs)
    put_repairs(out, *x.repairs);
}

rollout_options get_options(byte_reader& in) {
  rollout_options x;
  x.policy.mode = in.choice(in.byte(), upgrade_mode::rolling);
  x.policy.rolling = get_rolling(in);
  x.policy.max_parallel = in.number32();
  x.action = in.choice(in.byte(), apply_class::redeploy);
  const unsigned bits = in.byte();
  if (bits > (has_health | has_repairs | keeps | restores))
    in.fail(byte_reader::unknown_value);
  x.has_health = (bits & has_health) != 0;
  x.keep = (bits & keeps) != 0;
  x.restore_failed = (bits & restores) != 0;
  x.selected_all = in.flag();
  x.selected = in.instances();
  x.deleted = in.instances();
  get_hooks(in, x);
  x.windows = get_windows(in);
  x.since_epoch = get_duration(in);
  x.guards.resize(in.count(2));
  for (auto& g : x.guards) {
    g.name = in.text();
    g.on_failure = in.choice(in.byte(), guard_consequence::fault);
  }
  x.shared_budget = in.number32();
  if ((bits & has_repairs) != 0)
    x.repairs = get_repairs(in);
  return x;
}

} // namespace drydock::inline v1::journal
