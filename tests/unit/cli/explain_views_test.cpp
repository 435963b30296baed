// SPDX-License-Identifier: Apache-2.0
// Explanations in sentences and as JSON.
#include "explain_views.hpp"

#include "fleets.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::cli;
using namespace drydock::engine;

namespace {

constexpr wall_time start = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

rollout_options usual_options() {
  rollout_options x;
  x.policy.mode = upgrade_mode::rolling;
  x.action = apply_class::reimage;
  x.has_health = true;
  return x;
}

rollout_options sliding_options() {
  auto x = usual_options();
  x.policy.rolling.batching = batching_mode::sliding;
  return x;
}

struct told_upgrade {
  std::shared_ptr<const fleet> instances =
    std::make_shared<const fleet>(make_fleet(10, {"1", "2"}));
  explainer account;
  instant at{};

  explicit told_upgrade(const rollout_options& options = usual_options())
    : account({instances, true, options}) {
    tell(
      told::upgrade_started{upgrade_mode::rolling, 10, 10, 0, 0, apply_class::reimage});
    for (instance_index i = 0; i < 10; ++i)
      tell(
        told::health_changed{i, health_state::initializing,
                             i < 8 ? health_state::healthy : health_state::unhealthy});
  }

  void tell(const upgrade_event& event) { account.take(event, at); }

  void wait(wait_reason reason, std::optional<duration> remaining,
            std::string limit = {}) {
    told::waiting x;
    x.reason = reason;
    x.remaining = remaining;
    x.limit = std::move(limit);
    tell(x);
  }

  [[nodiscard]] explained_upgrade view() const {
    return {account, instances, "web", "4711", "fleet.toml", start};
  }
  [[nodiscard]] std::string words(duration after) const {
    return explain_in_words(view(), account.explain(at + after));
  }
};

told::batch_started batch() {
  return make_batch(1, {0, 2}, {custom_metrics::no_phase, 0, fleet::no_update_domain});
}

} // namespace

