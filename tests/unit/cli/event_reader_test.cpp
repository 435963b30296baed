// SPDX-License-Identifier: Apache-2.0
// An upgrade is explained from its events file as from its events.
#include "event_json.hpp"
#include "event_reader.hpp"
#include "explain_views.hpp"
#include "fleets.hpp"

#include <doctest/doctest.h>

using namespace drydock;
using namespace drydock::cli;
using namespace drydock::engine;

namespace {

constexpr wall_time start = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

/// Events of one upgrade, as lines and as an explainer hears them.
struct story {
  event_context context{
    "web", std::make_shared<const fleet>(make_fleet(6, {"a", "b"})), {}, start};
  explainer heard{{context.instances, true, std::nullopt}};
  event_reader told{{"a", "b"}};
  std::uint64_t seq = 0;

  story() { context.health.kind = health_kind::binary_extension; }

  void tell(duration at, const upgrade_event& event) {
    heard.take(event, instant{} + at);
    CHECK(told.take(event_json(context, ++seq, at, event).dump()) == "");
  }

  /// What both make of it at `at`, compared as text: zones are only in the fleet.
  void compare(duration at) {
    const explained_upgrade one{heard, context.instances, {}, {}, {}, start};
    const explained_upgrade other{*told.account(), told.instances(), {}, {}, {},
                                  told.start()};
    CHECK(explanation_json(one, heard.explain(instant{} + at)).dump()
          == explanation_json(other, told.account()->explain(instant{} + at)).dump());
  }

  [[nodiscard]] std::string words(duration at) const {
    const explained_upgrade x{*told.account(), told.instances(), {}, {}, {},
                              told.start()};
    return explain_in_words(x, told.account()->explain(instant{} + at));
  }
};

void begin(story& s) {
  s.tell(
    0s, told::upgrade_started{upgrade_mode::rolling, 6, 6, 0, 0, apply_class::reimage});
  for (instance_index i = 0; i < 6; ++i)
    s.tell(0s,
           told::health_changed{i, health_state::initializing, health_state::healthy});
}

told::batch_started first_batch() {
  return make_batch(1, {0, 2}, {custom_metrics::no_phase, 0, fleet::no_update_domain});
}

told::waiting wait_for(wait_reason reason, std::optional<duration> remaining,
                       std::string limit = {}, std::vector<instance_index> who = {}) {
  told::waiting x;
  x.reason = reason;
  x.remaining = remaining;
  x.limit = std::move(limit);
  x.holder_count = static_cast<std::uint32_t>(who.size());
  x.holders = std::move(who);
  return x;
}

/// Up to the hook that lets the first batch begin.
std::vector<upgrade_event> a_stubborn_hook() {
  return {
    told::instance_skipped{5, skip_reason::skip_upgrade},
    told::check_judged{check_kind::before_batch, 0, 6, 20, {}},
    told::hook_started{upgrade_hook::before_batch, 1, 1},
    told::hook_finished{upgrade_hook::before_batch, 1, 1, step_outcome::transient,
                        "busy"},
    wait_for(wait_reason::hook, 10s, "the before_batch hook of batch 1: busy"),
    told::hook_started{upgrade_hook::before_batch, 1, 2},
    told::hook_finished{upgrade_hook::before_batch, 1, 2, step_outcome::failed, "no"},
    wait_for(wait_reason::hook_failed, 30min, "the before_batch hook of batch 1: no"),
    told::pause_ended{"alice"},
    told::hook_started{upgrade_hook::before_batch, 1, 1},
    told::hook_finished{upgrade_hook::before_batch, 1, 1, step_outcome::succeeded, {}},
  };
}

/// One member fails, and one joins later.
std::vector<upgrade_event> a_batch() {
  return {
    first_batch(),
    told::step_started{0, step_kind::before_instance, apply_class::reimage, 1},
    told::step_finished{0,
                        step_kind::before_instance,
                        apply_class::reimage,
                        1,
                        step_outcome::succeeded,
                        {}},
    told::step_started{0, step_kind::action, apply_class::reimage, 1},
    told::health_changed{0, health_state::healthy, health_state::unhealthy},
    told::step_finished{
      0, step_kind::action, apply_class::reimage, 1, step_outcome::succeeded, {}},
    told::health_changed{0, health_state::unhealthy, health_state::healthy},
    told::instance_settled{0, failure_reason::none, false, {}},
    told::batch_extended{1, {4}},
    told::instance_settled{2, failure_reason::action_failed, true, "it broke"},
    told::instance_settled{4, failure_reason::none, false, {}},
    told::batch_finished{1, 2, 1},
  };
}

/// All that can hold an upgrade, and a cancel.
std::vector<upgrade_event> every_hold() {
  return {
    wait_for(wait_reason::pause, 1min),
    told::checkpoint_reached{50, 3, 6, 1min, checkpoint_approval::manual},
    wait_for(wait_reason::checkpoint_approval, std::nullopt, "checkpoint 50 %"),
    told::checkpoint_left{50, true, "alice", "fine"},
    told::guard_changed{0, "errors", guard_state::fails, "7 %"},
    wait_for(wait_reason::guard, 30min, "guard errors: 7 %"),
    wait_for(wait_reason::maintenance_window, 2h, "maintenance_window"),
    told::upgrade_resumed{{}},
    wait_for(wait_reason::settling_health, 30min, "initializing health", {1, 3}),
    told::instance_deleted{5},
    wait_for(wait_reason::unavailable_instances, 30min,
             "max_unhealthy_instance_percent = 20: 1 of 5", {2}),
    told::cancel_requested{"bob", false},
  };
}

/// One member is replaced, of one nothing comes, and one goes in place; 6 to 8 are new.
std::vector<upgrade_event> a_surge() {
  const auto begins = [](instance_index i, work_kind work) {
    return told::step_started{i, step_kind::action, apply_class::reimage, 1, work};
  };
  const auto ends = [](instance_index i, work_kind work, step_outcome outcome) {
    return told::step_finished{
      i, step_kind::action, apply_class::reimage, 1, outcome, {}, work};
  };
  auto batch =
    make_batch(2, {1}, {custom_metrics::no_phase, 1, fleet::no_update_domain});
  batch.surge = true;
  return {
    batch,
    begins(7, work_kind::create),
    told::batch_extended{2, {3, 4}, true},
    ends(7, work_kind::create, step_outcome::succeeded),
    told::instance_created{7, 1},
    begins(8, work_kind::create),
    told::health_changed{7, health_state::initializing, health_state::healthy},
    ends(8, work_kind::create, step_outcome::failed),
    told::instance_replaced{1, 7},
    begins(8, work_kind::discard),
    begins(1, work_kind::remove),
    ends(1, work_kind::remove, step_outcome::succeeded),
    told::instance_deleted{1, deletion_reason::surge},
    told::instance_settled{7, failure_reason::none, false, {}},
    ends(8, work_kind::discard, step_outcome::succeeded),
    told::instance_settled{3, failure_reason::action_failed, false, "8 broke"},
    begins(6, work_kind::create),
    ends(6, work_kind::create, step_outcome::quota_short),
    told::surge_short{2, {4}},
    told::instance_released{4, release_reason::quota_short},
    told::batch_finished{2, 1, 1},
  };
}

} // namespace

