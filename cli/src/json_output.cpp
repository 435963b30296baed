// SPDX-License-Identifier: Apache-2.0
#include "json_output.hpp"

#include "scale_json.hpp"

#include "drydock/config/duration_text.hpp"

#include <cmath>
#include <cstdio>

namespace drydock::cli {

using namespace engine;

std::string to_iso_time(wall_time t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{
    std::chrono::floor<std::chrono::milliseconds>(t - day)};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

std::string to_text(const json& x, int indent) {
  return x.dump(indent, ' ', false, json::error_handler_t::replace);
}

double rounded_seconds(duration d) {
  return std::round(to_seconds(d) * 1e6) / 1e6;
}

json progress_json(const upgrade_progress& p) {
  return {{"successfulInstanceCount", p.successful},
          {"failedInstanceCount", p.failed},
          {"inProgressInstanceCount", p.in_progress},
          {"pendingInstanceCount", p.pending},
          {"skippedInstanceCount", p.skipped}};
}

json error_json(const upgrade_error& e, const std::string& scale_set,
                const fleet& instances) {
  if (e.code.empty())
    return nullptr;
  auto details = json::array();
  for (const auto& d : e.details)
    details.push_back({{"code", d.code},
                       {"message", d.message},
                       {"target", scale_set + "/virtualMachines/"
                                    + std::string(instances.id(d.instance))}});
  return {{"code", e.code}, {"message", e.message}, {"details", std::move(details)}};
}

json ids_json(std::span<const instance_index> list, const fleet& instances) {
  auto ids = json::array();
  for (const auto i : list)
    ids.push_back(instances.id(i));
  return ids;
}

void put_place(json& to, const batch_place& place, const fleet& instances) {
  to["phase"] =
    place.phase == custom_metrics::no_phase ? json(nullptr) : json(place.phase);
  to["zone"] =
    place.zone == fleet::no_zone ? json(nullptr) : json(instances.zones()[place.zone]);
  to["updateDomain"] = place.update_domain == fleet::no_update_domain
                         ? json(nullptr)
                         : json(place.update_domain);
}

namespace {

json checkpoints_json(const rolling_policy& p) {
  auto list = json::array();
  for (const auto& c : p.checkpoints)
    list.push_back({{"percent", c.percent},
                    {"bake", config::to_iso8601(c.bake)},
                    {"approval", to_string(c.approval)}});
  return list;
}

/// What Azure does not know is there only where it is used.
void put_additions(json& to, const rolling_policy& p) {
  const rolling_policy usual;
  if (p.batching != usual.batching)
    to["batching"] = to_string(p.batching);
  if (p.rollback != usual.rollback)
    to["rollback"] = to_string(p.rollback);
  if (!p.checkpoints.empty())
    to["checkpoints"] = checkpoints_json(p);
  if (p.on_rejection != usual.on_rejection)
    to["onRejection"] = to_string(p.on_rejection);
  if (p.approval_timeout != usual.approval_timeout)
    to["approvalTimeout"] = config::to_iso8601(p.approval_timeout);
}

json policy_json(const rolling_policy& p) {
  json out = {
    {"maxBatchInstancePercent", p.max_batch_instance_percent},
    {"maxUnhealthyInstancePercent", p.max_unhealthy_instance_percent},
    {"maxUnhealthyUpgradedInstancePercent", p.max_unhealthy_upgraded_instance_percent},
    {"pauseTimeBetweenBatches", config::to_iso8601(p.pause_time_between_batches)},
    {"maxSurge", p.max_surge},
    {"rollbackFailedInstancesOnPolicyBreach",
     p.rollback_failed_instances_on_policy_breach}};
  put_additions(out, p);
  return out;
}

json repairs_json(const repair_report& x) {
  return {{"serviceState", x.suspended ? "Suspended" : "Running"},
          {"repaired", x.succeeded},
          {"failed", x.failed}};
}

json batches_json(const upgrade_report& report, const fleet& instances) {
  auto list = json::array();
  for (const auto& b : report.batches) {
    if (b.instances.empty())
      continue; // all of it was taken back by a cancel
    json batch = {{"index", b.index}};
    put_place(batch, b.place, instances);
    batch["instances"] = ids_json(b.instances, instances);
    batch["failed"] = ids_json(b.failed, instances);
    batch["surge"] = b.surge;
    batch["startSeconds"] = rounded_seconds(b.start - report.start);
    batch["endSeconds"] = rounded_seconds(b.end - report.start);
    list.push_back(std::move(batch));
  }
  return list;
}

} // namespace

json summary_json(const config::fleet_file& file, const upgrade_report& report,
                  const summary_facts& facts) {
  json out;
  out["scaleSet"] = file.name;
  out["upgradeId"] = facts.upgrade_id;
  out["mode"] = to_string(file.request.policy.mode);
  out["policy"] = policy_json(file.request.policy.rolling);
  out["runningStatus"] = {
    {"code", to_string(report.status)},
    {"startTime", to_iso_time(facts.start)},
    {"lastAction", report.cancel_was_last_action ? "Cancel" : "Start"},
    {"lastActionTime", to_iso_time(facts.start + (report.last_action - report.start))}};
  out["progress"] = progress_json(report.progress);
  if (auto error = error_json(report.error, file.name, file.instances);
      !error.is_null())
    out["error"] = std::move(error);
  if (report.rolled_back)
    out["rollbackInfo"] = {
      {"successfullyRolledbackInstanceCount", report.rollbacks_succeeded},
      {"failedRolledbackInstanceCount", report.rollbacks_failed}};
  if (report.repairs.enabled)
    out["automaticRepairs"] = repairs_json(report.repairs);
  if (auto scaling = scaling_json(report.scaling, file.instances); !scaling.is_null())
    out["scaling"] = std::move(scaling);
  out["batches"] = batches_json(report, file.instances);
  out["maxUnavailableInstanceCount"] = facts.max_unavailable;
  out["durationSeconds"] = rounded_seconds(report.end - report.start);
  return out;
}

json plan_json(const config::fleet_file& file, const upgrade_plan& plan) {
  json out;
  out["scaleSet"] = file.name;
  out["mode"] = to_string(plan.mode);
  out["action"] = to_string(plan.action);
  out["changedPaths"] = file.changed_paths;
  out["batches"] = json::array();
  for (const auto& b : plan.batches) {
    json batch = {{"index", b.batch}};
    put_place(batch, b.place, file.instances);
    batch["instances"] = ids_json(b.instances, file.instances);
    batch["reason"] = to_string(b.bound);
    batch["surge"] = b.surge;
    out["batches"].push_back(std::move(batch));
  }
  out["checkpoints"] = json::array();
  for (const auto& stop : plan.checkpoints)
    out["checkpoints"].push_back({{"percent", stop.at.percent},
                                  {"afterBatch", stop.after_batch},
                                  {"bakeSeconds", rounded_seconds(stop.at.bake)},
                                  {"approval", to_string(stop.at.approval)}});
  out["skipped"] = json::array();
  for (const auto& s : plan.skipped)
    out["skipped"].push_back(
      {{"instance", file.instances.id(s.instance)}, {"reason", to_string(s.reason)}});
  out["upToDate"] = ids_json(plan.up_to_date, file.instances);
  if (plan.scaling)
    out["scaling"] = scaling_json(plan, file.instances, file.scale_in_rule);
  if (plan.terminate_delay)
    out["terminateNotification"] = {
      {"enable", true},
      {"notBeforeTimeout", config::to_iso8601(*plan.terminate_delay)}};
  if (file.repairs.enabled)
    out["automaticRepairs"] = {
      {"repairAction", to_string(file.repairs.action)},
      {"gracePeriod", config::to_iso8601(file.repairs.grace_period)}};
  if (file.request.follows_latest_image)
    out["latestImageVersion"] = image_version_of(file.request.latest_model);
  out["blocked"] = nullptr;
  if (plan.blocked)
    out["blocked"] = {{"code", plan.blocked->code},
                      {"message", plan.blocked->message},
                      {"instances", ids_json(plan.blocked->instances, file.instances)}};
  return out;
}

} // namespace drydock::cli
