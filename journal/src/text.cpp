// SPDX-License-Identifier: Apache-2.0
#include "drydock/journal/text.hpp"

#include "words.hpp"

#include <algorithm>

namespace drydock::inline v1::journal {

using namespace engine;

namespace {

constexpr std::size_t named_max = 20;

std::string quoted(std::string_view text) {
  return text.empty() ? std::string() : " (" + one_line(text) + ')';
}

std::string attempt_text(std::uint32_t attempt) {
  return attempt == 1 ? std::string() : ", attempt " + std::to_string(attempt);
}

std::string_view known_text(known_progress x) {
  switch (x) {
  case known_progress::nothing:
    return "nothing known";
  case known_progress::draining:
    return "draining";
  case known_progress::drained:
    return "drained";
  case known_progress::acting:
    return "acting";
  case known_progress::acted:
    return "acted";
  case known_progress::undraining:
    return "undraining";
  }
  return "";
}

std::string_view start_text(work_kind x) {
  switch (x) {
  case work_kind::upgrade:
    return "start ";
  case work_kind::rollback:
    return "roll back ";
  case work_kind::create:
    return "create ";
  case work_kind::remove:
    return "replaced, delete ";
  case work_kind::discard:
    return "discard ";
  case work_kind::repair:
    return "repair ";
  }
  return "";
}

std::string_view recovery_text(work_kind x) {
  switch (x) {
  case work_kind::upgrade:
    return "";
  case work_kind::rollback:
    return ", in rollback";
  case work_kind::create:
    return ", being created";
  case work_kind::remove:
    return ", being deleted";
  case work_kind::discard:
    return ", being discarded";
  case work_kind::repair:
    return ", in repair";
  }
  return "";
}

struct input_text {
  const fleet& instances;

  [[nodiscard]] std::string who(instance_index i) const {
    return name_of(i, instances);
  }

  std::string operator()(const input::started& /*e*/) const { return "start"; }
  std::string operator()(const input::health_changed& e) const {
    auto text = who(e.instance) + " is " + std::string(to_string(e.health));
    if (e.metrics.phase != custom_metrics::no_phase)
      text += ", phase " + std::to_string(e.metrics.phase);
    return e.metrics.skip_upgrade ? text + ", to be skipped" : text;
  }
  std::string operator()(const input::member_settled& e) const {
    auto text = who(e.instance) + " settled: "
                + (e.reason == failure_reason::none
                     ? std::string("succeeded")
                     : std::string(to_string(e.reason)) + quoted(e.message));
    if (e.action_failed)
      text += ", its action failed";
    return e.action_begun ? text : text + ", nothing begun";
  }
  std::string operator()(const input::member_released& e) const {
    return who(e.instance) + " is released";
  }
  std::string operator()(const input::step_started& e) const {
    return who(e.what.instance) + " begins "
           + std::string(action_name(e.what.step, e.what.action))
           + attempt_text(e.what.attempt);
  }
  std::string operator()(const input::step_finished& e) const {
    return who(e.what.instance) + " ends "
           + std::string(action_name(e.what.step, e.what.action))
           + attempt_text(e.what.attempt) + ": "
           + std::string(to_string(e.what.outcome)) + quoted(e.what.error);
  }
  std::string operator()(const input::timer_fired& e) const {
    return "timer " + std::to_string(e.timer) + " fires";
  }
  std::string operator()(const input::cancel_requested& e) const {
    return (e.now ? "cancel at once, by " : "cancel, by ") + one_line(e.by);
  }
  std::string operator()(const input::instance_deleted& e) const {
    return who(e.instance) + " is gone";
  }
  std::string operator()(const input::internal_error& e) const {
    return "internal error" + quoted(e.message);
  }
  std::string operator()(const input::resumed& /*e*/) const {
    return "resume in another process";
  }
  std::string operator()(const input::hook_finished& e) const {
    return "hook request " + std::to_string(e.request) + ": "
           + std::string(to_string(e.outcome)) + quoted(e.error);
  }
  std::string operator()(const input::approval& e) const {
    return (e.approved ? "approved by " : "rejected by ") + one_line(e.by)
           + ", question " + std::to_string(e.question) + quoted(e.message);
  }
  std::string operator()(const input::guard_reported& e) const {
    return "guard " + std::to_string(e.guard) + ": " + std::string(to_string(e.state))
           + quoted(e.message);
  }
  std::string operator()(const input::stop_keeping& /*e*/) const {
    return "stop keeping";
  }
  std::string operator()(const input::repairs_suspended& e) const {
    return "suspend repairs, by " + one_line(e.by);
  }
  std::string operator()(const input::repairs_resumed& e) const {
    return "resume repairs, by " + one_line(e.by);
  }
  std::string operator()(const input::budget_given& e) const {
    return "share of " + std::to_string(e.share) + ", request "
           + std::to_string(e.request) + ": "
           + one_line(describe_budget(e.ceiling, e.holders));
  }
};

struct command_text {
  const fleet& instances;

