// SPDX-License-Identifier: Apache-2.0
#include "event_json.hpp"

namespace drydock::cli {

using namespace engine;

namespace {

/// What tells how soon a change of health can have been seen.
json health_json(const health_source& health) {
  if (health.kind == health_kind::none)
    return nullptr;
  return {{"intervalSeconds", rounded_seconds(health.interval)},
          {"numberOfProbes", health.number_of_probes}};
}

/// Adds the fields of one kind of event to the object that holds the common ones.
struct event_fields {
  json& to;
  const event_context& context;
  const fleet& instances;
  duration since_start;

  void named(const char* name) { to["event"] = name; }
  void instance(instance_index i) { to["instance"] = instances.id(i); }

  void operator()(const told::upgrade_started& e) {
    named("upgrade_started");
    to["mode"] = to_string(e.mode);
    to["total"] = e.total;
    to["pending"] = e.pending;
    to["upToDate"] = e.up_to_date;
    to["skipped"] = e.skipped;
    to["action"] = to_string(e.action);
    to["health"] = health_json(context.health);
  }
  void operator()(const told::instance_skipped& e) {
    named("instance_skipped");
    instance(e.instance);
    to["reason"] = to_string(e.reason);
  }
  void operator()(const told::check_judged& e) {
    named(e.code.empty() ? "check_passed" : "check_failed");
    to["check"] = e.check == check_kind::before_batch ? "beforeBatch" : "afterBatch";
    to["unhealthy"] = e.unhealthy;
    to["total"] = e.total;
    to["thresholdPercent"] = e.threshold_percent;
    if (!e.code.empty())
      to["code"] = e.code;
  }
  void operator()(const told::batch_started& e) {
    named("batch_started");
    to["batch"] = e.batch;
    to["instances"] = ids_json(e.instances, instances);
    put_place(to, e.place, instances);
    const auto limited = e.limits != rollout_limits{0, 0};
    to["cap"] = limited ? json(e.limits.batch_instances_max) : json(nullptr);
    to["allowance"] =
      limited ? json(e.limits.unavailable_instances_max) : json(nullptr);
    to["unavailable"] = e.unavailable;
    to["reason"] = to_string(e.bound);
    if (e.surge)
      to["surge"] = true;
  }
  void operator()(const told::batch_extended& e) {
    named("batch_extended");
    to["batch"] = e.batch;
    to["instances"] = ids_json(e.instances, instances);
    if (e.surge)
      to["surge"] = true;
  }
  void operator()(const told::step_started& e) {
    named("action_started");
    instance(e.instance);
    to["action"] = action_name(e.step, e.action, e.work);
    to["attempt"] = e.attempt;
    if (e.not_before)
      to["notBefore"] = to_iso_time(context.start + since_start + *e.not_before);
  }
  void operator()(const told::step_finished& e) {
    named("action_finished");
    instance(e.instance);
    to["action"] = action_name(e.step, e.action, e.work);
    to["attempt"] = e.attempt;
    to["outcome"] = to_string(e.outcome);
    to["error"] = e.error.empty() ? json(nullptr) : json(e.error);
  }
  void operator()(const told::health_changed& e) {
    named("health_changed");
    instance(e.instance);
    to["from"] = to_string(e.from);
    to["to"] = to_string(e.to);
  }
  void operator()(const told::instance_settled& e) {
    named("instance_settled");
    instance(e.instance);
    const auto failed = e.reason != failure_reason::none;
    to["outcome"] = failed ? "failed" : "succeeded";
    to["reason"] = failed ? json(to_string(e.reason)) : json(nullptr);
    if (!e.message.empty())
      to["message"] = e.message;
  }
  void operator()(const told::instance_released& e) {
    named("instance_released");
    instance(e.instance);
    to["reason"] = to_string(e.reason);
  }
  void operator()(const told::batch_finished& e) {
    named("batch_finished");
    to["batch"] = e.batch;
    to["succeeded"] = e.succeeded;
    to["failed"] = e.failed;
  }
  void operator()(const told::waiting& e) {
    named("waiting");
    to["reason"] = to_string(e.reason);
    to["until"] = e.remaining
                    ? json(to_iso_time(context.start + since_start + *e.remaining))
                    : json(nullptr);
    to["limit"] = e.limit.empty() ? json(nullptr) : json(e.limit);
    to["instances"] = ids_json(e.holders, instances);
    to["instanceCount"] = e.holder_count;
    if (e.question != 0)
      to["question"] = e.question;
  }
  void operator()(const told::instance_deleted& e) {
    named("instance_deleted");
    instance(e.instance);
    to["reason"] = to_string(e.reason);
  }
  void operator()(const told::instance_created& e) {
    named("instance_created");
    instance(e.instance);
    to["reason"] = to_string(e.reason);
    if (e.reason != creation_reason::scale_out)
      to["replaces"] = instances.id(e.replaces);
  }
  void operator()(const told::scaling_started& e) {
    named("scaling_started");
    to["capacityBefore"] = e.capacity_before;
    to["capacity"] = e.capacity;
    to["leaving"] = ids_json(e.leaving, instances);
    to["arriving"] = ids_json(e.arriving, instances);
  }
  void operator()(const told::scaling_finished& e) {
    named("scaling_finished");
    to["created"] = e.created;
    to["deleted"] = e.deleted;
    to["failed"] = e.failed;
  }
  void operator()(const told::instance_replaced& e) {
    named("instance_replaced");
    instance(e.instance);
    to["replacement"] = instances.id(e.replacement);
  }
  void operator()(const told::surge_short& e) {
    named("surge_short");
    to["batch"] = e.batch;
    to["instances"] = ids_json(e.instances, instances);
  }
  void operator()(const told::repair_started& e) {
    named("repair_started");
    instance(e.instance);
    to["action"] = to_string(e.action);
  }
  void operator()(const told::repair_finished& e) {
    named("repair_finished");
    instance(e.instance);
    to["outcome"] = to_string(e.outcome);
    const auto failed = e.reason != failure_reason::none;
    to["reason"] = failed ? json(to_string(e.reason)) : json(nullptr);
    if (!e.message.empty())
      to["message"] = e.message;
  }
  void operator()(const told::repairs_suspended& e) {
    named("repairs_suspended");
    to["by"] = e.by.empty() ? json(nullptr) : json(e.by);
    to["failedInARow"] = e.failed_in_a_row;
  }
  void operator()(const told::repairs_resumed& e) {
    named("repairs_resumed");
    to["by"] = e.by;
  }
  void operator()(const told::rollback_started& e) {
    named("rollback_started");
    instance(e.instance);
  }
  void operator()(const told::rollback_finished& e) {
    named("rollback_finished");
    instance(e.instance);
    to["outcome"] = e.succeeded ? "succeeded" : "failed";
    if (e.lags)
      to["lags"] = true;
    if (!e.message.empty())
      to["message"] = e.message;
  }
  void operator()(const told::cancel_requested& e) {
    named("cancel_requested");
    to["by"] = e.by;
    to["now"] = e.now;
  }
  void operator()(const told::upgrade_resumed& e) {
    named("upgrade_resumed");
    to["instances"] = ids_json(e.in_hand, instances);
  }
  void hook(upgrade_hook which, std::uint32_t batch, std::uint32_t attempt) {
    to["hook"] = to_string(which);
    to["batch"] = batch == 0 ? json(nullptr) : json(batch);
    to["attempt"] = attempt;
  }
  void operator()(const told::hook_started& e) {
    named("hook_started");
    hook(e.hook, e.batch, e.attempt);
  }
  void operator()(const told::hook_finished& e) {
    named("hook_finished");
    hook(e.hook, e.batch, e.attempt);
    to["outcome"] = to_string(e.outcome);
    to["error"] = e.error.empty() ? json(nullptr) : json(e.error);
  }
  void operator()(const told::checkpoint_reached& e) {
    named("checkpoint_reached");
    to["checkpoint"] = e.percent;
    to["done"] = e.done;
    to["total"] = e.total;
    to["bakeSeconds"] = rounded_seconds(e.bake);
    to["approval"] = to_string(e.approval);
  }
  void operator()(const told::checkpoint_left& e) {
    named(e.passed ? "checkpoint_passed" : "checkpoint_rejected");
    to["checkpoint"] = e.percent;
    to["by"] = e.by.empty() ? json(nullptr) : json(e.by);
    if (!e.message.empty())
      to["message"] = e.message;
  }
  void operator()(const told::guard_changed& e) {
    named("guard_changed");
    to["guard"] = e.name;
    to["state"] = to_string(e.state);
    if (!e.message.empty())
      to["message"] = e.message;
  }
  void operator()(const told::pause_ended& e) {
    named("pause_ended");
    to["by"] = e.by;
  }
  void operator()(const told::upgrade_finished& e) {
    named("upgrade_finished");
    to["code"] = to_string(e.status);
    to["error"] = error_json(e.error, context.scale_set, instances);
    to["progress"] = progress_json(e.progress);
  }
};

} // namespace

std::string scale_set_of(const std::string& line) {
  constexpr auto key = "scaleSet";
  if (line.find(key) == std::string::npos)
    return {};
  const auto object = json::parse(line, nullptr, false);
  const auto at = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && at != object.end() && at->is_string()
           ? at->get<std::string>()
           : std::string();
}

line_fate fate_of_line(const std::string& line, const std::string& wanted) {
  const auto whose = scale_set_of(line);
  if (whose.empty() || whose == wanted)
    return line_fate::read;
  return wanted.empty() ? line_fate::refuse : line_fate::skip;
}

json event_json(const event_context& context, std::uint64_t seq, duration since_start,
                const upgrade_event& event) {
  json line;
  line["seq"] = seq;
  line["elapsedSeconds"] = rounded_seconds(since_start);
  line["time"] = to_iso_time(context.start + since_start);
  line["event"] = "";
  std::visit(event_fields{line, context, *context.instances, since_start}, event);
  return line;
}

} // namespace drydock::cli