TEST_CASE("lengths of time for people") {
  CHECK(span_text(-5s) == "0s");
  CHECK(span_text(59'900ms) == "59s");
  CHECK(span_text(60s) == "1m");
  CHECK(span_text(250s) == "4m 10s");
  CHECK(span_text(2h + 5min + 7s) == "2h 5m");
  CHECK(span_text(49h) == "2d 1h");
}

TEST_CASE("each way of standing still has its sentence") {
  struct row {
    wait_reason reason;
    std::optional<duration> remaining;
    const char* limit;
    const char* text;
  };
  const row rows[] = {
    {wait_reason::unavailable_instances, 30min,
     "max_unhealthy_instance_percent = 20: 2 of 10",
     "max_unhealthy_instance_percent = 20 lets 2 of 10 instances be unavailable, and 2 "
     "are: web-8 (unhealthy for 10s), web-9 (unhealthy for 10s). To go on: mend web-8, "
     "web-9, or cancel it and run again with a larger max_unhealthy_instance_percent, "
     "for one that runs keeps its policy."},
    {wait_reason::pause, 1min, "",
     "It rests between two batches (pause_time_between_batches) for 50s more. It "
     "goes on by itself."},
    {wait_reason::checkpoint_bake, 1min, "checkpoint 20 %",
     "It waits at checkpoint 20 %, which bakes for 50s more, while health is judged. "
     "It goes on "
     "by itself."},
    {wait_reason::checkpoint_approval, std::nullopt, "checkpoint 20 %",
     "It waits at checkpoint 20 %, which is to be approved. To go on: run `drydock "
     "approve fleet.toml`."},
    {wait_reason::checkpoint_approval, 1min, "checkpoint 20 %",
     "It waits at checkpoint 20 %, which is to be approved within 50s, or it counts as "
     "rejected. To go "
     "on: run `drydock approve fleet.toml`."},
    {wait_reason::maintenance_window, 2h, "maintenance_window",
     "No maintenance window is open; the next one opens in 1h 59m. It goes on by "
     "itself."},
    {wait_reason::guard, 30min, "guard errors: 7 %",
     "No batch may begin: guard errors: 7 %. To go on: mend what the guard watches."},
    {wait_reason::hook, 1min, "the before_batch hook of batch 1: busy",
     "It waits for the before_batch hook of batch 1: busy, which is tried again in "
     "50s. It goes on by itself. If it does not: look at what the hook does."},
    {wait_reason::hook_failed, 30min, "the before_batch hook of batch 1: no",
     "It is paused, for a hook failed: the before_batch hook of batch 1: no. To go on: "
     "mend the hook, or run it again with `drydock approve fleet.toml`."},
  };
  for (const auto& r : rows) {
    told_upgrade u;
    u.wait(r.reason, r.remaining, r.limit);
    CAPTURE(r.text);
    CHECK(u.words(10s) == r.text);
    CHECK(std::string(r.text).starts_with(
      reason_in_words(u.view(), u.account.explain(u.at + 10s))));
  }
}

TEST_CASE("where a file has several sets, what is about one of them names it") {
  told_upgrade u;
  u.wait(wait_reason::checkpoint_approval, std::nullopt, "checkpoint 20 %");
  auto x = u.view();
  x.one_of_several = true;
  CHECK(explain_in_words(x, u.account.explain(u.at))
          .ends_with("run `drydock approve fleet.toml --scale-set web`."));
  const obstacle any;
  CHECK(remedy_in_words(remedy::cancel_now, any, x)
        == "end it at once with `drydock cancel fleet.toml --scale-set web --now`");
  // These are about all sets, which share a budget and have an order.
  CHECK(remedy_in_words(remedy::resume, any, x) == "run `drydock resume fleet.toml`");
  CHECK(remedy_in_words(remedy::run_again, any, x)
        == "run `drydock run fleet.toml` again");
}

TEST_CASE("health that is not settled") {
  told_upgrade u;
  u.tell(told::health_changed{3, health_state::healthy, health_state::initializing});
  u.wait(wait_reason::settling_health, 30min, "initializing health");
  CHECK(u.words(5s)
        == "It waits until the health of everybody is settled, and that of 1 instance "
           "is not: web-3 (initializing for 5s). It goes on by itself. If it does "
           "not: mend web-3.");
  u.wait(wait_reason::initializing_candidates, 30min, "initializing health");
  CHECK(u.words(5s).starts_with(
    "No instance that could go has a settled health: web-3 (initializing for 5s)."));
}

TEST_CASE("a batch in hand, and a deadline that is near") {
  told_upgrade u;
  u.tell(batch());
  u.tell(told::step_started{0, step_kind::action, apply_class::reimage, 2});
  CHECK(
    u.words(10s)
    == "Batch 1 is under way with 2 instances in hand, the slowest first: web-0 (at "
       "its action, attempt 2 for 10s), web-2 (not begun for 10s). It goes on by "
       "itself. If it does not: look at what web-0 does, or end it at once with "
       "`drydock cancel fleet.toml --now`.");
  told_upgrade late;
  late.wait(wait_reason::guard, 30min, "guard errors: 7 %");
  CHECK(late.words(28min)
        == "No batch may begin: guard errors: 7 %. To go on: mend what the guard "
           "watches. In 2m progress_deadline ends the upgrade, if nothing moves.");
}

TEST_CASE("an upgrade that nobody runs, and one that is cancelled") {
  told_upgrade u;
  u.tell(batch());
  u.tell(told::cancel_requested{"alice", false});
  const auto text = explain_in_words(u.view(), u.account.explain(u.at, false));
  CHECK(text.starts_with("No process runs this upgrade. To go on: run `drydock "
                         "resume fleet.toml`. Batch 1 is under way"));
  CHECK(text.find("goes on by itself") == std::string::npos);
  CHECK(text.find("look at what") == std::string::npos);
  CHECK(
    text.ends_with("A cancel was asked for by alice: it ends when what has begun is "
                   "over."));
}

TEST_CASE("what keeps others from joining a batch that slides is said beside it") {
  const std::string batch_in_hand =
    "Batch 1 is under way with 1 instance in hand: web-2 (not begun for 10s). It goes "
    "on by itself. If it does not: look at what web-2 does, or end it at once with "
    "`drydock cancel fleet.toml --now`. ";
  told_upgrade u(sliding_options());
  u.tell(batch());
  u.tell(told::instance_settled{0, failure_reason::none, false, {}});
  CHECK(
    u.words(10s)
    == batch_in_hand
         + "Nobody else may go meanwhile: max_unhealthy_instance_percent = 20 lets 2 "
           "of 10 instances be unavailable, and 3 are: web-8 (unhealthy for 10s), "
           "web-9 (unhealthy for 10s), web-2 (not begun for 10s). To go on: mend "
           "web-8, web-9, or cancel it and run again with a larger "
           "max_unhealthy_instance_percent, for one that runs keeps its policy.");
  u.tell(told::guard_changed{0, "errors", guard_state::fails, "7 %"});
  CHECK(u.words(10s)
        == batch_in_hand
             + "Nobody else may go meanwhile: guard errors: 7 %. To go on: mend what "
               "the guard watches.");
  auto closed = sliding_options();
  closed.windows.resize(1);
  closed.windows.front().start = 2h;
  closed.windows.front().length = 1h;
  told_upgrade w(closed);
  w.tell(batch());
  w.tell(told::instance_settled{0, failure_reason::none, false, {}});
  CHECK(w.words(10s)
        == batch_in_hand
             + "Nobody else may go meanwhile: no maintenance window is open; the next "
               "one opens in 1h 59m. It goes on by itself.");
}

TEST_CASE("a run that keeps names those under repair") {
  auto options = usual_options();
  options.keep = true;
  told_upgrade u(options);
  u.tell(told::repair_started{8, repair_action::restart});
  CHECK(u.words(5s)
        == "It upgrades nobody, and repairs instances that fall ill; 1 instance is "
           "under repair: web-8 (not begun for 5s). It goes on by itself. If it does "
           "not: look at what web-8 does.");
}

TEST_CASE("members without quota wait for the allowance, in words") {
  auto instances = make_fleet(2);
  std::vector<instance_spec> next(2);
  next[0].id = "web-2";
  next[1].id = "web-3";
  instances.add_replacements(next);
  auto options = usual_options();
  options.policy.rolling.max_surge = true;
  const auto known = std::make_shared<const fleet>(std::move(instances));
  explainer account{{known, true, options}};
  auto taken = make_batch(1, {0, 1});
  taken.surge = true;
  const upgrade_event events[] = {
    told::upgrade_started{upgrade_mode::rolling, 2, 2, 0, 0, apply_class::reimage},
    taken,
    told::step_started{3, step_kind::action, apply_class::reimage, 1,
                       work_kind::create},
    told::step_finished{3, step_kind::action, apply_class::reimage, 1,
                        step_outcome::quota_short, "no quota", work_kind::create},
  };
  for (const auto& e : events)
    account.take(e, instant{});
  const explained_upgrade u{account, known, "web", "4711", "fleet.toml", start};
  const auto why = account.explain(instant{10s});
  CHECK(explain_in_words(u, why).find(
          "web-1 (to be upgraded in place, waiting for the allowance for 10s)")
        != std::string::npos);
  CHECK(instance_in_words(u, why, 1).find("It is in hand, to be upgraded in place and "
                                          "waiting for the allowance for 10s.")
        != std::string::npos);
}

TEST_CASE("instances in words") {
  told_upgrade u;
  u.tell(batch());
  u.tell(told::step_started{0, step_kind::action, apply_class::reimage, 1});
  const auto why = u.account.explain(u.at + 10s);
  CHECK(instance_in_words(u.view(), why, 0)
        == "web-0 was taken in batch 1, because it was next in zone 1; it had as many "
           "members as a batch may have. It is in hand: action for 10s. Its health is "
           "healthy.");
  CHECK(instance_in_words(u.view(), why, 1)
        == "web-1 is left for 10s: a zone before its own is in hand. Its health is "
           "healthy.");
  CHECK(
    groups_in_words(u.view(), why)
    == "  5 left (a zone before theirs is in hand): web-1, web-3, web-5, web-7, web-9\n"
       "  3 left (the batch in hand is full): web-4, web-6, web-8\n"
       "  2 in hand: web-0, web-2\n");
}

TEST_CASE("JSON has every field, the unknown ones as null") {
  told_upgrade u;
  u.tell(told::instance_deleted{9});
  u.tell(batch());
  u.tell(told::instance_settled{0, failure_reason::health_timeout, false, "late"});
  const auto why = u.account.explain(u.at + 10s);
  CHECK(
    explanation_json(u.view(), why).dump()
    == R"({"scaleSet":"web","upgradeId":"4711","state":"moving",)"
       R"("since":"2026-01-01T00:00:00.000Z","asOf":"2026-01-01T00:00:10.000Z",)"
       R"("lastEventTime":"2026-01-01T00:00:00.000Z",)"
       R"("text":"Batch 1 is under way with 1 instance in hand: )"
       R"(web-2 (not begun for 10s). It goes on by itself. If it does not: look at )"
       R"(what web-2 does, or end it at )"
       R"(once with `drydock cancel fleet.toml --now`.",)"
       R"("obstacles":[{"kind":"in_hand","since":"2026-01-01T00:00:00.000Z",)"
       R"("until":null,"limit":null,"subject":null,"batch":1,"holders":[)"
       R"({"instance":"web-2","standing":"in_hand","health":"healthy",)"
       R"("actionFailed":false,"step":"asked","attempt":null,)"
       R"("since":"2026-01-01T00:00:00.000Z"}],"holderCount":1,"remedies":[)"
       R"({"action":"wait","text":"it goes on by itself"},)"
       R"({"action":"look_at_step","text":"look at what web-2 does"},)"
       R"({"action":"cancel_now","text":"end it at once with `drydock cancel )"
       R"(fleet.toml --now`"}]}],"ending":null,"cancelledBy":null,)"
       R"("rollingBack":false,"counts":{"total":9,"pending":7,"upToDate":0,)"
       R"("inHand":1,"succeeded":0,"failed":1,"skipped":0,"rollingBack":0,)"
       R"("deleted":1,"untouched":0,"arriving":0,"discarding":0,"leaving":0,)"
       R"("unnamed":0}})");
  CHECK(instance_json(u.view(), why, 0).dump()
        == R"({"instance":"web-0","standing":"failed","why":"in_order","batch":1,)"
           R"("bound":"batch_instances","phase":null,"zone":"1","updateDomain":null,)"
           R"("health":"healthy","step":null,"attempt":null,)"
           R"("since":"2026-01-01T00:00:00.000Z",)"
           R"("failure":{"code":"HealthTimeout","message":"late"}})");
}

TEST_CASE("an end as JSON") {
  told_upgrade u;
  u.tell(told::check_judged{check_kind::before_batch, 2, 10, 10, "TooMany"});
  told::upgrade_finished end;
  end.status = upgrade_status::faulted;
  end.error = {"TooMany", "2 of 10 instances are unhealthy", {}};
  u.tell(end);
  const auto why = u.account.explain(u.at);
  CHECK(u.words(0s)
        == "It ended 0s after its start as Faulted (TooMany): 2 of 10 instances are "
           "unhealthy. The check before a batch found 2 of 10 over the limit, which is "
           "max_unhealthy_instance_percent. Held against it: web-8, web-9.");
  const auto x = explanation_json(u.view(), why);
  CHECK(x["state"] == "finished");
  CHECK(x["obstacles"].empty());
  CHECK(x["ending"]["cause"] == "breach");
  CHECK(x["ending"]["check"]["thresholdPercent"] == 10);
  CHECK(x["ending"]["limit"] == "max_unhealthy_instance_percent");
  CHECK(x["ending"]["instances"].size() == 2);
}