TEST_CASE("an upgrade that replaces instances is read as it was told") {
  story s;
  auto fleet_now = make_fleet(9, {"a", "b"});
  s.context.instances = std::make_shared<const fleet>(std::move(fleet_now));
  begin(s);
  auto at = 1s;
  for (const auto& e : a_surge()) {
    s.tell(at, e);
    CAPTURE(e.index());
    s.compare(at);
    at += 1s;
  }
  const explained_upgrade x{*s.told.account(), s.told.instances(), {}, {}, {}, start};
  const auto why = s.told.account()->explain(instant{} + at);
  CHECK(why.total == 6);
  const auto one = [&](const char* id) {
    return instance_in_words(x, why, *x.instances->find(id));
  };
  CHECK(one("web-1").find("its replacement serves") != std::string::npos);
  CHECK(one("web-1").find("Its replacement is web-7.") != std::string::npos);
  CHECK(one("web-7").find("It was made to replace web-1.") != std::string::npos);
  CHECK(one("web-3").find("8 broke") != std::string::npos);
  CHECK_FALSE(x.account.knows(*x.instances->find("web-6")));
}

TEST_CASE("what is read is what was told, event after event") {
  story s;
  begin(s);
  auto at = 1s;
  for (const auto& part : {a_stubborn_hook(), a_batch(), every_hold()})
    for (const auto& e : part) {
      s.tell(at, e);
      s.compare(at + 500ms);
      at += 1s;
    }
  told::upgrade_finished end;
  end.status = upgrade_status::cancelled;
  end.error = {"RollingUpgradeCanceled",
               "the upgrade was cancelled",
               {{"ActionFailed", "it broke", 2}}};
  s.tell(at, end);
  s.compare(at);
  CHECK(s.words(at)
        == "It ended 36s after its start as Cancelled (RollingUpgradeCanceled), "
           "cancelled by bob: The upgrade was cancelled.");
}

TEST_CASE("who rolls back is read too") {
  story s;
  begin(s);
  s.tell(1s, first_batch());
  s.tell(2s, told::instance_settled{2, failure_reason::health_timeout, false, "late"});
  s.tell(2s, told::instance_released{0});
  s.tell(2s, told::check_judged{check_kind::after_batch, 1, 1, 20, "TooMany"});
  s.tell(2s, told::rollback_started{2});
  s.compare(3s);
  CHECK(s.words(3s).starts_with("Previous models are given back with 1 instance"));
  s.tell(4s, told::rollback_finished{2, true, false, {}, false});
  s.compare(5s);
}

