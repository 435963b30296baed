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

int get_int(byte_reader& in) {
  const auto x = in.signed_number();
  using limits = std::numeric_limits<int>;
  if (x < limits::min() || x > limits::max()) {
    in.fail(byte_reader::out_of_range);
    return 0;
  }
  return static_cast<int>(x);
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
  return x;
}

} // namespace

void put_options(byte_writer& out, const rollout_options& x) {
  out.byte(static_cast<unsigned>(x.policy.mode));
  put_rolling(out, x.policy.rolling);
  out.number(x.policy.max_parallel);
  out.byte(static_cast<unsigned>(x.action));
  out.byte(x.has_health ? 1 : 0);
  out.byte(x.selected_all ? 1 : 0);
  out.instances(x.selected);
  out.instances(x.deleted);
}

rollout_options get_options(byte_reader& in) {
  rollout_options x;
  x.policy.mode = in.choice(in.byte(), upgrade_mode::rolling);
  x.policy.rolling = get_rolling(in);
  x.policy.max_parallel = in.number32();
  x.action = in.choice(in.byte(), apply_class::redeploy);
  x.has_health = in.flag();
  x.selected_all = in.flag();
  x.selected = in.instances();
  x.deleted = in.instances();
  return x;
}

} // namespace drydock::inline v1::journal
