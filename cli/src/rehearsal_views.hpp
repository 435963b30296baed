// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "drydock/rehearsal/report.hpp"

#include <nlohmann/json.hpp>

#include <span>
#include <string>

namespace drydock::cli {

/// What a rehearsal's texts say besides its numbers.
struct rehearsal_facts {
  /// What stands behind `drydock rehearse` to repeat the first setting: the file, and
  /// what is varied in it.
  std::string replay;
  std::string scale_set;
  /// `rolling`.
  std::string mode;
  /// `reimage`.
  std::string action;
};

/// A length of time for people, to three digits or so: `850ms`, `12.3s`, `7m05s`,
/// `1h02m`.
[[nodiscard]] std::string short_length(engine::duration d);

/// `93.0 %`.
[[nodiscard]] std::string short_percent(double share);

/// `Completed`, `Completed, some failed`, `Faulted: CODE`, `Cancelled`.
[[nodiscard]] std::string ending_text(rehearsal::fate::kind what,
                                      const std::string& code);

/// What a run spends its time on, for people: `slowest of a batch`.
[[nodiscard]] std::string phase_text(rehearsal::phase x);

/// What takes most of the time; nothing where no time passes.
[[nodiscard]] const rehearsal::phase_share* find_bottleneck(const rehearsal::report& r);

/// A rehearsal for a terminal; with several variants a table of them first, then
/// the first one. Every line ends in a newline.
[[nodiscard]] std::string describe(std::span<const rehearsal::variant> variants,
                                   const rehearsal_facts& facts);

/// The object that `rehearse --json` prints.
[[nodiscard]] nlohmann::ordered_json
rehearsal_json(std::span<const rehearsal::variant> variants,
               const rehearsal_facts& facts);

} // namespace drydock::cli