  std::string operator()(const command::start_members& c) const {
    return std::string(start_text(c.work)) + list_text(c.instances, instances);
  }
  std::string operator()(const command::recover_members& c) const {
    std::string text = "recover " + std::to_string(c.members.size())
                       + (c.members.size() == 1 ? " instance" : " instances");
    for (std::size_t i = 0; i < std::min(c.members.size(), named_max); ++i) {
      const auto& m = c.members[i];
      text += (i == 0 ? ": " : "; ") + name_of(m.instance, instances) + ' '
              + std::string(known_text(m.known)) + attempt_text(m.attempt)
              + std::string(recovery_text(m.work));
    }
    return c.members.size() > named_max ? text + "; …" : text;
  }
  std::string operator()(const command::cancel_members& c) const {
    return c.now ? "cancel members at once" : "cancel members";
  }
  std::string operator()(const command::drop_member& c) const {
    return "drop " + name_of(c.instance, instances);
  }
  std::string operator()(const command::arm_timer& c) const {
    return "arm timer " + std::to_string(c.timer) + " for " + to_text(c.at);
  }
  std::string operator()(const command::publish& /*c*/) const { return "tell"; }
  std::string operator()(const command::run_hook& c) const {
    return "run " + std::string(to_string(c.hook))
           + (c.batch == 0 ? "" : " of batch " + std::to_string(c.batch))
           + attempt_text(c.attempt) + " as request " + std::to_string(c.request);
  }
  std::string operator()(const command::end_hook& c) const {
    return "end hook request " + std::to_string(c.request);
  }
  std::string operator()(const command::ask_approval& c) const {
    return "ask whether to pass checkpoint " + std::to_string(c.checkpoint)
           + ", question " + std::to_string(c.question);
  }
  std::string operator()(const command::finish& /*c*/) const { return "finish"; }
  std::string operator()(const command::ask_budget& c) const {
    return "ask for " + std::to_string(c.wanted) + " of the shared budget, with "
           + std::to_string(c.unavailable) + " unavailable and "
           + std::to_string(c.kept) + " kept, as request " + std::to_string(c.request);
  }
};

} // namespace

std::string name_of(instance_index i, const fleet& instances) {
  return i < instances.positions() ? one_line(instances.id(i))
                                   : '#' + std::to_string(i);
}

std::string list_text(std::span<const instance_index> list, const fleet& instances) {
  auto text =
    std::to_string(list.size()) + (list.size() == 1 ? " instance" : " instances");
  const auto shown = list.first(std::min(list.size(), named_max));
  for (std::size_t i = 0; i < shown.size(); ++i)
    text += (i == 0 ? ": " : " ") + name_of(shown[i], instances);
  return shown.size() < list.size() ? text + " …" : text;
}

std::string one_line(std::string_view text) {
  constexpr auto digits = "0123456789abcdef";
  std::string result;
  for (const auto c : text) {
    const auto raw = static_cast<unsigned char>(c);
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (raw < 0x20 || raw == 0x7f)
      result += {'\\', 'x', digits[raw >> 4U], digits[raw & 0xfU]};
    else
      result += c;
  }
  return result;
}

std::string to_text(instant x) {
  constexpr std::int64_t second = 1'000'000'000;
  const auto ns = x.time_since_epoch().count();
  const auto part = ns % second;
  std::string text = ns < 0 ? "-" : "";
  // Not all that is negative has a positive counterpart; each half has.
  text += std::to_string(ns < 0 ? -(ns / second) : ns / second);
  if (part != 0) {
    auto digits = std::to_string(second + (part < 0 ? -part : part));
    digits[0] = '.';
    digits.erase(digits.find_last_not_of('0') + 1);
    text += digits;
  }
  return text + " s";
}

std::string to_text(const rollout_input& x, const fleet& instances) {
  return std::visit(input_text{instances}, x);
}

std::string to_text(const rollout_command& x, const fleet& instances) {
  return std::visit(command_text{instances}, x);
}

} // namespace drydock::inline v1::journal
