// SPDX-License-Identifier: Apache-2.0
#include "life_fixture.hpp"

namespace drydock::inline v1::engine::testing {

namespace {

std::string step_text(step_kind kind, std::uint32_t attempt) {
  const auto* name = kind == step_kind::action            ? "action"
                     : kind == step_kind::before_instance ? "before"
                     : kind == step_kind::after_instance  ? "after"
                                                          : "notice";
  return std::string(name) + '#' + std::to_string(attempt);
}

struct order_printer {
  instant now;

  std::string operator()(const order::run_step& o) const {
    return "run " + step_text(o.step, o.attempt) + " r" + std::to_string(o.request);
  }
  std::string operator()(const order::inspect_action& o) const {
    return "inspect #" + std::to_string(o.attempt) + " r" + std::to_string(o.request);
  }
  std::string operator()(const order::withdraw_step& o) const {
    return "withdraw r" + std::to_string(o.request);
  }
  std::string operator()(const order::kill_step& o) const {
    return "kill r" + std::to_string(o.request);
  }
  std::string operator()(const order::hold_probes&) const { return "hold"; }
  std::string operator()(const order::resume_probes& o) const {
    return std::string("resume") + (o.afresh ? " afresh" : "")
           + (o.each ? " each" : "");
  }
  /// `arm +300s`; a trailing `!` stands for one nanosecond more.
  std::string operator()(const order::arm_timer& o) const {
    const auto whole = std::chrono::floor<std::chrono::seconds>(o.at - now);
    return "arm +" + std::to_string(whole.count()) + 's'
           + (o.at - now == whole + duration{1} ? "!" : "");
  }
  std::string operator()(const order::report_step_started& o) const {
    return "began " + step_text(o.step, o.attempt);
  }
  std::string operator()(const order::report_step_finished& o) const {
    return "ended " + step_text(o.step, o.attempt) + ' '
           + std::string(to_string(o.outcome));
  }
  std::string operator()(const order::settle& o) const {
    return "settle "
           + (o.reason == failure_reason::none ? "ok"
                                               : std::string(to_string(o.reason)))
           + (o.action_failed ? " broken" : "") + (o.action_begun ? " begun" : "");
  }
  std::string operator()(const order::release&) const { return "release"; }
};

} // namespace

std::string driven_life::start() {
  std::vector<lifecycle_order> orders;
  life_.start(now, orders);
  return note(orders);
}

std::string driven_life::recover(const member_recovery& known) {
  std::vector<lifecycle_order> orders;
  life_.recover(known, now, orders);
  return note(orders);
}

std::string driven_life::feed(const lifecycle_event& event) {
  std::vector<lifecycle_order> orders;
  life_.apply(event, now, orders);
  return note(orders);
}

std::string driven_life::fire() {
  if (timers.empty())
    return feed(life::timer_fired{0});
  now = timers.back().second;
  return feed(life::timer_fired{timers.back().first});
}

std::string driven_life::note(const std::vector<lifecycle_order>& orders) {
  std::string text;
  for (const auto& o : orders) {
    if (const auto* run = std::get_if<order::run_step>(&o))
      request = run->request;
    else if (const auto* ask = std::get_if<order::inspect_action>(&o))
      request = ask->request;
    else if (const auto* timer = std::get_if<order::arm_timer>(&o))
      timers.emplace_back(timer->timer, timer->at);
    text += (text.empty() ? "" : "; ") + std::visit(order_printer{now}, o);
  }
  return text;
}

} // namespace drydock::inline v1::engine::testing