TEST_CASE("whoever had succeeded lags again after a rollback of all") {
  story s;
  begin(s);
  s.tell(1s, first_batch());
  s.tell(2s, told::instance_settled{0, failure_reason::none, false, {}});
  s.tell(2s, told::instance_settled{2, failure_reason::health_timeout, false, "late"});
  s.tell(2s, told::check_judged{check_kind::after_batch, 1, 2, 20, "TooMany"});
  for (const instance_index i : {0U, 2U})
    s.tell(3s, told::rollback_started{i});
  for (const instance_index i : {0U, 2U}) {
    s.tell(4s, told::rollback_finished{i, true, false, {}, i == 0});
    s.compare(4s);
  }
  const auto why = s.told.account()->explain(instant{} + 5s);
  const auto standing = [&](const char* id) {
    return s.told.account()->explain(*s.told.instances()->find(id), why).standing;
  };
  CHECK(standing("web-0") == instance_standing::pending);
  CHECK(standing("web-2") == instance_standing::failed);
}

TEST_CASE("the guard that ended an upgrade is the one that its error names") {
  story s;
  begin(s);
  s.tell(1s, first_batch());
  s.tell(2s, told::guard_changed{0, "errors", guard_state::fails, "7 %"});
  s.tell(3s, told::guard_changed{1, "latency", guard_state::fails, "9 s"});
  told::upgrade_finished end;
  end.status = upgrade_status::faulted;
  end.error = {"GuardFailed",
               "guard errors does not hold (7 %); mend what it watches, and run again",
               {}};
  s.tell(4s, end);
  s.compare(4s);
  const auto why = s.told.account()->explain(instant{} + 4s);
  REQUIRE(why.end);
  CHECK(why.end->subject == "errors");
}

TEST_CASE("times are those of the lines") {
  story s;
  begin(s);
  CHECK(s.told.start() == start);
  s.tell(90s, first_batch());
  CHECK(s.told.last() == 90s);
}

TEST_CASE("a later version may tell more, and another upgrade may follow") {
  story s;
  begin(s);
  CHECK(s.told.take(R"({"seq":9,"elapsedSeconds":1,"time":"2026-01-01T00:00:01.000Z",)"
                    R"("event":"moon_rose","moon":"full"})")
        == "");
  s.tell(2s, first_batch());
  CHECK(s.told.account()->size() == 6);
  CHECK(s.told.take(event_json(s.context, 1, 0s,
                               told::upgrade_started{upgrade_mode::rolling, 6, 6, 0, 0,
                                                     apply_class::reimage})
                      .dump())
        == "");
  CHECK(s.told.account()->size() == 0);
}

TEST_CASE("what is no event is refused, and says what is wanted") {
  const char* lines[] = {
    "",
    "a",
    "[]",
    "{}",
    R"({"event":"waiting"})",
    R"({"event":1,"elapsedSeconds":0,"time":"2026-01-01T00:00:00.000Z"})",
    R"({"event":"waiting","elapsedSeconds":-1,"time":"2026-01-01T00:00:00.000Z"})",
    R"({"event":"waiting","elapsedSeconds":1e300,"time":"2026-01-01T00:00:00.000Z"})",
    R"({"event":"waiting","elapsedSeconds":0,"time":"2026-13-01T00:00:00.000Z"})",
    R"({"event":"waiting","elapsedSeconds":0,"time":"yesterday"})",
    R"({"event":"waiting","elapsedSeconds":0,"time":"2026-01-01T00:00:00.000Z"})",
    R"({"event":"waiting","elapsedSeconds":0,"time":"2026-01-01T00:00:00.000Z",)"
    R"("reason":"boredom","instances":[],"instanceCount":0})",
    R"({"event":"health_changed","elapsedSeconds":0,)"
    R"("time":"2026-01-01T00:00:00.000Z","instance":7,"from":"healthy","to":"unknown"})",
  };
  for (const auto* line : lines) {
    CAPTURE(line);
    story fresh;
    CHECK(fresh.told.take(line).find("; explain reads what") != std::string::npos);
    story begun;
    begin(begun);
    CHECK(begun.told.take(line).find("; explain reads what") != std::string::npos);
  }
}

TEST_CASE("zones are found in lines that begin batches") {
  story s;
  const auto line = event_json(s.context, 1, 0s, first_batch()).dump();
  CHECK(event_reader::zone_of(line) == "a");
  CHECK_FALSE(event_reader::zone_of(R"({"event":"batch_finished","zone":"a"})"));
  CHECK_FALSE(event_reader::zone_of(R"({"event":"batch_started","zone":null})"));
  CHECK_FALSE(event_reader::zone_of(R"({"event":"batch_started")"));
}

TEST_CASE("repairs are heard from a file as from their events") {
  story s;
  begin(s);
  s.tell(1s, told::health_changed{3, health_state::healthy, health_state::unhealthy});
  s.tell(2s, told::repair_started{3, repair_action::restart});
  s.tell(2s, told::repairs_suspended{"ann", 1});
  s.compare(3s);
  CHECK(s.words(3s).find("1 instance is under repair") != std::string::npos);
  s.tell(4s, told::repair_finished{3, repair_outcome::failed,
                                   failure_reason::action_failed, "exit status 1"});
  s.tell(5s, told::repairs_resumed{"ann"});
  s.compare(5s);
}
