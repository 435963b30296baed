// SPDX-License-Identifier: Apache-2.0
#include "machine_fixture.hpp"

namespace drydock::inline v1::engine::testing {

namespace {

std::string number(std::uint64_t x) {
  return std::to_string(x);
}

std::string text(std::string_view x) {
  return std::string(x);
}

/// Seconds, with what is left of them in nanoseconds: `1800s+1ns`.
std::string time_text(instant at) {
  const auto since = at.time_since_epoch();
  const auto whole = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = (since - whole).count();
  return std::to_string(whole.count()) + 's'
         + (rest == 0 ? std::string() : '+' + std::to_string(rest) + "ns");
}

std::string step_name(step_kind kind) {
  if (kind == step_kind::action)
    return "action";
  if (kind == step_kind::terminate_notification)
    return "notice";
  return kind == step_kind::before_instance ? "before" : "after";
}

template <class Step>
std::string action_text(const Step& e) {
  return text(action_name(step_kind::action, e.action, e.work));
}

std::string place_text(const batch_place& place) {
  std::string result;
  if (place.phase != custom_metrics::no_phase)
    result += " phase=" + std::to_string(place.phase);
  if (place.zone != fleet::no_zone)
    result += " zone=" + number(place.zone);
  if (place.update_domain != fleet::no_update_domain)
    result += " ud=" + number(place.update_domain);
  return result;
}

struct event_printer {
  std::string operator()(const told::upgrade_started& e) const {
    return "started " + text(to_string(e.mode)) + " total=" + number(e.total)
           + " pending=" + number(e.pending) + " up_to_date=" + number(e.up_to_date)
           + " skipped=" + number(e.skipped) + ' ' + text(to_string(e.action));
  }
  std::string operator()(const told::instance_skipped& e) const {
    return "skipped " + number(e.instance) + ' ' + text(to_string(e.reason));
  }
  std::string operator()(const told::check_judged& e) const {
    return (e.check == check_kind::before_batch ? "before batch " : "after batch ")
           + number(e.unhealthy) + '/' + number(e.total) + ' '
           + std::to_string(e.threshold_percent) + "% "
           + (e.code.empty() ? "ok" : e.code);
  }
  std::string operator()(const told::batch_started& e) const {
    return "batch " + number(e.batch) + place_text(e.place) + ' ' + print(e.instances)
           + " B=" + number(e.limits.batch_instances_max)
           + " U=" + number(e.limits.unavailable_instances_max)
           + " unavailable=" + number(e.unavailable) + ' ' + text(to_string(e.bound))
           + (e.surge ? " surge" : "");
  }
  std::string operator()(const told::batch_extended& e) const {
    return "batch " + number(e.batch) + " and " + print(e.instances);
  }
  std::string operator()(const told::step_started& e) const {
    return "step " + number(e.instance) + ' ' + step_name(e.step) + ' ' + action_text(e)
           + " #" + number(e.attempt)
           + (e.not_before ? " for " + time_text(instant{*e.not_before})
                           : std::string());
  }
  std::string operator()(const told::step_finished& e) const {
    return "step " + number(e.instance) + ' ' + step_name(e.step) + ' ' + action_text(e)
           + " #" + number(e.attempt) + ' ' + text(to_string(e.outcome)) + ' '
           + e.error;
  }
  std::string operator()(const told::health_changed& e) const {
    return "health " + number(e.instance) + ' ' + text(to_string(e.from)) + ">"
           + text(to_string(e.to));
  }
  std::string operator()(const told::instance_settled& e) const {
    return "settled " + number(e.instance)
           + (e.reason == failure_reason::none ? "" : ' ' + text(to_string(e.reason)))
           + (e.action_failed ? " broken" : "");
  }
  std::string operator()(const told::instance_released& e) const {
    return "released " + number(e.instance)
           + (e.reason == release_reason::quota_short ? " without quota" : "");
  }
  std::string operator()(const told::batch_finished& e) const {
    return "batch " + number(e.batch) + " done " + number(e.succeeded) + '+'
           + number(e.failed);
  }
  std::string operator()(const told::waiting& e) const {
    return "waiting " + text(to_string(e.reason))
           + (e.until ? " until " + time_text(*e.until) : std::string()) + " {"
           + e.limit + "} " + print(e.holders) + " of " + number(e.holder_count);
  }
  std::string operator()(const told::instance_deleted& e) const {
    return "deleted " + number(e.instance)
           + (e.reason == deletion_reason::deleted ? ""
                                                   : ' ' + text(to_string(e.reason)));
  }
  std::string operator()(const told::scaling_started& e) const {
    return "scale " + number(e.capacity_before) + " to " + number(e.capacity) + " -"
           + print(e.leaving) + " +" + print(e.arriving);
  }
  std::string operator()(const told::scaling_finished& e) const {
    return "scaled +" + number(e.created) + " -" + number(e.deleted) + " !"
           + number(e.failed);
  }
  std::string operator()(const told::instance_created& e) const {
    if (e.reason == creation_reason::scale_out)
      return "created " + number(e.instance);
    return "created " + number(e.instance) + " for " + number(e.replaces)
           + (e.reason == creation_reason::surge ? "" : " repair");
  }
  std::string operator()(const told::instance_replaced& e) const {
    return "replaced " + number(e.instance) + " by " + number(e.replacement);
  }
  std::string operator()(const told::surge_short& e) const {
    return "batch " + number(e.batch) + " in place " + print(e.instances);
  }
  std::string operator()(const told::repair_started& e) const {
    return "repair " + number(e.instance) + ' ' + text(to_string(e.action));
  }
  std::string operator()(const told::repair_finished& e) const {
    return "repaired " + number(e.instance) + ' ' + text(to_string(e.outcome))
           + (e.reason == failure_reason::none ? "" : ' ' + text(to_string(e.reason)));
  }
  std::string operator()(const told::repairs_suspended& e) const {
    return "repairs suspended after " + number(e.failed_in_a_row)
           + (e.by.empty() ? "" : " by " + e.by);
  }
  std::string operator()(const told::repairs_resumed& e) const {
    return "repairs resumed by " + e.by;
  }
  std::string operator()(const told::rollback_started& e) const {
    return "undo " + number(e.instance);
  }
  std::string operator()(const told::rollback_finished& e) const {
    return "undone " + number(e.instance) + (e.succeeded ? "" : " in vain")
           + (e.action_failed ? " broken" : "");
  }
  std::string operator()(const told::cancel_requested& e) const {
    return "cancel by " + e.by + (e.now ? " now" : "");
  }
  std::string operator()(const told::upgrade_resumed& e) const {
    return "resumed " + print(e.in_hand);
  }
  std::string operator()(const told::hook_started& e) const {
    return "hook " + text(to_string(e.hook)) + ' ' + number(e.batch) + " #"
           + number(e.attempt);
  }
  std::string operator()(const told::hook_finished& e) const {
    return "hooked " + text(to_string(e.hook)) + ' ' + number(e.batch) + " #"
           + number(e.attempt) + ' ' + text(to_string(e.outcome)) + ' ' + e.error;
  }
  std::string operator()(const told::checkpoint_reached& e) const {
    return "checkpoint " + std::to_string(e.percent) + ": " + number(e.done) + " of "
           + number(e.total);
  }
  std::string operator()(const told::checkpoint_left& e) const {
    return "checkpoint " + std::to_string(e.percent)
           + (e.passed ? " passed" : " rejected") + " by {" + e.by + "} " + e.message;
  }
  std::string operator()(const told::guard_changed& e) const {
    return "guard " + number(e.guard) + ' ' + e.name + ' ' + text(to_string(e.state))
           + ' ' + e.message;
  }
  std::string operator()(const told::pause_ended& e) const {
    return "pause ended by " + e.by;
  }
  std::string operator()(const told::upgrade_finished& e) const {
    return text(to_string(e.status)) + ' ' + print(e.progress)
           + (e.error.code.empty() ? "" : ' ' + e.error.code);
  }
};

struct command_printer {
  std::string operator()(const command::start_members& c) const {
    constexpr const char* names[] = {"start ",  "rollback ", "create ",
                                     "remove ", "discard ",  "repair "};
    return "do " + text(names[static_cast<std::size_t>(c.work)]) + print(c.instances);
  }
  std::string operator()(const command::recover_members& c) const {
    constexpr const char* names[] = {"", "r", "c", "d", "x", "m"};
    std::string result = "do recover";
    for (const auto& m : c.members)
      result += " " + number(m.instance) + ":"
                + number(static_cast<std::uint32_t>(m.known)) + "#" + number(m.attempt)
                + text(names[static_cast<std::size_t>(m.work)]);
    return result;
  }
  std::string operator()(const command::cancel_members& c) const {
    return c.now ? "do cancel now" : "do cancel";
  }
  std::string operator()(const command::drop_member& c) const {
    return "do drop " + number(c.instance);
  }
  std::string operator()(const command::arm_timer& c) const {
    return "do arm " + number(c.timer) + " at " + time_text(c.at);
  }
  std::string operator()(const command::publish& c) const { return print(c.event); }
  std::string operator()(const command::run_hook& c) const {
    return "do hook " + text(to_string(c.hook)) + ' ' + number(c.batch) + " #"
           + number(c.attempt) + " as " + number(c.request);
  }
  std::string operator()(const command::end_hook& c) const {
    return "do end hook " + number(c.request);
  }
  std::string operator()(const command::ask_approval& c) const {
    return "do ask " + std::to_string(c.checkpoint) + " as " + number(c.question);
  }
  std::string operator()(const command::finish&) const { return "do finish"; }
  std::string operator()(const command::ask_budget& c) const {
    return "do budget " + number(c.unavailable) + '/' + number(c.kept) + '/'
           + number(c.wanted) + " as " + number(c.request);
  }
};

} // namespace

std::string print(const std::vector<instance_index>& list) {
  std::string result = "[";
  for (const auto i : list)
    result += (result.size() > 1 ? " " : "") + number(i);
  return result + ']';
}

std::string print(const upgrade_progress& p) {
  return number(p.successful) + '/' + number(p.failed) + '/' + number(p.in_progress)
         + '/' + number(p.pending) + '/' + number(p.skipped);
}

std::string print(const upgrade_event& event) {
  return std::visit(event_printer{}, event);
}

std::string print(const rollout_command& command) {
  return std::visit(command_printer{}, command);
}

} // namespace drydock::inline v1::engine::testing
