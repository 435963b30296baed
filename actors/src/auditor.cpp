// SPDX-License-Identifier: Apache-2.0
#include "drydock/actors/auditor.hpp"

#include <algorithm>

namespace drydock::inline v1::actors {

using namespace engine;

auditor::auditor(std::size_t instances, bool has_health)
  : has_health_(has_health),
    marks_(instances, has_health ? std::uint8_t{unsettled} : std::uint8_t{0}),
    unsettled_(has_health ? instances : 0),
    unavailable_(static_cast<std::uint32_t>(unsettled_)),
    present_(static_cast<std::uint32_t>(instances)) {}

/// Replacements are in no count at first; there may be any number of them.
void auditor::make_room(instance_index i) {
  if (i >= marks_.size())
    marks_.resize(std::size_t{i} + 1,
                  static_cast<std::uint8_t>(has_health_ ? gone | unsettled : gone));
}

bool auditor::serves(instance_index i) const {
  return i < marks_.size() && (marks_[i] & ~(gone | stray | repaired)) == 0;
}

void auditor::set_stray(instance_index i, bool on) {
  if (i >= marks_.size() || ((marks_[i] & stray) != 0) == on)
    return;
  set(i, stray, on);
  strays_ += on ? 1U : static_cast<std::uint32_t>(-1);
}

void auditor::take_replaced(const told::instance_replaced& e) {
  make_room(e.replacement);
  if (serves(e.instance) && !serves(e.replacement))
    ++bad_replacements_;
  set_stray(e.replacement, false);
  set(e.instance, gone, true);
  set(e.replacement, gone, false);
}

/// Who goes counts no more, and who comes not yet.
void auditor::take_scaling(const told::scaling_started& e) {
  for (const auto i : e.leaving)
    set(i, gone | goes, true);
  for (const auto i : e.arriving)
    make_room(i);
}

void auditor::take_settled(const told::instance_settled& e) {
  const auto failed = e.reason != failure_reason::none;
  if (e.instance < marks_.size() && (marks_[e.instance] & goes) != 0)
    set(e.instance, gone | goes, false); // it could not be deleted
  if (e.instance < marks_.size() && (marks_[e.instance] & stray) != 0 && !failed) {
    set_stray(e.instance, false); // it came to stay
    set(e.instance, gone, false);
  }
  set(e.instance, action_failed, has_health_ ? e.action_failed : failed);
  set(e.instance, in_hand, false);
}

void auditor::set(instance_index i, std::uint8_t marks, bool on) {
  if (i >= marks_.size())
    return;
  auto& m = marks_[i];
  const auto before = m;
  m = static_cast<std::uint8_t>(on ? m | marks : m & ~marks);
  const auto down = [](std::uint8_t x) {
    return (x & gone) == 0 && (x & ~repaired) != 0;
  };
  const auto open = [](std::uint8_t x) {
    return (x & gone) == 0 && (x & unsettled) != 0;
  };
  unavailable_ += (down(m) ? 1U : 0U) - (down(before) ? 1U : 0U);
  present_ += ((before & gone) != 0 ? 1U : 0U) - ((m & gone) != 0 ? 1U : 0U);
  unsettled_ += (open(m) ? 1U : 0U);
  unsettled_ -= (open(before) ? 1U : 0U);
}

void auditor::look() {
  counting_ = counting_ || unsettled_ == 0;
  if (counting_ && !over_)
    max_unavailable_ = std::max(max_unavailable_, unavailable_);
}

/// Who is restarted or reimaged is down; who is to be replaced is as it is.
void auditor::begin_repair(const told::repair_started& e) {
  make_room(e.instance);
  const auto marks = marks_[e.instance];
  const auto most = std::max<std::uint32_t>(1, present_ / 20);
  ++repairs_;
  if ((marks & ill) == 0 || (marks & (in_hand | gone | repaired)) != 0 || suspended_
      || repairs_ > most)
    ++bad_repairs_;
  set(e.instance, repaired, true);
  set(e.instance, in_hand, e.action != repair_action::replace);
}

/// False: the event is about something else.
bool auditor::take_repair(const upgrade_event& event) {
  if (const auto* repair = std::get_if<told::repair_started>(&event)) {
    begin_repair(*repair);
  } else if (const auto* repaired_one = std::get_if<told::repair_finished>(&event)) {
    set(repaired_one->instance, repaired, false);
    set(repaired_one->instance, in_hand, false);
    --repairs_;
  } else if (std::holds_alternative<told::repairs_suspended>(event)) {
    suspended_ = true;
  } else if (std::holds_alternative<told::repairs_resumed>(event)) {
    suspended_ = false;
  } else {
    return false;
  }
  return true;
}

void auditor::on_event(const upgrade_event& event) {
  // Steps make nobody unavailable; with them told, they are many.
  if (std::holds_alternative<told::step_started>(event)
      || std::holds_alternative<told::step_finished>(event))
    return;
  if (take_repair(event)) {
    // that is all
  } else if (const auto* health = std::get_if<told::health_changed>(&event)) {
    if (has_health_) {
      make_room(health->instance);
      set(health->instance, unsettled, health->to == health_state::initializing);
      set(health->instance, ill,
          health->to == health_state::unhealthy || health->to == health_state::unknown);
    }
  } else if (const auto* batch = std::get_if<told::batch_started>(&event)) {
    for (const auto i : batch->instances)
      set(i, in_hand, !batch->surge); // who is replaced serves on
  } else if (const auto* in_place = std::get_if<told::surge_short>(&event)) {
    for (const auto i : in_place->instances)
      set(i, in_hand, true);
  } else if (const auto* created = std::get_if<told::instance_created>(&event)) {
    make_room(created->instance);
    set_stray(created->instance, true);
  } else if (const auto* replaced = std::get_if<told::instance_replaced>(&event)) {
    take_replaced(*replaced);
  } else if (const auto* scaling = std::get_if<told::scaling_started>(&event)) {
    take_scaling(*scaling);
  } else if (const auto* more = std::get_if<told::batch_extended>(&event)) {
    for (const auto i : more->instances)
      set(i, in_hand, !more->surge);
  } else if (const auto* settled = std::get_if<told::instance_settled>(&event)) {
    take_settled(*settled);
  } else if (const auto* released = std::get_if<told::instance_released>(&event)) {
    set(released->instance, in_hand, false);
  } else if (const auto* undo = std::get_if<told::rollback_started>(&event)) {
    set(undo->instance, in_hand, true);
  } else if (const auto* undone = std::get_if<told::rollback_finished>(&event)) {
    set(undone->instance, action_failed, undone->action_failed);
    set(undone->instance, in_hand, false);
  } else if (const auto* deleted = std::get_if<told::instance_deleted>(&event)) {
    set_stray(deleted->instance, false);
    set(deleted->instance, goes, false);
    set(deleted->instance, gone, true);
  } else if (std::holds_alternative<told::upgrade_finished>(event)) {
    look();
    over_ = true;
  }
  look();
}

} // namespace drydock::inline v1::actors
