// SPDX-License-Identifier: Apache-2.0
#include "decisions.hpp"

#include "drydock/journal/text.hpp"
#include "words.hpp"

#include <utility>

namespace drydock::inline v1::journal {

using namespace engine;

namespace {

std::string number(std::uint64_t x) {
  return std::to_string(x);
}

std::string text_of(const told::check_judged& e) {
  const auto before = e.check == check_kind::before_batch;
  return std::string(before ? "the check before a batch" : "the check after a batch")
         + (e.code.empty() ? " passes" : " fails") + ": " + number(e.unhealthy) + " of "
         + number(e.total) + (before ? " unhealthy" : " failing") + ", threshold "
         + std::to_string(e.threshold_percent) + " %"
         + (e.code.empty() ? "" : ": " + e.code);
}

std::string text_of(const told::waiting& e) {
  auto text = "waiting: " + std::string(to_string(e.reason));
  if (!e.limit.empty())
    text += ", " + e.limit;
  return e.until ? text + ", until " + to_text(*e.until) : text;
}

std::string text_of(const told::upgrade_finished& e) {
  auto text = "the end: " + std::string(to_string(e.status));
  return e.error.code.empty() ? text : text + ", " + e.error.code;
}

} // namespace

bool is_decision(const upgrade_event& e) {
  if (const auto* check = std::get_if<told::check_judged>(&e))
    return !check->code.empty(); // one that passes shows in what comes next
  return std::holds_alternative<told::batch_started>(e)
         || std::holds_alternative<told::surge_short>(e)
         || std::holds_alternative<told::batch_extended>(e)
         || std::holds_alternative<told::rollback_started>(e)
         || std::holds_alternative<told::repair_started>(e)
         || std::holds_alternative<told::upgrade_finished>(e);
}

bool same_decision(const upgrade_event& a, const upgrade_event& b) {
  if (a.index() != b.index())
    return false;
  if (const auto* x = std::get_if<told::check_judged>(&a)) {
    const auto& y = std::get<told::check_judged>(b);
    return x->check == y.check && x->code == y.code;
  }
  if (const auto* x = std::get_if<told::batch_started>(&a))
    return x->instances == std::get<told::batch_started>(b).instances
           && x->surge == std::get<told::batch_started>(b).surge;
  if (const auto* x = std::get_if<told::surge_short>(&a))
    return x->instances == std::get<told::surge_short>(b).instances;
  if (const auto* x = std::get_if<told::batch_extended>(&a))
    return x->instances == std::get<told::batch_extended>(b).instances;
  if (const auto* x = std::get_if<told::rollback_started>(&a))
    return x->instance == std::get<told::rollback_started>(b).instance;
  if (const auto* x = std::get_if<told::repair_started>(&a))
    return x->instance == std::get<told::repair_started>(b).instance;
  if (const auto* x = std::get_if<told::upgrade_finished>(&a)) {
    const auto& y = std::get<told::upgrade_finished>(b);
    return x->status == y.status && x->error.code == y.error.code;
  }
  return true;
}

std::string decision_text(const upgrade_event& e, const fleet& instances) {
  if (const auto* check = std::get_if<told::check_judged>(&e))
    return text_of(*check);
  if (const auto* batch = std::get_if<told::batch_started>(&e))
    return "batch " + number(batch->batch) + (batch->surge ? " by surge: " : ": ")
           + list_text(batch->instances, instances);
  if (const auto* more = std::get_if<told::batch_extended>(&e))
    return "batch " + number(more->batch) + " takes further "
           + list_text(more->instances, instances);
  if (const auto* in_place = std::get_if<told::surge_short>(&e))
    return "no quota, upgraded in place: " + list_text(in_place->instances, instances);
  if (const auto* undo = std::get_if<told::rollback_started>(&e))
    return "rollback of " + name_of(undo->instance, instances);
  if (const auto* repair = std::get_if<told::repair_started>(&e))
    return "repair of " + name_of(repair->instance, instances);
  if (const auto* wait = std::get_if<told::waiting>(&e))
    return text_of(*wait);
  if (const auto* end = std::get_if<told::upgrade_finished>(&e))
    return text_of(*end);
  return {};
}

void watched_rollout::step(std::span<const rollout_input> inputs, instant at) {
  at_ = at;
  decisions_.clear();
  armed_.clear();
  for (const auto& in : inputs)
    if (const auto* ended = std::get_if<input::hook_finished>(&in))
      if (hook_ == ended->request)
        hook_.reset();
  begun_.clear();
  undone_.clear();
  machine_.apply(inputs, at, *this);
  if (!over())
    course_.at = at;
}

void watched_rollout::take(rollout_command&& command) {
  if (const auto* timer = std::get_if<command::arm_timer>(&command)) {
    armed_.push_back(*timer);
  } else if (const auto* hook = std::get_if<command::run_hook>(&command)) {
    hook_ = hook->request;
  } else if (std::holds_alternative<command::end_hook>(command)) {
    hook_.reset();
  } else if (const auto* start = std::get_if<command::start_members>(&command)) {
    auto& list = start->work == work_kind::rollback ? undone_ : begun_;
    list.insert(list.end(), start->instances.begin(), start->instances.end());
    if (start->work == work_kind::upgrade || start->work == work_kind::create)
      course_.touched += static_cast<std::uint32_t>(start->instances.size());
  }
}

void watched_rollout::publish(upgrade_event&& event) {
  if (const auto* batch = std::get_if<told::batch_started>(&event))
    replaces_ = batch->surge;
  // Those are started once more, in place, and count once.
  if (const auto* in_place = std::get_if<told::surge_short>(&event))
    course_.touched -= static_cast<std::uint32_t>(in_place->instances.size());
  // A replacement that is made for a repair is no member.
  if (const auto* repair = std::get_if<told::repair_started>(&event))
    course_.touched -= repair->action == repair_action::replace ? 1 : 0;
  // Whom a change of capacity makes was not there to be touched.
  if (const auto* scaling = std::get_if<told::scaling_started>(&event))
    course_.touched -= static_cast<std::uint32_t>(scaling->arriving.size());
  if (replaces_ && std::holds_alternative<told::instance_released>(event))
    --course_.touched;
  if (const auto* wait = std::get_if<told::waiting>(&event))
    asks_ = wait->reason == wait_reason::checkpoint_approval;
  else if (std::holds_alternative<told::checkpoint_left>(event))
    asks_ = false;
  if (!over())
    note(event);
  if (is_decision(event)) {
    waiting_.reset();
    decisions_.push_back(std::move(event));
  } else if (std::holds_alternative<told::waiting>(event)) {
    waiting_ = std::move(event);
  }
}

void watched_rollout::note(const upgrade_event& event) {
  using ending = policy_course::ending;
  if (std::holds_alternative<told::batch_started>(event)) {
    ++course_.batches;
  } else if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
    // What comes before the first batch is a change of capacity, and touches no member.
    const auto failed = settled->reason != failure_reason::none;
    course_.failed += failed && course_.batches > 0 ? 1 : 0;
  } else if (const auto* check = std::get_if<told::check_judged>(&event)) {
    if (!check->code.empty())
      end(ending::faulted, check->code);
  } else if (const auto* over = std::get_if<told::upgrade_finished>(&event)) {
    const auto how = over->status == upgrade_status::completed ? ending::completed
                     : over->status == upgrade_status::faulted ? ending::faulted
                                                               : ending::cancelled;
    end(how, over->error.code);
  }
}

void watched_rollout::end(policy_course::ending how, const std::string& code) {
  course_.end = how;
  course_.code = code;
  course_.at = at_;
}

} // namespace drydock::inline v1::journal
