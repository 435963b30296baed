// SPDX-License-Identifier: Apache-2.0
#include "plain_view.hpp"

#include "fleets.hpp"

#include <doctest/doctest.h>

using namespace drydock::cli;
using namespace drydock::engine;

namespace {

/// A plain view whose lines are kept.
struct log_of {
  explicit log_of(view_context context)
    : view(std::move(context), [this](std::string_view line) { text += line; }) {}

  std::string text;
  plain_view view;
};

upgrade_event health(instance_index i, health_state from, health_state to) {
  return told::health_changed{i, from, to};
}

} // namespace

TEST_CASE("the log of an upgrade begins its lines with the elapsed time") {
  log_of log(context_of(3));
  log.view.on_event(
    told::upgrade_started{upgrade_mode::rolling, 3, 3, 0, 0, apply_class::reimage}, 0s);
  log.view.on_event(make_batch(1, {0}), 1s);
  log.view.on_event(told::instance_settled{0, failure_reason::action_failed, true,
                                           "exit status 1\nno disk"},
                    80s);
  log.view.on_event(told::batch_finished{1, 0, 1}, 80s);
  log.view.on_event(told::upgrade_finished{upgrade_status::faulted,
                                           {"Code", "text", {}},
                                           {0, 1, 0, 2, 0}},
                    12345s);
  CHECK(log.text == R"(   0.0s upgrade of web started: 3 instances, 3 pending (reimage)
   1.0s batch 1: web-0 (1 instance, as many as a batch may have)
  80.0s web-0 failed: ActionFailed: exit status 1
          no disk
  80.0s batch 1 finished: 0 succeeded, 1 failed
12345.0s upgrade Faulted in 12345.0s: 0 successful, 1 failed, 2 pending, 0 skipped
          Code: text
)");
}

TEST_CASE("health has a line only after the first check and outside a batch") {
  const auto bad = health_state::unhealthy;
  const auto good = health_state::healthy;
  log_of log(context_of(4));
  log.view.on_event(health(0, health_state::initializing, bad), 0s);
  log.view.on_event(health(1, health_state::initializing, good), 0s);
  told::waiting settling;
  settling.reason = wait_reason::settling_health;
  log.view.on_event(settling, 1s);
  log.view.on_event(health(2, health_state::initializing, bad), 1s);
  log.text.clear();
  SUBCASE("a passed check opens the log") {
    log.view.on_event(told::check_judged{check_kind::before_batch, 0, 4, 20, {}}, 2s);
    log.view.on_event(health(2, good, bad), 2s);
    CHECK(log.text == "   2.0s web-2 is unhealthy\n");
  }
  SUBCASE("members of a batch are silent until they settle") {
    log.view.on_event(make_batch(1, {0, 1}), 2s);
    log.text.clear();
    log.view.on_event(health(0, good, bad), 3s);
    log.view.on_event(told::instance_settled{0, failure_reason::none, false, {}}, 4s);
    log.view.on_event(health(0, good, bad), 5s);
    log.view.on_event(told::instance_released{1}, 6s);
    log.view.on_event(health(1, good, bad), 7s);
    CHECK(log.text
          == "   4.0s web-0 succeeded\n"
             "   5.0s web-0 is unhealthy\n"
             "   6.0s web-1 was not begun and stays pending\n"
             "   7.0s web-1 is unhealthy\n");
  }
  SUBCASE("so are those that get the previous model back") {
    log.view.on_event(told::check_judged{check_kind::after_batch, 1, 1, 20, "X"}, 2s);
    log.view.on_event(told::rollback_started{3}, 2s);
    log.text.clear();
    log.view.on_event(health(3, bad, good), 3s);
    log.view.on_event(told::rollback_finished{3, true, false, {}}, 4s);
    log.view.on_event(health(3, good, bad), 5s);
    CHECK(log.text
          == "   4.0s web-3 has the previous model back\n"
             "   5.0s web-3 is unhealthy\n");
  }
}
