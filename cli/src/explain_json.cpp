// SPDX-License-Identifier: Apache-2.0
#include "explain_views.hpp"

namespace drydock::cli {

using namespace engine;

namespace {

json text_or_null(std::string_view x) {
  return x.empty() ? json(nullptr) : json(x);
}

/// In the order of `instance_standing`.
constexpr const char* count_names[] = {
  "pending",     "upToDate", "inHand",    "succeeded", "failed",     "skipped",
  "rollingBack", "deleted",  "untouched", "arriving",  "discarding", "leaving"};

struct json_maker {
  const explained_upgrade& x;

  [[nodiscard]] std::string time(instant at) const {
    return to_iso_time(x.start + at.time_since_epoch());
  }
  [[nodiscard]] json time(const std::optional<instant>& at) const {
    return at ? json(time(*at)) : json(nullptr);
  }

  [[nodiscard]] json of(const holder& h) const {
    json out;
    out["instance"] = x.instances->id(h.instance);
    out["standing"] = to_string(h.standing);
    out["health"] = to_string(h.health);
    out["actionFailed"] = h.action_failed;
    const auto works = h.step != member_step::none;
    out["step"] = works ? json(to_string(h.step)) : json(nullptr);
    out["attempt"] = works && h.attempt > 0 ? json(h.attempt) : json(nullptr);
    out["since"] = time(h.since);
    if (h.counterpart)
      out["counterpart"] = x.instances->id(*h.counterpart);
    return out;
  }

  [[nodiscard]] json list(const std::vector<holder>& all) const {
    auto out = json::array();
    for (const auto& h : all)
      out.push_back(of(h));
    return out;
  }

  [[nodiscard]] static json of(const std::optional<limit_in_the_way>& l) {
    if (!l)
      return nullptr;
    const auto counts = l->of > 0;
    return {{"name", l->name},
            {"value", l->value ? json(*l->value) : json(nullptr)},
            {"allowed", counts ? json(l->allowed) : json(nullptr)},
            {"of", counts ? json(l->of) : json(nullptr)}};
  }

  [[nodiscard]] json of(const obstacle& o) const {
    json out;
    out["kind"] = to_string(o.kind);
    out["since"] = time(o.since);
    out["until"] = time(o.until);
    out["limit"] = of(o.limit);
    out["subject"] = text_or_null(o.subject);
    out["batch"] = o.batch == 0 ? json(nullptr) : json(o.batch);
    out["holders"] = list(o.holders);
    out["holderCount"] = o.holder_count;
    out["remedies"] = json::array();
    for (const auto r : o.remedies)
      out["remedies"].push_back(
        {{"action", to_string(r)}, {"text", text_or_null(remedy_in_words(r, o, x))}});
    return out;
  }

  [[nodiscard]] json of(const ending& e) const {
    json out;
    out["cause"] = to_string(e.cause);
    out["status"] = to_string(e.status);
    out["code"] = text_or_null(e.code);
    out["message"] = text_or_null(e.message);
    out["limit"] = text_or_null(e.limit);
    out["check"] = nullptr;
    if (e.check)
      out["check"] = {{"check", e.check->check == check_kind::before_batch
                                  ? "beforeBatch"
                                  : "afterBatch"},
                      {"unhealthy", e.check->unhealthy},
                      {"total", e.check->total},
                      {"thresholdPercent", e.check->threshold_percent}};
    out["by"] = text_or_null(e.by);
    out["subject"] = text_or_null(e.subject);
    out["waitedFor"] = e.waited_for ? json(to_string(*e.waited_for)) : json(nullptr);
    out["instances"] = list(e.instances);
    return out;
  }
};

} // namespace

json explanation_json(const explained_upgrade& x, const explanation& why) {
  const json_maker make{x};
  json out;
  out["scaleSet"] = text_or_null(x.scale_set);
  out["upgradeId"] = text_or_null(x.upgrade_id);
  out["state"] = to_string(why.state);
  out["since"] = make.time(why.since);
  out["asOf"] = make.time(why.now);
  out["lastEventTime"] = make.time(why.last_event);
  out["text"] = explain_in_words(x, why);
  out["obstacles"] = json::array();
  for (const auto& o : why.obstacles)
    out["obstacles"].push_back(make.of(o));
  out["ending"] = why.end ? make.of(*why.end) : json(nullptr);
  out["cancelledBy"] = text_or_null(why.cancelled_by);
  out["rollingBack"] = why.rolling_back;
  auto& counts = out["counts"];
  counts["total"] = why.total;
  for (std::size_t i = 0; i < std::size(why.by_standing); ++i)
    counts[count_names[i]] = why.by_standing[i];
  counts["unnamed"] = why.unnamed;
  return out;
}

json instance_json(const explained_upgrade& x, const explanation& why,
                   instance_index i) {
  const json_maker make{x};
  const auto e = x.account.explain(i, why);
  json out;
  out["instance"] = x.instances->id(i);
  out["standing"] = to_string(e.standing);
  out["why"] = to_string(e.why);
  out["batch"] = e.batch == 0 ? json(nullptr) : json(e.batch);
  out["bound"] = e.bound ? json(to_string(*e.bound)) : json(nullptr);
  put_place(out, e.place, *x.instances);
  out["health"] = to_string(e.health);
  out["step"] = e.step == member_step::none ? json(nullptr) : json(to_string(e.step));
  out["attempt"] =
    e.step == member_step::none || e.attempt == 0 ? json(nullptr) : json(e.attempt);
  out["since"] = make.time(e.since);
  if (e.replaces)
    out["replaces"] = x.instances->id(*e.replaces);
  if (e.replaced_by)
    out["replacedBy"] = x.instances->id(*e.replaced_by);
  out["failure"] = nullptr;
  if (e.reason != failure_reason::none)
    out["failure"] = {{"code", to_string(e.reason)}, {"message", e.message}};
  if (e.repair != repair_why::none || e.repairs_succeeded + e.repairs_failed > 0)
    out["repair"] = {
      {"why", to_string(e.repair)},
      {"until", e.repair_until ? json(make.time(*e.repair_until)) : json(nullptr)},
      {"succeeded", e.repairs_succeeded},
      {"failed", e.repairs_failed}};
  return out;
}

} // namespace drydock::cli
