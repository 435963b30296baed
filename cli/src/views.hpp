// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/actors/upgrade_run.hpp"
#include "drydock/engine/plan.hpp"
#include "drydock/engine/scale.hpp"
#include "drydock/rehearsal/report.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace drydock::cli {

/// What people are shown of a scale set.
struct view_context {
  std::string scale_set;
  std::shared_ptr<const engine::fleet> instances;
  bool has_health = false;
  /// Time is what events say it is, so that nothing moves between two of them.
  bool virtual_clock = false;
  /// How long an upgrade that is so far will still take; nothing: not known, or
  /// not yet. From any thread.
  std::function<std::optional<engine::duration>(const rehearsal::progress_so_far&)>
    forecast = {};
  /// What stands before each line, where there are several scale sets; empty: nothing.
  std::string label = {};
  /// How long others have run on the same clock already.
  engine::duration since_first{0};
};

/// Progress for logs and pipes: one line an event worth a line, on standard
/// error, with the elapsed time first.
[[nodiscard]] std::unique_ptr<actors::upgrade_listener>
make_plain_view(view_context context);

/// Progress for a terminal on standard error: one line a zone, a cell an
/// instance coloured by state, then batch, counts and elapsed time; redrawn in
/// place, a few times a second at most. Destroying it leaves the last picture
/// and restores the terminal.
[[nodiscard]] std::unique_ptr<actors::upgrade_listener>
make_live_view(view_context context);

/// Whether standard error is a terminal that wants colours (`NO_COLOR`, `TERM`).
[[nodiscard]] bool wants_live_view();

/// One line for a log about one event; empty when it is not worth one. What goes
/// well with single instances is worth one in small fleets only. Further lines,
/// indented, hold the rest of an error. `since_start`, where known, gives the end
/// of waits and the length of the upgrade.
[[nodiscard]] std::string
describe(const engine::upgrade_event& event, const view_context& context,
         std::optional<engine::duration> since_start = std::nullopt);

/// A plan for people: limits, batches with their instances and why they are no
/// larger, skipped ones with the reason, what is in the way. Every line ends in a
/// newline.
[[nodiscard]] std::string describe(const engine::upgrade_plan& plan,
                                   const engine::upgrade_policy& policy,
                                   const view_context& context,
                                   engine::scale_in_rule rule = {});

/// What a plan says of repairs, in a line; empty where there are none.
[[nodiscard]] std::string describe(const engine::repair_policy& x);

} // namespace drydock::cli
