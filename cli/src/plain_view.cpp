// SPDX-License-Identifier: Apache-2.0
#include "plain_view.hpp"

#include "text.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace drydock::cli {

using namespace engine;

plain_view::plain_view(view_context context,
                       std::function<void(std::string_view)> write)
  : context_(std::move(context)), write_(std::move(write)),
    in_hand_(context_.instances->positions()) {}

void plain_view::on_event(const upgrade_event& event, duration since_start) {
  note(event);
  if (!is_worth_a_line(event))
    return;
  auto text = describe(event, context_, since_start);
  if (text.empty())
    return;
  char elapsed[48];
  std::snprintf(elapsed, sizeof elapsed, "%6.1fs ",
                to_seconds(context_.since_first + since_start));
  if (!context_.label.empty())
    text.insert(0, printable(context_.label) + ": ");
  write_(elapsed + text + '\n');
}

bool plain_view::is_worth_a_line(const upgrade_event& event) const {
  const auto* health = std::get_if<told::health_changed>(&event);
  return health == nullptr || (opened_ && !in_hand_[health->instance]);
}

void plain_view::note(const upgrade_event& event) {
  const auto take = [&](const std::vector<instance_index>& members) {
    opened_ = true;
    for (const auto i : members)
      in_hand_[i] = true;
  };
  if (const auto* batch = std::get_if<told::batch_started>(&event))
    take(batch->instances);
  else if (const auto* more = std::get_if<told::batch_extended>(&event))
    take(more->instances);
  else if (const auto* undo = std::get_if<told::rollback_started>(&event))
    in_hand_[undo->instance] = true;
  else if (const auto* settled = std::get_if<told::instance_settled>(&event))
    in_hand_[settled->instance] = false;
  else if (const auto* released = std::get_if<told::instance_released>(&event))
    in_hand_[released->instance] = false;
  else if (const auto* undone = std::get_if<told::rollback_finished>(&event))
    in_hand_[undone->instance] = false;
  else if (const auto* created = std::get_if<told::instance_created>(&event))
    in_hand_[created->instance] = true;
  else if (const auto* repair = std::get_if<told::repair_started>(&event))
    take({repair->instance});
  else if (const auto* over = std::get_if<told::repair_finished>(&event))
    repair_is_over(over->instance);
  else if (const auto* scaling = std::get_if<told::scaling_started>(&event))
    take(scaling->leaving); // who goes need not be well
  else if (std::holds_alternative<told::check_judged>(event))
    opened_ = true;
  else if (const auto* wait = std::get_if<told::waiting>(&event))
    opened_ = opened_ || wait->reason != wait_reason::settling_health;
}

/// Of the instance, or of whoever has its place now.
void plain_view::repair_is_over(instance_index i) {
  const auto& all = *context_.instances;
  in_hand_[i] = false;
  if (all.has_replacements() && !all.is_replacement(i))
    in_hand_[all.replacement_of(i)] = false;
}

std::unique_ptr<actors::upgrade_listener> make_plain_view(view_context context) {
  return std::make_unique<plain_view>(std::move(context), [](std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
  });
}

bool wants_live_view() {
  const auto* no_color = std::getenv("NO_COLOR");
  const auto* terminal = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') && terminal != nullptr
         && *terminal != '\0' && std::string_view(terminal) != "dumb"
         && isatty(STDERR_FILENO) == 1;
}

} // namespace drydock::cli
