// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/journal/record.hpp"

#include <memory>
#include <string>
#include <vector>

namespace drydock::inline v1::journal::testing {

/// Every kind of input, with all its fields other than the defaults, and plain ones.
[[nodiscard]] std::vector<engine::rollout_input> all_inputs();
/// Every kind of command but `publish`.
[[nodiscard]] std::vector<engine::rollout_command> all_commands();
/// Those of upgrades that replace members; the last of `all_events`.
[[nodiscard]] std::vector<engine::upgrade_event> events_of_surge();
[[nodiscard]] std::vector<engine::upgrade_event> events_of_repairs();
/// Those of changes of capacity, and of instances that are told of their deletion.
[[nodiscard]] std::vector<engine::upgrade_event> events_of_scaling();
/// Every kind of event, no field the default.
[[nodiscard]] std::vector<engine::upgrade_event> all_events();

/// web-0, web-1, … with zone = i mod 3 and update domain = ⌊i / 3⌋ mod 5, as fleet
/// files generate them.
[[nodiscard]] std::shared_ptr<const engine::fleet> generated_fleet(std::uint32_t count);

/// A header in which no field is the default.
[[nodiscard]] header full_header();

/// One line with every field; equal values have equal lines.
[[nodiscard]] std::string fields(const engine::rollout_input& x);
[[nodiscard]] std::string fields(const engine::rollout_command& x);

/// The record of a turn.
[[nodiscard]] std::string
record_of(engine::instant at, std::int64_t wall_us,
          const std::vector<engine::rollout_input>& inputs,
          const std::vector<engine::rollout_command>& effects = {},
          const std::vector<engine::upgrade_event>& events = {});

/// The text of a `bad_record`; empty when there is none.
template <class Result>
[[nodiscard]] std::string problem(const Result& x) {
  const auto* bad = std::get_if<bad_record>(&x);
  return bad == nullptr ? std::string() : bad->text;
}

} // namespace drydock::inline v1::journal::testing
